"""The plan of a run: which targets are due, cut into shards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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


def is_due(target: Target, record: TargetRecord | None, request: RunRequest) -> bool:
    """Say whether a run looks at a target.

    An ad hoc run looks at what it names. A tick looks at a target that no complete sweep has seen at the tick's instant or
    later, so that a tick that comes twice, or after a later one, does nothing.
    """
    if not request.tick:
        return _is_named(target, request)
    return record is None or record.swept_at is None or record.swept_at < request.at


def due_targets(
    request: RunRequest, known: Iterable[Target], records: Mapping[Target, TargetRecord]
) -> tuple[Target, ...]:
    """Name the targets that a run looks at, sorted."""
    if request.late:
        return ()
    return tuple(sorted(target for target in known if is_due(target, records.get(target), request)))


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
