"""The plan of a run: which targets are due, cut into shards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from instance_scheduler.request import RunRequest
from instance_scheduler.settings import Service
from instance_scheduler.target import Target, TargetRecord

SMALL_ESTATE = 16
"""Up to this many targets each has a shard of its own, so that the console shows every one by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Some targets of one service that one Lambda invocation looks at (or, as a batch, acts on)."""

    number: int
    service: Service
    targets: tuple[Target, ...]

    @property
    def label(self) -> str:
        """The target's name, or the count of targets and the first of them."""
        if len(self.targets) == 1:
            return str(self.targets[0])
        return f"{len(self.targets)} {self.service} targets from {self.targets[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One target of a sweep, with what its record said as the plan was made."""

    target: Target
    next_due: datetime | None
    """The condition on which the sweep is recorded: whoever lowered the alarm meanwhile wins."""
    open_sweeps: int
    failures: int
    group: int
    """The targets of one group have their full sweeps together."""
    estate: int
    """How many targets the stack has."""


def is_due(target: Target, record: TargetRecord | None, request: RunRequest, config_hash: str) -> bool:
    """Say whether a run looks at a target.

    An ad hoc run looks at what it names. A tick looks at a target that no complete sweep has seen at the tick's instant or later
    (so that a tick that comes twice, or after a later one, does nothing), where its alarm has rung, where the config is another
    than that sweep's, or where it was never swept.
    """
    if not request.tick:
        return _is_named(target, request)
    if record is None or (record.swept_at is None and record.failures == 0):
        return True
    if record.swept_at is not None and record.swept_at >= request.at:
        return False
    if record.next_due is None or record.next_due <= request.at:
        return True
    # A target that cannot be looked at keeps its own pace: a new config does not make it any better.
    return record.failures == 0 and record.config_hash != config_hash


def due_targets(
    request: RunRequest, known: Sequence[Target], records: Mapping[Target, TargetRecord], config_hash: str
) -> tuple[Target, ...]:
    """Name the targets that a run looks at, sorted; a tick that comes too late looks at none."""
    if request.late:
        return ()
    return tuple(sorted(target for target in known if is_due(target, records.get(target), request, config_hash)))


def plan_visits(
    due: Iterable[Target], known: Sequence[Target], records: Mapping[Target, TargetRecord], targets_per_shard: int
) -> dict[Target, Visit]:
    """Write down what the sweep of each due target has to know."""
    places = {target: place for place, target in enumerate(known)}
    return {
        target: Visit(
            target=target,
            next_due=record.next_due,
            open_sweeps=record.open_sweeps,
            failures=record.failures,
            group=places[target] // targets_per_shard,
            estate=len(known),
        )
        for target in due
        for record in [records.get(target, TargetRecord(target=target))]
    }


def cut_shards(targets: Sequence[Target], targets_per_shard: int) -> tuple[Shard, ...]:
    """Cut targets into numbered shards of one service each: one target a shard in a small estate, else `targets_per_shard`."""
    size = 1 if len(targets) <= SMALL_ESTATE else targets_per_shard
    by_service = groupby(sorted(targets, key=_service), key=_service)
    groups = [(service, chunk) for service, group in by_service for chunk in _chunks(sorted(group), size)]
    return tuple(Shard(number=number, service=service, targets=chunk) for number, (service, chunk) in enumerate(groups))


def _chunks(targets: Sequence[Target], size: int) -> Iterator[tuple[Target, ...]]:
    return (tuple(targets[start : start + size]) for start in range(0, len(targets), size))


def _service(target: Target) -> Service:
    return target.service


def _is_named(target: Target, request: RunRequest) -> bool:
    tests: tuple[tuple[object, Sequence[object]], ...] = (
        (target.account, request.accounts),
        (target.region, request.regions),
        (target.service, request.services),
    )
    return all(not names or value in names for value, names in tests)
