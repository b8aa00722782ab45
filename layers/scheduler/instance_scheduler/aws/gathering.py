"""From the run's journal to batches of starts and stops, and resizes: what is withheld, what is claimed, what is handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from instance_scheduler.aws.stack import Stack
from instance_scheduler.aws.state_store import skipped
from instance_scheduler.decision import Action
from instance_scheduler.guard import MOST_RESIZES, first_resizes, is_planned, withheld_stops
from instance_scheduler.holding import Holding, batch_to_holding, travels
from instance_scheduler.journal import Entry
from instance_scheduler.observability import logger
from instance_scheduler.plan import cut_shards
from instance_scheduler.record import Claim
from instance_scheduler.request import RunRequest

STALE_AFTER = timedelta(hours=1)
"""Decisions older than this are not acted on: a redriven execution must not replay yesterday."""
STALE = "stale: decided more than an hour before it was to be done"
NOT_CONFIRMED = "not a stop: a confirmed run carries out the withheld stops alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What is handed to the Maps of actions and of resizes, as their items."""

    batches: Sequence[Mapping[str, object]] = ()
    holdings: Sequence[Holding] = ()
    """What each batch holds, where they are few and it travels with the run."""
    resizes: Sequence[Mapping[str, object]] = ()


def is_stale(request: RunRequest, entered: datetime) -> bool:
    """Say whether a state was entered so long after the run's start that its decisions are too old."""
    return entered - request.start_time > STALE_AFTER


def gather(stack: Stack, request: RunRequest, entered: datetime) -> Gathered:
    """Hand over a run's planned actions, within the guard and the cap; a dry run hands over nothing."""
    if request.dry_run:
        return Gathered()
    entries = list(stack.state.entries(request.id))
    planned = [entry for entry in entries if is_planned(entry)]
    if is_stale(request, entered):
        stack.state.record_entries([skipped(entry, STALE) for entry in planned], request.id)
        return Gathered()
    allowed = _stops_alone(stack, request, planned) if request.confirm else _within_guard(stack, request, entries)
    resizes = _claim_resizes(stack, request, allowed)
    targets = {entry.target for entry in allowed if not entry.resizes}
    batches = cut_shards(sorted(targets), stack.settings.targets_per_shard)
    few = travels(batches)
    if not few:
        stack.state.write_batches(request, batches)
    logger.info(
        "gathered", extra={"batches": len(batches), "resizes": len(resizes), "withheld": len(planned) - len(allowed)}
    )
    return Gathered(
        batches=[
            {"batch": batch.number, "function": stack.functions[f"start_stop_{batch.service}"], "label": batch.label}
            for batch in batches
        ],
        holdings=[batch_to_holding(batch) for batch in batches] if few else [],
        resizes=[_resize_item(entry) for entry in resizes],
    )


def _within_guard(stack: Stack, request: RunRequest, entries: Sequence[Entry]) -> list[Entry]:
    most = stack.settings.max_unexplained_stops
    withheld = withheld_stops(entries, most)
    reason = f"withheld: {len(withheld)} stops that no timetable explains, more than {most} in one run"
    stack.state.record_entries([replace(skipped(entry, reason), withheld=True) for entry in withheld], request.id)
    kept = {entry.key for entry in withheld}
    return [entry for entry in entries if is_planned(entry) and entry.key not in kept]


def _stops_alone(stack: Stack, request: RunRequest, planned: Sequence[Entry]) -> list[Entry]:
    """Let the stops that a run confirms pass the guard; what the timetable wants by now instead is left to the next tick."""
    others = [entry for entry in planned if entry.action not in (Action.STOP, Action.HIBERNATE)]
    stack.state.record_entries([skipped(entry, NOT_CONFIRMED) for entry in others], request.id)
    return [entry for entry in planned if entry not in others]


def _claim_resizes(stack: Stack, request: RunRequest, allowed: Sequence[Entry]) -> list[Entry]:
    chosen = first_resizes(allowed)
    over = [entry for entry in allowed if entry.resizes and entry not in chosen]
    late = f"more than {MOST_RESIZES} resizes in one run; it stays due"
    stack.state.record_entries([skipped(entry, late) for entry in over], request.id)
    won = stack.state.claim(chosen, {entry.key: _queued(request, entry) for entry in chosen})
    lost = [entry for entry in chosen if entry.key not in won]
    stack.state.record_entries(map(stack.state.lost, lost), request.id)
    return [entry for entry in chosen if entry.key in won]


def _queued(request: RunRequest, entry: Entry) -> Claim:
    return Claim(
        run=request.id,
        action=entry.action,
        at=request.at,
        new_stored=entry.new_stored,
        step="queued",
        from_type=entry.from_type,
        to_type=entry.to_type,
        trying=entry.alternate,
    )


def _resize_item(entry: Entry) -> dict[str, object]:
    return {
        "target": str(entry.target),
        "instance": entry.instance,
        "label": f"{entry.target} {entry.label}",
        "from_type": entry.from_type,
        "to_type": entry.to_type,
    }
