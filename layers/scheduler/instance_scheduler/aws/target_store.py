"""The targets of the state table: sweeps, failures and lowered alarms, each written so that none forgets another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from instance_scheduler.aws.table import Item, Table, Update
from instance_scheduler.instants import format_instant
from instance_scheduler.mark import marks_of
from instance_scheduler.plan import Visit
from instance_scheduler.settings import Service
from instance_scheduler.target import Target
from instance_scheduler.target_items import (
    KEEP_SAID,
    KEEP_SWEPT,
    Swept,
    TargetRecords,
    add_sweeps,
    group_sort_key,
    read_lines,
    write_lines,
)

_FEW = 4
"""Sweeps of so few targets of a group are written on the targets' own items, at one write unit each: a full group's item costs
three to four."""
_TRIES = 5
"""Against another writer of the same item; two runs at once are rare, five in a row do not happen."""


class TargetStore:
    """What the state table says of targets."""

    _table: Table

    def targets(self) -> TargetRecords:
        """Read every target's record."""
        return TargetRecords(self._table.query("pk = :pk", {":pk": "targets"}))

    def told_of_target(self, target: Target) -> Mapping[str, str]:
        """Read what was told about a target: the failure's key → the instant of the mail."""
        return marks_of(self._table.get(target_key(target)) or {})

    def record_sweeps(self, service: Service, group: int, sweeps: Sequence[Swept]) -> tuple[Swept, ...]:
        """Record complete sweeps of targets of one group; give those that were not recorded.

        That is where the target's alarm was set anew since the plan, by another sweep or by hand: that one holds.
        """
        if len(sweeps) <= _FEW:
            return tuple(swept for swept in sweeps if not self._record_alone(swept))
        key = {"pk": "targets", "sk": group_sort_key(service, group)}
        for _ in range(_TRIES):
            item = self._table.get(key) or {}
            lines, refused = add_sweeps(read_lines(item), sweeps)
            change = on_version(int(str(item.get("version", 0))))
            change.set(**write_lines(lines), expires_at=_expiry(max(swept.at for swept in sweeps), KEEP_SWEPT))
            if len(refused) == len(sweeps) or self._table.update(key, change):
                return refused
        return tuple(sweeps)

    def record_target_failure(self, visit: Visit, at: datetime, due: datetime) -> bool:
        """Count a sweep that failed on a target, and set when it is tried again; False where its alarm was set since the plan."""
        change = on_version(visit.version).set(
            failures=visit.failures + 1,
            next_due=format_instant(due),
            known=format_instant(visit.known) if visit.known is not None else None,
            expires_at=_expiry(at, KEEP_SAID),
        )
        return self._table.update(target_key(visit.target), change)

    def lower_alarm(self, target: Target, at: datetime, due: datetime) -> None:
        """Make a target due by an instant, whatever a sweep under way records: it has not seen what the caller knows at `at`."""
        text = format_instant(due)
        lower = Update().set(next_due=text, expires_at=_expiry(at, KEEP_SAID)).add(version=1)
        lower.when("attribute_not_exists(next_due) OR next_due > :due", {}, {":due": text})
        # It rings sooner in any case, but not for what a sweep that knew of that alarm has seen.
        renew = Update().add(version=1).when("next_due <= :due", {}, {":due": text})
        for _ in range(_TRIES):
            if self._table.update(target_key(target), lower) or self._table.update(target_key(target), renew):
                return

    def _record_alone(self, swept: Swept) -> bool:
        change = on_version(swept.seen).set(
            swept_at=format_instant(swept.at),
            next_due=format_instant(swept.due),
            config_hash=swept.config_hash,
            managed=swept.managed,
            open=swept.open_sweeps,
            failures=0,
            known=format_instant(swept.known) if swept.known is not None else None,
            expires_at=_expiry(swept.at, KEEP_SWEPT),
        )
        return self._table.update(target_key(swept.target), change)


def on_version(version: int) -> Update:
    """Begin a change of an item on the condition that its version is the one that was read, 0 = no item with a version."""
    change = Update().add(version=1)
    if version == 0:
        return change.when("attribute_not_exists(#version)", {"#version": "version"}, {})
    return change.when("#version = :version", {"#version": "version"}, {":version": version})


def target_key(target: Target) -> Item:
    """Give the key of a target's own item."""
    return {"pk": "targets", "sk": str(target)}


def _expiry(at: datetime, keep: timedelta) -> int:
    return int((at + keep).timestamp())
