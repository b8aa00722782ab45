"""The estate: seeded from the scenario into moto, and read back after each run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import StateReason
from moto.ec2.models.spot_requests import SpotInstanceRequest
from moto.rds.models import DBCluster, DBInstance, DBInstanceClustered, rds_backends
from moto.utilities.utils import get_partition

from scheduler_local.clock import Clock
from scheduler_local.lifecycle import Lifecycle, give_stop_reason, set_instance_state
from scheduler_local.recorder import Call
from scheduler_local.scenario import Ec2Seed, InvalidScenario, Place, RdsSeed, Scenario

TRANSITIONAL = {"pending", "stopping", "shutting-down", "starting"}


_PRINTED = ("account", "region", "service", "name", "state", "type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one instance stands: state and type in EC2's and RDS's own words."""

    account: str
    region: str
    service: str
    name: str
    state: str
    type: str | None
    id: str

    def to_json(self) -> dict[str, Any]:
        """The instance as `--json` prints it."""
        # Not by asdict(), which copies every value: a week of runs prints hundreds of thousands of instances.
        return {name: getattr(self, name) for name in _PRINTED}


class _SeededSpotRequest(SpotInstanceRequest):  # type: ignore[misc]  # moto is untyped
    """The request that a spot instance of the scenario came from."""

    def __init__(self, backend: Any, instance: Any, seed: Ec2Seed) -> None:
        self._instance = instance
        super().__init__(
            ec2_backend=backend,
            spot_request_id=f"sir-{instance.id[-8:]}",
            price="",
            image_id=instance.image_id,
            spot_instance_type=seed.spot_type,
            valid_from=None,
            valid_until=None,
            launch_group=None,
            availability_zone_group=None,
            key_name="",
            security_groups=[],
            user_data=None,
            instance_type=seed.type,
            placement=None,
            kernel_id=None,
            ramdisk_id=None,
            monitoring_enabled=False,
            subnet_id=instance.subnet_id,
            tags={},
            spot_fleet_id=None,
            instance_interruption_behaviour="stop" if seed.spot_type == "persistent" else None,
        )

    def launch_instance(self) -> Any:
        """The instance is there already."""
        return self._instance


