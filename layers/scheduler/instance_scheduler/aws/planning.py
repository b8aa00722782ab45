"""The beginning of a run: input and config are read, due targets are cut into shards and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from instance_scheduler.accounts import with_members
from instance_scheduler.aws.organizations import Membership, read_membership
from instance_scheduler.aws.stack import Stack
from instance_scheduler.config import Config
from instance_scheduler.errors import InvalidInput
from instance_scheduler.holding import shard_to_holding, travels
from instance_scheduler.mark import is_news
from instance_scheduler.metrics import measure_plan, measures_anything
from instance_scheduler.observability import emit, logger
from instance_scheduler.plan import cut_sweep, due_targets, plan_visits
from instance_scheduler.request import Known, RunRequest, read_request, request_to_message
from instance_scheduler.target import Target, known_targets


def plan_run(stack: Stack, raw: object, run_id: str, start_time: datetime) -> dict[str, object]:
    """Plan a run; answer `{"run", "due", "report", "shards", "limits"}` as the workflow passes them on.

    `report` is 1 where the plan itself has something to tell: the organization could not be read.
    Raises InvalidInput on an input that cannot be read or names what the stack does not know, and on a config item at fault.
    """
    config = stack.config()
    membership = _membership(stack, config, start_time)
    settings = with_members(config.settings, membership.members)
    targets = known_targets(settings, stack.home)
    request = read_request(
        raw,
        run_id=run_id,
        start_time=start_time,
        settings=settings,
        known=_known(targets, config),
    )
    report = _note(stack, request, membership)
    records = stack.state.targets()
    due = due_targets(request, _named(stack, request, targets), records, config.config_hash)
    visits = plan_visits(due, targets, records, settings.targets_per_shard)
    shards = cut_sweep(visits, settings.targets_per_shard)
    few = travels(shards)
    if not few:
        stack.state.write_shards(request, shards, visits)
    holdings = tuple(shard_to_holding(shard, visits) for shard in shards) if few else ()
    logger.info("planned", extra={"run": run_id, "due": len(due), "shards": len(shards)})
    _measure(stack, config, request, due=len(due), targets=len(targets))
    return {
        "run": request_to_message(replace(request, config_hash=config.config_hash, shards=holdings)),
        "due": len(due),
        "report": 1 if report else 0,
        "shards": [
            {"shard": shard.number, "function": stack.functions[f"evaluate_{shard.service}"], "label": shard.label}
            for shard in shards
        ],
        "limits": {"shards": settings.max_concurrent_shards, "resizes": settings.max_concurrent_resizes},
    }


def _measure(stack: Stack, config: Config, request: RunRequest, *, due: int, targets: int) -> None:
    """Write the metrics of a plan where anybody wants metrics; the headcounts are read for nothing else."""
    if request.dry_run or request.late or not measures_anything(config):
        return
    emit(measure_plan(config, stack.state.heads(request.at), tick=request.tick, due=due, targets=targets))


def _membership(stack: Stack, config: Config, at: datetime) -> Membership:
    """Give the accounts of the stack's organizational units; none are asked about where it has no such units."""
    if not config.settings.organizational_units:
        return Membership()
    return read_membership(stack.organizations(), config.settings, stack.state.members(), at)


def _note(stack: Stack, request: RunRequest, membership: Membership) -> bool:
    """Keep what was read of the organization, or note why it was not; say whether that is news. A dry run keeps nothing."""
    if membership.code:
        logger.warning("organization not read", extra={"run": request.id, "error": membership.reason})
    if request.dry_run or request.late:
        return False
    if membership.is_new and membership.members is not None:
        stack.state.write_members(membership.members)
    if not membership.code:
        return False
    stack.state.write_unread(request.id, membership.code, membership.reason, request.at)
    return is_news(stack.state.organization_marks(), membership.code, request.at)


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
