"""Alarms after a sweep: when each target is due next, and who may say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from instance_scheduler.alarm import NO_ATTENTION, look_again, next_due, open_sweeps_after, pace_of
from instance_scheduler.aws.stack import Stack
from instance_scheduler.evaluation import Evaluation, Sweep
from instance_scheduler.plan import Visit
from instance_scheduler.settings import Service
from instance_scheduler.target_items import Swept


def set_alarms(stack: Stack, sweep: Sweep, found: Sequence[tuple[Visit, Evaluation]]) -> None:
    """Record complete sweeps, each with the instant at which its target is due next; other runs may only lower that.

    So may a sweep that was overtaken: what it found may be what the other had not seen.
    """
    request = sweep.request
    if request.dry_run:
        return
    alarms = {visit.target: _alarm(sweep, visit, evaluation) for visit, evaluation in found}
    left = [swept for swept, _ in alarms.values()]
    if request.records_sweeps:
        by_group = groupby(sorted(found, key=_group), key=_group)
        left = [
            swept
            for (service, group), some in by_group
            for swept in stack.state.record_sweeps(service, group, [alarms[visit.target][0] for visit, _ in some])
        ]
    for swept in left:
        if swept.due < alarms[swept.target][1]:
            stack.state.lower_alarm(swept.target, request.at, swept.due)


def set_alarm_of_failed(stack: Stack, sweep: Sweep, visit: Visit) -> None:
    """Say when a target that could not be looked at is tried again; a filtered or dry run does not count."""
    if sweep.request.records_sweeps:
        at = sweep.request.at
        pace = pace_of(sweep.config.settings, targets=visit.estate, managed=1, group=visit.group)
        stack.state.record_target_failure(visit, at, look_again(at, pace, visit.failures + 1))


def _alarm(sweep: Sweep, visit: Visit, evaluation: Evaluation) -> tuple[Swept, datetime]:
    """Give what the sweep of a target leaves, and when its full sweep comes in any case."""
    at, attention = sweep.request.at, evaluation.attention
    pace = pace_of(sweep.config.settings, targets=visit.estate, managed=evaluation.managed, group=visit.group)
    opened = open_sweeps_after(visit.open_sweeps, attention)
    swept = Swept(
        target=visit.target,
        at=at,
        due=next_due(at, pace, attention, opened),
        config_hash=sweep.config.config_hash,
        managed=evaluation.managed,
        open_sweeps=opened,
        seen=visit.version,
        known=visit.known,
    )
    return swept, next_due(at, pace, NO_ATTENTION, 0)


def _group(found: tuple[Visit, Evaluation]) -> tuple[Service, int]:
    return found[0].target.service, found[0].group
