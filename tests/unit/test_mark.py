"""Marks: a standing condition is told once a day."""

from datetime import timedelta

import pytest
from tests.unit.specimens import MONDAY_NOON

from instance_scheduler.instants import format_instant
from instance_scheduler.mark import is_news, marks_of


def test_marks_are_read_from_the_attributes_with_the_prefix():
    item = {"version": 3, "reported_E1": "2026-11-23T12:00:00Z", "reported_start_Some.Code": "2026-11-22T12:00:00Z"}

    assert marks_of(item) == {"E1": "2026-11-23T12:00:00Z", "start_Some.Code": "2026-11-22T12:00:00Z"}


@pytest.mark.parametrize(
    ("ago", "news"),
    [
        (timedelta(0), False),
        (timedelta(hours=23, minutes=59), False),
        (timedelta(days=1), True),
        (timedelta(days=9), True),
    ],
    ids=["just told", "within the day", "a day ago", "long ago"],
)
def test_a_condition_is_news_again_after_a_day(ago, news):
    assert is_news({"E1": format_instant(MONDAY_NOON - ago)}, "E1", MONDAY_NOON) is news


def test_a_condition_that_was_never_told_is_news_whatever_else_was_told():
    assert is_news({"O3": format_instant(MONDAY_NOON)}, "E1", MONDAY_NOON)
