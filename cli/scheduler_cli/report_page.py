"""A report as one HTML page: what the template shows, in words and in drawings, and nothing from outside the page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from instance_scheduler.instants import format_instant
from instance_scheduler.period import format_minute
from instance_scheduler.timezones import offset_at
from scheduler_cli.endings import Failure
from scheduler_cli.figures import by_schedule, figures_json
from scheduler_cli.hours import Tally, hours, tally_json, total
from scheduler_cli.moments import first_instant_of_day, local_day
from scheduler_cli.prices import Money, money_of_all
from scheduler_cli.report import Change, Report, money_of, tally_of
from scheduler_cli.report_names import names_words, place_words, search_words
from scheduler_cli.report_week import week_view
from scheduler_cli.run_report import RunItem, counts_words
from scheduler_cli.timeline import Power, Span, Timeline
from scheduler_cli.words import day_words, length_words, state_words, wall_words

WIDTH = 1000
"""Units across the drawing of a span."""
_DAY = timedelta(days=1)
_MOST_LABELS = 5
_MOST_WORDS = 20
_MOST_RUNS = 20
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
        figures=figures_json(report.timelines, report.span, report.prices),
        sums=list(_sums(report)),
        shares=[_share(report, *one) for one in by_schedule(report.timelines).items()],
        span_words=_span_words(report.span, report.zone),
        made_words=wall_words(report.made_at, report.zone, year=True),
        weeks=[week_view(week, report.account_names) for week in report.weeks],
        labels=list(_labels(report.span, report.zone)),
        midnights="".join(f"M{x} 0V24" for _, x in _midnights(report.span, report.zone)),
        rows=[_row(report, timeline) for timeline in report.timelines],
        failures=[_failure(report, *one) for one in report.failures],
        runs=[_run(run, report.zone) for run in report.runs[:_MOST_RUNS]],
        more_runs=max(0, len(report.runs) - _MOST_RUNS),
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


def _share(report: Report, schedule: str, members: Sequence[Timeline]) -> dict[str, Any]:
    """What one schedule has part in the sums."""
    sums = total(members)
    return {
        "schedule": schedule,
        "words": search_words(schedule, members, report.account_names),
        "count": len(members),
        "on": f"{hours(sums.on):,.1f}",
        "always_on": f"{hours(sums.always_on):,.1f}",
        "saved": f"{hours(sums.off):,.1f}",
        "unknown": f"{hours(sums.unknown):,.1f}" if sums.unknown else "",
        "money": _money(money_of_all(members, report.prices)) if report.prices is not None else "",
        "counts": _counts(sums),
    }


def _row(report: Report, timeline: Timeline) -> dict[str, Any]:
    sums = tally_of(timeline)
    entries = [told.entry for told in timeline.decisions]
    return {
        "label": timeline.name or timeline.instance,
        "id": timeline.instance if timeline.name not in ("", timeline.instance) else "",
        "place": place_words(timeline.target, report.account_names),
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
        "counts": _counts(sums),
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
    return ((x / WIDTH * 100, day_words(day)) for day, x in places[::every] if x < 0.88 * WIDTH)


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
        "place": place_words(timeline.target, report.account_names),
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


def _run(run: RunItem, zone: str) -> dict[str, str]:
    when = wall_words(datetime.fromisoformat(run.at), zone)
    return {"at": run.at, "when": when, "id": run.id, "words": counts_words(run.counts)}


def _change(report: Report, change: Change) -> dict[str, Any]:
    what = state_words(change.transition.desired) if change.transition is not None else "its override ends"
    return {
        "when": f"{wall_words(change.at, change.zone)} {change.zone}",
        "iso": format_instant(change.at),
        "length": length_words(change.at - report.made_at),
        "schedule": change.schedule,
        "what": what,
        "names": names_words(change.instances),
        "words": search_words(change.schedule, change.instances, report.account_names),
        "count": len(change.instances),
    }


def _x(span: Span, at: datetime) -> float:
    return round((at - span.begin) / span.length * WIDTH, 1) if span.length else 0.0


def _counts(sums: Tally) -> list[str]:
    """Starts, stops, resizes and failures for their columns; nothing for none."""
    return [f"{number:,}" if number else "" for number in (sums.starts, sums.stops, sums.resizes, sums.failures)]


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
