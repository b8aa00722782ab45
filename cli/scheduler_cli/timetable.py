"""A schedule's local days: what is wanted from when to when on each, cut at midnight of its own zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from instance_scheduler.schedule import Desired, DesiredState, Schedule, desired_at
from instance_scheduler.timezones import offset_at, offset_changes
from instance_scheduler.transition import transitions
from scheduler_cli.moments import first_instant_of_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `begin` until `end` (both aware, in UTC; half-open) the same is wanted."""

    begin: datetime
    end: datetime
    desired: Desired

    @property
    def length(self) -> timedelta:
        """Elapsed time."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDay:
    """One date of a schedule's zone; 23 or 25 hours long where the clocks change."""

    day: date
    zone: str
    spans: tuple[Span, ...]

    @property
    def length(self) -> timedelta:
        """Elapsed time from midnight to midnight."""
        return sum((span.length for span in self.spans), timedelta(0))

    def spent(self, state: DesiredState) -> timedelta:
        """Elapsed time for which a state is wanted."""
        return sum((span.length for span in self.spans if span.desired.state is state), timedelta(0))

    def pieces(self) -> Iterator[tuple[int, int, Desired]]:
        """What the clocks show: minutes of the day from and until which something is wanted; a repeated hour comes twice."""
        for span in self.spans:
            begin = span.begin
            cuts = takewhile(lambda at, end=span.end: at < end, offset_changes(self.zone, span.begin))  # type: ignore[misc]  # a default argument binds the loop's value
            for end in (*cuts, span.end):
                first = self._minute(begin)
                yield first, first + int((end - begin).total_seconds()) // 60, span.desired
                begin = end

    def _minute(self, at: datetime) -> int:
        wall = (at + offset_at(at, self.zone)).replace(tzinfo=None)
        return int((wall - datetime.combine(self.day, datetime.min.time())).total_seconds()) // 60


def local_days(schedule: Schedule, first: date, count: int) -> Iterator[LocalDay]:
    """A schedule's days from a date on."""
    zone = schedule.timezone
    begin = first_instant_of_day(first, zone)
    coming = transitions(schedule, begin)
    desired = desired_at(schedule, begin)
    upcoming = next(coming, None)
    for number in range(count):
        end = first_instant_of_day(first + (number + 1) * _DAY, zone)
        spans = []
        while upcoming is not None and upcoming.at < end:
            spans.append(Span(begin=begin, end=upcoming.at, desired=desired))
            begin, desired = upcoming.at, upcoming.desired
            upcoming = next(coming, None)
        spans.append(Span(begin=begin, end=end, desired=desired))
        begin = end
        yield LocalDay(
            day=first + number * _DAY, zone=zone, spans=tuple(span for span in spans if span.length > timedelta(0))
        )
