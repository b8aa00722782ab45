"""The sweep of a shard: every target is looked at, decided about and journaled; no instance is changed."""

from dataclasses import replace
from datetime import timedelta
from threading import Event
from time import sleep
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from tests.aws.estate import make_stack
from tests.unit.specimens import (
    CONFIG,
    ID,
    MONDAY_NIGHT,
    MONDAY_NOON,
    TARGET,
    make_claim,
    make_entry,
    make_record,
    make_request,
    make_sighting,
)

from instance_scheduler.aws import sweep as sweep_module
from instance_scheduler.aws.side_by_side import Turn
from instance_scheduler.aws.sweep import sweep_shard
from instance_scheduler.journal import Status
from instance_scheduler.plan import Shard, plan_visits
from instance_scheduler.settings import Service, Settings
from instance_scheduler.summary import told_code

ELSEWHERE = replace(TARGET, region="cn-northwest-1")
OTHER = replace(TARGET, account="444455556666")
TICK = make_request()


class FakeObserver:
    """What AWS would show of each target; an exception is raised in its place."""

    def __init__(self, shown):
        self.shown = shown
        self.asked = []

    def __call__(self, target):
        self.asked.append(target)
        return _Seen(self.shown.get(target, ()), target)


class _Seen:
    def __init__(self, shown, target):
        self.shown = shown
        self.target = target

    def sightings(self):
        _raise_if_error(self.shown)
        return [replace(sighting, target=self.target) for sighting in self.shown]


def _raise_if_error(shown):
    if isinstance(shown, Exception):
        raise shown


def denied(code="AccessDenied", operation="AssumeRole"):
    return ClientError({"Error": {"Code": code, "Message": "not authorized"}}, operation)


def plan_shard(stack, targets, request=TICK):
    visits = plan_visits(targets, targets, stack.state.targets(), 50)
    stack.state.write_shards(request, [Shard(number=0, service=Service.EC2, targets=targets)], visits)


def sweep(stack, shown, request=TICK, targets=(TARGET,)):
    """Plan a shard of the targets as PlanRun does, and sweep it."""
    plan_shard(stack, targets, request)
    return sweep_shard(stack, request, 0, FakeObserver(shown))


def entries(stack, request=TICK):
    return {entry.instance: (str(entry.action), entry.status) for entry in stack.state.entries(request.id)}


def later(at, **changes):
    return make_request(id=f"run-{at:%H%M}", at=at, start_time=at, **changes)


def test_an_action_is_journaled_and_reported_and_the_item_left_as_it_was(stack):
    stack.state.update_quietly(TARGET, {ID: make_record("stopped", version=0)})
    before = stack.state.instance(TARGET, ID)

    answer = sweep(stack, {TARGET: [make_sighting()]})

    assert answer == {"shard": 0, "report": 1, "error": None}
    assert entries(stack) == {ID: ("start", Status.PLANNED)}
    assert stack.state.instance(TARGET, ID) == before


def test_an_idle_target_is_neither_journaled_nor_reported_and_its_state_is_stored(stack):
    answer = sweep(stack, {TARGET: [make_sighting(state="running")]})

    assert (answer["report"], entries(stack)) == (0, {})
    assert stack.state.instance(TARGET, ID).stored == "running"


def test_a_complete_sweep_is_recorded_with_its_config_and_alarm(stack):
    sweep(stack, {TARGET: [make_sighting(state="running"), make_sighting(id="i-2", schedule_tag="none")]})

    record = stack.state.targets()[TARGET]
    assert (record.swept_at, record.managed, record.config_hash) == (MONDAY_NOON, 2, CONFIG.config_hash)
    assert record.next_due == MONDAY_NOON + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("sighting", "wait"),
    [
        (make_sighting(), timedelta(minutes=5)),
        (make_sighting(state="pending"), timedelta(minutes=5)),
        (make_sighting(state="running"), timedelta(minutes=15)),
        (make_sighting(schedule_tag="no-such"), timedelta(minutes=15)),
    ],
    ids=["an action", "on its way", "idle", "unknown schedule"],
)
def test_what_is_open_is_looked_at_on_the_next_tick(stack, sighting, wait):
    sweep(stack, {TARGET: [sighting]})

    assert stack.state.targets()[TARGET].next_due == MONDAY_NOON + wait


