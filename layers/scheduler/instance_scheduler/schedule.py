"""A schedule, and the state that it wants at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from instance_scheduler.calendar import Calendar
from instance_scheduler.fingerprint import fingerprint
from instance_scheduler.period import Period, Wish
from instance_scheduler.timezones import wall_clock

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class DesiredState(StrEnum):
    """What a schedule wants; `any` leaves an instance as it is."""

    RUNNING = "running"
    STOPPED = "stopped"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """The wanted state, the wanted type if one is wanted, and the period that decided while it is running."""

    state: DesiredState
    instance_type: str | None = None
    period: str | None = None
    """The period's name without `@type`."""


STOPPED = Desired(state=DesiredState.STOPPED)
ANY = Desired(state=DesiredState.ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReference:
    """A member of a schedule's `periods`: a period, and the type that instances are to have while it runs."""

    period: Period
    instance_type: str | None = None

    def __str__(self) -> str:
        return self.period.name if self.instance_type is None else f"{self.period.name}@{self.instance_type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule that has been parsed and found usable."""

    name: str
    timezone: str
    """A name of the tz database."""
    periods: tuple[PeriodReference, ...] = ()
    """Without repetitions, sorted by what they are written as."""
    override_status: DesiredState | None = None
    enforced: bool = False
    retain_running: bool = False
    stop_new_instances: bool = True
    hibernate: bool = False
    use_maintenance_window: bool = True
    use_metrics: bool | None = None
    """None = as the stack's setting says."""
    calendar: Calendar | None = None
    description: str = ""
    schedule_hash: str = field(init=False)
    """The same for two schedules that decide alike, whatever process computed it; the calendar and the periods are part of it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "schedule_hash", fingerprint(self))

    def __hash__(self) -> int:
        return hash(self.schedule_hash)


@lru_cache(maxsize=4096)
def desired_at(schedule: Schedule, at: datetime) -> Desired:
    """What a schedule wants at an aware instant.

    One minute without a wish between two running periods is no reason to stop: where the schedule lists more than one
    period, and would run 60 elapsed seconds before and after, it runs.
    """
    if schedule.override_status is not None:
        return Desired(state=schedule.override_status)
    desired = _desired_by_periods(schedule, at)
    if desired.state is not DesiredState.STOPPED or len(schedule.periods) < 2:
        return desired
    after = _desired_by_periods(schedule, at + _MINUTE)
    if after.state is not DesiredState.RUNNING:
        return desired
    before = _desired_by_periods(schedule, at - _MINUTE)
    return after if before.state is DesiredState.RUNNING else desired


def _desired_by_periods(schedule: Schedule, at: datetime) -> Desired:
    day, minute = wall_clock(at, schedule.timezone)
    today = matching(schedule, day)
    overnight = any(reference.period.is_overnight for reference in schedule.periods)
    return desired_on(schedule.periods, minute, today, matching(schedule, day - _DAY) if overnight else today)


def matching(schedule: Schedule, day: date) -> tuple[bool, ...]:
    """Say for each period of a schedule whether its day conditions hold on a local date."""
    return tuple(reference.period.matches(day, schedule.calendar) for reference in schedule.periods)


def desired_on(
    periods: Sequence[PeriodReference], minute: int, today: Sequence[bool], yesterday: Sequence[bool]
) -> Desired:
    """What periods want at a minute of a local day, given whose day conditions hold on it and on the day before.

    Running beats any beats stopped. Of several running periods the one that began last decides; of several that began
    together one with a type, then the one that sorts first.
    """
    desired = STOPPED
    best: tuple[int, bool] | None = None
    for index, reference in enumerate(periods):
        wish = reference.period.wish(minute, today=today[index], yesterday=yesterday[index])
        if wish is Wish.RUNNING:
            rank = (reference.period.began(minute), reference.instance_type is not None)
            if best is None or rank > best:
                best = rank
                desired = Desired(
                    state=DesiredState.RUNNING, instance_type=reference.instance_type, period=reference.period.name
                )
        elif wish is Wish.ANY and best is None:
            desired = ANY
    return desired
