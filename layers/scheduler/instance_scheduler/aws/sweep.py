"""The sweep of a shard: look at each of its targets, decide, journal. No instance is changed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from instance_scheduler.account_failure import TOO_SLOW, mark_of_account
from instance_scheduler.aws.alarms import set_alarm_of_failed, set_alarms
from instance_scheduler.aws.calls import RESERVE, FailuresOfAccounts, failure_of
from instance_scheduler.aws.side_by_side import Turn, side_by_side
from instance_scheduler.aws.stack import Stack
from instance_scheduler.evaluation import Evaluation, Sweep, evaluate_target
from instance_scheduler.holding import visits_from_holding
from instance_scheduler.journal import TargetFailure
from instance_scheduler.mark import is_news
from instance_scheduler.metrics import count_heads, counted_until
from instance_scheduler.observability import logger
from instance_scheduler.plan import Visit
from instance_scheduler.record import InstanceRecord
from instance_scheduler.request import RunRequest
from instance_scheduler.settings import Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import Target

_THREADS = 8


class Observer(Protocol):
    """What a sweep needs of a service: to see the tagged instances of one target."""

    def sightings(self) -> Sequence[Sighting]:
        """See every instance that carries the tag key; raises one of `calls.Failed`."""


Observers = Callable[[Target], Observer]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Swept:
    evaluation: Evaluation | None = None
    failure: TargetFailure | None = None


def sweep_shard(stack: Stack, request: RunRequest, number: int, observe: Observers) -> dict[str, object]:
    """Sweep the targets of a shard side by side; answer `{"shard", "report": 0 | 1, "error": null}`.

    A target that cannot be looked at, or not within its time, is journaled as a failure and stays due; the others go on. Where
    the function's time runs out, the targets that are left stay as they are, which is due. `report` is 1 where the run has
    something to do or to tell.
    """
    visits = visits_of(stack, request, number)
    config = stack.config(request.config_hash)
    sweep = Sweep(request=request, config=config, is_alive=cache(stack.executions.is_alive))
    failed = FailuresOfAccounts()

    def look(visit: Visit, turn: Turn) -> _Swept:
        return _sweep_target(stack, sweep, visit, observe, failed, turn)

    answers = side_by_side(visits, look, threads=_THREADS, seconds=config.settings.target_seconds)
    pairs = zip(visits, answers, strict=True)
    swept = [
        answer or _not_swept(stack, sweep, visit, _too_slow(visit.target, config.settings)) for visit, answer in pairs
    ]
    set_alarms(stack, sweep, [(one, two.evaluation) for one, two in zip(visits, swept, strict=True) if two.evaluation])
    evaluations = [one.evaluation for one in swept if one.evaluation is not None]
    failures = [one.failure for one in swept if one.failure is not None]
    told = _record_failures(stack, request, failures)
    entries = sum(len(evaluation.entries) for evaluation in evaluations)
    unfinished = len(visits) - len(evaluations) - len(failures)
    logger.info(
        "swept",
        extra={
            "shard": number,
            "targets": len(visits),
            "managed": sum(evaluation.managed for evaluation in evaluations),
            "entries": entries,
            "failures": len(failures),
            "unfinished": unfinished,
        },
    )
    return {"shard": number, "report": 1 if entries or told else 0, "error": None}


def visits_of(stack: Stack, request: RunRequest, number: int) -> tuple[Visit, ...]:
    """Give what a shard holds: it travels with the run or stands in its journal."""
    if request.shards:
        return visits_from_holding(request.shards[number])
    return stack.state.visits(request.id, number)


def _sweep_target(
    stack: Stack, sweep: Sweep, visit: Visit, observe: Observers, failed: FailuresOfAccounts, turn: Turn
) -> _Swept:
    """Look at a target and decide; where the clock ended its turn before all was seen, nothing is written."""
    target = visit.target
    if stack.remaining_milliseconds() / 1000 < sweep.config.settings.target_seconds + RESERVE:
        return _Swept()
    failure = failed.foreseen(target)
    if failure is not None:
        return _not_swept(stack, sweep, visit, failure) if turn.end() else _Swept()
    try:
        sightings = observe(target).sightings()
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        failure = failure_of(target, error)
        failed.add(failure)
        return _not_swept(stack, sweep, visit, failure) if turn.end() else _Swept()
    request = sweep.request
    only = _confirmed(stack, request, target)
    looked_at = [sighting for sighting in sightings if only is None or sighting.id in only]
    records = stack.state.instances(target) if looked_at else {}
    if not turn.end():
        return _Swept()
    evaluation = evaluate_target(target, looked_at, records, sweep)
    stack.state.write_entries(request, evaluation.entries)
    if not request.dry_run:
        stack.state.update_quietly(target, evaluation.updates)
    _count(stack, sweep, target, sightings, {**records, **evaluation.updates})
    return _Swept(evaluation=evaluation)


def _count(
    stack: Stack, sweep: Sweep, target: Target, sightings: Sequence[Sighting], records: Mapping[str, InstanceRecord]
) -> None:
    """Keep the headcounts of schedules that are metered; a target without any of their instances costs nothing."""
    heads = count_heads(sightings, records, sweep.config) if sweep.request.records_sweeps else {}
    if heads:
        stack.state.write_heads(target, heads, counted_until(sweep.request.at, sweep.config.settings))


def _too_slow(target: Target, settings: Settings) -> TargetFailure:
    reason = f"it could not be looked at within {settings.target_seconds} seconds"
    return TargetFailure(target=target, reason=reason, code=TOO_SLOW)


def _not_swept(stack: Stack, sweep: Sweep, visit: Visit, failure: TargetFailure) -> _Swept:
    logger.warning("target not swept", extra={"target": str(visit.target), "error": failure.reason})
    set_alarm_of_failed(stack, sweep, visit)
    return _Swept(failure=failure)


def _confirmed(stack: Stack, request: RunRequest, target: Target) -> frozenset[str] | None:
    """Name the instances of a target whose withheld stops are confirmed; None where the run confirms nothing."""
    if not request.confirm:
        return None
    return frozenset(entry.instance for entry in stack.state.entries(request.confirm, [target]) if entry.withheld)


def _record_failures(stack: Stack, request: RunRequest, failures: Sequence[TargetFailure]) -> bool:
    """Journal failed targets; say whether one of them is news."""
    stack.state.write_target_failures(request, failures)
    return any(_is_news(stack, request, one) for one in failures)


def _is_news(stack: Stack, request: RunRequest, failure: TargetFailure) -> bool:
    if mark := mark_of_account(failure):
        return stack.state.is_news_of_account(failure.target.account, mark, request.at)
    return is_news(stack.state.told_of_target(failure.target), failure.code, request.at)
