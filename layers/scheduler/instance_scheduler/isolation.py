"""One call for many instances, kept from failing as a whole because of a few of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from instance_scheduler.decision import Action
from instance_scheduler.errors import SchedulerError
from instance_scheduler.refusals import Treatment, treatment_of

MOST_DENIALS = 15
"""Calls in a row refused for lack of permission (four levels of bisection) before it counts as lacking for all that is left."""

Traits = Mapping[str, tuple[str, str]]
"""Id → type and zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an instance was refused, in AWS's words."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code

    @property
    def treatment(self) -> Treatment:
        """What is done about it."""
        return treatment_of(self.code)


class CallRefused(SchedulerError):
    """When AWS refuses a call; nothing of it was carried out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.refusal = Refusal(code=code, message=message)


class CallUnanswered(SchedulerError):
    """When a call ended without an answer; it may have been carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What became of each instance of an action; an id in none of the first four was carried out."""

    refused: Mapping[str, Refusal] = field(default_factory=dict)
    unanswered: Mapping[str, str] = field(default_factory=dict)
    """Ids whose call ended without an answer → what was seen of it."""
    left: Mapping[str, Refusal] = field(default_factory=dict)
    """Ids that AWS throttled until the time was up: not carried out, and due again."""
    gone: Mapping[str, Refusal] = field(default_factory=dict)
    """Ids that were terminated or deleted meanwhile."""
    instead: Mapping[str, Action] = field(default_factory=dict)
    """Ids for which another action was carried out, such as a plain stop where hibernation was refused."""
    remarks: Mapping[str, Refusal] = field(default_factory=dict)
    """Ids that were carried out, but not all that belongs to it: why."""


def call_isolated(ids: Sequence[str], call: Callable[[Sequence[str]], None], traits: Traits) -> Results:
    """Call once for all ids, and again for the good ones where some are refused.

    An id that the refusal names is taken out; a lack of capacity splits the call by `traits`; whatever else fails is bisected.
    What the table of refusals says of the whole call, or of throttling, is not asked again. `call` raises CallRefused or
    CallUnanswered.
    """
    refused: dict[str, Refusal] = {}
    unanswered: dict[str, str] = {}
    left: dict[str, Refusal] = {}
    denials = 0
    waiting: list[tuple[str, ...]] = [tuple(ids)] if ids else []
    while waiting:
        group = waiting.pop(0)
        try:
            call(group)
        except CallUnanswered as silence:
            unanswered.update(dict.fromkeys(group, str(silence)))
        except CallRefused as refused_call:
            refusal = refused_call.refusal
            denials += refusal.treatment is Treatment.DENIED
            if refusal.treatment is Treatment.THROTTLED:
                left.update(dict.fromkeys([*group, *_all(waiting)], refusal))
                break
            if denials > MOST_DENIALS and refusal.treatment is Treatment.DENIED:
                refused.update(dict.fromkeys([*group, *_all(waiting)], refusal))
                break
            bad, again = _divide(group, refusal, traits)
            refused.update(dict.fromkeys(bad, refusal))
            waiting.extend(again)
        else:
            denials = 0
    return Results(refused=refused, unanswered=unanswered, left=left)


def _divide(group: tuple[str, ...], refusal: Refusal, traits: Traits) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Split a refused group into the ids that are to blame and the groups to call again."""
    if len(group) == 1 or refusal.treatment is Treatment.WHOLE:
        return group, []
    named = tuple(one for one in group if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", refusal.message))
    if named:
        rest = tuple(one for one in group if one not in named)
        return named, [rest] if rest else []
    if refusal.treatment is Treatment.CAPACITY:
        alike: dict[tuple[str, str], list[str]] = {}
        for one in group:
            alike.setdefault(traits.get(one, ("", "")), []).append(one)
        if len(alike) > 1:
            return (), [tuple(ids) for ids in alike.values()]
    middle = len(group) // 2
    return (), [group[:middle], group[middle:]]


def _all(groups: Sequence[Sequence[str]]) -> list[str]:
    return [one for group in groups for one in group]
