"""Marks on items of the state table: what was told, and when, so that a standing condition is told once a day.

A mark is an attribute of its own, `reported_<code>`, so that it can be written on condition and without a change of version.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from instance_scheduler.instants import parse_instant

PREFIX = "reported_"
WITHHELD = "withheld"
"""The code of an instance whose stop the guard withheld."""
TELL_AGAIN = timedelta(days=1)
"""A standing condition is told once in this time."""


def marks_of(item: Mapping[str, object]) -> dict[str, str]:
    """Read an item's marks: code → the instant at which it was told."""
    return {name.removeprefix(PREFIX): str(at) for name, at in item.items() if name.startswith(PREFIX)}


def is_news(reported: Mapping[str, str], code: str, at: datetime) -> bool:
    """Say whether a condition was last told more than a day ago, or never."""
    return code not in reported or parse_instant(reported[code]) + TELL_AGAIN <= at
