"""What moto leaves out of an instance's life: states that take time, refusals in them, and the reasons EC2 and RDS give."""

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from threading import RLock
from time import monotonic
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import InstanceBackend, InstanceState, StateReason
from moto.rds.exceptions import (
    DBClusterNotFoundError,
    InvalidDBClusterStateFault,
    InvalidDBInstanceStateError,
    RDSClientError,
)
from moto.rds.models import RDSBackend, rds_backends

from scheduler_local.clock import Clock
from scheduler_local.front import CURRENT_CALL
from scheduler_local.patching import replaced
from scheduler_local.scenario import Timing

EC2_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
AUTOMATIC_RESTART = timedelta(days=7)
"""After this time RDS starts a database that somebody stopped."""


@dataclass(frozen=True, slots=True)
class _Transition:
    due: float
    seconds: float
    finish: Callable[[], None]


class Lifecycle:
    """Holds the transitions that are under way and finishes them when their real time has come."""

    def __init__(
        self, clock: Clock, timing: Timing, opens_volumes: Callable[[Any], bool] = lambda instance: True
    ) -> None:
        """`opens_volumes` says of an instance that is being started whether EC2 may decrypt its volumes."""
        self._opens_volumes = opens_volumes
        self._clock = clock
        self._timing = timing
        self._under_way: list[_Transition] = []
        self._lock = RLock()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let moto's EC2 and RDS start, stop and modify by these rules."""
        with ExitStack() as stack:
            stack.enter_context(
                replaced(
                    InstanceBackend,
                    start_instances=lambda backend, instance_ids: self._start_instances(backend, instance_ids),
                    stop_instances=lambda backend, instance_ids: self._stop_instances(backend, instance_ids),
                    modify_instance_attribute=_modifier(InstanceBackend.modify_instance_attribute),
                )
            )
            stack.enter_context(
                replaced(
                    RDSBackend,
                    start_db_instance=lambda backend, db_instance_identifier: self._start_database(
                        backend, db_instance_identifier
                    ),
                    stop_db_instance=lambda backend, db_instance_identifier, db_snapshot_identifier=None: (
                        self._stop_database(backend, db_instance_identifier, db_snapshot_identifier)
                    ),
                    start_db_cluster=lambda backend, cluster_identifier: self._start_cluster(
                        backend, cluster_identifier
                    ),
                    stop_db_cluster=lambda backend, cluster_identifier: self._stop_cluster(backend, cluster_identifier),
                )
            )
            yield

    def settle_due(self) -> None:
        """Finish the transitions whose time has come."""
        if self._under_way:
            self._settle(monotonic())

    def begin_anew(self) -> None:
        """Let what is under way last its whole time from now, so that a first run meets it."""
        with self._lock:
            now = monotonic()
            self._under_way = [replace(transition, due=now + transition.seconds) for transition in self._under_way]

    def settle_all(self) -> None:
        """Finish every transition."""
        self._settle(float("inf"))

    def restart_databases(self) -> None:
        """Start the databases that have been stopped for longer than RDS allows."""
        for _, _, backend in list(rds_backends.iter_backends()):
            for database in [*backend.databases.values(), *backend.clusters.values()]:
                restart = getattr(database, "automatic_restart_time", None)
                if database.status == "stopped" and restart and restart <= self._clock.now().replace(tzinfo=None):
                    database.automatic_restart_time = None
                    _set_status(backend, database, "available")

    def move(self, instance: Any, state: str, seconds: float, then: str) -> None:
        """Put an EC2 instance into a transitional state that ends after these real seconds."""
        instance._state = InstanceState(state, EC2_CODES[state])
        self._later(seconds, lambda: set_instance_state(instance, then))

    def move_database(self, backend: Any, database: Any, status: str, seconds: float, then: str) -> None:
        """Put a database or a cluster with its members into a transitional status."""
        _set_status(backend, database, status)
        self._later(seconds, lambda: _set_status(backend, database, then))

    def resume(self, instance: Any, state: str) -> None:
        """Let an instance that the scenario begins in a transitional state go on from there."""
        if state == "pending":
            self.move(instance, state, self._timing.starting_seconds, "running")
        else:
            self.move(
                instance, state, self._timing.stopping_seconds, "stopped" if state == "stopping" else "terminated"
            )

    def resume_database(self, backend: Any, database: Any, status: str) -> None:
        """The same for a database or cluster."""
        seconds = self._timing.starting_seconds if status == "starting" else self._timing.stopping_seconds
        self.move_database(backend, database, status, seconds, "available" if status == "starting" else "stopped")

    def _settle(self, until: float) -> None:
        with self._lock:
            due = [transition for transition in self._under_way if transition.due <= until]
            self._under_way = [transition for transition in self._under_way if transition.due > until]
            for transition in due:
                transition.finish()

    def _later(self, seconds: float, finish: Callable[[], None]) -> None:
        with self._lock:
            self._under_way.append(_Transition(monotonic() + seconds, seconds, finish))

    def _start_instances(self, backend: Any, instance_ids: list[str]) -> list[tuple[Any, Any]]:
        instances = backend.get_multi_instances_by_id(instance_ids)
        _require(instances, {"stopped", "running", "pending"}, "started")
        answer = [(instance, copy.copy(instance._state)) for instance in instances]
        for instance in instances:
            if instance.state == "stopped":
                instance.start()
                instance.state_reason = None
                instance.launch_time = self._clock.now().replace(tzinfo=None, microsecond=0)
                if self._opens_volumes(instance):
                    self.move(instance, "pending", self._timing.starting_seconds, "running")
                else:
                    instance._state = InstanceState("pending", EC2_CODES["pending"])
                    self._later(self._timing.starting_seconds, partial(fail_launch, instance))
        return answer

    def _stop_instances(self, backend: Any, instance_ids: list[str]) -> list[tuple[Any, Any]]:
        instances = backend.get_multi_instances_by_id(instance_ids)
        _require(instances, {"stopped", "running", "stopping"}, "stopped")
        call = CURRENT_CALL.get()
        hibernate = bool(call and call.parameters.get("Hibernate"))
        if hibernate:
            _require_hibernation(instances)
        answer = [(instance, copy.copy(instance._state)) for instance in instances]
        for instance in instances:
            if instance.state == "running":
                instance.stop()
                give_stop_reason(instance, self._clock, hibernate=hibernate)
                self.move(instance, "stopping", self._timing.stopping_seconds, "stopped")
        return answer

    def _start_database(self, backend: Any, identifier: str) -> Any:
        database = backend.describe_db_instances(identifier)[0]
        _refuse_unschedulable(database)
        if database.status != "stopped":
            raise InvalidDBInstanceStateError(identifier, "start")
        database.automatic_restart_time = None
        self.move_database(backend, database, "starting", self._timing.starting_seconds, "available")
        return database

    def _stop_database(self, backend: Any, identifier: str, snapshot: str | None) -> Any:
        database = backend.describe_db_instances(identifier)[0]
        _refuse_unschedulable(database)
        if database.status != "available":
            raise InvalidDBInstanceStateError(identifier, "stop")
        if snapshot:
            backend.create_db_snapshot(identifier, snapshot)
        self.expect_restart(database)
        self.move_database(backend, database, "stopping", self._timing.stopping_seconds, "stopped")
        return database

    def _start_cluster(self, backend: Any, identifier: str) -> Any:
        cluster = _cluster(backend, identifier, "stopped")
        cluster.automatic_restart_time = None
        self.move_database(backend, cluster, "starting", self._timing.starting_seconds, "available")
        return cluster

    def _stop_cluster(self, backend: Any, identifier: str) -> Any:
        cluster = _cluster(backend, identifier, "available")
        self.expect_restart(cluster)
        self.move_database(backend, cluster, "stopping", self._timing.stopping_seconds, "stopped")
        return cluster

    def expect_restart(self, database: Any) -> None:
        """Note when RDS will start this database by itself."""
        now = self._clock.now().replace(tzinfo=None, microsecond=0)
        database.automatic_restart_time = now + AUTOMATIC_RESTART