def test_a_transition_rings_the_alarm_to_the_minute(stack):
    before = MONDAY_NOON + timedelta(hours=4, minutes=50)

    sweep(stack, {TARGET: [make_sighting(state="running")]}, later(before))

    assert stack.state.targets()[TARGET].next_due == MONDAY_NOON + timedelta(hours=5)


# Dry and filtered runs.


def test_a_dry_run_writes_its_decisions_and_nothing_else(stack, table):
    dry = make_request(tick=False, dry_run=True)
    shown = {TARGET: [make_sighting(), make_sighting(id="i-2", state="running")], ELSEWHERE: denied()}

    sweep(stack, shown, dry, (TARGET, ELSEWHERE))

    assert {item["pk"] for item in table.scan()} == {f"run/{dry.id}"}
    assert entries(stack, dry) == {ID: ("start", Status.PLANNED)}


@pytest.mark.parametrize(
    "changes",
    [{"instances": (ID,)}, {"schedules": ("office",)}, {"confirm": "run-0"}],
    ids=["by instance", "by schedule", "a confirmation"],
)
def test_a_filtered_run_never_records_a_sweep(stack, changes):
    sweep(stack, {TARGET: [make_sighting()]}, make_request(tick=False, **changes))

    assert all(record.swept_at is None for record in stack.state.targets().values())


def test_a_filtered_run_may_lower_an_alarm(stack):
    sweep(stack, {TARGET: [make_sighting(state="running")]})
    at = MONDAY_NOON + timedelta(minutes=2)

    sweep(stack, {TARGET: [make_sighting(state="stopping")]}, later(at, tick=False, instances=(ID,)))

    record = stack.state.targets()[TARGET]
    assert (record.next_due, record.swept_at) == (MONDAY_NOON + timedelta(minutes=5), MONDAY_NOON)


def test_a_filtered_run_never_raises_an_alarm(stack):
    sweep(stack, {TARGET: [make_sighting(state="pending")]})
    at = MONDAY_NOON + timedelta(minutes=2)

    sweep(stack, {TARGET: [make_sighting(state="running")]}, later(at, tick=False, schedules=("office",)))

    assert stack.state.targets()[TARGET].next_due == MONDAY_NOON + timedelta(minutes=5)


def test_a_confirmed_run_looks_at_the_withheld_instances_alone(stack):
    withheld = make_entry("stop", withheld=True, status=Status.SKIPPED)
    stack.state.write_entries(make_request(id="run-0"), [withheld, make_entry("stop", instance="i-2")])
    shown = [make_sighting(id=one, state="running") for one in (ID, "i-2", "i-3")]
    confirming = make_request(tick=False, confirm="run-0", at=MONDAY_NIGHT)

    sweep(stack, {TARGET: shown}, confirming)

    assert entries(stack, confirming) == {ID: ("stop", Status.PLANNED)}


def test_a_withheld_stop_is_looked_at_on_three_ticks_and_then_at_doubling_intervals(table):
    stack = make_stack(table, settings=Settings(full_sweep_minutes=60))
    at, looks = MONDAY_NIGHT, []

    for number in range(7):
        sweep(stack, {TARGET: [make_sighting(state="running")]}, make_request(id=f"run-{number}", at=at, start_time=at))
        (withheld,) = stack.state.entries(f"run-{number}")
        stack.state.mark_instance(withheld, told_code(replace(withheld, withheld=True)), at)
        due = stack.state.targets()[TARGET].next_due
        looks.append((due - at) // timedelta(minutes=1))
        at = due

    assert looks == [5, 5, 5, 10, 20, 15, 60]


# Ticks that come twice or too late.


def test_a_sweep_overtaken_by_a_later_one_is_not_recorded(stack):
    visits = plan_visits([TARGET], [TARGET], {}, 50)
    stack.state.write_shards(TICK, [Shard(number=0, service=Service.EC2, targets=(TARGET,))], visits)
    sweep(stack, {}, later(MONDAY_NOON + timedelta(minutes=5)))

    sweep_shard(stack, TICK, 0, FakeObserver({}))

    assert stack.state.targets()[TARGET].swept_at == MONDAY_NOON + timedelta(minutes=5)


def test_a_repeated_invocation_comes_to_the_same_decisions(stack):
    shown = {TARGET: [make_sighting()]}
    sweep(stack, shown)
    before = list(stack.state.entries(TICK.id)), stack.state.targets()[TARGET].next_due

    answer = sweep_shard(stack, TICK, 0, FakeObserver(shown))

    assert answer["report"] == 1
    assert (list(stack.state.entries(TICK.id)), stack.state.targets()[TARGET].next_due) == before


# Failures.


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (denied(), "RoleRefused"),
        (denied("UnauthorizedOperation", "DescribeInstances"), "NotAllowed"),
        (denied("RequestLimitExceeded", "DescribeInstances"), "Throttled"),
        (denied("AuthFailure", "DescribeInstances"), "RegionNotEnabled"),
        (ReadTimeoutError(endpoint_url="https://ec2"), "TooSlow"),
        (EndpointConnectionError(endpoint_url="https://ec2"), "EndpointConnectionError"),
        (ResponseParserError("Unable to parse response, invalid XML received:\n<a>\x1b</a>"), "ResponseParserError"),
    ],
    ids=["the role", "the call", "throttling", "the region", "silence", "the network", "what nobody can read"],
)
def test_a_target_that_cannot_be_looked_at_never_stops_another(stack, error, code):
    answer = sweep(stack, {TARGET: error, OTHER: [make_sighting()]}, targets=(TARGET, OTHER))

    (failure,) = stack.state.target_failures(TICK.id)
    assert (failure.target, failure.code, answer["error"], answer["report"]) == (TARGET, code, None, 1)
    assert [entry.target for entry in stack.state.entries(TICK.id)] == [OTHER]


