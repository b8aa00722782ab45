"""Periods: times, one-sided and overnight ones, and how the day conditions are joined."""

from datetime import date

import pytest
from tests.unit.building import instant, make_schedule

from instance_scheduler.period import Wish, format_minute
from instance_scheduler.schedule import DesiredState, desired_at


def wish(begin: str, end: str, clock: str, *, today: bool = True, yesterday: bool = False) -> Wish:
    schedule = make_schedule({"p": {"begintime": begin, "endtime": end, "weekdays": "*"}})
    hours, minutes = clock.split(":")
    return schedule.periods[0].period.wish(int(hours) * 60 + int(minutes), today=today, yesterday=yesterday)


@pytest.mark.parametrize(
    ("begin", "end", "clock", "expected"),
    [
        ("", "", "00:00", Wish.RUNNING),
        ("", "", "23:59", Wish.RUNNING),
        ("09:00", "", "08:59", Wish.ANY),
        ("09:00", "", "09:00", Wish.RUNNING),
        ("09:00", "", "23:59", Wish.RUNNING),
        ("", "17:00", "00:00", Wish.ANY),
        ("", "17:00", "16:59", Wish.ANY),
        ("", "17:00", "17:00", Wish.STOPPED),
        ("", "00:00", "00:00", Wish.STOPPED),
        ("", "24:00", "23:59", Wish.ANY),
        ("9:00", "17:00", "08:59", Wish.STOPPED),
        ("9:00", "17:00", "09:00", Wish.RUNNING),
        ("9:00", "17:00", "16:59", Wish.RUNNING),
        ("9:00", "17:00", "17:00", Wish.STOPPED),
        ("00:00", "24:00", "00:00", Wish.RUNNING),
        ("00:00", "24:00", "23:59", Wish.RUNNING),
        ("22:00", "24:00", "23:59", Wish.RUNNING),
        ("22:00", "00:00", "23:59", Wish.RUNNING),
        ("22:00", "00:00", "00:00", Wish.STOPPED),
    ],
)
def test_times_on_a_day_that_matches(begin: str, end: str, clock: str, expected: Wish) -> None:
    assert wish(begin, end, clock) is expected


@pytest.mark.parametrize(
    ("begin", "end"), [("", ""), ("09:00", ""), ("", "17:00"), ("09:00", "17:00"), ("22:00", "06:00")]
)
@pytest.mark.parametrize("clock", ["00:00", "09:00", "12:00", "17:00", "23:59"])
def test_a_day_that_does_not_match_is_stopped(begin: str, end: str, clock: str) -> None:
    assert wish(begin, end, clock, today=False) is Wish.STOPPED


@pytest.mark.parametrize(
    ("clock", "today", "yesterday", "expected"),
    [
        ("21:59", True, False, Wish.STOPPED),
        ("22:00", True, False, Wish.RUNNING),
        ("23:59", True, False, Wish.RUNNING),
        ("00:00", True, False, Wish.STOPPED),
        ("00:00", False, True, Wish.RUNNING),
        ("05:59", False, True, Wish.RUNNING),
        ("06:00", False, True, Wish.STOPPED),
        ("22:00", False, True, Wish.STOPPED),
        ("03:00", True, True, Wish.RUNNING),
    ],
)
def test_overnight_period_is_judged_by_the_day_on_which_it_begins(
    clock: str, today: bool, yesterday: bool, expected: Wish
) -> None:
    assert wish("22:00", "06:00", clock, today=today, yesterday=yesterday) is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-02", True),
        ("2026-11-03", False),
        ("2026-11-16", False),
        ("2026-12-07", False),
    ],
    ids=["first Monday of November", "a Tuesday", "a Monday after the 7th", "first Monday of another month"],
)
def test_weekdays_monthdays_and_months_must_all_hold(day: str, expected: bool) -> None:
    schedule = make_schedule({"p": {"weekdays": "mon", "monthdays": "1-7", "months": "nov"}})
    assert schedule.periods[0].period.matches(date.fromisoformat(day), None) is expected


@pytest.mark.parametrize("after_midnight", ["2026-11-01T05:00", "2026-12-01T05:00"])
def test_overnight_period_of_the_last_day_runs_into_the_next_month(after_midnight: str) -> None:
    nights = {"begintime": "22:00", "endtime": "06:00", "monthdays": "L", "months": "oct-nov"}
    desired = desired_at(make_schedule({"p": nights}), instant(after_midnight))
    assert desired.state is DesiredState.RUNNING


@pytest.mark.parametrize(("minute", "text"), [(0, "00:00"), (545, "09:05"), (1440, "24:00")])
def test_minutes_are_written_as_a_clock(minute: int, text: str) -> None:
    assert format_minute(minute) == text
