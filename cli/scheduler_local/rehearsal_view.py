"""Shows a rehearsal to a person: days as bars, instances that behaved alike together, and the hours of each; 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from instance_scheduler.messages import one_line
from scheduler_cli.hours import Tally, hours, tally
from scheduler_cli.moments import first_instant_of_day, local_day
from scheduler_cli.timeline import Power, Stretch, Timeline
from scheduler_cli.words import day_words, hours_words
from scheduler_local.rehearsal import Rehearsal
from scheduler_local.result import RunResult

CELLS = 48
"""Half-hours of a day."""
WIDTH = 80
_ROOM_FOR_ALL = 100
_DAY = timedelta(days=1)
_HALF_HOUR = timedelta(minutes=30)
_SYMBOLS = {Power.ON: "█", Power.OFF: "·", Power.UNKNOWN: "?"}
_STYLES = {Power.ON: "green", Power.OFF: "dim", Power.UNKNOWN: "yellow"}
_PARTLY, _OUTSIDE = "▒", " "
_SCALE = "".join(f"{hour:<6}" for hour in range(0, 24, 3)).rstrip()
_MARGIN = " " * 13


def show_run_line(console: Console, result: RunResult) -> None:
    """One line for a run that did something, or did not succeed; nothing for an idle one."""
    counts = ", ".join(f"{number} {name}" for name, number in result.summary.items() if number)
    if not counts and result.status == "SUCCEEDED":
        return
    words = counts if result.status == "SUCCEEDED" else f"{result.status} {result.execution.error or ''}"
    style = "bold red" if "failed" in counts or result.status != "SUCCEEDED" else ""
    line = Text(f"{result.at:%a %Y-%m-%d %H:%M} UTC  ")
    console.print(line.append(words, style=style).append(f"  {result.run_id}", style="dim"), soft_wrap=True)


def show_rehearsal(console: Console, rehearsal: Rehearsal) -> None:
    """Print the days of every instance, then the hours."""
    console.print()
    console.print(Text.assemble(("What ran when", "bold"), *_legend()), soft_wrap=True)
    for alike in _groups(rehearsal):
        console.print()
        zone = zone_of(rehearsal, alike[0])
        console.print(_heading(alike, zone), width=WIDTH)
        console.print(Text(f"{_MARGIN}{_SCALE}", style="dim"), soft_wrap=True)
        for line in _days(alike[0], zone):
            console.print(line, soft_wrap=True)
    console.print()
    console.print(_hours(rehearsal, console.width), width=min(console.width, 120))
    for line in _sums(rehearsal):
        console.print(line, soft_wrap=True)


def zone_of(rehearsal: Rehearsal, timeline: Timeline) -> str:
    """The zone in whose days an instance is shown: its schedule's, else the stack's."""
    schedule = rehearsal.config.schedules.get(timeline.schedule)
    return schedule.timezone if schedule is not None else rehearsal.config.settings.default_timezone


def _legend() -> Iterator[str]:
    yield f"   {_SYMBOLS[Power.ON]} on  {_PARTLY} on for a part  {_SYMBOLS[Power.OFF]} off  {_SYMBOLS[Power.UNKNOWN]} not known"


def _groups(rehearsal: Rehearsal) -> list[list[Timeline]]:
    """Instances of one schedule that ran at the same times, so that a fleet of hundreds stays legible."""

    def key(timeline: Timeline) -> tuple[str, list[tuple[datetime, Power]]]:
        return timeline.schedule, [(one.begin, one.power) for one in timeline.stretches]

    return [list(alike) for _, alike in groupby(sorted(rehearsal.timelines, key=key), key=key)]


def _heading(alike: list[Timeline], zone: str) -> Text:
    """The schedule, its zone, and the instances by place."""
    text = Text(one_line(alike[0].schedule) or "no schedule", style="bold").append(f" ({zone})", style="not bold dim")
    for target, members in groupby(alike, key=lambda one: one.target):
        text.append(f"\n  {target}: ", style="not bold cyan")
        text.append(", ".join(one_line(one.name) or one.instance for one in members), style="not bold")
    return text


def _days(timeline: Timeline, zone: str) -> Iterator[Text]:
    day = local_day(timeline.span.begin, zone)
    while (begin := first_instant_of_day(day, zone)) < timeline.span.end:
        end = first_instant_of_day(day + _DAY, zone)
        line = Text(f"  {day_words(day):<11}")
        for powers in _cells(timeline.stretches, begin, end):
            line.append(*_cell(powers))
        on = sum((_shared(one, begin, end) for one in timeline.stretches if one.power is not Power.OFF), timedelta(0))
        yield line.append(f" {hours_words(on):>6}")
        day += _DAY


def _cells(stretches: Iterable[Stretch], begin: datetime, end: datetime) -> Iterator[set[Power]]:
    """The powers within each half-hour of a day; on a day of 23 or 25 hours its elapsed half-hours."""
    at = begin
    while at < end:
        yield {one.power for one in stretches if _shared(one, at, min(at + _HALF_HOUR, end)) > timedelta(0)}
        at += _HALF_HOUR


def _cell(powers: set[Power]) -> tuple[str, str]:
    if not powers:
        return _OUTSIDE, ""
    if len(powers) > 1:
        return _PARTLY, _STYLES[Power.ON]
    (power,) = powers
    return _SYMBOLS[power], _STYLES[power]


def _shared(stretch: Stretch, begin: datetime, end: datetime) -> timedelta:
    return max(timedelta(0), min(stretch.end, end) - max(stretch.begin, begin))


def _hours(rehearsal: Rehearsal, width: int) -> Table:
    """The hours of each instance; where two configs are compared, a narrow terminal does without the starts and stops."""
    compares = rehearsal.in_force is not None
    counts = compares and width < _ROOM_FOR_ALL
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2 if width >= _ROOM_FOR_ALL else 1, 0, 0))
    table.add_column("Instance", overflow="fold")
    columns = ["on", "saved", *([] if counts else ["starts", "stops"]), "resizes", "failed"]
    for column in [*columns, *(["in force", "against"] if compares else [])]:
        table.add_column(column, justify="right", no_wrap=True)

    def add(name: Text, sums: Tally, in_force: Tally | None) -> None:
        actions = [sums.resizes, sums.failures] if counts else [sums.starts, sums.stops, sums.resizes, sums.failures]
        figures = [f"{hours(sums.on):.1f}", f"{hours(sums.off):.1f}", *(str(number or "") for number in actions)]
        against = [] if in_force is None else [f"{hours(in_force.on):.1f}", _signed(in_force.on - sums.on)]
        table.add_row(name, *figures, *against)

    for target, members in groupby(rehearsal.timelines, key=lambda one: one.target):
        table.add_row(Text(str(target), style="cyan"))
        for one in members:
            add(Text(f"  {one_line(one.name) or one.instance}"), tally(one), rehearsal.instance_in_force(one))
    add(Text("All", style="bold"), rehearsal.total, rehearsal.total_in_force)
    return table


def _sums(rehearsal: Rehearsal) -> Iterator[Text]:
    sums, in_force = rehearsal.total, rehearsal.total_in_force
    yield Text("")
    always = hours(sums.always_on)
    share = f" ({100 * hours(sums.off) / always:.0f} %)" if always else ""
    yield Text(f"On {hours(sums.on):,.1f} h of {always:,.1f} h always-on: {hours(sums.off):,.1f} h saved{share}.")
    if in_force is not None:
        saved = in_force.on - sums.on
        words = "the same" if not saved else f"{abs(hours(saved)):,.1f} h {'saved' if hours(saved) > 0 else 'more'}"
        yield Text(f"Against the config in force, under which they are on {hours(in_force.on):,.1f} h: {words}.")
    if sums.unknown:
        yield Text(f"Of {hours(sums.unknown):,.1f} h nobody knows; they count as on.")


def _signed(length: timedelta) -> str:
    number = hours(length)
    return f"{number:+.1f}" if number else "0.0"