class Estate:
    """The instances of a scenario's accounts."""

    def __init__(self, scenario: Scenario, clock: Clock, lifecycle: Lifecycle) -> None:
        self._scenario = scenario
        self._clock = clock
        self._lifecycle = lifecycle
        seeds: tuple[Ec2Seed | RdsSeed, ...] = (*scenario.ec2, *scenario.rds)
        self._places = sorted({seed.place for seed in seeds}, key=lambda place: (place.account, place.region))

    def seed(self) -> dict[tuple[Place, str, str], str]:
        """Create every instance; the answer gives the id for (place, service, name). Raises InvalidScenario."""
        ids: dict[tuple[Place, str, str], str] = {}
        for ec2_seed in self._scenario.ec2:
            ids[ec2_seed.place, "ec2", ec2_seed.name] = self._launch(ec2_seed)
        for seed in sorted(self._scenario.rds, key=lambda seed: (seed.members is None, seed.replica_of is not None)):
            try:
                self._create(seed)
            except ServiceException as error:
                raise InvalidScenario(
                    f"{seed.place.account}, {seed.place.region}, {seed.name}: {error.message}"
                ) from error
            ids[seed.place, "rds", seed.name] = seed.name
        return ids

    def refuse_foreign_regions(self) -> None:
        """Raise InvalidScenario where a region does not exist, or lies in another partition than the hub."""
        partition = get_partition(self._scenario.region)
        for place in [Place(account=self._scenario.hub, region=self._scenario.region), *self._places]:
            if place.region not in ec2_backends[place.account] or get_partition(place.region) != partition:
                raise InvalidScenario(f"{place.account}: {place.region} is not a region of the partition {partition}")

    def restamp(self) -> None:
        """Reckon launches and stops from the clock anew, when the first run has set it."""
        for place in self._places:
            launches = {seed.name: seed.launch_time for seed in self._scenario.ec2 if seed.place == place}
            for instance in ec2_backends[place.account][place.region].all_instances():
                self._stamp_launch(instance, launches.get(_name(instance)))
                if instance.state in {"stopping", "stopped"}:
                    give_stop_reason(instance, self._clock)
            backend = rds_backends[place.account][place.region]
            for database in [*backend.databases.values(), *backend.clusters.values()]:
                if database.status in {"stopping", "stopped"}:
                    self._lifecycle.expect_restart(database)

    def standings(self) -> list[Standing]:
        """Every instance as it stands, in the order of account, region, service, name."""
        return [standing for place in self._places for standing in (*_ec2_standings(place), *_rds_standings(place))]

    def ids_of(self, call: Call, name: str) -> frozenset[str]:
        """The EC2 ids in the call's account and region that carry this name."""
        instances = ec2_backends[call.account][call.region].all_instances()
        return frozenset(instance.id for instance in instances if _name(instance) == name)

    def tags_of(self, arn: str) -> Mapping[str, str]:
        """The tags of the instance, database or cluster with this ARN."""
        _, _, service, region, account, resource = arn.split(":", 5)
        if service == "ec2" and resource.startswith("instance/"):
            instance = ec2_backends[account][region].get_instance_by_id(resource.partition("/")[2])
            return {tag["key"]: tag["value"] for tag in instance.get_tags()} if instance else {}
        if service == "rds":
            kind, _, identifier = resource.partition(":")
            backend = rds_backends[account][region]
            found = {"db": backend.databases, "cluster": backend.clusters}.get(kind, {}).get(identifier)
            return {tag["Key"]: tag["Value"] for tag in found.tags} if found else {}
        return {}

    def licenses_of(self, arn: str) -> tuple[str, ...]:
        """The license configurations that govern the instance with this ARN."""
        _, _, _, region, account, resource = arn.split(":", 5)
        instance = ec2_backends[account][region].get_instance_by_id(resource.partition("/")[2])
        license_arn = getattr(instance, "license_configuration", None)
        return (license_arn,) if license_arn else ()

    def _launch(self, seed: Ec2Seed) -> str:
        backend = ec2_backends[seed.place.account][seed.place.region]
        tags = {"Name": seed.name} | dict(seed.tags)
        if seed.auto_scaling_group:
            tags["aws:autoscaling:groupName"] = seed.auto_scaling_group
        reservation = backend.run_instances(
            "ami-12c6146b",
            1,
            None,
            [],
            instance_type=seed.type,
            is_instance_type_default=False,
            region_name=seed.place.region,
            tags={"instance": tags},
            lifecycle="spot" if seed.lifecycle == "spot" else None,
            hibernation_options={"Configured": seed.hibernation},
            block_device_mappings=[],
        )
        instance = reservation.instances[0]
        _suit_type(instance)
        instance.state_reason = None
        instance.kms_key_of_volumes, instance.license_configuration = seed.kms_key, seed.license
        self._stamp_launch(instance, seed.launch_time)
        if seed.lifecycle == "spot":
            request = _SeededSpotRequest(backend, instance, seed)
            instance.spot_instance_request_id = request.id
            backend.spot_instance_requests[request.id] = request
        self._put_into_state(instance, seed.state)
        return str(instance.id)

    def _stamp_launch(self, instance: Any, launched: datetime | None) -> None:
        moment = launched or self._clock.now() - timedelta(days=1)
        instance.launch_time = moment.replace(tzinfo=None, microsecond=0)

    def _put_into_state(self, instance: Any, state: str) -> None:
        set_instance_state(instance, state)
        if state in TRANSITIONAL:
            self._lifecycle.resume(instance, state)
        if state in {"stopping", "stopped"}:
            give_stop_reason(instance, self._clock)
        if state in {"shutting-down", "terminated"}:
            instance.state_reason = StateReason("Client.UserInitiatedShutdown: User initiated shutdown")

    def _create(self, seed: RdsSeed) -> None:
        backend = rds_backends[seed.place.account][seed.place.region]
        tags = [{"Key": key, "Value": value} for key, value in seed.tags.items()]
        database: Any
        if seed.members is not None:
            database = DBCluster(
                backend,
                db_cluster_identifier=seed.name,
                engine=_STAND_INS.get(seed.engine, seed.engine),
                master_username="admin",
                master_user_password="not-a-secret",
                db_cluster_instance_class=seed.db_class,
                tags=tags,
            )
            database.engine = seed.engine
            backend.clusters[seed.name] = database
            for member in seed.members:
                _join(backend, database, member, seed)
        else:
            database = DBInstance(
                backend,
                seed.name,
                seed.db_class or "db.t3.medium",
                seed.engine,
                engine_version=DBInstance.default_engine_versions.get(seed.engine, "10.6.14"),
                multi_az=seed.multi_az,
                tags=tags,
            )
            backend.databases[seed.name] = database
            if seed.replica_of:
                _replicate(backend, database, seed.replica_of)
        if seed.maintenance_window:
            database.preferred_maintenance_window = seed.maintenance_window
        self._put_into_status(backend, database, seed.state)

    def _put_into_status(self, backend: Any, database: Any, status: str) -> None:
        database.status = status
        for member in getattr(database, "members", ()):
            member.status = status
        if status in {"stopping", "starting"}:
            self._lifecycle.resume_database(backend, database, status)
        if status in {"stopping", "stopped"}:
            self._lifecycle.expect_restart(database)


