"""How the tool words times, states, periods and actions for a person. English whatever the locale."""

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, groupby

import click

from instance_scheduler.calendar import Calendar
from instance_scheduler.instants import format_instant
from instance_scheduler.period import MINUTES_OF_DAY, Period, format_minute
from instance_scheduler.recurrence import MONTH_NAMES, WEEKDAY_NAMES
from instance_scheduler.schedule import Desired, DesiredState, PeriodReference
from instance_scheduler.timezones import offset_at, wall_clock

_NARROWEST, _WIDEST = 60, 120
_FEW, _A_LINE = 24, 6
_STYLE = re.compile(r"(\x1b\[[\d;]*m)")
"""What `click.style` puts around words."""
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_STATES = {
    DesiredState.RUNNING: "running",
    DesiredState.STOPPED: "stopped",
    DesiredState.ANY: "left as it is",
}


def ordinal(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    return f"{number}{'th' if 10 <= number % 100 <= 20 else _ORDINALS.get(number % 10, 'th')}"


def weekday_word(weekday: int) -> str:
    """`Monday`."""
    return WEEKDAY_NAMES[weekday].capitalize()


def month_word(month: int) -> str:
    """`January`."""
    return MONTH_NAMES[month - 1].capitalize()


def day_words(day: date, *, year: bool = False) -> str:
    """`Tue 24 Nov`, with the year where it is asked for."""
    words = f"{weekday_word(day.weekday())[:3]} {day.day} {month_word(day.month)[:3]}"
    return f"{words} {day.year}" if year else words


def wall_words(at: datetime, zone: str, *, year: bool = False) -> str:
    """`Tue 24 Nov 18:00`, as the zone's clocks show it."""
    day, minute = wall_clock(at, zone)
    return f"{day_words(day, year=year)}{',' if year else ''} {format_minute(minute)}"


def offset_words(at: datetime, zone: str) -> str:
    """`UTC+08:00`."""
    minutes = round(offset_at(at, zone).total_seconds() / 60)
    return f"UTC{'-' if minutes < 0 else '+'}{format_minute(abs(minutes))}"


def moment_words(at: datetime, zone: str) -> str:
    """`Tue 24 Nov 2026, 18:00 in Asia/Shanghai (UTC+08:00), 2026-11-24T10:00:00Z`."""
    return f"{wall_words(at, zone, year=True)} in {zone} ({offset_words(at, zone)}), {format_instant(at)}"


def utc_words(at: datetime, zone: str) -> str:
    """`10:00 UTC`, with the weekday where it is another than the zone's."""
    utc = at.astimezone(UTC)
    same = utc.date() == wall_clock(at, zone)[0]
    return f"{'' if same else f'{weekday_word(utc.weekday())[:3]} '}{utc:%H:%M} UTC"


def local_iso(at: datetime, zone: str) -> str:
    """`2026-11-24T18:00+08:00`, for machines."""
    day, minute = wall_clock(at, zone)
    return f"{day.isoformat()}T{format_minute(minute)}{offset_words(at, zone).removeprefix('UTC')}"


def length_words(length: timedelta) -> str:
    """`7 h 45 min`, `3 days 4 h`, `0 min`; seconds are dropped, and minutes from two days on."""
    minutes = int(length.total_seconds()) // 60
    days, hours, rest = minutes // MINUTES_OF_DAY, minutes // 60 % 24, minutes % 60
    if days >= 2:
        return f"{days} days" + (f" {hours} h" if hours and days < 14 else "")
    hours += 24 * days
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(part for part in parts if part)


def hours_words(length: timedelta) -> str:
    """`9 h`, `9:30 h`: a length in hours for a column."""
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h" if minutes % 60 else f"{minutes // 60} h"


def state_words(desired: Desired) -> str:
    """`running on t3.small`, `stopped`, `left as it is`."""
    words = _STATES[desired.state]
    return words if desired.instance_type is None else f"{words} on {desired.instance_type}"


def times_words(period: Period) -> str:
    """When in a day a period runs: `09:00 to 18:00`, `from 09:00 (left as it is before)`, `all day`."""
    begin = None if period.begin is None else format_minute(period.begin)
    end = None if period.end is None else format_minute(period.end)
    if begin is None and end is None:
        return "all day"
    if end is None:
        return f"from {begin} (left as it is before)"
    if begin is None:
        return f"stopped from {end} (left as it is before)"
    return f"{begin} to {end}{' of the next day' if period.is_overnight and period.end != 0 else ''}"


def period_words(reference: PeriodReference) -> str:
    """What a period says: `mon-fri, 09:00 to 18:00`."""
    period = reference.period
    days = [
        str(period.weekdays) if period.weekdays is not None else "",
        f"monthdays {period.monthdays}" if period.monthdays is not None else "",
        f"months {period.months}" if period.months is not None else "",
    ]
    return ", ".join([*(part for part in days if part), times_words(period)])


def special_day_words(day: date, calendar: Calendar | None) -> str:
    """What a calendar makes of a date: `day off (cn)`, `works as Thu (cn)`; empty where it says nothing."""
    if calendar is None:
        return ""
    if calendar.is_day_off(day):
        return f"day off ({calendar.name})"
    if day in calendar.working_days:
        return f"works as {weekday_word(calendar.counts_as(day))[:3]} ({calendar.name})"
    return ""


def dates_words(days: Sequence[date]) -> Iterator[str]:
    """Lines for dates of one year: a few by themselves, `Mon 5 Jan, Mon 2 Feb`; many a month a line, runs drawn together."""
    if len(days) <= _FEW:
        for start in range(0, len(days), _A_LINE):
            yield ", ".join(day_words(day) for day in days[start : start + _A_LINE])
        return
    for month, members in groupby(days, key=lambda day: day.month):
        yield f"{month_word(month)[:3]}  {', '.join(_runs(list(members)))}"


def _runs(days: list[date]) -> Iterator[str]:
    first = days[0]
    for day, following in zip(days, [*days[1:], None], strict=True):
        if following is not None and (following - day).days == 1:
            continue
        words = [f"{weekday_word(edge.weekday())[:3]} {edge.day}" for edge in (first, day)]
        yield words[0] if first == day else "–".join(words)
        first = following or day


def folded(line: str) -> str:
    """Keep a line one line, and what stands in names and tags from moving a terminal's cursor; our own colours stay."""
    return "".join(
        part if styled else "".join(character if character.isprintable() else " " for character in part)
        for styled, part in zip(cycle([False, True]), _STYLE.split(line), strict=False)
    )


def fitted(line: str) -> str:
    """Break a line at the width of the terminal, the rest indented; a line that goes into a file or a pipe stays whole."""
    line = folded(line)
    if not sys.stdout.isatty():
        return line
    return "\n".join(_broken(line, min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)))


def _broken(line: str, width: int) -> Iterator[str]:
    # The rest goes under the last column of the line, where it has columns.
    columns = [found.end() for found in re.finditer(r"\S {2,}", click.unstyle(line)[: width // 2])]
    hanging = columns[-1] if columns else len(line) - len(line.lstrip(" ")) + 2
    current = ""
    for word in re.findall(r" *[^ ]+", line):
        if current and breadth(current + word) > width:
            yield current
            current = " " * hanging + word.lstrip(" ")
        else:
            current += word
        while breadth(current) > width and _is_breakable(current):
            head = _head(current, width)
            yield head
            current = " " * hanging + current[len(head) :]
    yield current


def breadth(text: str) -> int:
    """Columns of a terminal that a text takes: wide characters of East Asia two, combining ones none, our colours none."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else not unicodedata.combining(character)
        for character in click.unstyle(text)
    )


def _is_breakable(line: str) -> bool:
    """Whether a word too long for a line is broken: an address is not, so that it can still be opened, nor what is coloured."""
    return "://" not in line and click.unstyle(line) == line


def _head(line: str, width: int) -> str:
    """As much of a line as fits, up to a comma or a slash where one stands in its latter half."""
    fitting = next(length for length in range(min(len(line), width), 0, -1) if breadth(line[:length]) <= width)
    mark = max(line.rfind(",", 0, fitting), line.rfind("/", 0, fitting)) + 1
    return line[: mark if mark > width // 2 else fitting]
