"""The state table: instances, targets, runs and their journals. Who writes what, and on which condition, stands here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from instance_scheduler.alarm import Swept
from instance_scheduler.aws.table import TRANSACTION, Item, Table, Update
from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.journal import Entry, Status, TargetFailure, entry_from_item, entry_to_item
from instance_scheduler.mark import PREFIX, TELL_AGAIN
from instance_scheduler.plan import Shard, Visit
from instance_scheduler.record import (
    Claim,
    InstanceRecord,
    claim_to_item,
    expiry,
    last_action_to_item,
    record_from_item,
)
from instance_scheduler.request import RunRequest
from instance_scheduler.target import Target, TargetRecord, parse_target, target_record_from_item

_Any = TypeVar("_Any")

_KEEP_JOURNAL = timedelta(days=35)
_KEEP_SHARDS = timedelta(days=7)
_KEEP_RUNS = timedelta(days=400)
_LIFE_OF_A_DECISION = timedelta(hours=1)
"""An action from before this cannot be the faster one: a decision that old is not acted on."""


class StateStore:
    """The state table, by what it is asked and told."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # Targets

    def targets(self) -> dict[Target, TargetRecord]:
        """Read every target's record."""
        items = self._table.query("pk = :pk", {":pk": "targets"})
        return {record.target: record for record in map(target_record_from_item, items)}

    def target(self, target: Target) -> TargetRecord:
        """Read one target's record; a fresh one where there is none."""
        item = self._table.get(_target_key(target))
        return target_record_from_item(item) if item is not None else TargetRecord(target=target)

    def record_sweep(self, visit: Visit, at: datetime, due: datetime, swept: Swept) -> bool:
        """Record a complete sweep of a target; False where the target's alarm was set anew since the plan: that one holds."""
        change = Update().set(
            swept_at=format_instant(at),
            next_due=format_instant(due),
            config_hash=swept.config_hash,
            managed=swept.managed,
            open=swept.open_sweeps,
            failures=0,
        )
        return self._table.update(_target_key(visit.target), _on_alarm(change, visit))

    def record_target_failure(self, visit: Visit, due: datetime) -> bool:
        """Count a sweep that failed on a target, and set when it is tried again; False as for `record_sweep`."""
        change = Update().add(failures=1).set(next_due=format_instant(due))
        return self._table.update(_target_key(visit.target), _on_alarm(change, visit))

    def lower_alarm(self, target: Target, at: datetime, due: datetime) -> bool:
        """Make a target due by an instant; False where its alarm rings between now (`at`) and then in any case.

        An alarm that has rung already is set anew: a sweep may be under way that has not seen what the caller knows, and
        records itself only while the alarm is the one that its plan read.
        """
        text = format_instant(due)
        change = Update().set(next_due=text)
        change.when(
            "attribute_not_exists(next_due) OR next_due > :due OR next_due <= :at",
            {},
            {":due": text, ":at": format_instant(at)},
        )
        return self._table.update(_target_key(target), change)

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
            change = _on_version(record.version).set(
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
        self._write_those_that_hold([item, (_entry_key(run, entry), _entry_outcome(entry))])

    def settle(self, settled: Sequence[tuple[Entry, InstanceRecord]], run: str) -> None:
        """Record outcomes: the instance's item without its claim, and the journal's entry, together.

        An instance that another run holds by now keeps its item; the entry is recorded all the same.
        """
        for part in _parts(settled, TRANSACTION // 2):
            changes = [(_instance_key(e.target, e.instance), _outcome(record, run)) for e, record in part]
            entries = [(_entry_key(run, entry), _entry_outcome(entry)) for entry, _ in part]
            self._write_those_that_hold([*changes, *entries])

    def release(self, entry: Entry, run: str) -> None:
        """Drop a run's claim on an instance, and record in its journal why; all else that the item holds stands."""
        released = _held_by(Update().set(claim=None).add(version=1), run)
        item = (_instance_key(entry.target, entry.instance), released)
        self._write_those_that_hold([item, (_entry_key(run, entry), _entry_outcome(entry))])

    def record_entries(self, entries: Iterable[Entry], run: str) -> None:
        """Record what became of entries whose instances' items are left alone: skipped, withheld, without an answer."""
        for entry in entries:
            self._table.update(_entry_key(run, entry), _entry_outcome(entry))

    # Journals

    def entry(self, run: str, target: Target, instance_id: str) -> Entry:
        """Read one entry of a run's journal; raises LookupError where there is none."""
        item = self._table.get({"pk": f"run/{run}", "sk": f"{target}/{instance_id}"})
        if item is None:
            raise LookupError(f"run {run} has no decision about {target}/{instance_id}")
        return entry_from_item(item)

    def write_entries(self, run: RunRequest, entries: Iterable[Entry]) -> None:
        """Journal decisions of a sweep; together, since a transaction takes four times as many as a batch."""
        expires = int((run.at + _KEEP_JOURNAL).timestamp())
        items = {
            entry.key: {**_entry_key(run.id, entry), **entry_to_item(entry), "expires_at": expires} for entry in entries
        }
        self._table.put_together(items.values())

    def entries(self, run: str, targets: Sequence[Target] | None = None) -> Iterator[Entry]:
        """Read a run's entries, of some targets or all of them."""
        # Entries' keys begin with an account's digits, which sort before every word such as `shard/` or `target/`.
        spans = [(f"{target}/", f"{target}/~") for target in targets] if targets is not None else [("0", "9~")]
        pages = (
            self._table.query(
                "pk = :pk AND sk BETWEEN :first AND :last", {":pk": f"run/{run}", ":first": a, ":last": z}
            )
            for a, z in spans
        )
        return map(entry_from_item, chain.from_iterable(pages))

    def write_shards(self, run: RunRequest, shards: Iterable[Shard], visits: Mapping[Target, Visit]) -> None:
        """Write down what the shards of a run's sweep hold."""
        self._table.put_all(
            _shard_item(run, "shard", shard) | {"visits": [_visit_item(visits[target]) for target in shard.targets]}
            for shard in shards
        )

    def visits(self, run: str, number: int) -> tuple[Visit, ...]:
        """Read a shard of a run's sweep; raises LookupError where the run's plan has none of that number."""
        item = self._shard_item(run, "shard", number)
        return tuple(_visit_from_item(visit) for visit in _maps(item["visits"]))

    def write_batches(self, run: RunRequest, batches: Iterable[Shard]) -> None:
        """Write down what the batches of a run's actions hold."""
        self._table.put_all(
            _shard_item(run, "batch", batch) | {"targets": [str(target) for target in batch.targets]}
            for batch in batches
        )

    def batch(self, run: str, number: int) -> tuple[Target, ...]:
        """Read the targets of a batch; raises LookupError where the run has none of that number."""
        item = self._shard_item(run, "batch", number)
        return tuple(parse_target(str(target)) for target in _list(item["targets"]))

    def _shard_item(self, run: str, kind: str, number: int) -> dict[str, object]:
        item = self._table.get({"pk": f"run/{run}", "sk": f"{kind}/{number}"})
        if item is None:
            raise LookupError(f"run {run} has no {kind} {number}")
        return item

    def write_target_failures(self, run: RunRequest, failures: Iterable[TargetFailure]) -> None:
        """Journal targets that could not be looked at."""
        expires = int((run.at + _KEEP_JOURNAL).timestamp())
        self._table.put_all(
            {
                "pk": f"run/{run.id}",
                "sk": f"target/{failure.target}",
                "reason": failure.reason,
                "code": failure.code,
                "expires_at": expires,
            }
            for failure in failures
        )

    def target_failures(self, run: str) -> tuple[TargetFailure, ...]:
        """Read the targets that a run could not look at."""
        items = self._table.query("pk = :pk AND begins_with(sk, :prefix)", {":pk": f"run/{run}", ":prefix": "target/"})
        return tuple(
            TargetFailure(
                target=parse_target(str(item["sk"]).removeprefix("target/")),
                reason=str(item["reason"]),
                code=str(item["code"]),
            )
            for item in items
        )

    # Runs and marks

    def write_run(self, run: RunRequest, summary: Mapping[str, object]) -> None:
        """Write a run's item."""
        key = {"pk": "runs", "sk": f"{format_instant(run.at)}/{run.id}"}
        expires = int((run.at + _KEEP_RUNS).timestamp())
        item = {"dry_run": run.dry_run, "tick": run.tick, "summary": dict(summary), "expires_at": expires}
        self._table.put({**key, **item})

    def mark_instance(self, entry: Entry, code: str, at: datetime) -> bool:
        """Mark something as told about an instance; False where it was told within the last day."""
        # An item that holds nothing but the mark expires too, and one that is told of is still there.
        return self._mark(_instance_key(entry.target, entry.instance), code, at, expires_at=expiry(at))

    def mark_target(self, target: Target, code: str, at: datetime) -> bool:
        """Mark something as told about a target; False where it was told within the last day."""
        return self._mark(_target_key(target), code, at)

    def _mark(self, key: Item, code: str, at: datetime, **also: object) -> bool:
        name = f"{PREFIX}{code}"
        change = Update().set(**{name: format_instant(at)}, **also)
        # A mark of this very instant is the run's own: its summary was interrupted and is written again.
        change.when(
            "attribute_not_exists(#mark) OR #mark <= :limit OR #mark = :at",
            {"#mark": name},
            {":limit": format_instant(at - TELL_AGAIN), ":at": format_instant(at)},
        )
        return self._table.update(key, change)

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
    return _on_version(entry.version).set(claim=claim_to_item(claim), expires_at=expiry(claim.at))


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


def _entry_outcome(entry: Entry) -> Update:
    return Update().set(
        status=str(entry.status),
        reason=entry.reason,
        code=entry.code,
        withheld=entry.withheld,
        action=str(entry.action),
        alternate=entry.alternate,
    )


def _held_by(change: Update, run: str) -> Update:
    return change.when("#claim.#run = :run", {"#claim": "claim", "#run": "run"}, {":run": run})


def _on_version(version: int) -> Update:
    change = Update().add(version=1)
    if version == 0:
        return change.when("attribute_not_exists(#version)", {"#version": "version"}, {})
    return change.when("#version = :version", {"#version": "version"}, {":version": version})


def _parts(items: Sequence[_Any], size: int) -> Iterator[Sequence[_Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _text(at: datetime | None) -> str | None:
    return format_instant(at) if at is not None else None


def _shard_item(run: RunRequest, kind: str, shard: Shard) -> dict[str, object]:
    expires = int((run.at + _KEEP_SHARDS).timestamp())
    return {"pk": f"run/{run.id}", "sk": f"{kind}/{shard.number}", "expires_at": expires}


def _visit_item(visit: Visit) -> dict[str, object]:
    """Write a visit small: a plan of a large estate writes tens of thousands of them."""
    item: dict[str, object] = {"target": str(visit.target), "group": visit.group, "estate": visit.estate}
    if visit.next_due is not None:
        item["next_due"] = format_instant(visit.next_due)
    return item | {
        name: number for name, number in (("open", visit.open_sweeps), ("failures", visit.failures)) if number
    }


def _visit_from_item(item: Mapping[str, object]) -> Visit:
    due = item.get("next_due")
    return Visit(
        target=parse_target(str(item["target"])),
        next_due=parse_instant(str(due)) if due else None,
        open_sweeps=int(str(item.get("open", 0))),
        failures=int(str(item.get("failures", 0))),
        group=int(str(item["group"])),
        estate=int(str(item["estate"])),
    )


def _on_alarm(change: Update, visit: Visit) -> Update:
    if visit.next_due is None:
        return change.when("attribute_not_exists(#due)", {"#due": "next_due"}, {})
    return change.when("#due = :seen", {"#due": "next_due"}, {":seen": format_instant(visit.next_due)})


def _maps(value: object) -> list[Mapping[str, object]]:
    return [one for one in _list(value) if isinstance(one, Mapping)]


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _target_key(target: Target) -> Item:
    return {"pk": "targets", "sk": str(target)}


def _instance_key(target: Target, instance_id: str) -> Item:
    return {"pk": str(target), "sk": instance_id}


def _entry_key(run: str, entry: Entry) -> Item:
    return {"pk": f"run/{run}", "sk": entry.key}
