"""The state table: instances beside targets and journals. Who writes what, and on which condition, stands here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from instance_scheduler.aws.account_store import marking
from instance_scheduler.aws.head_store import HeadStore
from instance_scheduler.aws.journal_store import JournalStore, entry_key, entry_outcome
from instance_scheduler.aws.table import TRANSACTION, Item, Update
from instance_scheduler.aws.target_store import TargetStore, on_version, target_key
from instance_scheduler.instants import format_instant
from instance_scheduler.journal import Entry, Status
from instance_scheduler.record import (
    Claim,
    InstanceRecord,
    claim_to_item,
    expiry,
    last_action_to_item,
    record_from_item,
)
from instance_scheduler.target import Target

_Any = TypeVar("_Any")

_LIFE_OF_A_DECISION = timedelta(hours=1)
"""An action from before this cannot be the faster one: a decision that old is not acted on."""


class StateStore(JournalStore, TargetStore, HeadStore):
    """The state table, by what it is asked and told: the journals of runs, and what outlives a run."""

    # Instances

    def instances(self, target: Target) -> dict[str, InstanceRecord]:
        """Read the records of a target's instances, by id."""
        items = self._table.query("pk = :pk", {":pk": str(target)})
        return {str(item["sk"]): record_from_item(item) for item in items}

    def instance(self, target: Target, instance_id: str) -> InstanceRecord:
        """Read one instance's record; a fresh one where there is none."""
        item = self._table.get(_instance_key(target, instance_id))
        return record_from_item(item) if item is not None else InstanceRecord()

    def update_quietly(self, target: Target, updates: Mapping[str, InstanceRecord]) -> None:
        """Write what needs no action; an item that changed since it was read is left to the next run."""
        changes: list[tuple[Item, Update]] = []
        for instance_id, record in updates.items():
            change = on_version(record.version).set(
                stored_state=str(record.stored),
                schedule=record.schedule,
                schedule_hash=record.schedule_hash,
                claim=claim_to_item(record.claim) if record.claim is not None else None,
                last_action=last_action_to_item(record.last_action) if record.last_action is not None else None,
                failures=record.failures,
                retry_at=_text(record.retry_at),
                automatic_restart_at=_text(record.automatic_restart_at),
                expires_at=record.expires_at,
            )
            changes.append((_instance_key(target, instance_id), change))
        for part in _parts(changes, TRANSACTION):
            self._write_those_that_hold(part)

    def claim(self, entries: Sequence[Entry], claims: Mapping[str, Claim]) -> set[str]:
        """Claim instances for a run, each on the condition that its item is as the decision saw it; the keys of those won.

        A claim that already names this run and action counts as won: the invocation is a repeated one.
        """
        won: set[str] = set()
        for part in _parts(entries, TRANSACTION):
            won |= self._claim_part(part, claims)
        return won

    def lost(self, entry: Entry) -> Entry:
        """Skip an entry whose instance could not be claimed, naming the run that was faster, or else a change from outside."""
        record = self.instance(entry.target, entry.instance)
        last = record.last_action
        if record.claim is not None:
            return skipped(entry, f"run {record.claim.run} was faster")
        if last is not None and last.at > entry.at - _LIFE_OF_A_DECISION:
            return skipped(entry, f"run {last.run} was faster")
        return skipped(entry, "its item was changed meanwhile")

    def move_claim(self, target: Target, instance_id: str, run: str, step: str, trying: str = "") -> bool:
        """Note how far a resize came, and on which alternate if any; False where another run holds the instance now."""
        change = Update().set_within("claim", "step", step).add(version=1)
        if trying:
            change.set_within("claim", "trying", trying)
        return self._table.update(_instance_key(target, instance_id), _held_by(change, run))

    def keep_claim(self, entry: Entry, run: str, again: datetime) -> None:
        """Record a resize that could be neither finished nor rolled back: its claim stays, to be taken over at an instant."""
        change = Update().set(failures=entry.failures + 1).set_within("claim", "again_at", format_instant(again))
        item = (_instance_key(entry.target, entry.instance), _held_by(change.add(version=1), run))
        self._write_those_that_hold([item, (entry_key(run, entry), entry_outcome(entry))])

    def settle(self, settled: Sequence[tuple[Entry, InstanceRecord]], run: str) -> None:
        """Record outcomes: the instance's item without its claim, and the journal's entry, together.

        An instance that another run holds by now keeps its item; the entry is recorded all the same.
        """
        for part in _parts(settled, TRANSACTION // 2):
            changes = [(_instance_key(e.target, e.instance), _outcome(record, run)) for e, record in part]
            entries = [(entry_key(run, entry), entry_outcome(entry)) for entry, _ in part]
            self._write_those_that_hold([*changes, *entries])

    def release(self, entry: Entry, run: str) -> None:
        """Drop a run's claim on an instance, and record in its journal why; all else that the item holds stands."""
        released = _held_by(Update().set(claim=None).add(version=1), run)
        item = (_instance_key(entry.target, entry.instance), released)
        self._write_those_that_hold([item, (entry_key(run, entry), entry_outcome(entry))])

    # Marks

    def mark_instance(self, entry: Entry, code: str, at: datetime) -> bool:
        """Mark something as told about an instance; False where it was told within the last day."""
        # An item that holds nothing but the mark expires too, and one that is told of is still there.
        change = marking(code, at).set(expires_at=expiry(at))
        return self._table.update(_instance_key(entry.target, entry.instance), change)

    def mark_target(self, target: Target, code: str, at: datetime) -> bool:
        """Mark something as told about a target; False where it was told within the last day."""
        return self._table.update(target_key(target), marking(code, at))

    def _claim_part(self, entries: Sequence[Entry], claims: Mapping[str, Claim]) -> set[str]:
        won: set[str] = set()
        waiting = list(entries)
        while waiting:
            lost = self._table.transact(
                [(_instance_key(e.target, e.instance), _claiming(e, claims[e.key])) for e in waiting]
            )
            if not lost:
                return won | {entry.key for entry in waiting}
            for index in lost:
                entry = waiting[index]
                held = self.instance(entry.target, entry.instance).claim
                if held is not None and (held.run, held.action) == (claims[entry.key].run, claims[entry.key].action):
                    won.add(entry.key)
            waiting = [entry for index, entry in enumerate(waiting) if index not in lost]
        return won

    def _write_those_that_hold(self, changes: Sequence[tuple[Item, Update]]) -> None:
        waiting = list(changes)
        while waiting:
            failed = self._table.transact(waiting)
            if not failed:
                return
            waiting = [change for index, change in enumerate(waiting) if index not in failed]


def skipped(entry: Entry, reason: str) -> Entry:
    """Say that an entry was not acted on, and why."""
    return replace(entry, status=Status.SKIPPED, reason=reason)


def _claiming(entry: Entry, claim: Claim) -> Update:
    return on_version(entry.version).set(claim=claim_to_item(claim), expires_at=expiry(claim.at))


def _outcome(record: InstanceRecord, run: str) -> Update:
    change = (
        Update()
        .set(
            stored_state=str(record.stored),
            schedule=record.schedule,
            schedule_hash=record.schedule_hash,
            claim=None,
            last_action=last_action_to_item(record.last_action) if record.last_action is not None else None,
            failures=record.failures,
            retry_at=_text(record.retry_at),
            substitute=record.substitute or None,
            substitute_for=record.substitute_for or None,
        )
        .add(version=1)
    )
    return _held_by(change, run)


def _held_by(change: Update, run: str) -> Update:
    return change.when("#claim.#run = :run", {"#claim": "claim", "#run": "run"}, {":run": run})


def _parts(items: Sequence[_Any], size: int) -> Iterator[Sequence[_Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _text(at: datetime | None) -> str | None:
    return format_instant(at) if at is not None else None


def _instance_key(target: Target, instance_id: str) -> Item:
    return {"pk": str(target), "sk": instance_id}
