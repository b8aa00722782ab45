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

    @property
    def passes(self) -> bool:
        """Whether it passes by itself, so that what could not even be begun for it stays as it was."""
        return self.treatment in (Treatment.THROTTLED, Treatment.UNKNOWN_END)


class _CallFailed(SchedulerError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.refusal = Refusal(code=code, message=message)


class CallRefused(_CallFailed):
    """When AWS refuses a call; nothing of it was carried out."""


class CallUnanswered(_CallFailed):
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

    An id that the refusal names is taken out; on a lack of capacity those of the type and zone that it names are called apart,
    and where it names none the call is split by `traits`; whatever else fails is bisected. What the table of refusals says of the
    whole call, or of throttling, is not asked again. `call` raises CallRefused or CallUnanswered.
    """
    refused: dict[str, Refusal] = {}
    unanswered: dict[str, str] = {}
    left: dict[str, Refusal] = {}
    denials = 0
    waiting: list[tuple[str, ...]] = [tuple(ids)] if ids else []
    scarce: list[tuple[str, ...]] = []
    """Groups of one type and zone that lack room: called last, the smallest first, as one alone tells most."""
    while waiting or scarce:
        group = waiting.pop(0) if waiting else scarce.pop()
        try:
            call(group)
        except CallUnanswered as silence:
            unanswered.update(dict.fromkeys(group, str(silence)))
        except CallRefused as refused_call:
            refusal = refused_call.refusal
            denials += refusal.treatment is Treatment.DENIED
            if refusal.treatment is Treatment.THROTTLED:
                left.update(dict.fromkeys([*group, *_all([*waiting, *scarce])], refusal))
                break
            if denials > MOST_DENIALS and refusal.treatment is Treatment.DENIED:
                refused.update(dict.fromkeys([*group, *_all([*waiting, *scarce])], refusal))
                break
            bad, again, tight = _divide(group, refusal, traits)
            if len(group) == 1:
                # No room for one of its type and zone is no room for any: the others need not be asked for one by one.
                bad = (*group, *_alike(_all(scarce), refusal, traits))
                scarce = [kept for one in scarce if (kept := _without(one, bad))]
            refused.update(dict.fromkeys(bad, refusal))
            waiting.extend(again)
            scarce.extend(reversed(tight))
        else:
            denials = 0
    return Results(refused=refused, unanswered=unanswered, left=left)


_Groups = list[tuple[str, ...]]


def _divide(group: tuple[str, ...], refusal: Refusal, traits: Traits) -> tuple[tuple[str, ...], _Groups, _Groups]:
    """Split a refused group: the ids that are to blame, groups to call again, and groups of one type and zone that lack room."""
    if len(group) == 1 or refusal.treatment is Treatment.WHOLE:
        return group, [], []
    alike = _alike(group, refusal, traits)
    named = tuple(one for one in group if _names(refusal, one)) or (alike if len(alike) == 1 else ())
    if named:
        rest = _without(group, named)
        return named, [rest] if rest else [], []
    if alike and len(alike) < len(group):
        return (), [_without(group, alike)], [alike[:1], alike[1:]]
    middle = len(group) // 2
    halves = [group[:middle], group[middle:]]
    if refusal.treatment is not Treatment.CAPACITY:
        return (), halves, []
    pools: dict[tuple[str, str], list[str]] = {}
    for one in group:
        pools.setdefault(traits.get(one, ("", "")), []).append(one)
    return ((), [tuple(ids) for ids in pools.values()], []) if len(pools) > 1 else ((), [], halves)


def _alike(ids: Sequence[str], refusal: Refusal, traits: Traits) -> tuple[str, ...]:
    """Pick the ids of the type and zone that lack room, as EC2 words it: `… m5.large capacity in … (cn-north-1a). …`.

    Zones that it recommends instead stand in the same message, without brackets.
    """
    if refusal.treatment is not Treatment.CAPACITY:
        return ()
    return tuple(one for one in ids if one in traits and _lacks_room(refusal, *traits[one]))


def _lacks_room(refusal: Refusal, instance_type: str, zone: str) -> bool:
    return bool(instance_type and zone) and f"({zone})" in refusal.message and _names(refusal, instance_type)


def _names(refusal: Refusal, word: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-]|\.\w)", refusal.message) is not None


def _without(ids: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in ids if one not in set(others))


def _all(groups: Sequence[Sequence[str]]) -> list[str]:
    return [one for group in groups for one in group]
