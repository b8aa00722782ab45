"""What runs would do with one instance from an instant on, if nobody interferes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from itertools import islice

from instance_scheduler.decision import Action, Decision, ObservedState, Situation, StoredState, decide
from instance_scheduler.maintenance_window import MaintenanceWindow
from instance_scheduler.override import Override
from instance_scheduler.schedule import Schedule
from instance_scheduler.transition import transitions

_MOMENTS = 2000
"""Moments looked at before the forecast gives up."""
_STOPPED = frozenset({StoredState.STOPPED, StoredState.STOP_FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The next start and the next stop, each with its instant and its decision; None where none is in sight."""

    start: tuple[datetime, Decision] | None
    stop: tuple[datetime, Decision] | None


def forecast(situation: Situation, schedule: Schedule | None, window: MaintenanceWindow | None = None) -> Forecast:
    """Play the decision table from `situation.at` on, at each moment at which its answer can change."""
    start = stop = None
    now = situation
    for at in (situation.at, *islice(_moments(situation, schedule, window), _MOMENTS)):
        now = replace(now, at=at, maintenance_window_open=_is_open(situation, window, at))
        decision = decide(now, schedule)
        if start is None and decision.action is Action.START:
            start = (at, decision)
        if stop is None and decision.action is Action.STOP:
            stop = (at, decision)
        if start is not None and stop is not None:
            break
        now = _afterwards(now, decision)
    return Forecast(start=start, stop=stop)


def _moments(situation: Situation, schedule: Schedule | None, window: MaintenanceWindow | None) -> Iterator[datetime]:
    at = situation.at
    override = situation.override
    single = sorted(
        moment
        for moment in (override.until if isinstance(override, Override) else None, situation.retry_at)
        if moment is not None and moment > at
    )
    changes = (transition.at for transition in transitions(schedule, at)) if schedule is not None else iter(())
    return merge(single, changes, _edges(window, at))


def _edges(window: MaintenanceWindow | None, at: datetime) -> Iterator[datetime]:
    while window is not None:
        at = window.next_change(at)
        yield at


def _is_open(situation: Situation, window: MaintenanceWindow | None, at: datetime) -> bool:
    if window is None:
        return situation.maintenance_window_open and at == situation.at
    return window.is_open(at)


def _afterwards(now: Situation, decision: Decision) -> Situation:
    """The instance once what was decided is done; one on its way arrives where its stored state says."""
    observed = now.observed
    if observed is ObservedState.TRANSITIONAL:
        observed = ObservedState.STOPPED if now.stored in _STOPPED else ObservedState.RUNNING
    if decision.action is Action.START:
        observed = ObservedState.RUNNING
    if decision.action is Action.STOP:
        observed = ObservedState.STOPPED
    return replace(
        now,
        observed=observed,
        stored=decision.new_stored or now.stored,
        instance_type=decision.desired_type or now.instance_type,
        claimed=False,
        restarted_by_aws=now.restarted_by_aws and decision.row != "S5a",
    )
