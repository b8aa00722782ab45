"""Calendars: days off, and working days that stand in for a weekday."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRange:
    """The dates from `first` to `last`, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return (
            self.first.isoformat() if self.first == self.last else f"{self.first.isoformat()}..{self.last.isoformat()}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Which dates are no ordinary days. A date in both lists is a working day."""

    name: str
    days_off: tuple[DayRange, ...]
    """Sorted by the first day, merged where they touch."""
    working_days: Mapping[date, int]
    """Date → the weekday that it counts as, 0 = Monday."""
    starts: tuple[date, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", tuple(span.first for span in self.days_off))

    def is_day_off(self, day: date) -> bool:
        """Say whether a local date is a day off."""
        if day in self.working_days:
            return False
        index = bisect_right(self.starts, day) - 1
        return index >= 0 and day <= self.days_off[index].last

    def counts_as(self, day: date) -> int:
        """The weekday that a date counts as: the one that it stands in for on a working day, else its own."""
        weekday = self.working_days.get(day)
        return day.weekday() if weekday is None else weekday

    def turning_points(self) -> tuple[date, ...]:
        """The dates on which something begins or has just ended to be special, sorted."""
        ordinals = {edge for span in self.days_off for edge in (span.first.toordinal(), span.last.toordinal() + 1)}
        ordinals |= {edge for day in self.working_days for edge in (day.toordinal(), day.toordinal() + 1)}
        return tuple(date.fromordinal(edge) for edge in sorted(ordinals) if edge <= date.max.toordinal())


def merge_ranges(ranges: Iterable[DayRange]) -> tuple[DayRange, ...]:
    """Sort ranges and merge those that overlap or touch."""
    merged: list[DayRange] = []
    for span in sorted(ranges, key=lambda span: (span.first, span.last)):
        if merged and span.first.toordinal() <= merged[-1].last.toordinal() + 1:
            merged[-1] = DayRange(first=merged[-1].first, last=max(merged[-1].last, span.last))
        else:
            merged.append(span)
    return tuple(merged)
