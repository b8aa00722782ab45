"""The plan of a run: which targets are due, cut into shards."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    version: int
    """Of the target's own item. With `known` the condition on which a sweep is recorded: whoever set the alarm since wins."""
    known: datetime | None
    """The sweep that the item of the target's group told of."""
    open_sweeps: int
    failures: int
    group: int
    """The targets of one group, which are of one service, have their full sweeps together."""
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
    due: Sequence[Target], known: Sequence[Target], records: Mapping[Target, TargetRecord], targets_per_shard: int
) -> dict[Target, Visit]:
    """Write down what the sweep of each due target has to know."""
    groups = _groups(known, targets_per_shard) if due else {}
    return {
        target: Visit(
            target=target,
            version=record.version,
            known=record.known,
            open_sweeps=record.open_sweeps,
            failures=record.failures,
            group=groups[target],
            estate=len(known),
        )
        for target in due
        for record in [records.get(target, TargetRecord(target=target))]
    }


def cut_sweep(visits: Mapping[Target, Visit], targets_per_shard: int) -> tuple[Shard, ...]:
    """Cut the visits of a sweep into shards as `cut_shards` does, but keep each group in one: it is recorded by one write."""
    if len(visits) <= SMALL_ESTATE:
        return cut_shards(sorted(visits), targets_per_shard)
    by_group = groupby(sorted(visits.values(), key=_service_and_group), key=_service_and_group)
    packed: list[tuple[Service, tuple[Target, ...]]] = []
    for (service, _), group in by_group:
        targets = tuple(sorted(visit.target for visit in group))
        if packed and packed[-1][0] is service and len(packed[-1][1]) + len(targets) <= targets_per_shard:
            packed[-1] = (service, packed[-1][1] + targets)
        else:
            packed.append((service, targets))
    return tuple(Shard(number=number, service=service, targets=some) for number, (service, some) in enumerate(packed))


def cut_shards(targets: Sequence[Target], targets_per_shard: int) -> tuple[Shard, ...]:
    """Cut targets into numbered shards of one service each: one target a shard in a small estate, else `targets_per_shard`."""
    size = 1 if len(targets) <= SMALL_ESTATE else targets_per_shard
    by_service = groupby(sorted(targets, key=_service), key=_service)
    groups = [(service, chunk) for service, group in by_service for chunk in _chunks(sorted(group), size)]
    return tuple(Shard(number=number, service=service, targets=chunk) for number, (service, chunk) in enumerate(groups))


def _chunks(targets: Sequence[Target], size: int) -> Iterator[tuple[Target, ...]]:
    return (tuple(targets[start : start + size]) for start in range(0, len(targets), size))


def _groups(known: Sequence[Target], targets_per_shard: int) -> dict[Target, int]:
    """Number the groups of each service from 0, in the order of the targets: those of one number sweep at one time."""
    places: Counter[Service] = Counter()
    groups = {}
    for target in known:
        groups[target] = places[target.service] // targets_per_shard
        places[target.service] += 1
    return groups


def _service(target: Target) -> Service:
    return target.service


def _service_and_group(visit: Visit) -> tuple[Service, int]:
    return visit.target.service, visit.group


def _is_named(target: Target, request: RunRequest) -> bool:
    tests: tuple[tuple[object, Sequence[object]], ...] = (
        (target.account, request.accounts),
        (target.region, request.regions),
        (target.service, request.services),
    )
    return all(not names or value in names for value, names in tests)
