"""Headcounts in the state table."""

from datetime import timedelta

from tests.unit.specimens import DATABASES, MONDAY_NOON, TARGET

from instance_scheduler.metrics import Headcount

HOUR = timedelta(hours=1)
THREE = Headcount(managed=3, running=2)


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
