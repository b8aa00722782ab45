"""Headcounts in the state table."""

from datetime import timedelta

from tests.unit.specimens import DATABASES, MONDAY_NOON, TARGET

from instance_scheduler.metrics import Headcount

HOUR = timedelta(hours=1)
THREE = Headcount(managed=3, running=2, resting=1)


def test_what_sweeps_counted_is_read_together(stack):
    stack.state.write_heads(TARGET, {"office": THREE, "kept": Headcount(managed=1)}, MONDAY_NOON + HOUR)
    stack.state.write_heads(DATABASES, {"office": THREE}, MONDAY_NOON + HOUR)

    assert sorted(stack.state.heads(MONDAY_NOON), key=str) == [
        ("kept", "ec2", Headcount(managed=1)),
        ("office", "ec2", THREE),
        ("office", "rds", THREE),
    ]


def test_what_a_later_sweep_counted_takes_the_place_of_it(stack):
    stack.state.write_heads(TARGET, {"office": THREE}, MONDAY_NOON + HOUR)
    stack.state.write_heads(TARGET, {"kept": THREE}, MONDAY_NOON + HOUR)

    assert list(stack.state.heads(MONDAY_NOON)) == [("kept", "ec2", THREE)]


def test_what_nobody_counted_anew_is_forgotten(stack):
    stack.state.write_heads(TARGET, {"office": THREE}, MONDAY_NOON + HOUR)

    assert list(stack.state.heads(MONDAY_NOON + HOUR)) == []


def test_what_an_earlier_version_counted_is_read_without_the_number_that_it_lacks(stack, table):
    expires = int((MONDAY_NOON + HOUR).timestamp())
    table.put_all([{"pk": "heads", "sk": str(TARGET), "schedules": {"office": [3, 2]}, "expires_at": expires}])

    assert list(stack.state.heads(MONDAY_NOON)) == [("office", "ec2", Headcount(managed=3, running=2))]
