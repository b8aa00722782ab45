"""Schedules for tests, made by the product's own parser from what a user would write."""

from collections.abc import Mapping
from datetime import UTC, datetime

from instance_scheduler.config import Config, parse_config
from instance_scheduler.schedule import Schedule
from instance_scheduler.settings import Settings

Item = Mapping[str, object]


def instant(text: str) -> datetime:
    """An instant in UTC of a text without an offset, or with one."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def items(defined: Mapping[str, Item], /, calendar: object = None, **schedule: object) -> list[Item]:
    """The items of one schedule `s` that lists all the periods, unless it says otherwise."""
    made: list[Item] = [{"type": "period", "name": name, **period} for name, period in defined.items()]
    attributes: dict[str, object] = {"type": "schedule", "name": "s", "periods": list(defined), **schedule}
    if isinstance(calendar, Mapping):
        made.append({"type": "calendar", "name": "c", **calendar})
        attributes["calendar"] = "c"
    elif calendar is not None:
        attributes["calendar"] = calendar
    return [*made, attributes]


def config_of(*raw: Item, settings: Settings | None = None) -> Config:
    """Parse items."""
    return parse_config(raw, settings or Settings())


def make_schedule(defined: Mapping[str, Item], /, calendar: object = None, **schedule: object) -> Schedule:
    """Parse one schedule; a KeyError shows that it is not usable."""
    return config_of(*items(defined, calendar, **schedule)).schedules["s"]
