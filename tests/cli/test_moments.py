"""Where a local day and a wall-clock time begin, in zones whose clocks do odd things."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.unit.building import make_schedule

from instance_scheduler.instants import format_instant
from scheduler_cli.moments import first_instant, first_instant_of_day
from scheduler_cli.timetable import local_days


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        pytest.param("UTC", date(2026, 11, 23), "2026-11-23T00:00:00Z", id="without-an-offset"),
        pytest.param("Asia/Shanghai", date(2026, 11, 23), "2026-11-22T16:00:00Z", id="east"),
        pytest.param("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30:00Z", id="back-a-minute-after-midnight"),
        pytest.param("America/Havana", date(2026, 11, 1), "2026-11-01T04:00:00Z", id="back-to-midnight"),
        pytest.param("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00:00Z", id="midnight-is-skipped"),
        pytest.param("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00Z", id="the-day-is-skipped"),
        pytest.param("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00:00Z", id="the-day-after-a-skipped-one"),
        pytest.param("Asia/Kathmandu", date(1986, 1, 1), "1985-12-31T18:30:00Z", id="a-change-of-15-minutes"),
    ],
)
def test_a_day_begins_at_the_first_instant_that_shows_its_date(zone: str, day: date, instant: str) -> None:
    assert format_instant(first_instant_of_day(day, zone)) == instant


def test_a_skipped_time_is_the_first_instant_after_the_gap() -> None:
    assert first_instant(datetime(2026, 3, 29, 2, 30), "Europe/Berlin") == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # noqa: DTZ001  # a wall clock


def test_a_repeated_time_is_its_first_occurrence() -> None:
    assert first_instant(datetime(2026, 10, 25, 2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # noqa: DTZ001  # a wall clock


def test_a_skipped_day_has_no_hours() -> None:
    schedule = make_schedule({"p": {"begintime": "09:00"}}, timezone="Pacific/Apia")
    lengths = [day.length for day in local_days(schedule, date(2011, 12, 29), 3)]
    assert lengths == [timedelta(days=1), timedelta(0), timedelta(days=1)]


def test_what_the_clocks_show_of_a_day_with_a_repeated_hour_comes_in_two_pieces() -> None:
    schedule = make_schedule({}, timezone="Europe/Berlin", override_status="running")
    day = next(local_days(schedule, date(2026, 10, 25), 1))
    assert [(first, last) for first, last, _ in day.pieces()] == [(0, 180), (120, 1440)]
