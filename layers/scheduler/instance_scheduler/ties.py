"""Periods of one schedule that could begin at the same moment and want different types: worth a warning."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from instance_scheduler.period import Period
from instance_scheduler.recurrence import Weekdays
from instance_scheduler.schedule import PeriodReference


def tied_periods(references: Sequence[PeriodReference]) -> Iterator[tuple[PeriodReference, PeriodReference]]:
    """Name the pairs that tie, the one that wins first; `references` are sorted as a schedule holds them.

    Only what the lists themselves rule out is ruled out: a pair that meets once in many years is still named.
    """
    running = [
        reference for reference in references if reference.period.begin is not None or reference.period.end is None
    ]
    for first, second in combinations(running, 2):
        if first.instance_type == second.instance_type or (first.period.begin or 0) != (second.period.begin or 0):
            continue
        if _share_a_day(first.period, second.period):
            yield (second, first) if first.instance_type is None else (first, second)


def _share_a_day(first: Period, second: Period) -> bool:
    if first.months is not None and second.months is not None and not first.months.numbers & second.months.numbers:
        return False
    if (
        first.weekdays is not None
        and second.weekdays is not None
        and not _share_a_weekday(first.weekdays, second.weekdays)
    ):
        return False
    days, others = first.monthdays, second.monthdays
    if days is None or others is None or days.last or others.last or days.last_weekday or others.last_weekday:
        return True
    return bool(days.nearest or others.nearest or days.days & others.days)


def _share_a_weekday(first: Weekdays, second: Weekdays) -> bool:
    if (first.holiday and second.holiday) or first.days & second.days:
        return True
    # A working day has two weekdays, its own and the one it stands in for, so `#` and `L` may meet any name.
    return bool(first.lasts or first.nths or second.lasts or second.nths)
