"""Instants to wall clocks and back: the only importer of pytz.

The policy for clock changes: a wall clock is only ever read from an instant. So a wall time inside a gap is never met (what
begins or ends there takes effect at the first instant after the gap) and a repeated wall time is met twice. pytz knows the
changes of every zone until 2037; later instants keep the last offset.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache

import pytz
from pytz.tzinfo import BaseTzInfo


@lru_cache(maxsize=1024)
def zone(name: str) -> BaseTzInfo:
    """The zone of an IANA name; raises KeyError where the tz database has no such zone (names are case-sensitive)."""
    if not is_known(name):
        raise KeyError(name)
    return pytz.timezone(name)


def is_known(name: str) -> bool:
    """Say whether the tz database has a zone of exactly this name."""
    return name in pytz.all_timezones_set


@lru_cache(maxsize=256)
def nearest_name(name: str) -> str | None:
    """The zone whose name looks most like an unknown one, by the whole name or by its last part; None where nothing is close."""
    by_spelling = {known.lower(): known for known in pytz.all_timezones}
    wanted = name.strip().lower().replace(" ", "_")
    close = get_close_matches(wanted, by_spelling, n=1, cutoff=0.8)
    if close:
        return by_spelling[close[0]]
    by_city = {known.rpartition("/")[2].lower(): known for known in reversed(pytz.common_timezones)}
    close = get_close_matches(wanted.rpartition("/")[2], by_city, n=1, cutoff=0.8)
    return by_city[close[0]] if close else None


def unknown_timezone(name: str) -> str:
    """Say that a zone is not in the tz database, and which one may be meant."""
    nearest = nearest_name(name)
    question = f"; did you mean {nearest!r}?" if nearest else ""
    return f"{name!r} is no time zone; accepted are names of the tz database such as Asia/Shanghai{question}"


def wall_clock(at: datetime, name: str) -> tuple[date, int]:
    """Read an aware instant in a zone: the local date and the whole minutes since its midnight, seconds dropped."""
    local = at.astimezone(zone(name))
    return local.date(), local.hour * 60 + local.minute


def offset_at(at: datetime, name: str) -> timedelta:
    """The zone's offset from UTC at an aware instant, in whole minutes as pytz rounds it."""
    offset = at.astimezone(zone(name)).utcoffset()
    assert offset is not None
    return offset


def offset_changes(name: str, after: datetime) -> Iterator[datetime]:
    """The instants later than `after`, aware and in UTC, at which the zone's offset or its name for it changes, in order."""
    # pytz has no public list of a zone's changes; zones that never change have none at all.
    moments: list[datetime] = getattr(zone(name), "_utc_transition_times", [])
    naive = after.astimezone(UTC).replace(tzinfo=None)
    for moment in moments[bisect_right(moments, naive) :]:
        yield moment.replace(tzinfo=UTC)
