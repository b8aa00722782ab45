"""Values for tests: an instance in Beijing on the schedule `office`, and what a run knows and decides about it."""

from dataclasses import replace
from datetime import UTC, datetime

from instance_scheduler.config import parse_config
from instance_scheduler.decision import Action, StoredState
from instance_scheduler.evaluation import Sweep
from instance_scheduler.journal import Entry
from instance_scheduler.record import Claim, InstanceRecord, LastAction
from instance_scheduler.request import RunRequest
from instance_scheduler.settings import Service, Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import Home, Target

HOME = Home(partition="aws-cn", account="111122223333", region="cn-north-1")
TARGET = Target(account="111122223333", region="cn-north-1", service=Service.EC2)
DATABASES = Target(account="111122223333", region="cn-north-1", service=Service.RDS)
ID = "i-0123456789abcdef0"
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 11, 23, 22, tzinfo=UTC)
CONFIG_ITEMS = (
    {"type": "period", "name": "day", "begintime": "09:00", "endtime": "17:00", "weekdays": {"mon-fri"}},
    {"type": "schedule", "name": "office", "periods": {"day"}},
    {"type": "schedule", "name": "kept", "periods": {"day"}, "retain_running": True},
    {"type": "schedule", "name": "large-by-day", "periods": {"day@m5.large"}},
    {"type": "schedule", "name": "asleep", "periods": {"day"}, "hibernate": True},
    {"type": "schedule", "name": "broken", "periods": {"nights"}},
)
CONFIG = parse_config(CONFIG_ITEMS, Settings())


def hash_of(schedule):
    return CONFIG.schedules[schedule].schedule_hash


def make_sighting(**changes):
    sighting = Sighting(target=TARGET, id=ID, name="web-1", state="stopped", schedule_tag="office", type="t3.small")
    return replace(sighting, **{"zone": "cn-north-1a", **changes})


def make_record(stored="stopped", **changes):
    record = InstanceRecord(stored=StoredState(stored), version=3, schedule="office", schedule_hash=hash_of("office"))
    return replace(record, **{"expires_at": 4_000_000_000, **changes})


def make_claim(action="start", **changes):
    new_stored = {"stop": StoredState.STOPPED, "hibernate": StoredState.STOPPED}.get(action, StoredState.RUNNING)
    claim = Claim(run="run-0", action=Action(action), at=MONDAY_NOON, new_stored=new_stored)
    return replace(claim, **changes)


def make_resize_claim(**changes):
    return make_claim("resize", **{"step": "queued", "from_type": "t3.small", "to_type": "m5.large", **changes})


def make_last_action(action="start", **changes):
    return replace(LastAction(action=Action(action), at=MONDAY_NOON, run="run-0", verified=False), **changes)


def make_entry(action="start", **changes):
    entry = Entry(
        target=TARGET, instance=ID, name="web-1", at=MONDAY_NOON, action=Action(action), row="U4", reason="due"
    )
    new_stored = {"start": StoredState.RUNNING, "resize": StoredState.RUNNING}.get(action, StoredState.STOPPED)
    return replace(entry, **{"schedule": "office", "new_stored": new_stored, "from_type": "t3.small", **changes})


def make_request(**changes):
    request = RunRequest(id="run-1", at=MONDAY_NOON, start_time=MONDAY_NOON, tick=True)
    return replace(request, **changes)


def make_sweep(*, alive=(), config=CONFIG, **request):
    return Sweep(request=make_request(**request), config=config, is_alive=set(alive).__contains__)
