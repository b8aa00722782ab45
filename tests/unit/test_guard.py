"""The guard: what a run is kept from doing."""

from dataclasses import replace

import pytest
from tests.unit.specimens import make_entry

from instance_scheduler.guard import MOST_RESIZES, first_resizes, is_planned, withheld_stops
from instance_scheduler.journal import Status


def stops(count, **changes):
    return [make_entry("stop", instance=f"i-{number:017x}", unexplained=True, **changes) for number in range(count)]


def resizes(count, **changes):
    return [make_entry("resize", instance=f"i-{number:017x}", to_type="m5.large", **changes) for number in range(count)]


@pytest.mark.parametrize(("count", "withheld"), [(0, 0), (50, 0), (51, 51), (400, 400)], ids=lambda value: str(value))
def test_more_unexplained_stops_than_allowed_are_all_withheld(count, withheld):
    assert len(withheld_stops(stops(count), 50)) == withheld


def test_stops_that_the_timetable_explains_are_neither_counted_nor_withheld():
    explained = [replace(entry, unexplained=False) for entry in stops(400)]

    assert withheld_stops([*explained, *stops(50)], 50) == ()


def test_a_guard_of_zero_is_off():
    assert withheld_stops(stops(1000), 0) == ()


def test_a_repeated_invocation_still_counts_the_stops_that_the_first_withheld():
    entries = stops(60)
    already = [replace(entry, status=Status.SKIPPED, withheld=True) for entry in entries[:20]]

    assert withheld_stops([*already, *entries[20:]], 50) == tuple(entries[20:])


def test_at_most_fifty_resizes_go_first_those_of_dead_runs():
    fresh, orphan = resizes(60), make_entry("resize", instance="i-fffff", to_type="m5.large", taken_over="run-0")

    chosen = first_resizes([*fresh, orphan])

    assert (len(chosen), chosen[0]) == (MOST_RESIZES, orphan)


def test_starts_and_stops_are_no_resizes_but_a_start_on_another_type_is_one():
    other_type = make_entry("start", to_type="m5.large")

    assert first_resizes([make_entry("start"), make_entry("stop"), other_type]) == (other_type,)


@pytest.mark.parametrize(
    ("changes", "planned"),
    [
        ({}, True),
        ({"status": Status.SUCCEEDED}, False),
        ({"status": Status.FAILED}, False),
        ({"status": Status.SKIPPED}, False),
        ({"withheld": True}, False),
    ],
    ids=["planned", "succeeded", "failed", "skipped", "withheld"],
)
def test_only_an_action_that_was_neither_carried_out_nor_withheld_is_planned(changes, planned):
    assert is_planned(make_entry("stop", **changes)) is planned


def test_a_condition_to_tell_is_no_action():
    assert not is_planned(make_entry("none"))
