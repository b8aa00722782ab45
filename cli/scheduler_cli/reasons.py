"""Why a schedule wants what it wants at an instant: what each of its periods says, and what stands in its way."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from instance_scheduler.calendar import Calendar
from instance_scheduler.period import Period, Wish, format_minute
from instance_scheduler.schedule import Desired, DesiredState, PeriodReference, Schedule, desired_at
from instance_scheduler.timezones import wall_clock
from scheduler_cli.words import day_words, month_word, ordinal, weekday_word

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReason:
    """What one period asks for, and why."""

    reference: PeriodReference
    wish: Wish
    decides: bool
    """Whether the desired state, or the type, is this one's."""
    reason: str
    """A clause."""


def reasons_at(schedule: Schedule, at: datetime) -> tuple[PeriodReason, ...]:
    """What each period of a schedule asks for at an instant, the one that decides first."""
    if schedule.override_status is not None:
        return ()
    day, minute = wall_clock(at, schedule.timezone)
    desired = desired_at(schedule, at)
    found = []
    for reference in schedule.periods:
        period = reference.period
        today, yesterday = (period.matches(one, schedule.calendar) for one in (day, day - _DAY))
        wish = period.wish(minute, today=today, yesterday=yesterday)
        found.append(
            PeriodReason(
                reference=reference,
                wish=wish,
                decides=wish is Wish.RUNNING and _is_that(reference, desired),
                reason=_reason(period, wish, day, minute, schedule.calendar),
            )
        )
    return tuple(sorted(found, key=lambda one: (not one.decides, one.wish is not Wish.RUNNING)))


def because(schedule: Schedule, at: datetime) -> str:
    """One sentence on what decided."""
    if schedule.override_status is not None:
        return f"its override_status is {schedule.override_status}, so its periods are not looked at"
    if not schedule.periods:
        return "it has no periods"
    reasons = reasons_at(schedule, at)
    desired = desired_at(schedule, at)
    if desired.state is DesiredState.RUNNING and not any(one.decides for one in reasons):
        return "one minute between two running periods is no reason to stop"
    if desired.state is DesiredState.RUNNING:
        return f"period {reasons[0].reference} runs: {reasons[0].reason}"
    if desired.state is DesiredState.ANY:
        open_ended = next(one for one in reasons if one.wish is Wish.ANY)
        return f"no period runs, and {open_ended.reference} leaves it as it is: {open_ended.reason}"
    if len(reasons) == 1:
        return f"its only period, {reasons[0].reference}, does not run: {reasons[0].reason}"
    return "none of its periods runs"


def _is_that(reference: PeriodReference, desired: Desired) -> bool:
    return (
        desired.state is DesiredState.RUNNING
        and reference.period.name == desired.period
        and reference.instance_type == desired.instance_type
    )


def _reason(period: Period, wish: Wish, day: date, minute: int, calendar: Calendar | None) -> str:
    if wish is Wish.RUNNING:
        return _running_reason(period, day, minute)
    if wish is Wish.ANY:
        edge = period.begin if period.begin is not None else period.end
        assert edge is not None
        return f"it says nothing before {format_minute(edge)}"
    if period.is_overnight:
        return _overnight_reason(period, day, minute, calendar)
    in_the_way = _obstacle(period, day, calendar)
    if in_the_way:
        return in_the_way
    if period.begin is not None and minute < period.begin:
        return f"it begins at {format_minute(period.begin)}"
    assert period.end is not None
    return f"it ended at {format_minute(period.end)}"


def _running_reason(period: Period, day: date, minute: int) -> str:
    end = None if period.end is None else format_minute(period.end)
    if period.begin is None:
        return f"{day_words(day)} is one of its days"
    if period.is_overnight and minute < period.begin:
        return f"it began on {day_words(day - _DAY)} at {format_minute(period.begin)} and ends at {end}"
    ends = "" if end is None else f" and ends at {end}"
    following = f" on {day_words(day + _DAY)}" if period.is_overnight and period.end != 0 else ""
    return f"it began at {format_minute(period.begin)}{ends}{following}"


def _overnight_reason(period: Period, day: date, minute: int, calendar: Calendar | None) -> str:
    assert period.begin is not None
    assert period.end is not None
    today = _obstacle(period, day, calendar)
    if minute >= period.begin:
        return today
    begins = today or f"it begins at {format_minute(period.begin)}"
    if minute >= period.end:
        return begins
    return f"it did not begin on {day_words(day - _DAY)}: {_obstacle(period, day - _DAY, calendar)}"


def _obstacle(period: Period, day: date, calendar: Calendar | None) -> str:
    """Which day condition fails on a date, and why; empty where all hold."""
    if period.months is not None and not period.months.contains(day):
        return f"{month_word(day.month)} is none of its months ({period.months})"
    if period.monthdays is not None and not period.monthdays.contains(day):
        return f"the {ordinal(day.day)} is none of its monthdays ({period.monthdays})"
    if period.matches(day, calendar):
        return ""
    if calendar is not None and calendar.is_day_off(day):
        return f"{day_words(day)} is a day off of calendar {calendar.name}, and its weekdays do not name holiday"
    own = weekday_word(day.weekday())
    if calendar is not None and calendar.counts_as(day) != day.weekday():
        stands_for = weekday_word(calendar.counts_as(day))
        return f"{day_words(day)} counts as a {stands_for} by calendar {calendar.name}, none of its days ({period.weekdays})"
    return f"{own} {ordinal(day.day)} is none of its days ({period.weekdays})"
