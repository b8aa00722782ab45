"""Instants and intervals as people type them on the command line."""

import re
from datetime import datetime, timedelta
from typing import Any

import click

from scheduler_cli.moments import EARLIEST, LATEST

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Instant(click.ParamType):
    """An ISO 8601 instant with an offset or Z."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse the text; refuse one without an offset, since nobody could say which zone is meant."""
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant such as 2026-11-23T01:00:00Z", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no offset; write 2026-11-23T01:00:00Z or …+08:00", param, ctx)
        if not EARLIEST <= instant.year <= LATEST:
            self.fail(f"{value!r} is not between the years {EARLIEST} and {LATEST}", param, ctx)
        return instant


class Interval(click.ParamType):
    """A length of time such as 5m."""

    name = "interval"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse a number and a unit."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", value)
        if found is None:
            self.fail(f"{value!r} is not an interval such as 5m or 1h", param, ctx)
        return timedelta(**{UNITS[found[2]]: int(found[1])})
