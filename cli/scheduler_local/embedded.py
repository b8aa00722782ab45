"""The embedded AWS: the real template, state machine and handlers on one machine, for a scenario."""

import gc
import logging
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.utilities.utils import get_partition

from scheduler_local.authorization import Authorizer
from scheduler_local.clients import Clients
from scheduler_local.clock import Clock, moto_follows
from scheduler_local.deploy import Deployment, Stack, deploy_hub, deploy_spoke
from scheduler_local.estate import Estate, Standing, key_of
from scheduler_local.events import clocks_hear_no_events, notices_of, tick_input
from scheduler_local.faults import Faults
from scheduler_local.front import CURRENT_CALL, Front
from scheduler_local.lifecycle import Lifecycle
from scheduler_local.machine import Execution, StateMachine
from scheduler_local.organization import create_organization
from scheduler_local.recorder import Recorder
from scheduler_local.result import RunResult, outcomes_from
from scheduler_local.scale import for_long_spans
from scheduler_local.scenario import FaultSeed, Scenario
from scheduler_local.server import Server
from scheduler_local.shortcuts import shorter_ways
from scheduler_local.speed import faster_answers, faster_transactions
from scheduler_local.tables import Tables
from scheduler_local.translation import DeploymentFailed
from scheduler_local.workers import Workers

REPOSITORY = Path(__file__).resolve().parents[2]
EXECUTION_SECONDS = 11_000
"""Real seconds after which an execution that has not ended is given up; the machine's own time-out comes first."""
NOTHING_TO_TELL = {"NothingDue", "Unchanged"}
"""End states of runs that leave neither decisions nor an item of their own."""


class ClockWentBack(Exception):
    """When a run that is not dry would take place before the one before it."""


