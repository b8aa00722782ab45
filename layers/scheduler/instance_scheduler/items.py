"""Raw items of the config table → periods, calendars and schedules."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from instance_scheduler.attributes import ItemReader, did_you_mean
from instance_scheduler.calendar import Calendar, DayRange, merge_ranges
from instance_scheduler.errors import Severity
from instance_scheduler.expressions import (
    ExpressionError,
    parse_month_term,
    parse_monthday_term,
    parse_weekday_term,
)
from instance_scheduler.fingerprint import fingerprint
from instance_scheduler.period import MINUTES_OF_DAY, Period
from instance_scheduler.recurrence import Kind, Monthdays, Months, Term, Weekdays
from instance_scheduler.schedule import DesiredState, PeriodReference, Schedule
from instance_scheduler.ties import tied_periods
from instance_scheduler.timezones import is_known, nearest_name

_COMMON = frozenset({"type", "name", "description", "configured_in_stack"})
_PERIOD_ATTRIBUTES = _COMMON | {"begintime", "endtime", "weekdays", "monthdays", "months"}
_CALENDAR_ATTRIBUTES = _COMMON | {"days_off", "working_days"}
_SCHEDULE_FLAGS = (
    "enforced",
    "retain_running",
    "stop_new_instances",
    "hibernate",
    "use_maintenance_window",
    "use_metrics",
)
_SCHEDULE_ATTRIBUTES = (
    _COMMON
    | {"timezone", "periods", "override_status", "ssm_maintenance_window", "calendar", "overwrite"}
    | frozenset(_SCHEDULE_FLAGS)
)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_period(reader: ItemReader, name: str) -> Period | None:
    """Make a period of its item; None where it has an error."""
    reader.warn_about_unknown(_PERIOD_ATTRIBUTES)
    begin, end = _time(reader, "begintime"), _time(reader, "endtime")
    weekdays = _terms(reader, "weekdays", parse_weekday_term)
    monthdays = _terms(reader, "monthdays", parse_monthday_term)
    months = _terms(reader, "months", parse_month_term)
    if begin is not None and begin == end:
        reader.refuse("endtime", f"{reader.raw['endtime']!r} is the begintime too; such a period would never run")
    if not reader.has_error and begin is None and end is None and not (weekdays or monthdays or months):
        reader.refuse(
            None, "it has no condition; give at least one of begintime, endtime, weekdays, monthdays and months"
        )
    if "@" in name:
        reader.warn("name", f"no schedule can refer to {name!r}: what follows @ is read as an instance type")
    if reader.has_error:
        return None
    return Period(
        name=name,
        begin=begin,
        end=end,
        weekdays=Weekdays.of(weekdays) if weekdays else None,
        monthdays=Monthdays.of(monthdays) if monthdays else None,
        months=Months.of(months) if months else None,
    )


def _time(reader: ItemReader, attribute: str) -> int | None:
    value = reader.raw.get(attribute)
    is_end = attribute == "endtime"
    accepted = "write H:MM or HH:MM from 00:00 to " + ("24:00" if is_end else "23:59")
    if value is not None and not isinstance(value, str):
        reader.refuse(attribute, f"{value!r} is no time; {accepted} (in quotes in YAML)")
        return None
    text = (value or "").strip()
    if not text:
        return None
    found = _TIME.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else MINUTES_OF_DAY + 1
    if minute > (MINUTES_OF_DAY if is_end else MINUTES_OF_DAY - 1):
        reader.refuse(attribute, f"{text!r} is no time; {accepted}")
        return None
    return minute


def _terms(reader: ItemReader, attribute: str, parse: Callable[[str], Term]) -> list[Term]:
    terms: list[Term] = []
    for word in reader.words(attribute):
        try:
            terms.append(parse(word))
        except ExpressionError as error:
            reader.refuse(attribute, str(error))
    return terms


def parse_calendar(reader: ItemReader, name: str) -> Calendar | None:
    """Make a calendar of its item; None where it has an error."""
    reader.warn_about_unknown(_CALENDAR_ATTRIBUTES)
    days_off = tuple(_days_off(reader))
    working_days: dict[date, int] = {}
    for word in reader.words("working_days"):
        found = _working_day(reader, word)
        if found is None:
            continue
        if working_days.setdefault(*found) != found[1]:
            reader.refuse("working_days", f"{word!r} contradicts another entry: a day stands in for one weekday")
    if reader.has_error:
        return None
    return Calendar(name=name, days_off=merge_ranges(days_off), working_days=dict(sorted(working_days.items())))


def _days_off(reader: ItemReader) -> Iterator[DayRange]:
    for word in reader.words("days_off"):
        first_text, separator, last_text = word.partition("..")
        first = _date(first_text)
        last = _date(last_text) if separator else first
        if first is None or last is None:
            reader.refuse("days_off", f"{word!r} is no day; accepted are 2026-10-01 and 2026-10-01..2026-10-07")
        elif first > last:
            reader.refuse("days_off", f"{word!r} ends before it begins; write the earlier day first")
        else:
            yield DayRange(first=first, last=last)


def _working_day(reader: ItemReader, word: str) -> tuple[date, int] | None:
    day_text, separator, weekday_text = word.partition("=")
    day = _date(day_text)
    weekday = _weekday(weekday_text.strip()) if separator else 0
    if day is not None and weekday is not None:
        return day, weekday
    accepted = "accepted are 2026-10-10 (counts as a Monday) and 2026-10-10=thu"
    problem = "is no day" if day is None else "names no weekday"
    reader.refuse("working_days", f"{word!r} {problem}; {accepted}")
    return None


def _weekday(text: str) -> int | None:
    try:
        term = parse_weekday_term(text)
    except ExpressionError:
        return None
    is_one = term.kind is Kind.RANGE and term.first == term.last and "-" not in text
    return term.first if is_one and text.lower() != "l" else None


def _date(text: str) -> date | None:
    if not _DATE.fullmatch(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def parse_schedule(
    reader: ItemReader,
    name: str,
    periods: Mapping[str, Period | None],
    calendars: Mapping[str, Calendar | None],
    default_timezone: str,
) -> Schedule | None:
    """Make a schedule of its item, given all periods and calendars (None = it has an error); None where it has an error itself.

    While `override_status` is set nothing looks at the periods, so what is wrong with them is only warned about.
    """
    reader.warn_about_unknown(_SCHEDULE_ATTRIBUTES)
    override_status = _override_status(reader)
    severity = Severity.ERROR if override_status is None else Severity.WARNING
    references = _references(reader, periods, severity)
    calendar = _calendar(reader, calendars)
    timezone = _timezone(reader, default_timezone)
    flags = {flag: reader.flag(flag) for flag in _SCHEDULE_FLAGS}
    _check_conditions(reader)
    if reader.has_error:
        return None
    _warn_about(reader, references, calendar)
    schedule = Schedule(
        name=name,
        timezone=timezone,
        periods=references,
        override_status=override_status,
        enforced=bool(flags["enforced"]),
        retain_running=bool(flags["retain_running"]),
        stop_new_instances=flags["stop_new_instances"] is not False,
        hibernate=bool(flags["hibernate"]),
        use_maintenance_window=flags["use_maintenance_window"] is not False,
        use_metrics=flags["use_metrics"],
        calendar=calendar,
        description=reader.text("description") or "",
        schedule_hash="",
    )
    object.__setattr__(schedule, "schedule_hash", fingerprint(schedule))
    return schedule


def _override_status(reader: ItemReader) -> DesiredState | None:
    word = (reader.text("override_status") or "").lower()
    if word in (DesiredState.RUNNING, DesiredState.STOPPED):
        return DesiredState(word)
    if word:
        reader.refuse("override_status", f"{reader.raw['override_status']!r} is not accepted; write running or stopped")
    return None


def _references(
    reader: ItemReader, periods: Mapping[str, Period | None], severity: Severity
) -> tuple[PeriodReference, ...]:
    references: set[PeriodReference] = set()
    for word in reader.words("periods"):
        name, separator, type_text = (part.strip() for part in word.partition("@"))
        period = periods.get(name)
        if not name or (separator and not type_text) or "@" in type_text:
            problem = "no period" if not name else "no instance type" if not type_text else "more than one @"
            reader.refuse("periods", f"{word!r} has {problem}; accepted are name and name@instance-type", severity)
        elif period is not None:
            references.add(PeriodReference(period=period, instance_type=type_text or None))
        elif name in periods:
            reader.refuse("periods", f"{word!r} cannot be used: period {name} has an error", severity)
        else:
            reader.refuse(
                "periods", f"{word!r} refers to a period that does not exist{did_you_mean(name, periods)}", severity
            )
    return tuple(sorted(references, key=lambda reference: (reference.period.name, reference.instance_type or "")))


def _calendar(reader: ItemReader, calendars: Mapping[str, Calendar | None]) -> Calendar | None:
    name = reader.text("calendar")
    if name is None:
        return None
    calendar = calendars.get(name)
    if calendar is None:
        exists = name in calendars
        problem = "has an error" if exists else f"does not exist{did_you_mean(name, calendars)}"
        reader.refuse("calendar", f"{name!r} refers to a calendar that {problem}")
    return calendar


def _timezone(reader: ItemReader, default: str) -> str:
    name = reader.text("timezone")
    if name is not None and not is_known(name):
        reader.refuse("timezone", unknown_timezone(name))
    return name or default


def unknown_timezone(name: str) -> str:
    """Say that a zone is not in the tz database, and which one may be meant."""
    nearest = nearest_name(name)
    question = f"; did you mean {nearest!r}?" if nearest else ""
    return f"{name!r} is no time zone; accepted are names of the tz database such as Asia/Shanghai{question}"


def _check_conditions(reader: ItemReader) -> None:
    if reader.words("periods") or reader.words("override_status"):
        return
    if reader.words("ssm_maintenance_window"):
        reader.refuse(
            "ssm_maintenance_window", "nothing else is given, and SSM maintenance windows are not yet supported"
        )
    else:
        reader.refuse(None, "it has neither periods nor override_status; give at least one of them")


def _warn_about(reader: ItemReader, references: tuple[PeriodReference, ...], calendar: Calendar | None) -> None:
    if reader.words("ssm_maintenance_window"):
        reader.warn(
            "ssm_maintenance_window", "SSM maintenance windows are not yet supported; the attribute has no effect"
        )
    for first, second in tied_periods(references):
        reader.warn("periods", f"{first} and {second} can begin at the same moment; then {first} decides the type")
    for reference in references:
        weekdays = reference.period.weekdays
        if calendar is None and weekdays is not None and weekdays.holiday:
            reader.warn("periods", f"{reference} names holiday, which matches no day in a schedule without a calendar")
