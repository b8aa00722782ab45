"""The weekly maintenance window of a database, as RDS writes it: `sun:05:00-sun:05:30`, in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from instance_scheduler.errors import InvalidInput

OPENS_EARLY = timedelta(minutes=10)
"""A database is started this long before its window, so that it is up when the window begins."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(r"([a-z]{3}):([0-9]{2}):([0-9]{2})-([a-z]{3}):([0-9]{2}):([0-9]{2})")
_WEEK = timedelta(days=7)
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A span of every week in UTC, half-open; `begin` and `end` count from Monday 00:00."""

    begin: timedelta
    end: timedelta
    """Later than `begin`; may lie in the next week."""

    def is_open(self, at: datetime) -> bool:
        """Say whether the window is open at an aware instant, or opens within ten minutes."""
        since = (at - _MONDAY - self.begin + OPENS_EARLY) % _WEEK
        return since < self.end - self.begin + OPENS_EARLY

    def next_change(self, after: datetime) -> datetime:
        """The first instant later than `after` at which `is_open` changes its answer."""
        edges = (self.begin - OPENS_EARLY, self.end)
        return after + min(_WEEK - (after - _MONDAY - edge) % _WEEK for edge in edges)


def parse_maintenance_window(text: str) -> MaintenanceWindow:
    """Read `ddd:hh:mm-ddd:hh:mm`; raises InvalidInput for anything else."""
    found = _FORM.fullmatch(text.strip().lower())
    if found is None:
        raise InvalidInput(f"{text!r} is no maintenance window; RDS writes them as sun:05:00-sun:05:30.")
    begin, end = _moment(*found.groups()[:3]), _moment(*found.groups()[3:])
    if begin is None or end is None:
        raise InvalidInput(f"{text!r} is no maintenance window: there is no such day or time.")
    return MaintenanceWindow(begin=begin, end=end if end > begin else end + _WEEK)


def _moment(day: str, hour: str, minute: str) -> timedelta | None:
    if day not in _DAYS or int(hour) > 23 or int(minute) > 59:
        return None
    return timedelta(days=_DAYS.index(day), hours=int(hour), minutes=int(minute))
