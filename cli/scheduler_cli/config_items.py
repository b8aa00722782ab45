"""Config items in the forms that the tool needs: as the table stores them, and as they are compared."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from instance_scheduler.attributes import ItemReader

Item = Mapping[str, object]
Key = tuple[str, str]
"""Type and name."""

KINDS = ("period", "schedule", "calendar", "config")
LISTS: Mapping[str, tuple[str, ...]] = {
    "period": ("weekdays", "monthdays", "months"),
    "schedule": ("periods",),
    "calendar": ("days_off", "working_days"),
    "config": ("regions", "scheduled_services", "cross_account_roles", "remote_account_ids"),
}
"""The attributes that hold several words, by type of item."""
FLAGS: Mapping[str, tuple[str, ...]] = {
    "period": (),
    "schedule": (
        "enforced",
        "retain_running",
        "stop_new_instances",
        "hibernate",
        "use_maintenance_window",
        "use_metrics",
    ),
    "calendar": (),
    "config": ("create_rds_snapshot", "use_metrics", "trace", "schedule_clusters"),
}
_OF_CALENDARS = frozenset(LISTS["calendar"])


def key_of(item: Item) -> Key:
    """The type and the name of an item."""
    return str(item.get("type")), str(item.get("name")).strip()


def title(key: Key) -> str:
    """`period mornings`, as faults name it."""
    return " ".join(key)


def normal(item: Item) -> dict[str, object]:
    """An item without what counts as absent; lists as lists of words, words of truth as true and false, texts stripped."""
    kind, name = key_of(item)
    reader = ItemReader(item=kind, raw=item)
    plain: dict[str, object] = {"type": kind, "name": name}
    for attribute, value in item.items():
        if attribute not in ("type", "name"):
            read = _read(reader, kind, attribute, value)
            if not _is_absent(read):
                plain[str(attribute)] = read
    return plain


def _read(reader: ItemReader, kind: str, attribute: str, value: object) -> object:
    faults = len(reader.faults)
    read: object = value
    if attribute in LISTS.get(kind, ()):
        read = list(reader.words(attribute))
    elif attribute in FLAGS.get(kind, ()):
        read = reader.flag(attribute)
    elif isinstance(value, str):
        read = value.strip()
    # What cannot be read stays as it is, for the parser to refuse.
    return read if len(reader.faults) == faults else value


def _is_absent(value: object) -> bool:
    return value is None or value in ("", [], (), set()) or value == [""]


def same(first: Item | None, second: Item | None) -> bool:
    """Say whether two items mean the same, whatever form they are written in."""
    return (_comparable(first) if first else None) == (_comparable(second) if second else None)


def _comparable(item: Item) -> dict[str, object]:
    kind = str(item.get("type"))
    return {
        attribute: sorted(map(str, value)) if attribute in LISTS.get(kind, ()) and isinstance(value, list) else value
        for attribute, value in normal(item).items()
    }


def stored(item: Item) -> dict[str, object]:
    """An item as it is written to the table: lists of words as sets, as AWS Instance Scheduler has them; dates stay in order."""
    kind, _ = key_of(item)
    return {
        attribute: set(value)
        if attribute in LISTS.get(kind, ()) and attribute not in _OF_CALENDARS and isinstance(value, list)
        else exact(value)
        for attribute, value in normal(item).items()
    }


def exact(value: object) -> object:
    """A value as DynamoDB takes it: floats as decimals, at every depth."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {str(key): exact(member) for key, member in value.items()}
    return [exact(member) for member in value] if isinstance(value, list | tuple) else value


def period_names(schedule: Item) -> set[str]:
    """The names of the periods that a schedule's item refers to, types left out."""
    words = ItemReader(item="schedule", raw=schedule).words("periods")
    return {word.partition("@")[0].strip() for word in words}


def users_of(period: str, items: Iterable[Item]) -> list[str]:
    """The names of the schedules that refer to a period, sorted; those whose override_status hides it count too."""
    return sorted(
        str(item.get("name")) for item in items if item.get("type") == "schedule" and period in period_names(item)
    )
