"""When a failed action is tried again: the next three ticks, then at doubling intervals up to the full sweep's."""

from datetime import timedelta

import pytest
from tests.unit.specimens import MONDAY_NOON

from instance_scheduler.retry import retry_at
from instance_scheduler.settings import Settings


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(1, 5), (2, 5), (3, 5), (4, 10), (5, 20), (6, 40), (7, 60), (8, 60), (1000, 60)],
    ids=lambda value: str(value),
)
def test_a_start_that_keeps_failing_slows_down_to_the_full_sweep(failures, minutes):
    settings = Settings(interval_minutes=5, full_sweep_minutes=60)

    assert retry_at(failures, MONDAY_NOON, settings) == MONDAY_NOON + timedelta(minutes=minutes)


def test_a_full_sweep_shorter_than_a_tick_never_retries_faster_than_the_ticks():
    settings = Settings(interval_minutes=30, full_sweep_minutes=15)

    assert retry_at(9, MONDAY_NOON, settings) == MONDAY_NOON + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("failures", "wait"), [(3, timedelta(minutes=5)), (6, timedelta(minutes=40)), (50, timedelta(days=1))]
)
def test_a_resize_that_keeps_failing_slows_down_to_once_a_day(failures, wait):
    settings = Settings(interval_minutes=5, full_sweep_minutes=15)

    assert retry_at(failures, MONDAY_NOON, settings, resize=True) == MONDAY_NOON + wait