def set_instance_state(instance: Any, state: str) -> None:
    """Put an EC2 instance into a state at once."""
    instance._state = InstanceState(state, EC2_CODES[state])


def give_stop_reason(instance: Any, clock: Clock, *, hibernate: bool = False) -> None:
    """Say why an instance was stopped, as EC2 says it of a stop by its API."""
    code = "Client.UserInitiatedHibernate" if hibernate else "Client.UserInitiatedShutdown"
    what = "hibernate" if hibernate else "shutdown"
    instance._reason = f"User initiated ({clock.now():%Y-%m-%d %H:%M:%S} GMT)"
    instance.state_reason = StateReason(f"{code}: User initiated {what}", code)


def fail_launch(instance: Any) -> None:
    """Stop an instance whose volumes EC2 cannot decrypt, as EC2 does some time after it has accepted the start."""
    set_instance_state(instance, "stopped")
    instance._reason = "Server.InternalError"
    instance.state_reason = StateReason("Client.InternalError: Client error on launch", "Client.InternalError")


def _modifier(original: Callable[..., Any]) -> Callable[..., Any]:
    """moto's ModifyInstanceAttribute, with EC2's conditions for a change of the type."""

    def modify_instance_attribute(backend: Any, instance_id: str, key: str, value: Any) -> Any:
        if key == "instance_type":
            instance = backend.get_instance(instance_id)
            if instance.state != "stopped":
                message = f"The instance '{instance_id}' is not in the 'stopped' state."
                raise EC2ClientError("IncorrectInstanceState", message)
            if value not in INSTANCE_TYPES:
                raise EC2ClientError("InvalidInstanceAttributeValue", f"Invalid value '{value}' for InstanceType.")
        return original(backend, instance_id, key, value)

    return modify_instance_attribute


