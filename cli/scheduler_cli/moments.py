"""Instants and dates as people type them, and the one place where the tool reads the clock."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click

from instance_scheduler.timezones import offset_at, offset_changes, wall_clock
from scheduler_cli.failures import BadArgument

EARLIEST, LATEST = 1900, 9990
"""Years that are accepted: beyond them zones and calendars cannot reckon."""
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


def now() -> datetime:
    """The instant of the call, in UTC, cut to the minute as a run's is."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


class Day(click.ParamType):
    """A date, as 2026-10-01 or 20261001."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse the text."""
        if isinstance(value, date):
            return value
        found = _DATE.fullmatch(value.strip())
        try:
            day = date(*map(int, found.groups())) if found else None
        except ValueError:
            day = None
        if day is None or not EARLIEST <= day.year <= LATEST:
            self.fail(f"{value!r} is no date; write 2026-10-01 or 20261001", param, ctx)
        return day


def moment(text: str | None, zone: str) -> datetime:
    """Read `--at`: an instant with an offset, or the wall clock of a zone; without it, the present. Raises BadArgument."""
    if text is None:
        return now()
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError as error:
        accepted = "write 2026-11-23T09:00, which is taken in the schedule's zone, or 2026-11-23T01:00:00Z"
        raise BadArgument(f"--at: {text!r} is no instant; {accepted}") from error
    if not EARLIEST <= read.year <= LATEST:
        raise BadArgument(f"--at: {text!r} is not between the years {EARLIEST} and {LATEST}")
    return (first_instant(read, zone) if read.tzinfo is None else read.astimezone(UTC)).replace(second=0, microsecond=0)


def first_instant(wall: datetime, zone: str) -> datetime:
    """The first instant at which a zone's clocks show a date and time; where they skip it, the one at which they go on."""
    utc = wall.replace(tzinfo=UTC)
    around = [utc - offset_at(utc + shift, zone) for shift in (timedelta(days=-2), timedelta(0), timedelta(days=2))]
    showing = [at for at in around if at + offset_at(at, zone) == utc]
    if showing:
        return min(showing)
    return next(
        (at for at in offset_changes(zone, min(around) - timedelta(days=2)) if at + offset_at(at, zone) >= utc),
        min(around),
    )


def first_instant_of_day(day: date, zone: str) -> datetime:
    """The instant at which a local date begins."""
    return first_instant(datetime.combine(day, time()), zone)


def local_day(at: datetime, zone: str) -> date:
    """The date that a zone's calendar shows."""
    return wall_clock(at, zone)[0]
