"""The override of one instance: what its tag or its item says instead of its schedule."""

from dataclasses import dataclass
from datetime import datetime

from instance_scheduler.errors import InvalidInput
from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.schedule import DesiredState

ACCEPTED = "accepted are running, stopped, and either with an end such as running@2026-11-22T22:00+08:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A state that an instance is held in, enforced, until an instant or until somebody removes it."""

    state: DesiredState
    """`running` or `stopped`."""
    until: datetime | None = None
    """Aware, in UTC; the override has ended from this instant on."""

    def is_in_force(self, at: datetime) -> bool:
        """Say whether the override has not ended at an instant."""
        return self.until is None or at < self.until

    def __str__(self) -> str:
        return self.state.value if self.until is None else f"{self.state}@{format_instant(self.until)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableOverride:
    """An override that is there but means nothing; its instance is left alone."""

    text: str
    reason: str
    """A clause that names the text and what is accepted."""


def parse_override(text: str) -> Override | UnreadableOverride:
    """Read the text of an override tag: `running@2026-11-22T22:00+08:00`, `stopped@…`, or either word alone."""
    word, separator, end = text.strip().partition("@")
    state = word.strip().lower()
    if state not in (DesiredState.RUNNING, DesiredState.STOPPED):
        return _unreadable(text, f"{word.strip()!r} is no state")
    if not separator:
        return Override(state=DesiredState(state))
    try:
        return Override(state=DesiredState(state), until=parse_instant(end.strip()))
    except InvalidInput:
        return _unreadable(text, f"{end.strip()!r} is no instant with an offset")


def _unreadable(text: str, problem: str) -> UnreadableOverride:
    return UnreadableOverride(text=text, reason=f"the override {text!r} cannot be read: {problem}; {ACCEPTED}")
