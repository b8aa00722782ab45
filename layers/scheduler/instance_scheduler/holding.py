"""What shards and batches hold, as it stands in the journal, or travels with the run where they are few."""

from collections.abc import Iterable, Mapping

from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.plan import SMALL_ESTATE, Shard, Visit
from instance_scheduler.target import Target, parse_target

Holding = Mapping[str, object]
"""`{"estate", "visits"}` of a shard, `{"targets"}` of a batch: plain values, for an item as for a message."""


def travels(shards: Iterable[Shard]) -> bool:
    """Say whether shards or batches are so few and small that what they hold goes with the run: a target each, at most."""
    shards = tuple(shards)
    return len(shards) <= SMALL_ESTATE and all(len(shard.targets) == 1 for shard in shards)


def shard_to_holding(shard: Shard, visits: Mapping[Target, Visit]) -> Holding:
    """Write what a shard of a sweep holds."""
    return {
        "estate": visits[shard.targets[0]].estate,
        "visits": "\n".join(_visit_text(visits[target]) for target in shard.targets),
    }


def visits_from_holding(holding: Holding) -> tuple[Visit, ...]:
    """Read what a shard of a sweep holds."""
    estate = int(str(holding["estate"]))
    return tuple(_visit_from_text(text, estate) for text in str(holding["visits"]).splitlines())


def batch_to_holding(batch: Shard) -> Holding:
    """Write what a batch of actions holds."""
    return {"targets": "\n".join(map(str, batch.targets))}


def targets_from_holding(holding: Holding) -> tuple[Target, ...]:
    """Read what a batch of actions holds."""
    return tuple(map(parse_target, str(holding["targets"]).splitlines()))


def _visit_text(visit: Visit) -> str:
    """Write a visit small: a plan of a large estate writes tens of thousands of them, by the kilobyte."""
    known = format_instant(visit.known) if visit.known is not None else "-"
    return f"{visit.target} {visit.group} {visit.version} {visit.open_sweeps} {visit.failures} {known}"


def _visit_from_text(text: str, estate: int) -> Visit:
    target, group, version, open_sweeps, failures, known = text.split(" ")
    return Visit(
        target=parse_target(target),
        version=int(version),
        known=parse_instant(known) if known != "-" else None,
        open_sweeps=int(open_sweeps),
        failures=int(failures),
        group=int(group),
        estate=estate,
    )
