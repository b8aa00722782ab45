"""The journals of runs in the state table: what a run planned, decided and did, and its item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from instance_scheduler.aws.account_store import UNREAD, AccountStore, marking
from instance_scheduler.aws.table import BATCH, Item, Update
from instance_scheduler.holding import batch_to_holding, shard_to_holding, targets_from_holding, visits_from_holding
from instance_scheduler.instants import format_instant
from instance_scheduler.journal import Entry, TargetFailure, entry_from_item, entry_to_item
from instance_scheduler.plan import Shard, Visit
from instance_scheduler.request import RunRequest
from instance_scheduler.target import Target, parse_target

_KEEP_JOURNAL = timedelta(days=35)
_KEEP_SHARDS = timedelta(days=7)
_KEEP_RUNS = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJournal:
    """What a run noted, for its summary."""

    entries: tuple[Entry, ...]
    failures: tuple[TargetFailure, ...]
    unread: tuple[str, str] | None
    """Why it could not read the organization, as code and reason; None where it could."""


class JournalStore(AccountStore):
    """The items that belong to one run each."""

    def record_entries(self, entries: Iterable[Entry], run: str) -> None:
        """Record what became of entries whose instances' items are left alone: skipped, withheld, without an answer."""
        for entry in entries:
            self._table.update(entry_key(run, entry), entry_outcome(entry))

    def entry(self, run: str, target: Target, instance_id: str) -> Entry:
        """Read one entry of a run's journal; raises LookupError where there is none."""
        item = self._table.get({"pk": f"run/{run}", "sk": f"{target}/{instance_id}"})
        if item is None:
            raise LookupError(f"run {run} has no decision about {target}/{instance_id}")
        return entry_from_item(item)

    def write_entries(self, run: RunRequest, entries: Iterable[Entry]) -> None:
        """Journal decisions of a sweep; many in transactions, which take four times as many a call, at twice the write units."""
        expires = int((run.at + _KEEP_JOURNAL).timestamp())
        items = {
            entry.key: {**entry_key(run.id, entry), **entry_to_item(entry), "expires_at": expires} for entry in entries
        }
        put = self._table.put_all if len(items) <= BATCH else self._table.put_together
        put(items.values())

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
        self._table.put_all({**_shard_item(run, "shard", shard), **shard_to_holding(shard, visits)} for shard in shards)

    def visits(self, run: str, number: int) -> tuple[Visit, ...]:
        """Read a shard of a run's sweep; raises LookupError where the run's plan has none of that number."""
        return visits_from_holding(self._shard_item(run, "shard", number))

    def write_batches(self, run: RunRequest, batches: Iterable[Shard]) -> None:
        """Write down what the batches of a run's actions hold."""
        self._table.put_all({**_shard_item(run, "batch", batch), **batch_to_holding(batch)} for batch in batches)

    def batch(self, run: str, number: int) -> tuple[Target, ...]:
        """Read the targets of a batch; raises LookupError where the run has none of that number."""
        return targets_from_holding(self._shard_item(run, "batch", number))

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
        return tuple(map(_failure_from_item, items))

    def journal(self, run: str) -> RunJournal:
        """Read all that a run noted, in one go; what its shards and batches held is passed over."""
        items = {str(item["sk"]): item for item in self._table.query("pk = :pk", {":pk": f"run/{run}"})}
        unread = items.get(UNREAD)
        return RunJournal(
            entries=tuple(entry_from_item(item) for key, item in items.items() if key[0].isdigit()),
            failures=tuple(_failure_from_item(item) for key, item in items.items() if key.startswith("target/")),
            unread=(str(unread["code"]), str(unread["reason"])) if unread is not None else None,
        )

    def mark_failed_run(self, code: str, at: datetime) -> bool:
        """Mark why runs fail as a whole as told; False where it was told within the last day."""
        expires = int((at + _KEEP_SHARDS).timestamp())
        return self._table.update({"pk": "marks", "sk": "runs"}, marking(code, at).set(expires_at=expires))

    def write_run(self, run: RunRequest, summary: Mapping[str, object]) -> None:
        """Write a run's item."""
        key = {"pk": "runs", "sk": f"{format_instant(run.at)}/{run.id}"}
        expires = int((run.at + _KEEP_RUNS).timestamp())
        item = {"dry_run": run.dry_run, "tick": run.tick, "summary": dict(summary), "expires_at": expires}
        self._table.put({**key, **item})


def entry_key(run: str, entry: Entry) -> Item:
    """Give the key of an entry in a run's journal."""
    return {"pk": f"run/{run}", "sk": entry.key}


def entry_outcome(entry: Entry) -> Update:
    """Give the change that records what became of an entry."""
    return Update().set(
        status=str(entry.status),
        reason=entry.reason,
        code=entry.code,
        withheld=entry.withheld,
        action=str(entry.action),
        alternate=entry.alternate,
    )


def _failure_from_item(item: Mapping[str, object]) -> TargetFailure:
    return TargetFailure(
        target=parse_target(str(item["sk"]).removeprefix("target/")), reason=str(item["reason"]), code=str(item["code"])
    )


def _shard_item(run: RunRequest, kind: str, shard: Shard) -> dict[str, object]:
    expires = int((run.at + _KEEP_SHARDS).timestamp())
    return {"pk": f"run/{run.id}", "sk": f"{kind}/{shard.number}", "expires_at": expires}