class EmbeddedAws:
    """AWS with a scenario's estate and the scheduler's stacks in it, for as long as the context lasts.

    One at a time in a process: moto keeps its state in module globals, and `mock_aws` beside it would wipe them.
    """

    def __init__(self, scenario: Scenario, *, template: Path | None = None, at: datetime | None = None) -> None:
        """`template` is the hub's; the spokes' stands in `spoke/` beside it. `at` is the first instant, else the first run's."""
        self.scenario = scenario
        self.clock = Clock(at or datetime.now(UTC))
        self.recorder = Recorder()
        self._template = template or REPOSITORY / "template.yaml"
        self._previous = at
        self._runs = 0
        self._stack = ExitStack()
        self.lifecycle = Lifecycle(self.clock, scenario.timing, self._opens_volumes)
        self.estate = Estate(scenario, self.clock, self.lifecycle)
        self.faults = Faults(scenario.faults, self.estate.ids_of)
        self.authorizer = Authorizer(
            partition=get_partition(scenario.region),
            tags_of=self.estate.tags_of,
            licenses_of=self.estate.licenses_of,
            suspended=scenario.suspended,
        )
        self.workers = Workers(recorder=self.recorder)
        self.clients: Clients
        self.tables: Tables
        self.deployment: Deployment
        self._machine: StateMachine
        self._home: dict[str, str] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            # What stands now stays to the end: the collector need not look through it again and again.
            stack.callback(gc.unfreeze)
            gc.freeze()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def run(self, at: datetime, payload: Mapping[str, Any] | None = None) -> RunResult:
        """Move the clock to `at`, let every transition finish, and play one run; without an input it is a tick.

        Raises ClockWentBack.
        """
        at = at.astimezone(UTC)
        payload = tick_input(**self._home, at=at) if payload is None else payload
        self._move_clock(at, dry=payload.get("dry_run") is True)
        self._runs += 1
        name = f"{at:%Y%m%dT%H%MZ}-{self._runs}"
        mark = self.recorder.mark()
        before = tuple(self.estate.standings())
        began = time.monotonic()
        execution = self._machine.run(name=name, payload=payload, timeout=EXECUTION_SECONDS)
        seconds = time.monotonic() - began
        for notice in notices_of(execution, **self._home, payload=payload, now=self.clock.now()):
            self.recorder.add(notice)
        self.lifecycle.settle_all()
        told = not NOTHING_TO_TELL & set(execution.states)
        return RunResult(
            run_id=name,
            at=at,
            execution=execution,
            outcomes=outcomes_from(self.tables.run_items(name)) if told else (),
            before=before,
            after=tuple(self.estate.standings()),
            summary=self.tables.run_summary(name) if told else {},
            record=self.recorder.since(mark),
            seconds=seconds,
        )

    def run_together(self, at: datetime, payloads: Sequence[Mapping[str, Any] | None]) -> list[Execution]:
        """Move the clock to `at` and start several executions at once; the answer comes when all have ended."""
        at = at.astimezone(UTC)
        self._move_clock(at, dry=False)
        inputs = [tick_input(**self._home, at=at) if payload is None else payload for payload in payloads]
        names = [f"{at:%Y%m%dT%H%MZ}-{self._runs + number}" for number in range(1, len(inputs) + 1)]
        self._runs += len(inputs)
        with ThreadPoolExecutor(len(inputs)) as pool:
            played = pool.map(
                lambda name, payload: self._machine.run(name=name, payload=payload, timeout=EXECUTION_SECONDS),
                names,
                inputs,
            )
            executions = list(played)
        self.lifecycle.settle_all()
        return executions

    def client(self, service: str, *, account: str | None = None, region: str | None = None) -> Any:
        """A boto3 client that may do everything in an account (default: the hub) and region (default: the hub's)."""
        return self.clients.administrator(service, account or self.scenario.hub, region or self.scenario.region)

    def instances(self) -> list[Standing]:
        """Every instance as it stands now."""
        return self.estate.standings()

    def inject(self, **fault: Any) -> None:
        """Inject one more fault, with the keys of a scenario's fault."""
        self.faults.add(FaultSeed(**fault))

    def _start(self, stack: ExitStack) -> None:
        stack.callback(self.workers.close)
        self.workers.start()
        _quieten(stack)
        stack.callback(BackendDict.reset)
        BackendDict.reset()
        self.estate.refuse_foreign_regions()
        stack.enter_context(moto_follows(self.clock))
        stack.enter_context(self.lifecycle.installed())
        stack.enter_context(faster_answers())
        stack.enter_context(faster_transactions())
        stack.enter_context(clocks_hear_no_events())
        stack.enter_context(shorter_ways())
        stack.enter_context(for_long_spans())
        front = Front(
            clock=self.clock,
            recorder=self.recorder,
            authorizer=self.authorizer,
            faults=self.faults,
            lifecycle=self.lifecycle,
            kill=self.workers.kill,
            abort=lambda: self._machine.abort(),
        )
        server = Server(front)
        server.start()
        stack.callback(server.stop)
        self.clients = Clients(url=server.url, region=self.scenario.region, authorizer=self.authorizer)
        self._deploy(stack)
        self.tables = Tables(
            ssm=self.client("ssm"), dynamodb=self.client("dynamodb"), prefix=self.deployment.parameter_prefix
        )
        self.tables.seed(self.scenario, self.estate.seed())

    def _deploy(self, stack: ExitStack) -> None:
        scenario = self.scenario
        if scenario.organization is not None:
            create_organization(scenario.organization, scenario.hub, scenario.region, scenario.suspended)
        self.deployment = deploy_hub(Stack(self._template, scenario.hub, scenario.region), scenario.settings)
        spoke = self._template.parent / "spoke" / "template.yaml"
        parameters = _spoke_parameters(scenario)
        for account in scenario.accounts:
            stack_of_roles = Stack(spoke, account, scenario.region, "instance-scheduler-roles")
            deploy_spoke(stack_of_roles, {**parameters, **scenario.roles.get(account, {})})
        self._require_trust()
        self.workers.serve(self.deployment.functions, self.clients.environment_of)
        credentials = self.clients.assume(self.deployment.machine_role, "machine", origin="machine")
        self._machine = StateMachine(account=scenario.hub, region=scenario.region)
        stack.enter_context(
            self._machine.installed(
                client_for=lambda service, region: self.clients.of_role(credentials, service, region),
                workers=self.workers,
            )
        )
        arn = self._machine.create(
            name=self.deployment.machine_name,
            definition=self.deployment.definition,
            role_arn=self.deployment.machine_role,
        )
        self._home = {"account": scenario.hub, "region": scenario.region, "machine_arn": arn}

    def _opens_volumes(self, instance: Any) -> bool:
        """Whether EC2 can open an instance's volumes in the name of whoever starts it."""
        call, key = CURRENT_CALL.get(), key_of(instance)
        return call is None or key is None or self.authorizer.may_grant(call, key)

    def _require_trust(self) -> None:
        """Refuse what AWS refuses: a function or machine whose role does not trust the service."""
        wanted = [(self.deployment.machine_role, "states.amazonaws.com")]
        wanted += [(function.role_arn, "lambda.amazonaws.com") for function in self.deployment.functions.values()]
        for role_arn, service in wanted:
            if not self.authorizer.trusts_service(role_arn, service):
                raise DeploymentFailed(f"The role {role_arn} cannot be assumed by {service}")

    def _move_clock(self, at: datetime, *, dry: bool) -> None:
        if self._previous is not None and at < self._previous and not dry:
            raise ClockWentBack(f"{at:%Y-%m-%dT%H:%M:%SZ} lies before the run before it; only a dry run may go back")
        first = self._previous is None
        self._previous = at
        if self._runs:
            self.lifecycle.settle_all()
        else:
            self.lifecycle.begin_anew()
        self.clock.set(at)
        if first:
            self.estate.restamp()
        self.lifecycle.restart_databases()


def _spoke_parameters(scenario: Scenario) -> dict[str, str]:
    settings = scenario.settings
    names = {"namespace": "Namespace", "external_id": "ExternalId", "tag_key": "TagKey"}
    parameters = {name: str(settings[key]) for key, name in names.items() if key in settings}
    written = [entry.partition("=")[0] for key in ("started_tags", "stopped_tags") for entry in _entries(settings, key)]
    return parameters | {"HubAccountId": scenario.hub, "WrittenTagKeys": ",".join(sorted(set(written)))}


def _entries(settings: Mapping[str, Any], key: str) -> list[str]:
    return [entry.strip() for entry in str(settings.get(key) or "").split(",") if entry.strip()]


def _quieten(stack: ExitStack) -> None:
    """Keep moto's warnings off the terminal, and let it run machines and functions by itself."""
    for name in ("moto", "werkzeug", "samtranslator"):
        logger = logging.getLogger(name)
        stack.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL)
    for service, option, value in (
        ("lambda", "use_docker", False),
        ("stepfunctions", "execute_state_machine", True),
    ):
        section = default_user_config[service]
        stack.callback(section.__setitem__, option, section[option])
        section[option] = value
    previous = os.environ.get("MOTO_EC2_LOAD_DEFAULT_AMIS")
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    if previous is None:
        stack.callback(os.environ.pop, "MOTO_EC2_LOAD_DEFAULT_AMIS", None)
    else:
        stack.callback(os.environ.__setitem__, "MOTO_EC2_LOAD_DEFAULT_AMIS", previous)
