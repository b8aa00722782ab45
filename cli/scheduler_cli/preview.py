"""`scheduler-cli preview`: a week of a schedule as a calendar in the terminal, a row a day, hours across."""

import json
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from instance_scheduler.instants import format_instant
from instance_scheduler.schedule import Desired, DesiredState, Schedule
from scheduler_cli.moments import Day, local_day, now
from scheduler_cli.sources import Source, complete_schedule, pick_schedule, source_options
from scheduler_cli.timetable import LocalDay, local_days
from scheduler_cli.words import breadth, day_words, hours_words, local_iso, special_day_words, weekday_word

if TYPE_CHECKING:
    from rich.text import Text

CELLS = 48
"""Half-hours of a day."""
_MINUTES = 30
_WEEK = 7
_MOST_DAYS = 400
_SYMBOLS = {DesiredState.RUNNING: "█", DesiredState.STOPPED: "·", DesiredState.ANY: "~"}
_PARTLY, _MISSING = "▒", " "
_NO_BREAK = "\N{NO-BREAK SPACE}"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_COLOURS = ("cyan", "magenta", "blue", "yellow", "bright_green", "bright_red")
_NAME, _HOURS, _NOTE = 11, 6, 13
"""Columns; with the cells between and two blanks before the note they make 80."""
_COLUMNS = 80
_SCALE = "".join(f"{hour:<6}" for hour in range(0, 24, 3))
_EPILOG = """\b
Examples:
  scheduler-cli preview office-hours
  scheduler-cli preview cn-office-hours --from 2026-09-28 --days 14
  scheduler-cli preview office-hours --json
"""


