"""A schedule's week for a report's page: what is drawn, and what is said of it in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from instance_scheduler.period import MINUTES_OF_DAY, format_minute
from instance_scheduler.schedule import Desired, DesiredState
from scheduler_cli.report import Week
from scheduler_cli.report_names import names_words, search_words
from scheduler_cli.timetable import LocalDay
from scheduler_cli.words import day_words, hours_words, special_day_words, state_words

_DAY = timedelta(days=1)
_COLOURS = 4


def week_view(week: Week, account_names: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows of a schedule's week."""
    schedule = week.schedule
    kinds = _kinds(week)
    return {
        "name": schedule.name,
        "description": schedule.description.rstrip(" ."),
        "zone": schedule.timezone,
        "hours": hours_words(sum((day.spent(DesiredState.RUNNING) for day in week.days), timedelta(0))),
        "who": names_words(week.instances),
        "words": search_words(schedule.name, week.instances, account_names),
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
