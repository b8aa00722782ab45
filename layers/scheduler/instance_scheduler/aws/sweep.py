"""The sweep of a shard: look at each of its targets, decide, journal. No instance is changed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.aws.calls import error_code
from instance_scheduler.aws.stack import Stack
from instance_scheduler.evaluation import Evaluation, Sweep, evaluate_target
from instance_scheduler.journal import TargetFailure
from instance_scheduler.mark import is_news
from instance_scheduler.observability import logger
from instance_scheduler.request import RunRequest
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import Target

_THREADS = 8


class Observer(Protocol):
    """What a sweep needs of a service: to see the tagged instances of one target."""

    def sightings(self) -> Sequence[Sighting]:
        """See every instance that carries the tag key; raises ClientError or BotoCoreError."""


Observers = Callable[[Target], Observer]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Swept:
    evaluation: Evaluation | None = None
    failure: TargetFailure | None = None


def sweep_shard(stack: Stack, request: RunRequest, number: int, observe: Observers) -> dict[str, object]:
    """Sweep the targets of a shard side by side; answer `{"shard", "report": 0 | 1, "error": null}`.

    A target that cannot be looked at is journaled as a failure and stays due; the others go on. `report` is 1 where the run has
    something to do or to tell.
    """
    shard = stack.state.shard(request.id, "shard", number)
    sweep = Sweep(request=request, config=stack.config(), is_alive=cache(stack.executions.is_alive))
    with ThreadPoolExecutor(max_workers=min(_THREADS, len(shard.targets))) as pool:
        swept = list(pool.map(lambda target: _sweep_target(stack, sweep, target, observe), shard.targets))
    evaluations = [one.evaluation for one in swept if one.evaluation is not None]
    failures = [one.failure for one in swept if one.failure is not None]
    told = _record_failures(stack, request, failures)
    entries = sum(len(evaluation.entries) for evaluation in evaluations)
    logger.info(
        "swept",
        extra={
            "shard": number,
            "targets": len(shard.targets),
            "managed": sum(evaluation.managed for evaluation in evaluations),
            "entries": entries,
            "failures": len(failures),
        },
    )
    return {"shard": number, "report": 1 if entries or told else 0, "error": None}


def _sweep_target(stack: Stack, sweep: Sweep, target: Target, observe: Observers) -> _Swept:
    try:
        sightings = observe(target).sightings()
    except (ClientError, BotoCoreError) as error:
        logger.warning("target not swept", extra={"target": str(target), "error": str(error)})
        return _Swept(failure=TargetFailure(target=target, reason=str(error), code=error_code(error)))
    request = sweep.request
    only = _confirmed(stack, request, target)
    looked_at = [sighting for sighting in sightings if only is None or sighting.id in only]
    evaluation = evaluate_target(target, looked_at, stack.state.instances(target), sweep)
    stack.state.write_entries(request, evaluation.entries)
    if not request.dry_run:
        stack.state.update_quietly(target, evaluation.updates)
    if request.records_sweeps:
        stack.state.record_sweep(target, request.at, evaluation.managed)
    return _Swept(evaluation=evaluation)


def _confirmed(stack: Stack, request: RunRequest, target: Target) -> frozenset[str] | None:
    """Name the instances of a target whose withheld stops are confirmed; None where the run confirms nothing."""
    if not request.confirm:
        return None
    return frozenset(entry.instance for entry in stack.state.entries(request.confirm, [target]) if entry.withheld)


def _record_failures(stack: Stack, request: RunRequest, failures: Sequence[TargetFailure]) -> bool:
    """Journal and count failed targets; say whether one of them is news."""
    stack.state.write_target_failures(request, failures)
    if request.records_sweeps:
        for failure in failures:
            stack.state.record_target_failure(failure.target)
    return any(is_news(stack.state.target(one.target).reported, one.code, request.at) for one in failures)
