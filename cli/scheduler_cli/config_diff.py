"""What applying a config file would change: items, and what instances would notice of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from instance_scheduler.errors import Fault
from scheduler_cli.behaviour import Difference, differences
from scheduler_cli.config_changes import Change, Snapshot, judge, read_snapshot
from scheduler_cli.config_files import UnreadableFile, read_config_file
from scheduler_cli.config_items import Item, Key, key_of, normal, same, title
from scheduler_cli.failures import BadArgument, ConfigIsFaulty
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.waiting import waiting

_PRUNED = ("period", "schedule", "calendar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """The instances that use a schedule, as the state table remembers them."""

    count: int = 0
    is_exact: bool = True
    """False where the table remembers more than the last sweep saw, because some were terminated or lost their tag."""

    def __str__(self) -> str:
        if self.count == 0:
            return "no instance uses it"
        most = "" if self.is_exact else "up to "
        return f"{most}1 instance uses it" if self.count == 1 else f"{most}{self.count} instances use it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A file against a stack."""

    edition: int
    """Of the config that was compared; it is written on the condition that it is still this one."""
    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]
    instances: Mapping[str, Users]
    """For the schedules that differ."""
    warnings: tuple[Fault, ...]


def compare(stack: StackAccess, path: Path, prune: bool, at: datetime) -> Comparison:
    """Compare a config file with a stack's table.

    Raises BadArgument for a file that cannot be read, ConfigIsFaulty where the file, or the table with the file applied, has an
    error.
    """
    wanted = _read(path)
    snapshot = read_snapshot(stack)
    changes = tuple(_changes(snapshot, wanted, prune))
    settings = stack.settings
    before, after = snapshot.parse(settings), snapshot.with_changes(changes).parse(settings)
    warnings = judge(before, after, changes)
    with waiting("comparing what schedules do in the coming year"):
        found = differences(before, after, at)
    return Comparison(
        edition=snapshot.edition,
        changes=changes,
        differences=found,
        instances=_count_instances(stack, {one.schedule for one in found}),
        warnings=warnings,
    )


def _read(path: Path) -> dict[Key, Item]:
    try:
        file = read_config_file(path)
    except UnreadableFile as error:
        raise BadArgument(f"{path} cannot be read: {error}") from error
    faults = [str(fault) for fault in file.faults]
    items: dict[Key, Item] = {}
    for number, item in enumerate(file.items, start=1):
        key = key_of(item)
        if key[0] not in (*_PRUNED, "config") or key[1] in ("", "None"):
            faults.append(f"item {number}: it needs a type (period, schedule, calendar, config) and a name")
        elif key in items:
            faults.append(f"{title(key)}: it is there twice")
        items[key] = normal(item)
    if faults:
        raise ConfigIsFaulty(f"{path} has errors: {'; '.join(faults)}")
    return items


def _changes(snapshot: Snapshot, wanted: Mapping[Key, Item], prune: bool) -> Iterator[Change]:
    for key in sorted(wanted):
        if not same(snapshot.items.get(key), wanted[key]):
            yield snapshot.change(key, wanted[key])
    for key in sorted(snapshot.items) if prune else ():
        if key not in wanted and key[0] in _PRUNED:
            yield snapshot.change(key, None)


def _count_instances(stack: StackAccess, schedules: Iterable[str]) -> dict[str, Users]:
    """How many instances the state table has under each of the schedules."""
    users = dict.fromkeys(schedules, Users())
    if not users:
        return users
    with aws_calls():
        for target, swept in stack.state.targets().items():
            records = stack.state.instances(target)
            is_exact = swept.swept_at is None or len(records) <= swept.managed
            for schedule, count in Counter(record.schedule for record in records.values()).items():
                if schedule in users:
                    known = users[schedule]
                    users[schedule] = Users(count=known.count + count, is_exact=known.is_exact and is_exact)
    return users


def lines(comparison: Comparison) -> Iterator[str]:
    """The comparison for a person."""
    if not comparison.changes:
        yield "No differences."
        return
    yield "Items"
    for change in comparison.changes:
        yield f"  {_item_words(change)}"
    yield ""
    yield "What instances will notice"
    for one in comparison.differences:
        for sentence in one.sentences[:-1]:
            yield f"  {one.schedule}: {sentence}"
        yield f"  {one.schedule}: {one.sentences[-1]}; {comparison.instances[one.schedule]}"
        if one.hours_before is not None and one.hours_after is not None and one.hours_before != one.hours_after:
            yield f"  {one.schedule}: runs {one.hours_after:g} h a week instead of {one.hours_before:g} h"
    if not comparison.differences:
        yield "  nothing: every schedule behaves as before"


def _item_words(change: Change) -> str:
    name = title(change.key)
    if change.before is None:
        return f"+ {name}"
    if change.after is None:
        return f"- {name}"
    details = ", ".join(
        f"{attribute} {_value_words(new)} instead of {_value_words(old)}"
        for attribute, (old, new) in _attributes(change).items()
    )
    return f"~ {name}: {details}"


def _attributes(change: Change) -> dict[str, tuple[object, object]]:
    """The attributes that differ, with their values before and after."""
    before, after = normal(change.before or {}), normal(change.after or {})
    return {
        attribute: (before.get(attribute), after.get(attribute))
        for attribute in sorted({*before, *after} - {"type", "name"})
        if not same(_alone(change.key, before, attribute), _alone(change.key, after, attribute))
    }


def _alone(key: Key, item: Item, attribute: str) -> Item:
    return {"type": key[0], "name": key[1]} | ({attribute: item[attribute]} if attribute in item else {})


def _value_words(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def as_json_object(comparison: Comparison) -> dict[str, object]:
    """The comparison for machines."""
    return {
        "changes": [
            {
                "type": change.key[0],
                "name": change.key[1],
                "change": "create" if change.before is None else "delete" if change.after is None else "update",
                "attributes": {
                    attribute: {"before": old, "after": new} for attribute, (old, new) in _attributes(change).items()
                },
            }
            for change in comparison.changes
        ],
        "behaviour": [
            {
                "schedule": one.schedule,
                "sentences": list(one.sentences),
                "instances": comparison.instances[one.schedule].count,
                "instances_exact": comparison.instances[one.schedule].is_exact,
                "weekly_hours_before": one.hours_before,
                "weekly_hours_after": one.hours_after,
            }
            for one in comparison.differences
        ],
        "warnings": [str(fault) for fault in comparison.warnings],
    }
