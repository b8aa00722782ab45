"""When a schedule's desired state or type changes next, found day by day instead of minute by minute.

Between two changes of the zone's offset the wall clock runs evenly. There a day is settled by three answers: whose day
conditions hold on it, on the day before and on the day after. Days with the same answers have the same changes, which are
computed once. Around a change of the offset the schedule itself is asked, at every minute at which something could change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias

from instance_scheduler.period import MINUTES_OF_DAY
from instance_scheduler.schedule import STOPPED, Desired, DesiredState, Schedule, desired_at, desired_on, matching
from instance_scheduler.timezones import offset_at, offset_changes

HORIZON = timedelta(days=41 * 366)
"""How long a schedule without a change is searched: 29 February falls on a given weekday once in 40 years at worst."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_END_OF_TIME = datetime(9998, 12, 31, tzinfo=UTC)
_AROUND = 2
"""Minutes before and after a change of the offset within which nothing is taken for granted."""

Answers: TypeAlias = tuple[bool, ...]
"""For each period of a schedule, whether its day conditions hold on one date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """An instant, aware and in UTC, from which a schedule wants another state or type than just before."""

    at: datetime
    desired: Desired


def next_transition(schedule: Schedule, after: datetime) -> Transition | None:
    """The first instant later than `after` at which the desired state or type changes; None where it never does again."""
    return next(transitions(schedule, after), None)


def transitions(schedule: Schedule, after: datetime) -> Iterator[Transition]:
    """The instants later than `after` (aware) at which the desired state or type changes, in order.

    The search ends 41 years after the last transition, or after the last date that the calendar names.
    """
    if schedule.override_status is not None or not schedule.periods:
        return
    search = _Search(schedule=schedule)
    found: Transition | None = Transition(at=after.astimezone(UTC), desired=desired_at(schedule, after))
    while found is not None:
        found = search.next_after(found)
        if found is not None:
            yield found


@dataclass(slots=True, kw_only=True)
class _Search:
    """The search in one schedule, with what it has computed already."""

    schedule: Schedule
    changes: dict[tuple[Answers, Answers, Answers], tuple[tuple[int, Desired], ...]] = field(default_factory=dict)
    quiet_days_that_prove: int = field(init=False)
    """After so many days without a change, no day before the next change of the offset has one."""

    def __post_init__(self) -> None:
        is_weekly = self.schedule.calendar is None and all(
            reference.period.repeats_weekly() for reference in self.schedule.periods
        )
        self.quiet_days_that_prove = 9 if is_weekly else HORIZON.days

    def next_after(self, before: Transition) -> Transition | None:
        for start, end in self._spans(before.at):
            for at, desired in self._candidates(start, end):
                if at > before.at and not _agree(desired, before.desired):
                    return Transition(at=at, desired=desired)
        return None

    def _spans(self, after: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What to search, in order: the horizon from `after`, then as much from each later date that the calendar names."""
        searched = after + min(HORIZON, max(_END_OF_TIME - after, timedelta(0)))
        yield after, searched
        calendar = self.schedule.calendar
        for day in calendar.turning_points() if calendar is not None else ():
            midnight = datetime.combine(day, time(), tzinfo=UTC)
            if midnight + HORIZON <= searched or midnight > _END_OF_TIME - HORIZON:
                continue
            # Two days earlier, for the zone's offset and for a period that began on the day before.
            yield max(searched, midnight - 2 * _DAY), midnight + HORIZON
            searched = midnight + HORIZON

    def _candidates(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, Desired]]:
        """Instants from `start` to `end`, in order, between which nothing changes, each with what is wanted from it on."""
        margin = _AROUND * _MINUTE
        begin = start - margin
        for change in offset_changes(self.schedule.timezone, start - margin):
            yield from self._evenly(begin + margin, min(change, end) - margin)
            if change >= end:
                return
            yield from self._around(change)
            begin = change
        yield from self._evenly(begin + margin, end)

    def _around(self, change: datetime) -> Iterator[tuple[datetime, Desired]]:
        whole = change.replace(second=0, microsecond=0)
        minutes = {moment + shift * _MINUTE for moment in (whole, change) for shift in range(-_AROUND, _AROUND + 2)}
        for at in sorted(minutes):
            yield at, desired_at(self.schedule, at)

    def _evenly(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, Desired]]:
        """Candidates of a span without a change of the offset."""
        if start >= end:
            return
        offset = offset_at(start, self.schedule.timezone)
        day = (start + offset).date()
        last = (end + offset).date()
        yesterday, today = matching(self.schedule, day - _DAY), matching(self.schedule, day)
        known: Desired | None = None
        quiet_days = 0
        while day <= last and quiet_days < self.quiet_days_that_prove:
            tomorrow = matching(self.schedule, day + _DAY)
            changes = self._changes(yesterday, today, tomorrow)
            quiet_days += 1
            if len(changes) > 1 or not _agree(changes[0][1], known):
                quiet_days = 0
                midnight = datetime.combine(day, time(), tzinfo=UTC) - offset
                for minute, desired in changes:
                    at = midnight + minute * _MINUTE
                    if start <= at < end:
                        yield at, desired
                        known = desired
            yesterday, today, day = today, tomorrow, day + _DAY

    def _changes(self, yesterday: Answers, today: Answers, tomorrow: Answers) -> tuple[tuple[int, Desired], ...]:
        """The minutes of a day at which what is wanted changes, midnight first, for a day of these answers."""
        key = (yesterday, today, tomorrow)
        if key not in self.changes:
            self.changes[key] = tuple(self._compute_changes(*key))
        return self.changes[key]

    def _compute_changes(self, yesterday: Answers, today: Answers, tomorrow: Answers) -> Iterator[tuple[int, Desired]]:
        periods = self.schedule.periods
        minutes = {minute for reference in periods for minute in reference.period.turning_minutes()}
        known: Desired | None = None
        for minute in sorted(minutes):
            desired = desired_on(periods, minute, today, yesterday)
            if desired.state is DesiredState.STOPPED and len(periods) > 1:
                desired = self._bridged(minute, yesterday, today, tomorrow)
            if not _agree(desired, known):
                yield minute, desired
                known = desired

    def _bridged(self, minute: int, yesterday: Answers, today: Answers, tomorrow: Answers) -> Desired:
        """What is wanted at a minute without a wish: running where the minutes before and after run (one-minute rule)."""
        periods = self.schedule.periods
        # No period that began on the day before yesterday still runs in the last minute of yesterday.
        before = (
            desired_on(periods, minute - 1, today, yesterday)
            if minute > 0
            else desired_on(periods, MINUTES_OF_DAY - 1, yesterday, (False,) * len(periods))
        )
        after = (
            desired_on(periods, minute + 1, today, yesterday)
            if minute + 1 < MINUTES_OF_DAY
            else desired_on(periods, 0, tomorrow, today)
        )
        bridged = before.state is DesiredState.RUNNING and after.state is DesiredState.RUNNING
        return after if bridged else STOPPED


def _agree(first: Desired, second: Desired | None) -> bool:
    """Say whether nothing changes between two wishes; which period it is that decides does not count."""
    return second is not None and first.state is second.state and first.instance_type == second.instance_type