def test_a_role_that_is_refused_is_asked_for_once_in_a_sweep(stack, monkeypatch):
    monkeypatch.setattr(sweep_module, "_THREADS", 1)
    shown = FakeObserver({TARGET: denied(), ELSEWHERE: denied()})
    visits = plan_visits((TARGET, ELSEWHERE, OTHER), (TARGET, ELSEWHERE, OTHER), stack.state.targets(), 50)
    stack.state.write_shards(TICK, [Shard(number=0, service=Service.EC2, targets=(TARGET, ELSEWHERE, OTHER))], visits)

    sweep_shard(stack, TICK, 0, shown)

    assert shown.asked == [TARGET, OTHER]
    assert {failure.target for failure in stack.state.target_failures(TICK.id)} == {TARGET, ELSEWHERE}
    assert stack.state.targets().get(ELSEWHERE).failures == 1


def test_a_failure_that_is_foreseen_when_the_time_is_over_is_not_written(stack, monkeypatch):
    late = Turn()
    late.end()
    turns = {TARGET: Turn(), ELSEWHERE: late}
    monkeypatch.setattr(
        sweep_module, "side_by_side", lambda visits, look, **_: [look(visit, turns[visit.target]) for visit in visits]
    )

    sweep(stack, {TARGET: denied(), ELSEWHERE: denied()}, targets=(TARGET, ELSEWHERE))

    assert [failure.target for failure in stack.state.target_failures(TICK.id)] == [TARGET]
    assert set(stack.state.targets()) == {TARGET}


def test_a_failed_target_stays_due_on_the_next_tick(stack):
    sweep(stack, {TARGET: denied()})

    record = stack.state.targets()[TARGET]
    assert (record.swept_at, record.failures, record.next_due) == (None, 1, MONDAY_NOON + timedelta(minutes=5))


def test_a_target_that_keeps_failing_is_tried_more_slowly(stack):
    for number in range(5):
        sweep(stack, {TARGET: denied()}, later(MONDAY_NOON + timedelta(minutes=5 * number)))

    record = stack.state.targets()[TARGET]
    assert record.failures == 5
    assert record.next_due > MONDAY_NOON + timedelta(minutes=25)


def test_a_target_that_can_be_looked_at_again_forgets_its_failures(stack):
    sweep(stack, {TARGET: denied()})

    sweep(stack, {}, later(MONDAY_NOON + timedelta(minutes=5)))

    assert stack.state.targets()[TARGET].failures == 0


def test_a_failure_that_was_told_today_is_not_reported_again(stack):
    stack.state.mark_target(TARGET, "InvalidFilter", MONDAY_NOON - timedelta(hours=1))

    assert sweep(stack, {TARGET: denied("InvalidFilter", "DescribeInstances")})["report"] == 0


