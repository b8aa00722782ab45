"""When an instance ran and on which type, told from what the journals of runs hold about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from instance_scheduler.decision import Action, StoredState
from instance_scheduler.journal import Entry, Status
from instance_scheduler.record import InstanceRecord
from instance_scheduler.target import Target

RESTARTED_AFTER = timedelta(days=7)
"""AWS starts a stopped database after so long (RDS user guide, Stopping a DB instance temporarily)."""
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_CORRECTING_ROWS = frozenset({"S2", "U1", "O4"})
"""Rows that look at every tick: what they correct was changed a moment ago."""


class Power(StrEnum):
    """Whether an instance runs, as far as the journals tell."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


_AFTER = {Action.START: Power.ON, Action.STOP: Power.OFF, Action.HIBERNATE: Power.OFF, Action.RESIZE: Power.ON}
_BEFORE = {Action.START: Power.OFF, Action.STOP: Power.ON, Action.HIBERNATE: Power.ON, Action.RESIZE: Power.ON}
_STORED = {
    StoredState.RUNNING: Power.ON,
    StoredState.RETAIN_RUNNING: Power.ON,
    StoredState.STOP_FAILED: Power.ON,
    StoredState.STOPPED: Power.OFF,
    StoredState.START_FAILED: Power.OFF,
}
"""A failed state lasts only until a sweep sees the instance where it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `begin` until `end`, both aware; half-open."""

    begin: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Elapsed time."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a span in which an instance neither started nor stopped nor changed its type."""

    begin: datetime
    end: datetime
    power: Power
    type: str
    """Empty where no run has noted it."""

    @property
    def length(self) -> timedelta:
        """Elapsed time."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A decision as a run's journal tells it."""

    run: str
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an instance beside its decisions: whether it ran at the beginning and at the end, and its type."""

    first: Power = Power.UNKNOWN
    last: Power = Power.UNKNOWN
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """An instance over a span."""

    target: Target
    instance: str
    name: str
    schedule: str
    span: Span
    stretches: tuple[Stretch, ...]
    """They cover the span."""
    decisions: tuple[Told, ...]
    """What runs decided in the span, its last instant included, oldest first."""
    override: str = ""
    """The override in the instance's item, written as the override tag is."""
    earlier: tuple[Told, ...] = ()
    """What they decided before it."""
    later: tuple[Told, ...] = ()
    """What they decided after it, which may be how a failure in it ended."""

    @property
    def label(self) -> str:
        """`name (id)`, or the id alone."""
        return self.instance if self.name in ("", self.instance) else f"{self.name} ({self.instance})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """An instant before and after which it is known whether the instance ran."""

    at: datetime
    before: Power
    after: Power
    row: str = ""


def known_from(record: InstanceRecord) -> Known:
    """Say what an instance's item tells of how it stands now; while a run holds it, nothing."""
    return Known(last=Power.UNKNOWN if record.claim is not None else _STORED.get(record.stored, Power.UNKNOWN))


def timeline_of(
    target: Target,
    instance: str,
    decisions: Iterable[Told],
    span: Span,
    *,
    known: Known,
    record: InstanceRecord | None = None,
) -> Timeline:
    """Tell an instance's timeline; `decisions` may begin before the span and end after it, which makes its edges surer.

    What people did between two runs is in no journal. Where it shows afterwards, the time in between is unknown.
    """
    told = sorted(decisions, key=lambda one: one.entry.at)
    entries = [one.entry for one in told]
    turns = list(_turns(entries, known))
    changes = [(turn.at, turn.after) for turn in _explained(turns, entries)]
    latest = entries[-1] if entries else None
    return Timeline(
        target=target,
        instance=instance,
        name=next((entry.name for entry in reversed(entries) if entry.name), ""),
        schedule=(record.schedule if record is not None else "") or (latest.schedule if latest is not None else ""),
        override=record.override if record is not None else "",
        span=span,
        stretches=tuple(_stretches(changes, _types(entries, known), span)),
        decisions=tuple(one for one in told if span.begin <= one.entry.at <= span.end),
        earlier=tuple(one for one in told if one.entry.at < span.begin),
        later=tuple(one for one in told if one.entry.at > span.end),
    )


