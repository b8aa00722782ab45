"""What a run is kept from doing: too many unexplained stops, and too many resizes at once."""

from collections.abc import Sequence

from instance_scheduler.decision import Action
from instance_scheduler.journal import Entry, Status

MOST_RESIZES = 50
"""Resizes in one run, oldest first: at 50, their polls stay far below an execution's 25,000 events."""


def withheld_stops(entries: Sequence[Entry], most: int) -> tuple[Entry, ...]:
    """Name the stops to withhold: all that no transition of the timetable explains, where they are more than `most` in one run.

    `entries` are all of the run: what an earlier invocation withheld already is counted, or its repetition would pass the guard.
    `most` 0 turns the guard off.
    """
    unexplained = tuple(entry for entry in entries if is_planned(entry) and entry.unexplained)
    count = len(unexplained) + sum(entry.withheld for entry in entries)
    return unexplained if 0 < most < count else ()


def first_resizes(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Pick the resizes of this run: what was taken over first, then by key; the rest stays due."""
    resizes = [entry for entry in entries if is_planned(entry) and entry.resizes]
    return tuple(sorted(resizes, key=_oldest_first)[:MOST_RESIZES])


def is_planned(entry: Entry) -> bool:
    """Say whether an entry is an action that was not carried out yet."""
    return entry.status is Status.PLANNED and entry.action is not Action.NONE and not entry.withheld


def _oldest_first(entry: Entry) -> tuple[bool, str]:
    return (not entry.taken_over, entry.key)
