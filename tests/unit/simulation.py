"""A world in memory for laws about the plan: the product's own plan and sweep over a state that is a few dictionaries.

The plan and the sweep are the shell's (`plan_run`, `sweep_shard`), and so are the conditions on which targets are written
(`TargetStore`, over a table in memory); the rest of the state table, the observers and the actor are fakes.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from botocore.exceptions import ClientError
from tests.unit.memory_table import MemoryTable

from instance_scheduler.aws.account_store import AccountStore
from instance_scheduler.aws.planning import plan_run
from instance_scheduler.aws.sweep import sweep_shard, visits_of
from instance_scheduler.aws.target_store import TargetStore
from instance_scheduler.config import parse_config
from instance_scheduler.decision import Action, StoredState
from instance_scheduler.guard import is_planned
from instance_scheduler.instants import format_instant
from instance_scheduler.record import Claim, InstanceRecord, LastAction
from instance_scheduler.request import request_from_message
from instance_scheduler.retry import retry_at
from instance_scheduler.settings import Service, Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import Home, Target

TICK = timedelta(minutes=5)
START = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
REGIONS = ("eu-west-1", "eu-west-2", "eu-west-3", "us-east-1", "us-west-2")
SETTINGS = Settings(
    scheduled_services=(Service.EC2,), full_sweep_minutes=60, regions=REGIONS, targets_per_shard=3, interval_minutes=5
)
"""Groups of three and of two targets."""
HOME = Home(partition="aws", account="111122223333", region="us-east-1")


def target_in(region):
    """The stack's own account in a region."""
    return Target(account=HOME.account, region=region, service=Service.EC2)


def config_of(*windows, **more):
    """A config whose schedule `s` runs in these windows of the day."""
    periods = [
        {"type": "period", "name": f"p{number}", "begintime": begin, "endtime": end}
        for number, (begin, end) in enumerate(windows)
    ]
    names = [period["name"] for period in periods]
    schedules = [
        {"type": "schedule", "name": "s", "periods": names},
        {"type": "schedule", "name": "kept", "periods": names, "retain_running": True},
        {"type": "schedule", "name": "held", "periods": names[:1], "enforced": True},
        {"type": "schedule", "name": "on", "override_status": "running"},
    ]
    return parse_config([*periods, *(one | more for one in schedules)], SETTINGS)


class Died(Exception):
    """When a run of the simulated world ends in the middle."""


class ShardDied(Exception):
    """When the invocation of one shard ends in the middle: the run goes on without it."""


class State(AccountStore, TargetStore):
    """The state table as the plan and the sweep use it."""

    def __init__(self):
        self._table = MemoryTable()
        self.items = {}
        """Of instances, by their names."""
        self.homes = {}
        """The target of each instance."""
        self.shards = {}
        self.journal = {}
        self.after_reading = []
        """What happens, once each, between a sweep's look at the items and what it writes."""
        self.before_recording = []
        """What happens, once each, between the looks of a shard and its records."""
        self.dies = ""

    def forget_targets(self):
        self._table.items.clear()

    def write_shards(self, run, shards, visits):
        self.shards[run.id] = {shard.number: tuple(visits[one] for one in shard.targets) for shard in shards}

    def visits(self, run, number):
        return self.shards[run][number]

    def instances(self, target):
        items = {name: item for name, item in self.items.items() if item.version and self.homes[name] == target}
        _happen(self.after_reading)
        return items

    def update_quietly(self, target, updates):
        for name, record in updates.items():
            if self.items[name].version == record.version:
                self.items[name] = replace(record, version=record.version + 1, override=self.items[name].override)

    def write_entries(self, run, entries):
        self.journal.setdefault(run.id, []).extend(entries)
        if self.dies == "journaled":
            raise Died

    def write_target_failures(self, run, failures):
        pass

    def record_sweeps(self, service, group, sweeps):
        _happen(self.before_recording)
        if self.dies == "before recording":
            raise ShardDied
        left = super().record_sweeps(service, group, sweeps)
        if self.dies == "after recording":
            raise ShardDied
        return left


def _happen(events):
    pending = list(events)
    events.clear()
    for event in pending:
        event()