def _turns(entries: Sequence[Entry], known: Known) -> list[_Turn]:
    """What is certain from the beginning to the end of all knowledge: actions that succeeded, and what was before failed ones."""
    turns = [_Turn(at=_EVER, before=Power.UNKNOWN, after=known.first)]
    for entry in entries:
        if (entry.earlier_failure or entry.code == "start_broken") and turns[-1].before is Power.OFF:
            turns.pop()
        if entry.status is Status.SUCCEEDED and entry.action is not Action.NONE:
            turns.append(_Turn(at=entry.at, before=_BEFORE[entry.action], after=_AFTER[entry.action], row=entry.row))
        if entry.status is Status.FAILED and entry.action is not Action.NONE:
            # Its run saw how the instance stood; how it stands afterwards is for the next one to tell.
            turns.append(_Turn(at=entry.at, before=_BEFORE[entry.action], after=Power.UNKNOWN, row=entry.row))
    return [*turns, _Turn(at=_NEVER, before=known.last, after=Power.UNKNOWN)]


def _explained(turns: Sequence[_Turn], entries: Sequence[Entry]) -> Iterator[_Turn]:
    """The turns, and between two that contradict each other what explains it."""
    for earlier, later in pairwise(turns):
        if earlier.after is Power.UNKNOWN:
            unsure = later.row == "S5a"
            yield _Turn(at=earlier.at, before=earlier.before, after=Power.UNKNOWN if unsure else later.before)
            continue
        yield earlier
        if later.before not in (earlier.after, Power.UNKNOWN):
            yield from _reconciled(earlier, later, entries)


def _reconciled(earlier: _Turn, later: _Turn, entries: Sequence[Entry]) -> Iterator[_Turn]:
    attempts = [
        entry.at
        for entry in entries
        if earlier.at < entry.at < later.at
        and entry.status is Status.PLANNED
        and not entry.withheld
        and _AFTER.get(entry.action) is later.before
    ]
    if attempts:
        # The call was made, and the run that made it did not live to write it down.
        yield _Turn(at=attempts[-1], before=earlier.after, after=later.before)
    elif later.row == "S5a" and earlier.at + RESTARTED_AFTER < later.at:
        yield _Turn(at=earlier.at + RESTARTED_AFTER, before=earlier.after, after=later.before)
    elif later.row not in _CORRECTING_ROWS:
        yield _Turn(at=earlier.at, before=earlier.after, after=Power.UNKNOWN)


def _types(entries: Iterable[Entry], known: Known) -> list[tuple[datetime, str]]:
    """From when on which type is known; the first one holds for the time before, too."""
    marks: list[tuple[datetime, str]] = []
    for entry in entries:
        if entry.from_type:
            marks.append((entry.at if marks else _EVER, entry.from_type))
        if entry.resizes and entry.status is Status.SUCCEEDED:
            marks.append((entry.at, entry.alternate or entry.to_type))
    return marks or [(_EVER, known.type)]


def _stretches(
    powers: Sequence[tuple[datetime, Power]], types: Sequence[tuple[datetime, str]], span: Span
) -> Iterator[Stretch]:
    cuts = sorted({span.begin, span.end, *(at for at, _ in (*powers, *types) if span.begin < at < span.end)})
    stretch: Stretch | None = None
    for begin, end in pairwise(cuts):
        power = [one for at, one in powers if at <= begin][-1]
        kind = [one for at, one in types if at <= begin][-1]
        if stretch is not None and (stretch.power, stretch.type) == (power, kind):
            stretch = Stretch(begin=stretch.begin, end=end, power=power, type=kind)
            continue
        if stretch is not None:
            yield stretch
        stretch = Stretch(begin=begin, end=end, power=power, type=kind)
    if stretch is not None:
        yield stretch
