"""Failed actions of an instance, and how each ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from instance_scheduler.decision import Action
from instance_scheduler.journal import Entry, Status
from scheduler_cli.timeline import Timeline

_UP = frozenset({Action.START, Action.RESIZE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An action that failed, however often in a row."""

    action: Action
    first: datetime
    last: datetime
    tries: int
    reason: str
    """Of the last try."""
    ended: Entry | None = None
    """The action that succeeded afterwards: the same one, or another that overtook it; None where none has yet."""

    @property
    def is_mended(self) -> bool:
        """Whether the action itself succeeded in the end."""
        return self.ended is not None and (self.ended.action in _UP) == (self.action in _UP)


def failures_of(timeline: Timeline) -> Iterator[Failure]:
    """The failures that began in the span; what came after it may be how they ended."""
    failing: Failure | None = None
    for entry in (told.entry for told in (*timeline.decisions, *timeline.later)):
        for failed in _failures(entry):
            if failing is not None and failing.action is not failed.action:
                yield failing
                failing = None
            failing = failed if failing is None else _again(failing, failed)
        if failing is not None and entry.status is Status.SUCCEEDED and entry.action is not Action.NONE:
            yield replace(failing, ended=entry)
            failing = None
        if failing is not None and failing.first > timeline.span.end:
            return
    if failing is not None:
        yield failing


def _failures(entry: Entry) -> Iterator[Failure]:
    """What an entry tells of failures: of an earlier start that did not hold, and of its own."""
    if entry.earlier_failure or entry.code == "start_broken":
        yield _failure(entry, Action.START, entry.earlier_failure or entry.reason)
    if entry.status is Status.FAILED:
        yield _failure(entry, entry.action, entry.reason)


def _failure(entry: Entry, action: Action, reason: str) -> Failure:
    return Failure(action=action, first=entry.at, last=entry.at, tries=1, reason=reason)


def _again(earlier: Failure, later: Failure) -> Failure:
    return replace(earlier, last=later.last, tries=earlier.tries + 1, reason=later.reason)
