"""An item of type `schedule` → a schedule."""

from collections.abc import Mapping

from instance_scheduler.attributes import COMMON_ATTRIBUTES, ItemReader, did_you_mean
from instance_scheduler.calendar import Calendar
from instance_scheduler.errors import Severity
from instance_scheduler.period import Period
from instance_scheduler.schedule import DesiredState, PeriodReference, Schedule
from instance_scheduler.ties import tied_periods
from instance_scheduler.timezones import is_known, unknown_timezone

_FLAGS = ("enforced", "retain_running", "stop_new_instances", "hibernate", "use_maintenance_window")
"""Absent = as `Schedule` has it."""
_ATTRIBUTES = (
    COMMON_ATTRIBUTES
    | {"timezone", "periods", "override_status", "ssm_maintenance_window", "calendar", "use_metrics", "overwrite"}
    | frozenset(_FLAGS)
)


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
    reader.warn_about_unknown(_ATTRIBUTES)
    override_status = _override_status(reader)
    severity = Severity.ERROR if override_status is None else Severity.WARNING
    references = _references(reader, periods, severity)
    calendar = _calendar(reader, calendars)
    timezone = _timezone(reader, default_timezone)
    use_metrics = reader.flag("use_metrics")
    flags = {flag: reader.flag(flag) for flag in _FLAGS}
    _check_conditions(reader)
    if reader.has_error:
        return None
    _warn_about(reader, references, calendar)
    return Schedule(
        name=name,
        timezone=timezone,
        periods=references,
        override_status=override_status,
        calendar=calendar,
        description=str(reader.raw.get("description") or ""),
        use_metrics=use_metrics,
        **{flag: value for flag, value in flags.items() if value is not None},
    )


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