def _require(instances: list[Any], states: set[str], done: str) -> None:
    for instance in instances:
        if instance.state not in states:
            message = f"The instance '{instance.id}' is not in a state from which it can be {done}."
            raise EC2ClientError("IncorrectInstanceState", message)


def _require_hibernation(instances: list[Any]) -> None:
    for instance in instances:
        if not (instance.hibernation_options or {}).get("Configured"):
            message = f"The instance '{instance.id}' is not enabled for hibernation."
            raise EC2ClientError("UnsupportedHibernationConfiguration", message)


def _refuse_unschedulable(database: Any) -> None:
    """Refuse what RDS refuses to stop or start by itself: replicas, their sources, cluster members, Multi-AZ SQL Server."""
    reason = None
    if database.db_cluster_identifier:
        reason = f"is a member of the cluster {database.db_cluster_identifier}"
    elif database.is_replica or database.replicas:
        reason = "is a read replica or has read replicas"
    elif database.multi_az and database.engine.startswith("sqlserver"):
        reason = "is a Multi-AZ SQL Server"
    if reason:
        message = f"DB instance {database.db_instance_identifier} {reason}; it cannot be stopped or started."
        raise RDSClientError("InvalidDBInstanceState", message)


def _cluster(backend: Any, identifier: str, expected: str) -> Any:
    cluster = backend.clusters.get(identifier)
    if cluster is None:
        raise DBClusterNotFoundError(identifier)
    if cluster.status != expected:
        raise InvalidDBClusterStateFault(
            f"DbCluster {identifier} is in {cluster.status} state but expected it to be one of {expected}."
        )
    return cluster


def _set_status(backend: Any, database: Any, status: str) -> None:
    """Set the status of a database, or of a cluster and its members."""
    database.status = status
    for member in getattr(database, "members", ()):
        member.status = status
