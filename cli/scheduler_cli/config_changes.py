"""Changes of a stack's config table: judged by the core as a whole, written as one transaction or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from instance_scheduler.config import Config, parse_config
from instance_scheduler.errors import Fault, Severity
from instance_scheduler.settings import Settings
from scheduler_cli.config_items import Item, Key, exact, key_of, stored, title
from scheduler_cli.failures import ConfigIsFaulty, SomebodyWasFaster
from scheduler_cli.stack_access import StackAccess, aws_calls

if TYPE_CHECKING:
    from instance_scheduler.aws.table import Table

MOST_CHANGES = 100
"""Items of one transaction (DynamoDB API reference, TransactWriteItems)."""
EDITION: Mapping[str, str] = {"pk": "config", "sk": "edition"}
"""The key of the item that counts the changes of the config. It stands in the state table, where no schedule reader sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One item before and after; None where it is not there."""

    key: Key
    before: Item | None
    after: Item | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The items of a config table as one scan saw them."""

    items: Mapping[Key, Item]
    edition: int = 0
    """Changes that the config had seen before the scan began."""

    def change(self, key: Key, after: Item | None) -> Change:
        """The change that leaves an item as `after`."""
        return Change(key=key, before=self.items.get(key), after=after)

    def with_changes(self, changes: Iterable[Change]) -> Snapshot:
        """The items once the changes are made."""
        items = dict(self.items)
        for change in changes:
            items.pop(change.key, None)
            if change.after is not None:
                items[change.key] = change.after
        return Snapshot(items=items, edition=self.edition)

    def parse(self, settings: Settings) -> Config:
        """What the items mean."""
        return parse_config(self.items.values(), settings)


def read_snapshot(stack: StackAccess) -> Snapshot:
    """Scan the config table, consistently."""
    table, state = stack.config_table, stack.state_table
    with aws_calls():
        # Before the scan: what is written after this look is refused, whether the scan saw it or not.
        edition = (state.get(EDITION) or {}).get("number", 0)
        assert isinstance(edition, int), "the table gives whole numbers as int"
        return Snapshot(items={key_of(item): item for item in table.scan()}, edition=edition)


def judge(before: Config, after: Config, changes: Iterable[Change]) -> tuple[Fault, ...]:
    """Refuse changes that the core finds at fault; answer the warnings about the changed items.

    An error counts where a changed item has it, or where it was not there before; others stand in nobody's way. Raises
    ConfigIsFaulty with every error at once.
    """
    touched = {title(change.key) for change in changes}
    known = set(before.faults)
    errors = [
        fault
        for fault in after.faults
        if fault.severity is Severity.ERROR and (fault.item in touched or fault not in known)
    ]
    if errors:
        raise ConfigIsFaulty(f"nothing was written: {'; '.join(map(str, dict.fromkeys(errors)))}")
    return tuple(
        dict.fromkeys(fault for fault in after.faults if fault.item in touched and fault.severity is Severity.WARNING)
    )


def write(stack: StackAccess, changes: Sequence[Change], edition: int) -> int:
    """Write changes as one transaction, each on the condition that its item is as it was read; answer the new edition.

    The whole stands on the condition that nobody changed the config since the snapshot of that edition: two changes that are
    right by themselves can be wrong together, such as a schedule that begins to use a period while that is deleted. Raises
    ConfigIsFaulty where there are too many changes, SomebodyWasFaster where that condition fails: then nothing was written.
    """
    if len(changes) > MOST_CHANGES:
        raise ConfigIsFaulty(
            f"nothing was written: {len(changes)} items change, and one transaction takes {MOST_CHANGES} at most; split the"
            " file and apply the parts one after another, periods and calendars before the schedules that refer to them"
        )
    table, state = stack.config_table, stack.state_table
    parts = [_part(table, change) for change in changes]
    guard = {"Update": {"TableName": state.name, "Key": to_key(EDITION), **_next_edition(edition)}}
    with aws_calls():
        if len(parts) == MOST_CHANGES:
            # No room for the guard: it goes first, and keeps off all who have read before this.
            lost = [len(parts)] if state.commit([guard]) else table.commit(parts)
        else:
            lost = table.commit([*parts, guard])
    if lost:
        names = [title(changes[index].key) for index in lost if index < len(changes)]
        raise SomebodyWasFaster(
            f"nothing was written: {', '.join(names) or 'the config'} was changed by somebody else meanwhile; look again"
        )
    return edition + 1


def to_key(key: Mapping[str, str]) -> dict[str, Any]:
    """A key as DynamoDB takes it."""
    return {name: {"S": value} for name, value in key.items()}


def _next_edition(edition: int) -> dict[str, Any]:
    """The arguments of an update from one edition to the next."""
    condition = "#number = :number" if edition else "attribute_not_exists(#number)"
    values = {":next": {"N": str(edition + 1)}} | ({":number": {"N": str(edition)}} if edition else {})
    return {
        "UpdateExpression": "SET #number = :next",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#number": "number"},
        "ExpressionAttributeValues": values,
    }


def _part(table: Table, change: Change) -> dict[str, Any]:
    from instance_scheduler.aws.table import to_attributes

    names: dict[str, str] = {}
    values: dict[str, object] = {}
    conditions = _conditions(change, names, values)
    condition: dict[str, Any] = {
        "TableName": table.name,
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
    }
    if values:
        condition["ExpressionAttributeValues"] = to_attributes(values)
    if change.after is None:
        assert change.before is not None, "a change has one side at least"
        key = {attribute: change.before[attribute] for attribute in ("type", "name")}
        return {"Delete": condition | {"Key": to_attributes(key)}}
    return {"Put": condition | {"Item": to_attributes(stored(change.after))}}


def _conditions(change: Change, names: dict[str, str], values: dict[str, object]) -> list[str]:
    if change.before is None:
        names["#type"] = "type"
        return ["attribute_not_exists(#type)"]
    conditions = []
    for number, attribute in enumerate(sorted({*change.before, *(change.after or {})} - {"type", "name"})):
        names[f"#a{number}"] = attribute
        if attribute in change.before:
            values[f":a{number}"] = exact(change.before[attribute])
            conditions.append(f"#a{number} = :a{number}")
        else:
            conditions.append(f"attribute_not_exists(#a{number})")
    names["#type"] = "type"
    return ["attribute_exists(#type)", *conditions]