@pytest.mark.parametrize(
    ("error", "reports"),
    [
        (denied(), 0),
        (denied("RequestLimitExceeded", "DescribeInstances"), 1),
        (denied("AuthFailure", "DescribeInstances"), 1),
    ],
    ids=["the same account's role", "of another kind", "a region of the same account"],
)
def test_what_was_told_of_an_account_today_is_not_reported_again_by_another_of_its_targets(stack, error, reports):
    stack.state.mark_account(TARGET.account, "RoleRefused", MONDAY_NOON - timedelta(hours=1))

    assert sweep(stack, {ELSEWHERE: error}, targets=(ELSEWHERE,))["report"] == reports


def test_a_filtered_run_does_not_count_a_failure(stack):
    sweep(stack, {TARGET: denied()}, make_request(tick=False, instances=(ID,)))

    assert stack.state.targets() == {}


# Claims.


def test_a_living_runs_claim_is_left_alone_and_keeps_the_target_open(stack):
    claimed = make_entry("start")
    stack.state.claim([claimed], {claimed.key: make_claim("start", run="run-0")})
    stack.executions.alive = {"run-0"}

    answer = sweep(stack, {TARGET: [make_sighting()]})

    assert (answer["report"], stack.state.instance(TARGET, ID).claim.run) == (0, "run-0")
    assert stack.state.targets()[TARGET].next_due == MONDAY_NOON + timedelta(minutes=5)


def test_a_dead_runs_claims_cost_one_question(stack):
    claimed = [make_entry("start", instance=f"i-{number}") for number in range(5)]
    stack.state.claim(claimed, {entry.key: make_claim("start", run="run-0") for entry in claimed})

    sweep(stack, {TARGET: [make_sighting(id=entry.instance, state="running") for entry in claimed]})

    assert stack.executions.asked == ["run-0"]
    assert {record.stored for record in stack.state.instances(TARGET).values()} == {"running"}


def test_a_shard_that_was_never_planned_is_a_lookup_error(stack):
    with pytest.raises(LookupError):
        sweep_shard(stack, TICK, 7, FakeObserver({}))


# Time.


def test_targets_that_the_functions_time_does_not_suffice_for_stay_due(stack):
    hurried = replace(stack, remaining_milliseconds=lambda: 60_000)

    answer = sweep(hurried, {TARGET: [make_sighting()]})

    assert answer["report"] == 0
    assert (entries(stack), stack.state.targets()) == ({}, {})


def test_a_target_that_hangs_is_given_up_and_the_others_go_on(table):
    stack, released = make_stack(table, settings=Settings(target_seconds=1)), Event()
    hanging = SimpleNamespace(sightings=lambda: released.wait(60) and [make_sighting(id="i-2")])
    seen = FakeObserver({TARGET: [make_sighting()]})
    plan_shard(stack, (TARGET, ELSEWHERE))

    answer = sweep_shard(stack, TICK, 0, lambda target: hanging if target == ELSEWHERE else seen(target))
    released.set()

    (failure,) = stack.state.target_failures(TICK.id)
    assert (failure.target, failure.code, answer["report"]) == (ELSEWHERE, "TooSlow", 1)
    assert failure.reason == "it could not be looked at within 1 seconds"
    assert entries(stack) == {ID: ("start", Status.PLANNED)}
    assert (stack.state.targets()[TARGET].failures, stack.state.targets()[ELSEWHERE].failures) == (0, 1)
    assert stack.state.targets()[ELSEWHERE].next_due == MONDAY_NOON + timedelta(minutes=5)


def test_a_target_that_was_given_up_writes_nothing_when_it_answers_after_all(table):
    stack, released, ended = make_stack(table, settings=Settings(target_seconds=1)), Event(), Event()

    def answer_late():
        released.wait(60)
        ended.set()
        return [make_sighting()]

    plan_shard(stack, (TARGET,))
    sweep_shard(stack, TICK, 0, lambda target: SimpleNamespace(sightings=answer_late))
    before = list(table.scan())

    released.set()
    assert ended.wait(60)
    sleep(0.3)
    assert list(table.scan()) == before


def test_many_targets_of_a_group_are_recorded_by_one_write(stack, table):
    others = [replace(TARGET, account="444455556666", region=f"cn-north-{number}") for number in range(1, 6)]

    sweep(stack, {TARGET: denied()}, targets=(TARGET, *others))

    assert {item["sk"] for item in table.scan() if item["pk"] == "targets"} == {str(TARGET), "group/ec2/0"}
    assert [one.failures for one in stack.state.targets().values()] == [1, 0, 0, 0, 0, 0]