_STAND_INS = {"docdb": "neptune"}
"""Engines that moto's RDS does not know, and those in whose likeness their clusters are made."""


def key_of(instance: Any) -> str | None:
    """The ARN of the customer managed key that encrypts an instance's volumes, where the scenario names one."""
    return getattr(instance, "kms_key_of_volumes", None)


def _suit_type(instance: Any) -> None:
    """Give the instance what an image for its type has: moto would take it for a paravirtual one of the first years."""
    described = INSTANCE_TYPES.get(instance.instance_type, {})
    architectures = described.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    instance.virtualization_type = "hvm"
    instance.architecture = "x86_64" if "x86_64" in architectures or not architectures else architectures[0]
    instance.hypervisor = described.get("Hypervisor", "xen")
    instance.ena_support = described.get("NetworkInfo", {}).get("EnaSupport") != "unsupported"


def _join(backend: Any, cluster: Any, member: str, seed: RdsSeed) -> None:
    backend.databases[member] = DBInstanceClustered(
        backend=backend,
        db_cluster_identifier=cluster.db_cluster_identifier,
        db_instance_identifier=member,
        db_instance_class=seed.db_class or "db.r6g.large",
        engine=_STAND_INS.get(seed.engine, seed.engine),
    )
    backend.databases[member].engine = seed.engine


def _replicate(backend: Any, database: Any, source: str) -> None:
    database.is_replica = True
    database.source_db_instance_identifier = source
    if source in backend.databases:
        backend.databases[source].replicas.append(database.db_instance_identifier)


def _name(instance: Any) -> str:
    names = [tag["value"] for tag in instance.get_tags() if tag["key"] == "Name"]
    return names[0] if names else str(instance.id)


@lru_cache(maxsize=100_000)
def _standing(**values: Any) -> Standing:
    """A standing, the same one for as long as nothing changes: two are asked for in every run, of every instance."""
    return Standing(**values)


def _ec2_standings(place: Place) -> Iterator[Standing]:
    # Not by all_instances(), which copies every reservation.
    reservations = list(ec2_backends[place.account][place.region].reservations.values())
    instances = [instance for reservation in reservations for instance in reservation.instances]
    for name, instance in sorted(((_name(instance), instance) for instance in instances), key=lambda entry: entry[0]):
        yield _standing(
            account=place.account,
            region=place.region,
            service="ec2",
            name=name,
            state=instance.state,
            type=instance.instance_type,
            id=instance.id,
        )


def _rds_standings(place: Place) -> Iterator[Standing]:
    backend = rds_backends[place.account][place.region]
    found = [(name, database, database.db_instance_class) for name, database in backend.databases.items()]
    found += [(name, cluster, cluster.db_cluster_instance_class) for name, cluster in backend.clusters.items()]
    for name, database, database_class in sorted(found, key=lambda entry: entry[0]):
        yield _standing(
            account=place.account,
            region=place.region,
            service="rds",
            name=name,
            state=database.status,
            type=database_class,
            id=name,
        )
