"""An item of type `calendar` → a calendar."""

import re
from collections.abc import Iterator
from datetime import date

from instance_scheduler.attributes import COMMON_ATTRIBUTES, ItemReader
from instance_scheduler.calendar import Calendar, DayRange, merge_ranges
from instance_scheduler.expressions import ExpressionError, parse_weekday_term
from instance_scheduler.recurrence import Kind

_ATTRIBUTES = COMMON_ATTRIBUTES | {"days_off", "working_days"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_calendar(reader: ItemReader, name: str) -> Calendar | None:
    """Make a calendar of its item; None where it has an error."""
    reader.warn_about_unknown(_ATTRIBUTES)
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
