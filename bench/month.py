"""A month by counting: every tick of 30 days through the product's own handlers, on an estate and a table in memory.

Each handler is the one that Lambda runs. Under it are a table that holds to the product's conditions, clients of EC2 and RDS that
show and change instances in memory, and roles whose sessions run out by the simulated clock; all of them count. What Step
Functions would pass is counted state by state, and what Lambda would bill is the measured pace of each invocation that was made.
"""

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bench.cost import EC2, EVERY, RDS, TICKS, Month
from bench.estates import CONFIG, accounts, estate
from bench.memory_table import MemoryTable
from bench.meter import Meter
from bench.pace import Pace
from instance_scheduler.aws.executions import Executions
from instance_scheduler.aws.session import Roles
from instance_scheduler.aws.stack import Stack
from instance_scheduler.aws.state_store import StateStore
from instance_scheduler.instants import format_instant
from instance_scheduler.observability import logger
from instance_scheduler.settings import Service, Settings
from instance_scheduler.target import Home, Target, known_targets

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
"""A Sunday; 30 days with 21 or 22 working days."""
_TICK = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
FUNCTIONS = (
    "plan_run",
    "evaluate_ec2",
    "evaluate_rds",
    "gather_actions",
    "start_stop_ec2",
    "start_stop_rds",
    "summarize_run",
)
_HANDLERS = Path(__file__).parents[1] / "functions"
_ARNS = {name: f"arn:{name}" for name in FUNCTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stack(Stack):
    """The stack as the simulated functions find it."""

    roles: Callable[[str], Roles]

    def readers(self) -> Roles:
        return self.roles("reader")

    def actors(self) -> Roles:
        return self.roles("actor")


class _Roles(Roles):
    """The product's own cache of sessions and clients, over clients in memory."""

    def __init__(self, world: "World", role: str) -> None:
        super().__init__(role, world.settings, world.home, clock=lambda: world.now)
        self._world = world

    def _make(self, target: Target, credentials: Any) -> Any:
        return (_Ec2 if target.service is Service.EC2 else _Rds)(self._world, target)

    def _assume(self, account: str, session_name: str) -> Any:
        self._world.meter.call("sts:AssumeRole")
        number = self._world.meter.calls["sts:AssumeRole"]
        return {
            "AccessKeyId": f"A{number}",
            "SecretAccessKey": "",
            "SessionToken": "",
            "Expiration": self._world.now + _HOUR,
        }


class _Client:
    """A client of one target that counts; its paginators give one page."""

    def __init__(self, world: "World", target: Target) -> None:
        self._world = world
        self._held = world.instances[target]

    def get_paginator(self, operation: str) -> SimpleNamespace:
        return SimpleNamespace(paginate=lambda **_: [getattr(self, operation)()])

    def _seen(self, api: str) -> list[dict[str, Any]]:
        self._world.meter.call(api)
        return list(self._held.values())

    def _look(self) -> None:
        work = self._world.meter.work
        work.targets += 1
        work.managed += bool(self._held)


class _Ec2(_Client):
    def describe_instances(self) -> dict[str, Any]:
        self._look()
        return {"Reservations": [{"Instances": self._seen("ec2:DescribeInstances")}]}

    def start_instances(self, InstanceIds: Sequence[str]) -> None:  # noqa: N803  # AWS's name
        self._change("ec2:StartInstances", InstanceIds, "running")

    def stop_instances(self, InstanceIds: Sequence[str]) -> None:  # noqa: N803  # AWS's name
        self._change("ec2:StopInstances", InstanceIds, "stopped")

    def _change(self, api: str, ids: Sequence[str], state: str) -> None:
        self._world.meter.call(api)
        for one in ids:
            self._held[one]["State"] = {"Name": state}


class _Rds(_Client):
    def describe_db_instances(self) -> dict[str, Any]:
        self._look()
        return {"DBInstances": self._seen("rds:DescribeDBInstances")}

    def describe_db_clusters(self) -> dict[str, Any]:
        self._world.meter.call("rds:DescribeDBClusters")
        return {"DBClusters": []}

    def start_db_instance(self, DBInstanceIdentifier: str) -> None:  # noqa: N803  # AWS's name
        self._change("rds:StartDBInstance", DBInstanceIdentifier, "available")

    def stop_db_instance(self, DBInstanceIdentifier: str) -> None:  # noqa: N803  # AWS's name
        self._change("rds:StopDBInstance", DBInstanceIdentifier, "stopped")

    def _change(self, api: str, one: str, state: str) -> None:
        self._world.meter.call(api)
        self._held[one]["DBInstanceStatus"] = state


class _Executions:
    """No run of the month dies: whoever asks for one hears that it is over."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def is_alive(self, run: str) -> bool:
        self._meter.call("states:DescribeExecution")
        return False


@dataclass(slots=True)
class World:
    """The estate, the tables, the clock, and what was counted."""

    settings: Settings
    home: Home
    meter: Meter = field(default_factory=Meter)
    now: datetime = BEGIN
    instances: dict[Target, dict[str, dict[str, Any]]] = field(default_factory=dict)
    states: int = 0
    """States entered."""
    seconds: float = 0
    handlers: dict[str, Callable[[Any, Any], Any]] = field(default_factory=dict)
    invoked: dict[str, int] = field(default_factory=dict)
    """How often each function was invoked on this tick."""

    def enter(self, *states: str) -> None:
        """Pass states of the machine, by their names."""
        self.states += len(states)


def count_month(count: int, regions: int, pace: Pace, ticks: int = TICKS) -> Month:
    """Play every tick and count."""
    with _world(count, regions) as world:
        for number in range(ticks):
            world.now = BEGIN + number * _TICK
            world.invoked.clear()
            _run(world, pace, f"run-{number}")
        counts = world.meter.counts
        return Month(
            transitions=world.states,
            invocations=world.meter.invocations.total(),
            lambda_seconds=world.seconds,
            api_calls=world.meter.calls.total(),
            write_units=counts["write units"],
            read_units=counts["read units"],
        )


def _run(world: World, pace: Pace, run: str) -> None:
    """One tick, as the state machine takes it; the states by their names in the definition."""
    instant = format_instant(world.now)
    event: dict[str, Any] = {"input": {"at": instant}, "run_id": run, "start_time": instant}
    plan = _invoke(world, pace, "plan_run", event)
    world.enter("PlanRun", "AnythingDue?")
    if not plan["due"]:
        world.enter("NothingDue")
        return
    swept = [
        _invoke(world, pace, _name(shard), {"run": plan["run"], "shard": shard["shard"]}) for shard in plan["shards"]
    ]
    world.enter("EvaluateTargets", *("Evaluate" for _ in swept), "AnythingToReport?")
    if not any(one["report"] for one in swept):
        world.enter("Unchanged")
        return
    errors = [one["error"] for one in swept]
    event = {"run": plan["run"], "limits": plan["limits"], "errors": errors, "entered_time": instant}
    gathered = _invoke(world, pace, "gather_actions", event)
    acted = [
        _invoke(world, pace, _name(batch), {"run": gathered["run"], "batch": batch["batch"], "entered_time": instant})
        for batch in gathered["batches"]
    ]
    world.enter("GatherActions", "ApplyActions", *("StartStop" for _ in acted), "ResizeInstances", "SummarizeRun")
    event = {"run": gathered["run"], "errors": [], "failed_batches": [None for _ in acted], "resized": []}
    told = _invoke(world, pace, "summarize_run", event | {"execution": f"arn:aws:states:us-east-1:1:execution:m:{run}"})
    world.enter("WorthAMail?", *(["PublishSummary"] if told["mail"] else []), "Summarized")


def _name(item: Mapping[str, Any]) -> str:
    return str(item["function"]).removeprefix("arn:")


def _invoke(world: World, pace: Pace, function: str, event: Mapping[str, Any]) -> Any:
    work = world.meter.begin(function)
    world.invoked[function] = world.invoked.get(function, 0) + 1
    if world.invoked[function] <= world.settings.max_concurrent_shards:
        # Each of so many environments reads the parameters once in a minute.
        world.meter.call("ssm:GetParametersByPath")
    answer = world.handlers[function](event, _context(function))
    if function == "plan_run":
        work.targets = len(world.instances)
    world.seconds += pace.seconds(work)
    return answer


def _context(function: str) -> SimpleNamespace:
    return SimpleNamespace(
        function_name=function,
        memory_limit_in_mb="512",
        invoked_function_arn=f"arn:aws:lambda:us-east-1:{accounts(1)[0]}:function:{function}",
        aws_request_id="1",
        get_remaining_time_in_millis=lambda: 600_000,
    )


@contextmanager
def _world(count: int, regions: int) -> Iterator[World]:
    names = estate(1, regions, {})["settings"]["regions"]
    settings = Settings(accounts=accounts(count), regions=tuple(names))
    world = World(settings=settings, home=Home(partition="aws", account=accounts(1)[0], region=names[0]))
    for place, target in enumerate(known_targets(settings, world.home)):
        world.instances[target] = _instances(target.service) if place // 2 % EVERY == 0 else {}
    config = MemoryTable(world.meter, keys=("type", "name"))
    config.load({"type": f"{kind[:-1]}", **one} for kind in ("periods", "schedules") for one in CONFIG[kind])
    state = StateStore(MemoryTable(world.meter))
    for function in FUNCTIONS:
        stack = _Stack(
            home=world.home,
            settings=settings,
            functions=_ARNS,
            state=state,
            config_table=config,
            executions=cast(Executions, _Executions(world.meter)),
            roles=_roles_of(world),
        )
        world.handlers[function] = _handler(function, stack)
    level = logger.log_level
    logger.setLevel("CRITICAL")
    try:
        yield world
    finally:
        logger.setLevel(level)


def _roles_of(world: World) -> Callable[[str], Roles]:
    """Readers that an environment keeps, and actors of each invocation."""
    readers = _Roles(world, "reader")
    return lambda role: readers if role == "reader" else _Roles(world, role)


def _handler(function: str, stack: Stack) -> Callable[[Any, Any], Any]:
    """Load a function's handler, with this stack in the place of the deployed one."""
    spec = importlib.util.spec_from_file_location(f"month_{function}", _HANDLERS / function / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.open_stack = lambda context: stack  # type: ignore[attr-defined]  # the handler's own import
    return cast("Callable[[Any, Any], Any]", module.handler)


def _instances(service: Service) -> dict[str, dict[str, Any]]:
    """What every fourth pair holds, all of it stopped."""
    tags = [{"Key": "Schedule", "Value": "office-hours"}]
    if service is Service.EC2:
        ids = [f"i-{number:017x}" for number in range(EC2)]
        return {
            one: {
                "InstanceId": one,
                "State": {"Name": "stopped"},
                "InstanceType": "t3.small",
                "Tags": tags,
                "Placement": {"AvailabilityZone": "us-east-1a"},
            }
            for one in ids
        }
    names = [f"database-{number}" for number in range(RDS)]
    return {
        one: {
            "DBInstanceIdentifier": one,
            "DBInstanceStatus": "stopped",
            "DBInstanceClass": "db.t3.medium",
            "Engine": "mysql",
            "TagList": tags,
        }
        for one in names
    }
