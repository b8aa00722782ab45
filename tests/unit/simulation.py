"""A world in memory for laws about the plan: the product's own plan and sweep over a state that is a few dictionaries.

The plan and the sweep are the shell's (`plan_run`, `sweep_shard`); the state table, the observers and the actor are fakes that
keep the conditions under which the real ones write.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from botocore.exceptions import ClientError

from instance_scheduler.aws.planning import plan_run
from instance_scheduler.aws.sweep import sweep_shard
from instance_scheduler.config import parse_config
from instance_scheduler.decision import Action, StoredState
from instance_scheduler.guard import is_planned
from instance_scheduler.instants import format_instant
from instance_scheduler.record import Claim, InstanceRecord, LastAction
from instance_scheduler.request import request_from_message
from instance_scheduler.retry import retry_at
from instance_scheduler.settings import Service, Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import Home, Target, TargetRecord

TICK = timedelta(minutes=5)
START = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SETTINGS = Settings(scheduled_services=(Service.EC2,), full_sweep_minutes=60)
HOME = Home(partition="aws", account="111122223333", region="us-east-1")
TARGET = Target(account=HOME.account, region=HOME.region, service=Service.EC2)


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
    ]
    return parse_config([*periods, *(one | more for one in schedules)], SETTINGS)


class Died(Exception):
    """When an invocation of the simulated world ends in the middle."""


class State:
    """The state table as the plan and the sweep use it."""

    def __init__(self):
        self.records = {}
        self.items = {}
        self.shards = {}
        self.journal = {}
        self.after_reading = []
        """What happens, once each, between a sweep's look at the items and what it writes."""
        self.dies = ""

    def targets(self):
        return dict(self.records)

    def target(self, target):
        return self.records.get(target, TargetRecord(target=target))

    def write_shards(self, run, shards, visits):
        self.shards[run.id] = {shard.number: tuple(visits[one] for one in shard.targets) for shard in shards}

    def visits(self, run, number):
        return self.shards[run][number]

    def instances(self, target):
        items = {name: item for name, item in self.items.items() if item.version}
        pending, self.after_reading = self.after_reading, []
        for event in pending:
            event()
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

    def record_sweep(self, visit, at, due, swept):
        return self._write_alarm(
            visit,
            swept_at=at,
            next_due=due,
            config_hash=swept.config_hash,
            managed=swept.managed,
            open_sweeps=swept.open_sweeps,
            failures=0,
        )

    def record_target_failure(self, visit, due):
        return self._write_alarm(visit, next_due=due, failures=self.target(visit.target).failures + 1)

    def lower_alarm(self, target, at, due):
        record = self.target(target)
        if record.next_due is None or record.next_due > due or record.next_due <= at:
            self.records[target] = replace(record, next_due=due)
            return True
        return False

    def _write_alarm(self, visit, **values):
        record = self.target(visit.target)
        if record.next_due != visit.next_due:
            return False
        self.records[visit.target] = replace(record, **values)
        return True


@dataclass
class World:
    """One target with some instances, and the scheduler that looks after it."""

    tags: dict
    """The schedule of each instance."""
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

    def __post_init__(self):
        self.observed = dict.fromkeys(self.tags, "stopped")
        self.state.items = dict.fromkeys(self.tags, InstanceRecord())
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
            self.state.records.clear()
        plan = plan_run(self._stack(), raw, run_id, start_time)
        request = request_from_message(plan["run"])
        for shard in plan["shards"]:
            self.sweeps += 1
            sweep_shard(self._stack(), request, shard["shard"], lambda target: self)
        if self.state.dies == "swept":
            raise Died
        if not request.dry_run:
            for entry in self.state.journal.get(run_id, []):
                self._act(request, entry)

    def sightings(self):
        if self.state.dies == "looking":
            raise Died
        if self.unreachable:
            raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DescribeInstances")
        return [
            Sighting(
                target=TARGET,
                id=name,
                name=name,
                state=state,
                schedule_tag=self.tags[name],
                state_reason="" if name in self.broken else "Client.UserInitiatedShutdown",
            )
            for name, state in self.observed.items()
        ]

    def set_override(self, name, text, at):
        """What the operator's tool does: write the item, then lower the alarm."""
        item = self.state.items[name]
        self.state.items[name] = replace(item, override=text, version=item.version + 1)
        self.state.lower_alarm(TARGET, at, at)

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
            config=lambda known_hash="": self.config,
            remaining_milliseconds=lambda: 600_000,
        )


def tick_at(number):
    """The input of the tick of that number."""
    return {"at": format_instant(START + number * TICK)}
