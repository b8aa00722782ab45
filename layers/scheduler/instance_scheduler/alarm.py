"""The alarm clock of a target: the next instant at which a sweep of it could find anything to do.

Cost follows what changes, not accounts times regions times ticks: a target that nothing can happen to sleeps until its schedules'
next transition or its next full sweep, whichever comes first.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from instance_scheduler.decision import Action, Decision, Situation, StoredState
from instance_scheduler.errors import InvalidInput
from instance_scheduler.maintenance_window import parse_maintenance_window
from instance_scheduler.override import Override
from instance_scheduler.record import InstanceRecord
from instance_scheduler.schedule import Schedule
from instance_scheduler.settings import Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.transition import next_transition

LARGE_ESTATE = 1000
"""Above this many targets full sweeps are rarer, and those of targets without a tagged instance rarer still."""
WAVE = 10
"""Groups of each service whose full sweeps come together: a wave of a thousand targets is twenty shards. Smaller waves would pass
the states of a sweep on more ticks, and look at no target sooner."""
_LARGE = timedelta(minutes=30)
_LARGE_EMPTY = timedelta(hours=6)
_QUICK_LOOKS = 3
"""What stays open or fails is looked at on this many ticks in a row, then at doubling intervals."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What one instance, or all of a target's together, asks of its next sweeps."""

    is_open: bool = False
    """Something is under way or went wrong: look at the next tick."""
    acts: bool = False
    """This sweep requests an action: what became of it, and when it is tried again, is seen at the next tick."""
    is_fresh: bool = False
    """Among them one that is requested for the first time."""
    every_tick: bool = False
    """A state is enforced, which means on every tick."""
    wake_at: datetime | None = None
    """The first instant, aware, at which something changes by itself."""


NO_ATTENTION = Attention()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a target is looked at when nothing happens."""

    tick: timedelta
    full_sweep: timedelta
    stagger: timedelta
    """How far this target's full sweeps lie after the clock's own marks."""


def pace_of(settings: Settings, *, targets: int, managed: int, group: int) -> Pace:
    """Say how often a target of an estate of that many targets is swept in full; targets of one wave sweep together."""
    tick = timedelta(minutes=settings.interval_minutes)
    full_sweep = max(tick, timedelta(minutes=settings.full_sweep_minutes))
    if targets > LARGE_ESTATE:
        full_sweep = _LARGE_EMPTY if managed == 0 else max(full_sweep, _LARGE)
    return Pace(tick=tick, full_sweep=full_sweep, stagger=tick * (group // WAVE) % full_sweep)


def next_due(at: datetime, pace: Pace, attention: Attention, open_sweeps: int) -> datetime:
    """Say when a target is due after a sweep at an aware instant; `open_sweeps` in a row, this one included, found it open."""
    due = [_next_mark(at, pace.full_sweep, pace.stagger)]
    if attention.wake_at is not None:
        due.append(attention.wake_at)
    if attention.every_tick or attention.acts:
        due.append(_next_mark(at, pace.tick))
    if open_sweeps > 0:
        due.append(look_again(at, pace, open_sweeps))
    return min(due)


def look_again(at: datetime, pace: Pace, times: int) -> datetime:
    """Say when something that stayed open, or failed, that many times in a row is looked at again."""
    ticks = 1 << min(max(0, times - _QUICK_LOOKS), 20)
    return min(_next_mark(at, pace.tick) + pace.tick * (ticks - 1), _next_mark(at, pace.full_sweep, pace.stagger))


def open_sweeps_after(before: int, attention: Attention) -> int:
    """Count the sweeps in a row that found a target open; a fresh action begins the count anew."""
    if not attention.is_open:
        return 0
    return 1 if attention.is_fresh else before + 1


def attention_to(
    sighting: Sighting, record: InstanceRecord, decision: Decision, schedule: Schedule | None, situation: Situation
) -> Attention:
    """Say what an instance that was decided about asks of the next sweeps; `record` is as the decision saw it."""
    acts = decision.action is not Action.NONE
    unverified = record.last_action is not None and not record.last_action.verified
    failed = record.stored in (StoredState.START_FAILED, StoredState.STOP_FAILED)
    waits = decision.row == "O2" or unverified or failed
    override = situation.override
    held = isinstance(override, Override) and override.is_in_force(situation.at)
    if decision.row in ("O1", "O3", "E1"):
        return NO_ATTENTION
    return Attention(
        is_open=acts or waits,
        acts=acts,
        is_fresh=acts and record.failures == 0,
        every_tick=held or (schedule is not None and schedule.enforced),
        wake_at=min(_wakes(sighting, record, schedule, situation), default=None),
    )


def join(attentions: Iterable[Attention]) -> Attention:
    """Put together what the instances of a target ask for."""
    every = tuple(attentions)
    return Attention(
        is_open=any(one.is_open for one in every),
        acts=any(one.acts for one in every),
        is_fresh=any(one.is_fresh for one in every),
        every_tick=any(one.every_tick for one in every),
        wake_at=min((one.wake_at for one in every if one.wake_at is not None), default=None),
    )


def _wakes(
    sighting: Sighting, record: InstanceRecord, schedule: Schedule | None, situation: Situation
) -> Iterator[datetime]:
    at, override = situation.at, situation.override
    if schedule is not None and (transition := _transition_at(schedule, at)) is not None:
        yield transition
    if isinstance(override, Override) and override.until is not None and override.until > at:
        yield override.until
    if schedule is not None and schedule.use_maintenance_window and sighting.maintenance_window:
        # RDS writes the window; one that cannot be read opens nothing.
        with suppress(InvalidInput):
            yield parse_maintenance_window(sighting.maintenance_window).next_change(at)
    restart = sighting.automatic_restart_at or record.automatic_restart_at
    if restart is not None and restart > at:
        yield restart
    if record.retry_at is not None and record.retry_at > at:
        yield record.retry_at


@lru_cache(maxsize=4096)
def _transition_at(schedule: Schedule, at: datetime) -> datetime | None:
    transition = next_transition(schedule, at)
    return transition.at if transition is not None else None


def _next_mark(at: datetime, step: timedelta, offset: timedelta = timedelta()) -> datetime:
    """Give the first mark later than an instant, where marks stand every `step` on the clock, shifted by `offset`."""
    since = (at - _EPOCH - offset) % step
    return at + (step - since)
