"""The beginning of a run: input and config are read, due targets are cut into shards and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from instance_scheduler.aws.stack import Stack
from instance_scheduler.config import Config
from instance_scheduler.errors import InvalidInput
from instance_scheduler.observability import logger
from instance_scheduler.plan import cut_shards, due_targets, plan_visits
from instance_scheduler.request import Known, RunRequest, read_request, request_to_message
from instance_scheduler.target import Target, known_targets


def plan_run(stack: Stack, raw: object, run_id: str, start_time: datetime) -> dict[str, object]:
    """Plan a run; answer `{"run", "due", "shards", "limits"}` as the workflow passes them on.

    Raises InvalidInput on an input that cannot be read or names what the stack does not know, and on a config item at fault.
    """
    config = stack.config()
    settings = config.settings
    targets = known_targets(settings, stack.home)
    request = read_request(
        raw,
        run_id=run_id,
        start_time=start_time,
        settings=settings,
        known=_known(targets, config),
    )
    records = stack.state.targets()
    due = due_targets(request, _named(stack, request, targets), records, config.config_hash)
    shards = cut_shards(due, settings.targets_per_shard)
    stack.state.write_shards(request, shards, plan_visits(due, targets, records, settings.targets_per_shard))
    logger.info("planned", extra={"run": run_id, "due": len(due), "shards": len(shards)})
    return {
        "run": request_to_message(replace(request, config_hash=config.config_hash)),
        "due": len(due),
        "shards": [
            {"shard": shard.number, "function": stack.functions[f"evaluate_{shard.service}"], "label": shard.label}
            for shard in shards
        ],
        "limits": {"shards": settings.max_concurrent_shards, "resizes": settings.max_concurrent_resizes},
    }


def _known(targets: Sequence[Target], config: Config) -> Known:
    return Known(
        accounts=tuple(sorted({target.account for target in targets})),
        regions=tuple(sorted({target.region for target in targets})),
        services=tuple(sorted({target.service for target in targets})),
        schedules=tuple(sorted({*config.schedules, *config.faulty})),
    )


def _named(stack: Stack, request: RunRequest, targets: Sequence[Target]) -> Sequence[Target]:
    """Name the targets that the run may look at: all, or those of the withheld stops that it confirms."""
    if not request.confirm:
        return targets
    entries = list(stack.state.entries(request.confirm))
    if not entries:
        raise InvalidInput(f"confirm: no run {request.confirm!r} of the last 35 days has decided anything.")
    withheld = {entry.target for entry in entries if entry.withheld}
    return [target for target in targets if target in withheld]
