"""One call for many instances, kept from failing as a whole because of a few of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from instance_scheduler.errors import SchedulerError

CAPACITY_CODES = frozenset(
    {
        "InsufficientInstanceCapacity",
        "InsufficientHostCapacity",
        "InsufficientReservedInstanceCapacity",
        "InsufficientCapacity",
        "InstanceLimitExceeded",
        "VcpuLimitExceeded",
    }
)
"""Refusals that go by instance type and zone (EC2 API reference, server error codes)."""
THROTTLING_CODES = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "RequestThrottled"})
"""Refusals that a later call of the same kind does not meet (EC2 API reference, request throttling)."""
WHOLE_CALL_CODES = THROTTLING_CODES | {"AuthFailure", "OptInRequired", "ExpiredToken"}
"""Refusals that have nothing to do with any one instance: a smaller call fails just so."""
UNKNOWN_END_CODES = frozenset({"InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"})
"""Answers after which the call may have been carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an instance was refused, in AWS's words."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class CallRefused(SchedulerError):
    """When AWS refuses a call; nothing of it was carried out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.refusal = Refusal(code=code, message=message)


class CallUnanswered(SchedulerError):
    """When a call ended without an answer; it may have been carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What became of each instance of an isolated call; an id in neither was carried out."""

    refused: Mapping[str, Refusal]
    unanswered: Mapping[str, str]
    """Ids whose call ended without an answer → what was seen of it."""


def call_isolated(
    ids: Sequence[str], call: Callable[[Sequence[str]], None], traits: Mapping[str, tuple[str, str]]
) -> Results:
    """Call once for all ids, and again for the good ones where some are refused.

    An id that the refusal names is taken out; a lack of capacity splits the call by `traits` (id → type and zone); whatever else
    fails is bisected. `call` raises CallRefused or CallUnanswered.
    """
    refused: dict[str, Refusal] = {}
    unanswered: dict[str, str] = {}
    waiting: list[tuple[str, ...]] = [tuple(ids)] if ids else []
    while waiting:
        group = waiting.pop(0)
        try:
            call(group)
        except CallUnanswered as silence:
            unanswered.update(dict.fromkeys(group, str(silence)))
        except CallRefused as refusal:
            bad, again = _divide(group, refusal.refusal, traits)
            refused.update(dict.fromkeys(bad, refusal.refusal))
            waiting.extend(again)
    return Results(refused=refused, unanswered=unanswered)


def _divide(
    group: tuple[str, ...], refusal: Refusal, traits: Mapping[str, tuple[str, str]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Split a refused group into the ids that are to blame and the groups to call again."""
    if len(group) == 1 or refusal.code in WHOLE_CALL_CODES:
        return group, []
    named = tuple(one for one in group if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", refusal.message))
    if named:
        rest = tuple(one for one in group if one not in named)
        return named, [rest] if rest else []
    if refusal.code in CAPACITY_CODES:
        alike: dict[tuple[str, str], list[str]] = {}
        for one in group:
            alike.setdefault(traits.get(one, ("", "")), []).append(one)
        if len(alike) > 1:
            return (), [tuple(ids) for ids in alike.values()]
    middle = len(group) // 2
    return (), [group[:middle], group[middle:]]
