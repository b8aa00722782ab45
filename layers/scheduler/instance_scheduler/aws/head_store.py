"""Headcounts of targets in the state table: what sweeps counted, for the plan of the next run to add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from instance_scheduler.aws.account_store import AccountStore
from instance_scheduler.metrics import Headcount
from instance_scheduler.target import Target, parse_target

_HEADS = "heads"


class HeadStore(AccountStore):
    """One item a target that holds instances of metered schedules; where nothing is metered there are none."""

    def write_heads(self, target: Target, heads: Mapping[str, Headcount], until: datetime) -> None:
        """Keep how many instances of each schedule a sweep saw; forgotten at an instant, unless it is written again."""
        counts = {schedule: [count.managed, count.running, count.resting] for schedule, count in heads.items()}
        item = {"pk": _HEADS, "sk": str(target), "schedules": counts, "expires_at": int(until.timestamp())}
        self._table.put_all([item])

    def heads(self, at: datetime) -> Iterator[tuple[str, str, Headcount]]:
        """Give (schedule, service, count) of every target, as far as they are not forgotten yet."""
        for item in self._table.query("pk = :pk", {":pk": _HEADS}):
            items = item["schedules"]
            if int(str(item["expires_at"])) <= at.timestamp() or not isinstance(items, Mapping):
                continue
            service = str(parse_target(str(item["sk"])).service)
            for schedule, counts in items.items():
                yield str(schedule), service, _headcount(counts)


def _headcount(counts: Sequence[object]) -> Headcount:
    """Read a count; one of an earlier version lacks its last number, and is forgotten within hours."""
    managed, running, resting = [int(str(count)) for count in [*counts, 0][:3]]
    return Headcount(managed=managed, running=running, resting=resting)
