"""An item of type `period` → a period."""

import re
from collections.abc import Callable

from instance_scheduler.attributes import COMMON_ATTRIBUTES, ItemReader
from instance_scheduler.expressions import ExpressionError, parse_month_term, parse_monthday_term, parse_weekday_term
from instance_scheduler.period import MINUTES_OF_DAY, Period
from instance_scheduler.recurrence import Monthdays, Months, Term, Weekdays

_ATTRIBUTES = COMMON_ATTRIBUTES | {"begintime", "endtime", "weekdays", "monthdays", "months"}
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")


def parse_period(reader: ItemReader, name: str) -> Period | None:
    """Make a period of its item; None where it has an error."""
    reader.warn_about_unknown(_ATTRIBUTES)
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
