"""A period: day conditions and times, and what it asks for on a local date."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from instance_scheduler.calendar import Calendar
from instance_scheduler.recurrence import Monthdays, Months, Weekdays

MINUTES_OF_DAY = 24 * 60


class Wish(StrEnum):
    """What one period asks for at a moment."""

    RUNNING = "running"
    ANY = "any"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Conditions on the local date and the wall clock, all of which must hold; None = not given.

    `begin` and `end` are minutes since midnight (end up to 1440). Where begin > end the period runs past midnight and its day
    conditions are judged by the day on which it begins.
    """

    name: str
    begin: int | None = None
    end: int | None = None
    weekdays: Weekdays | None = None
    monthdays: Monthdays | None = None
    months: Months | None = None
    is_overnight: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        overnight = self.begin is not None and self.end is not None and self.begin > self.end
        object.__setattr__(self, "is_overnight", overnight)

    def matches(self, day: date, calendar: Calendar | None) -> bool:
        """Say whether the day conditions hold on a local date."""
        if self.months is not None and not self.months.contains(day):
            return False
        if self.monthdays is not None and not self.monthdays.contains(day):
            return False
        if calendar is None:
            return self.weekdays is None or self.weekdays.contains(day, day.weekday())
        if calendar.is_day_off(day):
            return self.weekdays is not None and self.weekdays.holiday
        return self.weekdays is None or self.weekdays.contains(day, calendar.counts_as(day))

    def wish(self, minute: int, *, today: bool, yesterday: bool) -> Wish:
        """What the period asks for at a minute of a local day, given whether it matches that day and the day before."""
        if self.is_overnight:
            return Wish.RUNNING if self._runs_overnight(minute, today, yesterday) else Wish.STOPPED
        if not today:
            return Wish.STOPPED
        if self.begin is not None and minute < self.begin:
            return Wish.ANY if self.end is None else Wish.STOPPED
        if self.end is None:
            return Wish.RUNNING
        if minute >= self.end:
            return Wish.STOPPED
        return Wish.ANY if self.begin is None else Wish.RUNNING

    def _runs_overnight(self, minute: int, today: bool, yesterday: bool) -> bool:
        assert self.begin is not None
        assert self.end is not None
        return (today and minute >= self.begin) or (yesterday and minute < self.end)

    def began(self, minute: int) -> int:
        """When a period that runs at a minute of a day began, in minutes from that day's midnight; negative = the day before."""
        begin = self.begin or 0
        return begin - MINUTES_OF_DAY if self.is_overnight and minute < begin else begin

    def repeats_weekly(self) -> bool:
        """Say whether the day conditions look at nothing but the name of the weekday."""
        is_plain = self.weekdays is None or not (self.weekdays.lasts or self.weekdays.nths)
        return is_plain and self.monthdays is None and self.months is None

    def turning_minutes(self) -> frozenset[int]:
        """The minutes of a day at which what the period asks for can change, midnight included."""
        given = {0, self.begin, self.end}
        return frozenset(minute for minute in given if minute is not None and minute < MINUTES_OF_DAY)


def format_minute(minute: int) -> str:
    """Write minutes since midnight as `HH:MM`; 1440 is `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