@click.command(epilog=_EPILOG)
@click.argument("schedule_name", metavar="SCHEDULE", shell_complete=complete_schedule)
@click.option(
    "--from", "first", type=Day(), metavar="DATE", help="The first day.  [default: today in the schedule's zone]"
)
@click.option("--days", type=click.IntRange(1, _MOST_DAYS), default=_WEEK, show_default=True, help="How many days.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@source_options
def preview(source: Source, schedule_name: str, first: date | None, days: int, as_json: bool) -> None:
    """Show what SCHEDULE does, a day a line, in its own time zone.

    Each line ends with the hours that instances run on that day; days off and working days of the schedule's calendar are
    marked, and so are days on which the clocks change.
    """
    schedule = pick_schedule(source.config(), schedule_name)
    shown = Shown(
        schedule=schedule,
        days=tuple(local_days(schedule, first or local_day(now(), schedule.timezone), days)),
    )
    if as_json:
        click.echo(json.dumps(_as_json(shown), ensure_ascii=False, indent=2))
        return
    _print(_lines(shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A schedule and the days of it that are looked at."""

    schedule: Schedule
    days: tuple[LocalDay, ...]

    @property
    def types(self) -> tuple[str, ...]:
        """The types that are wanted, in the order of their first appearance."""
        wanted = (span.desired.instance_type for day in self.days for span in day.spans)
        return tuple(dict.fromkeys(one for one in wanted if one is not None))

    def has(self, state: DesiredState) -> bool:
        """Say whether a state is wanted at some time."""
        return any(span.desired.state is state for day in self.days for span in day.spans)


@dataclass(frozen=True, slots=True)
class _Cell:
    symbol: str
    style: str


def _print(lines: Iterator["Text"]) -> None:
    from rich.console import Console

    plain = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR"))
    console = Console(
        no_color=plain, color_system=None if plain else "auto", highlight=False, soft_wrap=True, file=sys.stdout
    )
    for line in lines:
        line.rstrip()
        console.print(line)


def _lines(shown: Shown) -> Iterator["Text"]:
    from rich.text import Text

    schedule = shown.schedule
    last = shown.days[-1].day
    title = f"{day_words(shown.days[0].day, year=True)} to {day_words(last, year=True)}, {schedule.timezone}"
    fits = breadth(schedule.name) + len(title) + 2 <= _COLUMNS
    yield Text.assemble((schedule.name, "bold"), f"  {title}" if fits else f"\n  {title}")
    yield Text(f"{'':<{_NAME}}{_SCALE}{'hours':>{_HOURS}}", style="dim")
    for start in range(0, len(shown.days), _WEEK):
        week = shown.days[start : start + _WEEK]
        for day in week:
            yield _day_line(shown, day)
        if len(shown.days) > _WEEK:
            yield Text(f"{'':<{_NAME}}{_total(week)}", style="dim")
    yield Text("")
    yield Text.assemble((_total(shown.days), "bold"))
    yield _legend(shown)


def _day_line(shown: Shown, day: LocalDay) -> "Text":
    from rich.text import Text

    line = Text(f"{day_words(day.day):<{_NAME}}")
    for cell in _cells(day, shown.types):
        line.append(cell.symbol, style=cell.style)
    hours = hours_words(day.spent(DesiredState.RUNNING)).removesuffix(" h")
    line.append(f"{hours:>{_HOURS}}", style="bold")
    line.append(f"  {_cut(' '.join(_notes(shown.schedule, day)), _NOTE)}", style="yellow")
    return line


def _notes(schedule: Schedule, day: LocalDay) -> Iterator[str]:
    if day.length != timedelta(days=1):
        yield f"{hours_words(day.length)} long"
    calendar = schedule.calendar
    if calendar is not None and calendar.is_day_off(day.day):
        yield f"off: {calendar.name}"
    elif calendar is not None and day.day in calendar.working_days:
        yield f"as {weekday_word(calendar.counts_as(day.day))[:3]}: {calendar.name}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _cells(day: LocalDay, types: Sequence[str]) -> Iterator[_Cell]:
    """Half an hour each, by the clocks: what is wanted for the most of it."""
    minutes: list[dict[Desired, int]] = [{} for _ in range(CELLS)]
    for first, last, desired in day.pieces():
        for cell in range(max(first // _MINUTES, 0), min(-(-last // _MINUTES), CELLS)):
            overlap = min(last, (cell + 1) * _MINUTES) - max(first, cell * _MINUTES)
            minutes[cell][desired] = minutes[cell].get(desired, 0) + overlap
    for wanted in minutes:
        yield _cell(wanted, types)


def _cell(wanted: dict[Desired, int], types: Sequence[str]) -> _Cell:
    if not wanted:
        return _Cell(_MISSING, "")
    most = max(wanted, key=lambda desired: wanted[desired])
    running = sum(minutes for desired, minutes in wanted.items() if desired.state is DesiredState.RUNNING)
    if running and running < sum(wanted.values()):
        return _Cell(_PARTLY, "green")
    if most.instance_type is not None:
        number = types.index(most.instance_type)
        return _Cell(_LETTERS[number % len(_LETTERS)], f"bold {_COLOURS[number % len(_COLOURS)]}")
    styles = {DesiredState.RUNNING: "green", DesiredState.STOPPED: "dim", DesiredState.ANY: "yellow"}
    return _Cell(_SYMBOLS[most.state], styles[most.state])


def _total(days: Sequence[LocalDay]) -> str:
    running, all_of_it, left = _sums(days)
    share = round(100 * running / all_of_it) if all_of_it else 0
    words = f"{hours_words(running)} of {hours_words(all_of_it)} running, {share} % of always-on"
    return f"{words}, and {hours_words(left)} left as it is" if left else words


def _sums(days: Sequence[LocalDay]) -> tuple[timedelta, timedelta, timedelta]:
    """Elapsed time running, altogether, and left as it is."""
    nothing = timedelta(0)
    return (
        sum((day.spent(DesiredState.RUNNING) for day in days), nothing),
        sum((day.length for day in days), nothing),
        sum((day.spent(DesiredState.ANY) for day in days), nothing),
    )


def _legend(shown: Shown) -> "Text":
    from rich.text import Text

    wanted = [span.desired for day in shown.days for span in day.spans if span.desired.state is DesiredState.RUNNING]
    is_untyped = any(desired.instance_type is None for desired in wanted)
    parts = [f"{_LETTERS[number % len(_LETTERS)]} on {name}" for number, name in enumerate(shown.types)]
    if is_untyped or not parts:
        parts.insert(0, f"{_SYMBOLS[DesiredState.RUNNING]} running")
    if any(cell.symbol == _PARTLY for day in shown.days for cell in _cells(day, shown.types)):
        parts.append(f"{_PARTLY} running for a part of the half-hour")
    parts.append(f"{_SYMBOLS[DesiredState.STOPPED]} stopped")
    if shown.has(DesiredState.ANY):
        parts.append(f"{_SYMBOLS[DesiredState.ANY]} left as it is")
    special = {special_day_words(day.day, shown.schedule.calendar).split(" ")[0] for day in shown.days}
    calendar = shown.schedule.calendar
    if calendar is not None and "day" in special:
        parts.append(f"off: day off of calendar {calendar.name}")
    if calendar is not None and "works" in special:
        parts.append("as: working day that counts as another")
    return Text(
        "\n".join(textwrap.wrap("   ".join(part.replace(" ", _NO_BREAK) for part in parts), _COLUMNS)).replace(
            _NO_BREAK, " "
        ),
        style="dim",
    )


def _as_json(shown: Shown) -> dict[str, object]:
    running, all_of_it, left = _sums(shown.days)
    return {
        "schedule": shown.schedule.name,
        "timezone": shown.schedule.timezone,
        "days": [_day_json(shown.schedule, day) for day in shown.days],
        "hours": _hours(all_of_it),
        "running_hours": _hours(running),
        "left_as_is_hours": _hours(left),
        "share_of_always_on": round(running / all_of_it, 4) if all_of_it else 0,
    }


def _day_json(schedule: Schedule, day: LocalDay) -> dict[str, object]:
    calendar = schedule.calendar
    return {
        "date": day.day.isoformat(),
        "hours": _hours(day.length),
        "running_hours": _hours(day.spent(DesiredState.RUNNING)),
        "day_off": calendar is not None and calendar.is_day_off(day.day),
        "working_day": calendar is not None and day.day in calendar.working_days,
        "spans": [
            {
                "begin": format_instant(span.begin),
                "end": format_instant(span.end),
                "local_begin": local_iso(span.begin, day.zone),
                "local_end": local_iso(span.end, day.zone),
                "desired_state": span.desired.state,
                "desired_type": span.desired.instance_type,
                "period": span.desired.period,
            }
            for span in day.spans
        ],
    }


def _hours(length: timedelta) -> float:
    return round(length.total_seconds() / 3600, 4)