@dataclass
class World:
    """A few targets with some instances, and the scheduler that looks after them."""

    tags: dict
    """The schedule of each instance, by name and region: `web-eu-west-1`."""
    config: object
    always: bool = False
    """The model to compare with: every tick sweeps everything."""
    state: State = field(default_factory=State)
    observed: dict = field(default_factory=dict)
    living: set = field(default_factory=set)
    runs: Counter = field(default_factory=Counter)
    sweeps: int = 0
    fails: str = ""
    """What goes wrong with the next action: refused, lost, unheard, broken, withheld."""
    unreachable: bool = False
    regions: tuple = REGIONS

    def __post_init__(self):
        self.observed = dict.fromkeys(self.tags, "stopped")
        self.state.items = dict.fromkeys(self.tags, InstanceRecord())
        self.state.homes = {name: target_in(name.split("-", 1)[1]) for name in self.tags}
        self.broken = set()

    def run(self, raw):
        """Carry out one run as the state machine does: plan, sweep, act."""
        start_time = datetime.fromisoformat(raw["at"])
        run_id = f"run-{self.runs.total()}"
        self.runs[run_id] += 1
        self.living.add(run_id)
        try:
            self._carry_out(raw, run_id, start_time)
        except Died:
            self.state.dies = ""
        finally:
            self.living.discard(run_id)

    def _carry_out(self, raw, run_id, start_time):
        if self.always:
            self.state.forget_targets()
        plan = plan_run(self._stack(), raw, run_id, start_time)
        request = request_from_message(plan["run"])
        for shard in plan["shards"]:
            self.sweeps += len(visits_of(self._stack(), request, shard["shard"]))
            with suppress(ShardDied):
                sweep_shard(self._stack(), request, shard["shard"], lambda target: Observer(self, target))
        if self.state.dies == "swept":
            raise Died
        if not request.dry_run:
            for entry in self.state.journal.get(run_id, []):
                self._act(request, entry)

    def sightings(self, target):
        if self.state.dies == "looking":
            raise Died
        if self.unreachable:
            raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DescribeInstances")
        return [
            Sighting(
                target=target,
                id=name,
                name=name,
                state=state,
                schedule_tag=self.tags[name],
                state_reason="" if name in self.broken else "Client.UserInitiatedShutdown",
            )
            for name, state in self.observed.items()
            if self.state.homes[name] == target
        ]

    def set_override(self, name, text, at):
        """What the operator's tool does: write the item, then lower the alarm."""
        item = self.state.items[name]
        self.state.items[name] = replace(item, override=text, version=item.version + 1)
        self.state.lower_alarm(self.state.homes[name], at, at)

    def _act(self, request, entry):
        item = self.state.items[entry.instance]
        if not is_planned(entry) or item.version != entry.version or self.fails == "withheld":
            return
        claim = Claim(run=request.id, action=entry.action, at=request.at, new_stored=entry.new_stored)
        item = replace(item, claim=claim, version=item.version + 1)
        self.state.items[entry.instance] = item
        if self.fails not in ("refused", "lost"):
            self.observed[entry.instance] = "running" if entry.action is Action.START else "stopped"
            self.broken.discard(entry.instance)
        if self.fails in ("lost", "unheard"):
            return
        self.state.items[entry.instance] = self._settled(item, request, entry)
        if self.fails == "broken" and entry.action is Action.START:
            self.observed[entry.instance] = "stopped"
            self.broken.add(entry.instance)

    def _settled(self, item, request, entry):
        item = replace(
            item, claim=None, version=item.version + 1, schedule=entry.schedule, schedule_hash=entry.schedule_hash
        )
        if self.fails == "refused":
            failures = entry.failures + 1
            stored = StoredState.START_FAILED if entry.action is Action.START else StoredState.STOP_FAILED
            again = retry_at(failures, request.at, SETTINGS)
            return replace(item, stored=stored, failures=failures, retry_at=again)
        starts = entry.action is Action.START
        last = LastAction(action=entry.action, at=request.at, run=request.id, verified=not starts)
        failures = entry.failures if starts else 0
        return replace(item, stored=entry.new_stored, last_action=last, failures=failures, retry_at=None)

    def _stack(self):
        return SimpleNamespace(
            home=HOME,
            settings=SETTINGS,
            functions={"evaluate_ec2": "arn"},
            state=self.state,
            executions=SimpleNamespace(is_alive=self.living.__contains__),
            config=lambda known_hash="": replace(
                self.config, settings=replace(self.config.settings, regions=self.regions)
            ),
            remaining_milliseconds=lambda: 600_000,
        )


@dataclass
class Observer:
    """What a sweep sees of one target of a world."""

    world: World
    target: Target

    def sightings(self):
        return self.world.sightings(self.target)


def tick_at(number):
    """The input of the tick of that number."""
    return {"at": format_instant(START + number * TICK)}
