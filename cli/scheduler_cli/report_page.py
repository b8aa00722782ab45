"""A report as one HTML page: what the template shows, in words and in drawings, and nothing from outside the page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from instance_scheduler.instants import format_instant
from instance_scheduler.period import MINUTES_OF_DAY, format_minute
from instance_scheduler.schedule import Desired, DesiredState
from instance_scheduler.timezones import offset_at
from scheduler_cli.endings import Failure
from scheduler_cli.hours import hours, tally_json
from scheduler_cli.moments import first_instant_of_day, local_day
from scheduler_cli.prices import Money
from scheduler_cli.report import Change, Report, Week, money_of, tally_of
from scheduler_cli.run_report import counts_words
from scheduler_cli.timeline import Power, Span, Timeline
from scheduler_cli.timetable import LocalDay
from scheduler_cli.words import day_words, hours_words, length_words, special_day_words, state_words, wall_words

WIDTH = 1000
"""Units across the drawing of a span."""
_DAY = timedelta(days=1)
_COLOURS = 4
_MOST_LABELS = 5
_MOST_WORDS = 20
_POWERS = {Power.ON: "on", Power.OFF: "off", Power.UNKNOWN: "not known"}
_DONE = {"start": "started", "stop": "stopped", "hibernate": "hibernated", "resize": "resized"}


def render(report: Report) -> str:
    """Write the page."""
    environment = _environment()
    script = _source("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("report.html.j2").render(
        report=report,
        style=_source("report.css"),
        script=script,
        script_hash=f"sha256-{digest}",
        figures=_figures(report),
        sums=list(_sums(report)),
        span_words=_span_words(report.span, report.zone),
        made_words=wall_words(report.made_at, report.zone, year=True),
        weeks=[_week(week) for week in report.weeks],
        labels=list(_labels(report.span, report.zone)),
        midnights="".join(f"M{x} 0V24" for _, x in _midnights(report.span, report.zone)),
        rows=[_row(report, timeline) for timeline in report.timelines],
        failures=[_failure(report, *one) for one in report.failures],
        runs=[{"at": run.at, "id": run.id, "words": counts_words(run.counts)} for run in report.runs],
        changes=[_change(report, change) for change in report.changes],
    )


@cache
def _environment() -> Environment:
    loader = PackageLoader("scheduler_cli", "page")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _figures(report: Report) -> dict[str, Any]:
    """The hours of the page for machines, as `history --json` has them."""
    return {
        "from": format_instant(report.span.begin),
        "until": format_instant(report.span.end),
        "instances": [
            {
                "account": one.target.account,
                "region": one.target.region,
                "service": one.target.service,
                "instance": one.instance,
                "name": one.name or one.instance,
                "schedule": one.schedule,
            }
            | tally_json(tally_of(one))
            for one in report.timelines
        ],
        "total": tally_json(report.total),
    }


def _sums(report: Report) -> Iterator[tuple[str, str, str]]:
    """Name, figure and remark of each sum at the top."""
    sums = report.total
    always = hours(sums.always_on)
    yield "Hours on", _hours(sums.on), f"of {_hours(sums.always_on)} always-on"
    yield "Hours saved", _hours(sums.off), f"{100 * hours(sums.off) / always:.0f} % of always-on" if always else ""
    if report.in_force is not None:
        more = sums.on > report.in_force.on
        difference = abs(report.in_force.on - sums.on)
        words = "more hours than" if more else "hours saved against"
        yield "Against the config in force", _hours(difference), f"{words} the {_hours(report.in_force.on)} under it"
    if report.money is not None and report.prices is not None:
        worth, currency = report.money, report.prices.currency
        yield "Money saved", f"{worth.saved:,.2f} {currency}", f"of {worth.always_on:,.2f} {currency} always-on"
    acted = sums.starts + sums.stops + sums.resizes
    yield "Actions", f"{acted:,}", f"{sums.starts:,} starts, {sums.stops:,} stops, {sums.resizes:,} resizes"
    open_ended = sum(failure.ended is None for _, failure in report.failures)
    remark = f"{open_ended:,} not ended yet" if open_ended else "all ended" if report.failures else "none"
    yield "Failed actions", f"{sums.failures:,}", remark


def _week(week: Week) -> dict[str, Any]:
    schedule = week.schedule
    kinds = _kinds(week)
    return {
        "name": schedule.name,
        "description": schedule.description,
        "zone": schedule.timezone,
        "hours": hours_words(sum((day.spent(DesiredState.RUNNING) for day in week.days), timedelta(0))),
        "who": ", ".join(one.name or one.instance for one in week.instances),
        "count": len(week.instances),
        "kinds": sorted((number, kind) for kind, number in kinds.items()),
        "days": [_day(week, day, kinds) for day in week.days],
    }


def _kinds(week: Week) -> dict[str, int]:
    """A number, which is a colour, for each type that is wanted in a week; the last one serves all that are left."""
    wanted = (span.desired.instance_type for day in week.days for span in day.spans)
    names = dict.fromkeys(name for name in wanted if name is not None)
    return {name: min(number, _COLOURS) for number, name in enumerate(names, start=1)}


def _day(week: Week, day: LocalDay, kinds: Mapping[str, int]) -> dict[str, Any]:
    calendar = week.schedule.calendar
    pieces = list(day.pieces())
    wanted = [piece for piece in pieces if piece[2].state is not DesiredState.STOPPED]
    return {
        "date": day.day.isoformat(),
        "words": day_words(day.day),
        "is_off": calendar is not None and calendar.is_day_off(day.day),
        "note": "; ".join(note for note in (special_day_words(day.day, calendar), _clocks(day)) if note),
        "hours": hours_words(day.spent(DesiredState.RUNNING)),
        "says": "; ".join(_piece_words(*piece) for piece in wanted) or "stopped all day",
        "pieces": [
            {
                "x": first,
                "width": last - first,
                "state": str(desired.state),
                "type": desired.instance_type or "",
                "kind": kinds.get(desired.instance_type or "", 0),
            }
            for first, last, desired in pieces
        ],
        "missing": list(_missing(pieces)),
    }


def _piece_words(first: int, last: int, desired: Desired) -> str:
    return f"{state_words(desired)} {format_minute(first)} to {format_minute(last)}"


def _clocks(day: LocalDay) -> str:
    shift = day.length - _DAY
    if not shift:
        return ""
    return f"clocks change: {hours_words(day.length)}"


def _missing(pieces: Sequence[tuple[int, int, Desired]]) -> Iterator[dict[str, int]]:
    """The minutes that the clocks of a day do not show."""
    shown = 0
    for first, last, _ in sorted(pieces, key=lambda piece: piece[:2]):
        if first > shown:
            yield {"x": shown, "width": first - shown}
        shown = max(shown, last)
    if shown < MINUTES_OF_DAY:
        yield {"x": shown, "width": MINUTES_OF_DAY - shown}


def _row(report: Report, timeline: Timeline) -> dict[str, Any]:
    sums = tally_of(timeline)
    entries = [told.entry for told in timeline.decisions]
    return {
        "label": timeline.name or timeline.instance,
        "id": timeline.instance if timeline.name not in ("", timeline.instance) else "",
        "place": str(timeline.target),
        "schedule": timeline.schedule,
        "figures": tally_json(sums),
        "on": f"{hours(sums.on):,.1f}",
        "saved": f"{hours(sums.off):,.1f}",
        "unknown": f"{hours(sums.unknown):,.1f}" if sums.unknown else "",
        "money": _money(money_of(report, timeline)),
        "says": f"On {_hours(sums.on)} of {_hours(sums.always_on)}. {_stretches_words(timeline, report.zone)}",
        "paths": [(power, _path(timeline, power)) for power in Power if _path(timeline, power)],
        "resized": [_x(timeline.span, entry.at) for entry in entries if entry.resizes and entry.status == "succeeded"],
        "failed": [_x(timeline.span, entry.at) for entry in entries if entry.status == "failed"],
        "sums": sums,
    }


def _path(timeline: Timeline, power: Power) -> str:
    """One path for all stretches of a power: a month of an estate stays a page that opens at once."""
    parts = []
    for stretch in timeline.stretches:
        if stretch.power is power:
            begin, end = _x(timeline.span, stretch.begin), _x(timeline.span, stretch.end)
            parts.append(f"M{begin} 3h{round(end - begin, 1)}v18H{begin}z")
    return "".join(parts)


def _stretches_words(timeline: Timeline, zone: str) -> str:
    shown = [one for one in timeline.stretches if one.power is not Power.OFF]
    words = [
        f"{_POWERS[one.power]} from {wall_words(one.begin, zone)} to {wall_words(one.end, zone)}"
        for one in shown[:_MOST_WORDS]
    ]
    words += [f"and {len(shown) - _MOST_WORDS} times more"] if len(shown) > _MOST_WORDS else []
    return "; ".join(words)


def _labels(span: Span, zone: str) -> Iterator[tuple[float, str]]:
    """Percentages across the span, with the days that begin there."""
    places = list(_midnights(span, zone))
    every = max(1, -(-len(places) // _MOST_LABELS))
    return ((x / WIDTH * 100, day_words(day)) for day, x in places[::every] if x < 0.95 * WIDTH)


def _midnights(span: Span, zone: str) -> Iterator[tuple[date, float]]:
    """The days that begin in the span, and where."""
    day = local_day(span.begin, zone)
    while (begin := first_instant_of_day(day, zone)) < span.end:
        if begin >= span.begin:
            yield day, _x(span, begin)
        day += _DAY


def _failure(report: Report, timeline: Timeline, failure: Failure) -> dict[str, Any]:
    zone = report.zone
    when = wall_words(failure.first, zone)
    if failure.tries > 1:
        when += f" until {wall_words(failure.last, zone)}"
    return {
        "when": when,
        "label": timeline.label,
        "place": str(timeline.target),
        "schedule": timeline.schedule,
        "what": f"{failure.action}, {failure.tries} tries" if failure.tries > 1 else str(failure.action),
        "reason": failure.reason,
        "end": _end(failure, zone),
        "is_open": failure.ended is None,
    }


def _end(failure: Failure, zone: str) -> str:
    if failure.ended is None:
        return "not ended yet"
    when = wall_words(failure.ended.at, zone)
    done = _DONE[failure.ended.action]
    return f"{done} {when}" if failure.is_mended else f"overtaken: {done} {when}"


def _change(report: Report, change: Change) -> dict[str, Any]:
    names = ", ".join(one.name or one.instance for one in change.instances)
    what = state_words(change.transition.desired) if change.transition is not None else "its override ends"
    return {
        "when": f"{wall_words(change.at, change.zone)} {change.zone}",
        "iso": format_instant(change.at),
        "length": length_words(change.at - report.made_at),
        "schedule": change.schedule,
        "what": what,
        "names": names,
        "count": len(change.instances),
    }


def _x(span: Span, at: datetime) -> float:
    return round((at - span.begin) / span.length * WIDTH, 1) if span.length else 0.0


def _money(worth: Money | None) -> str:
    return f"{worth.saved:,.2f}" if worth is not None else ""


def _hours(length: timedelta) -> str:
    return f"{hours(length):,.1f} h"


def _span_words(span: Span, zone: str) -> str:
    offset = offset_at(span.end, zone)
    sign = "-" if offset < timedelta(0) else "+"
    minutes = abs(int(offset.total_seconds())) // 60
    edges = f"{wall_words(span.begin, zone, year=True)} to {wall_words(span.end, zone, year=True)}"
    return f"{edges}, {zone} (UTC{sign}{format_minute(minutes)})"
