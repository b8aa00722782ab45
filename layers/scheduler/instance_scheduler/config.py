"""The config table's items → `Config`: everything usable, and every fault, in one pass that never raises for a bad item."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from instance_scheduler.attributes import ItemReader
from instance_scheduler.calendar import Calendar
from instance_scheduler.calendar_item import parse_calendar
from instance_scheduler.config_item import CONFIG_ITEM, apply_config_item
from instance_scheduler.decision import UNSCHEDULED_TAGS
from instance_scheduler.errors import Fault, Severity
from instance_scheduler.fingerprint import digest
from instance_scheduler.period_item import parse_period
from instance_scheduler.schedule import Schedule
from instance_scheduler.schedule_item import parse_schedule
from instance_scheduler.settings import Settings

_Parsed = TypeVar("_Parsed")
_TYPES = ("period", "schedule", "config", "calendar")
_OF_NO_WEIGHT = frozenset({"description", "configured_in_stack"})
_DECIDING_SETTINGS = frozenset(
    {"tag_key", "default_timezone", "regions", "scheduled_services", "accounts", "started_tags", "stopped_tags"}
    | {"create_rds_snapshot"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the config table says, parsed; nothing checks it again."""

    schedules: Mapping[str, Schedule]
    """The usable ones, by name."""
    faulty: Mapping[str, tuple[Fault, ...]]
    """The names of the others, each with its errors; their instances are left alone."""
    calendars: Mapping[str, Calendar]
    faults: tuple[Fault, ...]
    """Everything that is wrong anywhere, warnings too. An error of the item `config scheduler` stops every run."""
    settings: Settings
    """The stack's settings with the values of the config item in their place."""
    config_hash: str
    """Changes with the items and with the settings that the decisions depend on."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A raw item with a known type and a name of its own."""

    type: str
    name: str
    raw: Mapping[str, object]
    is_twice: bool

    def reader(self) -> ItemReader:
        reader = ItemReader(item=f"{self.type} {self.name}", raw=self.raw)
        if self.is_twice:
            reader.refuse("name", f"{self.name!r} is given to more than one {self.type}")
        return reader


def parse_config(items: Iterable[Mapping[str, object]], settings: Settings) -> Config:
    """Parse the items of the config table (or of a file), as plain dictionaries with `type` and `name`.

    Sets, lists and comma-separated strings are all taken; numbers may be Decimal. A bad item is out of use, and with it the
    schedules that refer to it; the others are not touched.
    """
    raw_items = list(items)
    faults: list[Fault] = []
    known = _known_items(raw_items, faults)
    settings = _apply(known, settings, faults)
    periods = _parse_each(known, "period", parse_period, faults)
    calendars = _parse_each(known, "calendar", parse_calendar, faults)

    def parse(reader: ItemReader, name: str) -> Schedule | None:
        _check_schedule_name(reader, name)
        return parse_schedule(reader, name, periods, calendars, settings.default_timezone)

    schedules = _parse_each(known, "schedule", parse, faults)
    return Config(
        schedules={name: schedule for name, schedule in schedules.items() if schedule is not None},
        faulty={name: _errors_of(name, faults) for name, schedule in schedules.items() if schedule is None},
        calendars={name: calendar for name, calendar in calendars.items() if calendar is not None},
        faults=tuple(faults),
        settings=settings,
        config_hash=_hash(raw_items, settings),
    )


def _parse_each(
    known: list[_Item], kind: str, parse: Callable[[ItemReader, str], _Parsed | None], faults: list[Fault]
) -> dict[str, _Parsed | None]:
    """Parse the items of one type: name → value, or None where it has an error."""
    parsed: dict[str, _Parsed | None] = {}
    for item in known:
        if item.type == kind:
            reader = item.reader()
            parsed[item.name] = parse(reader, item.name)
            faults += reader.faults
    return parsed


def _errors_of(schedule: str, faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple(fault for fault in faults if fault.item == f"schedule {schedule}" and fault.severity is Severity.ERROR)


def _known_items(raw_items: list[Mapping[str, object]], faults: list[Fault]) -> list[_Item]:
    named: list[tuple[str, str, Mapping[str, object]]] = []
    for number, raw in enumerate(raw_items, start=1):
        place = f"item {number}"
        if not isinstance(raw, Mapping):
            faults.append(Fault(item=place, attribute=None, message=f"{raw!r} is no item"))
            continue
        kind, name = raw.get("type"), raw.get("name")
        if kind not in _TYPES:
            message = f"{kind!r} is no type that is known here; accepted are {', '.join(_TYPES)}"
            faults.append(Fault(item=place, attribute="type", message=message, severity=Severity.WARNING))
        elif not isinstance(name, str) or not name.strip():
            faults.append(Fault(item=place, attribute="name", message=f"{name!r} is no name; write a text"))
        else:
            named.append((str(kind), name.strip(), raw))
    counts = Counter((kind, name) for kind, name, _ in named)
    return [_Item(kind, name, raw, counts[kind, name] > 1) for kind, name, raw in named]


def _check_schedule_name(reader: ItemReader, name: str) -> None:
    if name.lower() in UNSCHEDULED_TAGS:
        taken = ", ".join(sorted(UNSCHEDULED_TAGS))
        reader.refuse(
            "name", f"{name!r} is no name for a schedule: the tag values {taken} take an instance out of scheduling"
        )


def _apply(known: list[_Item], settings: Settings, faults: list[Fault]) -> Settings:
    reader = ItemReader(item=f"config {CONFIG_ITEM}", raw={})
    for item in (item for item in known if item.type == "config"):
        if item.name == CONFIG_ITEM:
            reader = item.reader()
        else:
            message = f"the item has no effect: only config {CONFIG_ITEM} is read"
            faults.append(
                Fault(item=f"config {item.name}", attribute="name", message=message, severity=Severity.WARNING)
            )
    applied = apply_config_item(reader, settings)
    faults += reader.faults
    return applied


def _hash(raw_items: list[Mapping[str, object]], settings: Settings) -> str:
    items = sorted(
        digest({key: value for key, value in raw.items() if key not in _OF_NO_WEIGHT})
        for raw in raw_items
        if isinstance(raw, Mapping)
    )
    deciding = {
        entry.name: getattr(settings, entry.name) for entry in fields(settings) if entry.name in _DECIDING_SETTINGS
    }
    return digest([items, deciding])
