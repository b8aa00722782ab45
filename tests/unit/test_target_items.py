"""What is said of a target on its own item and on its group's, read as one record."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.specimens import DATABASES, MONDAY_NOON, TARGET

from instance_scheduler.instants import format_instant
from instance_scheduler.target import TargetRecord
from instance_scheduler.target_items import Swept, TargetRecords, add_sweeps, group_sort_key, read_lines, write_lines

TICK = timedelta(minutes=5)
SWEPT = Swept(
    target=TARGET, at=MONDAY_NOON, due=MONDAY_NOON + 3 * TICK, config_hash="h", managed=7, open_sweeps=2, seen=1
)
ELSEWHERE = replace(TARGET, region="cn-northwest-1")
OWN = {
    "sk": str(TARGET),
    "swept_at": "2026-11-23T12:00:00Z",
    "next_due": "2026-11-23T12:15:00Z",
    "config_hash": "h",
    "managed": 7,
    "open": 2,
    "failures": 3,
    "version": 4,
    "reported_AccessDenied": "2026-11-23T12:00:00Z",
}


def group_item(*sweeps, number=0, stored=()):
    lines, refused = add_sweeps(dict(stored), sweeps)
    assert refused == ()
    return {"sk": group_sort_key(sweeps[0].target.service, number), **write_lines(lines)}


def read(*items, target=TARGET):
    return TargetRecords(items)[target]


# One item alone.


def test_an_own_item_is_read_with_its_marks():
    assert read(OWN | {"of a later version": True}) == TargetRecord(
        target=TARGET,
        swept_at=MONDAY_NOON,
        next_due=MONDAY_NOON + 3 * TICK,
        config_hash="h",
        managed=7,
        open_sweeps=2,
        failures=3,
        version=4,
        reported={"AccessDenied": "2026-11-23T12:00:00Z"},
    )


def test_an_entry_of_a_groups_item_is_read_as_its_sweep_left_it():
    assert read(group_item(replace(SWEPT, seen=0))) == TargetRecord(
        target=TARGET,
        swept_at=MONDAY_NOON,
        next_due=MONDAY_NOON + 3 * TICK,
        config_hash="h",
        managed=7,
        open_sweeps=2,
        known=MONDAY_NOON,
    )


@pytest.mark.parametrize("wrong", [{"swept_at": "noon"}, {"open": "yes"}], ids=["an instant", "a number"])
def test_an_own_item_that_cannot_be_read_is_that_of_a_target_never_swept(wrong):
    assert read(OWN | wrong) == TargetRecord(target=TARGET, version=4)


@pytest.mark.parametrize(
    "text", ["cn-north-1", "111122223333/cn-north-1 soon 7 2 1", "111122223333/cn-north-1 2026-11-23T12:15:00Z 7"]
)
def test_an_entry_that_cannot_be_read_makes_its_target_due_and_no_other(text):
    item = group_item(replace(SWEPT, target=ELSEWHERE))
    records = TargetRecords([item | {"targets": f"{text}\n{item['targets']}"}])

    assert records.get(TARGET, TargetRecord(target=TARGET)) == TargetRecord(target=TARGET)
    assert records[ELSEWHERE].managed == 7


def test_an_item_that_holds_a_mark_alone_was_never_swept():
    assert read({"sk": str(TARGET)}) == TargetRecord(target=TARGET)


def test_a_target_without_an_item_has_no_record():
    assert TargetRecords([OWN]).get(DATABASES) is None


def test_targets_of_both_kinds_of_items_are_listed_once_and_sorted():
    records = TargetRecords(
        [group_item(replace(SWEPT, target=ELSEWHERE), SWEPT), OWN, {"sk": str(DATABASES)}, {"sk": "?"}]
    )

    assert (list(records), len(records)) == ([TARGET, DATABASES, ELSEWHERE], 3)


# Both items.


def test_an_entry_whose_sweep_knew_the_own_item_holds_alone():
    record = read(OWN | {"next_due": "2026-11-23T12:01:00Z"}, group_item(replace(SWEPT, seen=4, at=MONDAY_NOON + TICK)))

    assert (record.next_due, record.failures, record.swept_at) == (SWEPT.due, 0, MONDAY_NOON + TICK)
    assert (record.version, record.known, record.reported) == (4, MONDAY_NOON + TICK, {"AccessDenied": OWN["swept_at"]})


@pytest.mark.parametrize("minutes", [-5, 0, 5], ids=["a later sweep", "at the same instant", "a later failure"])
def test_an_own_item_whose_writer_knew_the_entry_holds_alone(minutes):
    at = MONDAY_NOON + timedelta(minutes=minutes)
    own = OWN | {"known": format_instant(at), "next_due": "2026-11-23T13:00:00Z"}

    record = read(own, group_item(replace(SWEPT, at=at)))

    assert (record.next_due, record.failures) == (MONDAY_NOON + timedelta(hours=1), 3)
    assert record.swept_at == max(at, MONDAY_NOON)


@pytest.mark.parametrize("due", ["2026-11-23T12:05:00Z", "2026-11-23T12:25:00Z"], ids=["lowered", "later"])
@pytest.mark.parametrize("minutes", [-5, 0, 5], ids=["before", "with", "after"])
def test_of_two_that_did_not_know_each_other_the_earlier_alarm_holds(due, minutes):
    at = MONDAY_NOON + timedelta(minutes=minutes)

    record = read(OWN | {"next_due": due}, group_item(replace(SWEPT, at=at, seen=3)))

    assert format_instant(record.next_due) == min(due, "2026-11-23T12:15:00Z")
    assert (record.swept_at, record.failures) == (max(at, MONDAY_NOON), 0)


def test_an_alarm_that_was_lowered_on_an_item_that_held_nothing_holds_with_what_the_sweep_left():
    lowered = {"sk": str(TARGET), "next_due": "2026-11-23T12:05:00Z", "version": 1}

    record = read(lowered, group_item(replace(SWEPT, seen=0)))

    assert (record.next_due, record.swept_at, record.managed) == (MONDAY_NOON + TICK, MONDAY_NOON, 7)


def test_of_entries_in_two_groups_the_later_sweep_counts():
    old, new = replace(SWEPT, seen=0), replace(SWEPT, seen=0, at=MONDAY_NOON + TICK, managed=8)

    items = [group_item(new, number=3), group_item(old, number=4)]

    assert [read(*order).managed for order in (items, items[::-1])] == [8, 8]


# Entries of one item.


def add(*sweeps, to=()):
    stored, refused = add_sweeps(read_lines(group_item(*to)) if to else {}, sweeps)
    item = {"sk": "group/ec2/0", **write_lines(stored)}
    return TargetRecords([item]), refused, item


def test_entries_of_an_earlier_sweep_keep_its_instant_and_hash():
    later = replace(SWEPT, target=ELSEWHERE, at=MONDAY_NOON + TICK, config_hash="new")

    records, refused, item = add(later, to=[replace(SWEPT, seen=0)])

    assert refused == ()
    assert [(records[one].swept_at, records[one].config_hash) for one in (TARGET, ELSEWHERE)] == [
        (MONDAY_NOON, "h"),
        (MONDAY_NOON + TICK, "new"),
    ]
    assert (item["swept_at"], item["config_hash"]) == ("2026-11-23T12:05:00Z", "new")


@pytest.mark.parametrize(
    ("known", "minutes"),
    [(None, 5), (MONDAY_NOON - TICK, 5), (MONDAY_NOON, -1)],
    ids=["the first sweep", "another sweep", "that one, but decides for an earlier instant"],
)
def test_a_sweep_stays_out_where_another_was_recorded_since_its_plan(known, minutes):
    late = replace(SWEPT, at=MONDAY_NOON + timedelta(minutes=minutes), managed=99, known=known)

    records, refused, _ = add(late, replace(late, target=ELSEWHERE), to=[SWEPT])

    assert refused == (late,)
    assert (records[TARGET].managed, records[ELSEWHERE].managed) == (7, 99)


def test_a_sweep_that_knew_the_entry_takes_its_place():
    records, refused, _ = add(replace(SWEPT, managed=8, at=MONDAY_NOON + TICK, known=MONDAY_NOON), to=[SWEPT])

    assert (refused, records[TARGET].managed) == ((), 8)


@pytest.mark.parametrize(("hours", "kept"), [(47, True), (48, False)], ids=["yesterday's", "older"])
def test_an_entry_that_is_no_longer_renewed_is_left_out(hours, kept):
    records, _, _ = add(replace(SWEPT, target=ELSEWHERE, at=MONDAY_NOON + timedelta(hours=hours)), to=[SWEPT])

    assert (TARGET in records) is kept


def test_fifty_targets_fit_in_three_kilobytes():
    many = [replace(SWEPT, target=replace(TARGET, account=f"{number:012}")) for number in range(50)]

    assert len(write_lines(add_sweeps({}, many)[0])["targets"]) < 3000
