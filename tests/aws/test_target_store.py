"""The targets of the state table: who writes what, and on which condition."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.specimens import DATABASES, MONDAY_NOON, TARGET

from instance_scheduler.plan import Visit
from instance_scheduler.settings import Service
from instance_scheduler.target import TargetRecord
from instance_scheduler.target_items import Swept

TICK = timedelta(minutes=5)
SOON, LATER = MONDAY_NOON + TICK, MONDAY_NOON + 3 * TICK
SWEPT = Swept(target=TARGET, at=MONDAY_NOON, due=LATER, config_hash="h", managed=7, open_sweeps=2)
VISIT = Visit(target=TARGET, version=0, known=None, open_sweeps=1, failures=2, group=3, estate=40)
GROUP = {"pk": "targets", "sk": "group/ec2/3"}


def record(state, *sweeps):
    return state.record_sweeps(Service.EC2, 3, sweeps)


def many(count=5, **changes):
    regions = [TARGET.region, *(f"cn-north-{number}" for number in range(2, count + 1))]
    return [replace(SWEPT, target=replace(TARGET, region=region), **changes) for region in regions]


def read(state, target=TARGET):
    return state.targets().get(target, TargetRecord(target=target))


def again(state, swept, **changes):
    """The sweep after, with what its plan read."""
    seen = read(state, swept.target)
    return replace(swept, **{"at": SOON, "seen": seen.version, "known": seen.known, **changes})


# Few targets: their own items.


def test_a_sweep_of_few_targets_is_recorded_on_their_own_items(state, table):
    assert record(state, *many(4)) == ()

    assert sorted(item["sk"] for item in table.scan()) == [f"111122223333/cn-north-{n}/ec2" for n in range(1, 5)]
    assert {(one.swept_at, one.next_due, one.managed, one.open_sweeps) for one in state.targets().values()} == {
        (MONDAY_NOON, LATER, 7, 2)
    }


def test_a_complete_sweep_forgets_the_failures(state):
    state.record_target_failure(VISIT, MONDAY_NOON - TICK, MONDAY_NOON)

    assert record(state, again(state, SWEPT)) == ()
    assert (read(state).failures, read(state).swept_at) == (0, SOON)


def test_a_sweep_is_not_recorded_where_another_one_was_since_the_plan(state):
    record(state, SWEPT)
    late = replace(SWEPT, at=MONDAY_NOON - TICK, managed=3)

    assert record(state, late) == (late,)
    assert (read(state).swept_at, read(state).managed) == (MONDAY_NOON, 7)


# Many targets: their group's item.


def test_a_sweep_of_many_targets_is_recorded_by_one_write(state, table):
    assert record(state, *many()) == ()

    (item,) = table.scan()
    assert (item["sk"], item["version"]) == ("group/ec2/3", 1)
    assert {(one.swept_at, one.next_due, one.managed) for one in state.targets().values()} == {(MONDAY_NOON, LATER, 7)}


def test_the_next_sweep_takes_the_place_of_the_one_before(state, table):
    record(state, *many())

    assert record(state, *(again(state, one, managed=8) for one in many())) == ()
    assert {(one.swept_at, one.managed) for one in state.targets().values()} == {(SOON, 8)}
    assert table.get(GROUP)["expires_at"] == int((SOON + timedelta(days=35)).timestamp())


def test_a_doubled_or_overtaken_sweep_of_a_group_writes_nothing(state, table):
    record(state, *many())
    before = table.get(GROUP)

    assert len(record(state, *many(at=MONDAY_NOON - TICK))) == 5
    assert table.get(GROUP) == before


def test_targets_that_were_recorded_by_another_sweep_meanwhile_are_left_to_it(state):
    planned = many(6)
    record(state, *many(5, at=MONDAY_NOON - TICK))

    refused = record(state, *planned)

    assert [one.target for one in refused] == [one.target for one in planned[:5]]
    assert read(state, planned[5].target).swept_at == MONDAY_NOON


def test_two_runs_that_write_one_groups_item_at_once_both_find_their_place(state, table, monkeypatch):
    first, second = many(10)[:5], many(10)[5:]
    update = table.update

    def overtaken(key, change):
        monkeypatch.setattr(table, "update", update)
        record(state, *first)
        return update(key, change)

    monkeypatch.setattr(table, "update", overtaken)

    assert record(state, *second) == ()
    assert len(state.targets()) == 10


def test_a_group_that_others_keep_writing_to_is_left_as_it_is(state, table, monkeypatch):
    monkeypatch.setattr(table, "update", lambda key, change: False)

    assert record(state, *many()) == tuple(many())


@pytest.mark.parametrize("due", [SOON + TICK, LATER + TICK], ids=["sooner than the group", "later"])
def test_few_targets_of_a_group_swept_alone_are_due_by_their_own_items(state, due):
    record(state, *many())

    record(state, again(state, SWEPT, due=due))

    assert (read(state).swept_at, read(state).next_due) == (SOON, due)
    assert {one.swept_at for target, one in state.targets().items() if target != TARGET} == {MONDAY_NOON}


def test_the_groups_next_sweep_counts_again_for_those_that_were_swept_alone(state):
    record(state, *many())
    record(state, again(state, SWEPT, due=SOON))
    later = SOON + TICK

    record(state, *(again(state, one, at=later, due=later + 3 * TICK) for one in many()))

    assert {(one.swept_at, one.next_due) for one in state.targets().values()} == {(later, later + 3 * TICK)}


# Lowered alarms.


@pytest.mark.parametrize("count", [1, 5], ids=["own item", "in a group"])
@pytest.mark.parametrize("due", [SOON, LATER, LATER + TICK], ids=["sooner", "same", "later"])
def test_an_alarm_is_lowered_and_never_raised(state, count, due):
    record(state, *many(count))

    state.lower_alarm(TARGET, MONDAY_NOON, due)

    assert (read(state).next_due, read(state).swept_at) == (min(due, LATER), MONDAY_NOON)


@pytest.mark.parametrize("count", [1, 5], ids=["own item", "in a group"])
@pytest.mark.parametrize("due", [SOON, SOON - TICK], ids=["to now", "to what has rung"])
def test_an_alarm_lowered_while_a_sweep_runs_outlives_it(state, count, due):
    record(state, *many(count))
    state.lower_alarm(TARGET, MONDAY_NOON, SOON)
    under_way = [again(state, one, due=LATER + 9 * TICK) for one in many(count)]

    state.lower_alarm(TARGET, MONDAY_NOON, due)
    record(state, *under_way)

    assert read(state).next_due <= SOON


@pytest.mark.parametrize("count", [1, 5], ids=["own item", "in a group"])
def test_a_sweep_that_knew_of_a_lowered_alarm_silences_it(state, count):
    record(state, *many(count))
    state.lower_alarm(TARGET, MONDAY_NOON, SOON)

    record(state, *(again(state, one, due=LATER + TICK) for one in many(count)))

    assert read(state).next_due == LATER + TICK


def test_a_target_that_was_never_swept_can_be_lowered(state):
    state.lower_alarm(TARGET, MONDAY_NOON, SOON)

    assert (read(state).next_due, read(state).swept_at) == (SOON, None)


@pytest.mark.parametrize(
    ("write", "days"),
    [
        (lambda state: state.lower_alarm(TARGET, MONDAY_NOON, SOON), 7),
        (lambda state: state.record_target_failure(VISIT, MONDAY_NOON, SOON), 7),
        (lambda state: record(state, SWEPT), 35),
    ],
    ids=["lowered", "failed", "swept"],
)
def test_what_nobody_says_again_is_forgotten(state, table, write, days):
    write(state)

    item = table.get({"pk": "targets", "sk": str(TARGET)})
    assert item["expires_at"] == int((MONDAY_NOON + timedelta(days=days)).timestamp())


# Failures.


@pytest.mark.parametrize("count", [1, 5], ids=["own item", "in a group"])
def test_a_failed_sweep_writes_failures_and_the_next_try_alone(state, count):
    record(state, *many(count))
    seen = again(state, SWEPT)

    assert state.record_target_failure(
        replace(VISIT, version=seen.seen, known=seen.known), SOON, MONDAY_NOON + timedelta(hours=1)
    )

    failed = read(state)
    assert (failed.failures, failed.next_due) == (3, MONDAY_NOON + timedelta(hours=1))
    assert (failed.swept_at, failed.managed) == (MONDAY_NOON, 7)


def test_a_failure_is_counted_once_however_often_its_invocation_comes(state):
    told = [state.record_target_failure(VISIT, MONDAY_NOON, SOON) for _ in range(2)]

    assert (told, read(state).failures) == ([True, False], 3)


def test_a_target_lowered_while_a_sweep_of_it_failed_is_due_as_it_was_lowered(state):
    state.lower_alarm(TARGET, MONDAY_NOON, SOON)

    assert not state.record_target_failure(VISIT, MONDAY_NOON, LATER)
    assert read(state).next_due == SOON


# What was told.


def test_a_target_is_marked_without_a_change_of_its_alarm(state):
    record(state, *many())

    assert state.mark_target(TARGET, "AccessDenied", MONDAY_NOON)
    assert state.told_of_target(TARGET) == {"AccessDenied": "2026-11-23T12:00:00Z"}
    assert (read(state).next_due, read(state).reported) == (LATER, state.told_of_target(TARGET))


def test_of_a_target_without_an_item_nothing_was_told(state):
    assert state.told_of_target(DATABASES) == {}
