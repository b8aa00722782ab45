"""Faults that a scenario injects: which calls they hit, how often, and what the caller sees."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any

from scheduler_local.recorder import Call
from scheduler_local.scenario import FaultSeed

MESSAGES = {
    "IncorrectInstanceState": "The instance '{id}' is not in a state from which it can be {done}.",
    "InvalidInstanceID.NotFound": "The instance ID '{id}' does not exist",
    "InsufficientInstanceCapacity": "Insufficient capacity.",
    "UnsupportedHibernationConfiguration": "The instance '{id}' is not enabled for hibernation.",
    "InvalidDBInstanceState": "Instance {id} is not in a state from which it can be {done}.",
    "InvalidDBClusterStateFault": "DbCluster {id} is not in a state from which it can be {done}.",
    "DBInstanceNotFound": "DBInstance {id} not found.",
    "RequestLimitExceeded": "Request limit exceeded.",
    "Throttling": "Rate exceeded",
    "ThrottlingException": "Rate exceeded",
    "InternalError": "An internal error has occurred",
}
"""What AWS says with these codes; others name the instance, or the call."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that hit a call."""

    seed: FaultSeed
    instance_id: str | None

    @property
    def die(self) -> str | None:
        """`before`, `after` or None."""
        return self.seed.die

    @property
    def error(self) -> str | None:
        """The error code."""
        return self.seed.error

    @property
    def abort(self) -> bool:
        """Whether the execution is stopped as the call arrives."""
        return self.seed.abort

    @property
    def delay_seconds(self) -> float:
        """Real seconds before anything else happens."""
        return self.seed.delay_seconds

    def message_for(self, call: Call) -> str:
        """The error's text: the scenario's own, else as AWS words it."""
        if self.seed.message is not None:
            return self.seed.message
        fallback = "The instance '{id}' cannot be {done}." if self.instance_id else "{operation} failed."
        verb = (
            "started"
            if call.operation.startswith("Start")
            else "stopped"
            if call.operation.startswith("Stop")
            else "used"
        )
        text = MESSAGES.get(self.seed.error or "", fallback).format(
            id=self.instance_id, operation=call.operation, done=verb
        )
        # A fault of one instance says whose it is, as most of EC2's own do, so that its `times` counts its failures.
        return text if self.instance_id is None or self.instance_id in text else f"{text} ({self.instance_id})"


class Faults:
    """The faults of a scenario, counted down as calls meet them."""

    def __init__(self, seeds: Iterable[FaultSeed], ids_of: Callable[[Call, str], frozenset[str]]) -> None:
        """`ids_of` gives the ids in the call's account and region that belong to a name."""
        self._ids_of = ids_of
        self._lock = Lock()
        self.hits = 0
        """How many calls met a fault."""
        self._left: list[tuple[FaultSeed, _Count]] = [(seed, _Count(seed)) for seed in seeds]

    def add(self, seed: FaultSeed) -> None:
        """Inject one more fault from now on."""
        with self._lock:
            self._left.append((seed, _Count(seed)))

    def clear(self) -> None:
        """Let every call pass from now on, and count anew."""
        with self._lock:
            self._left.clear()
            self.hits = 0

    def take(self, call: Call) -> Fault | None:
        """The first fault that hits this call, counted as used; None where none does."""
        with self._lock:
            for seed, left in self._left:
                if left.times == 0 or not _matches(seed, call):
                    continue
                instance = self._instance(seed, call)
                if seed.instance is not None and instance is None:
                    continue
                if left.skip:
                    left.skip -= 1
                    continue
                left.times -= 1
                self.hits += 1
                return Fault(seed, instance)
        return None

    def _instance(self, seed: FaultSeed, call: Call) -> str | None:
        if seed.instance is None:
            return None
        ids = self._ids_of(call, seed.instance) | {seed.instance}
        words = set(_words(call.parameters))
        return next(iter(sorted(ids & words)), None)


class _Count:
    """How many calls a fault still lets pass, and how many it hits then; negative = all.

    A death, or the end of an execution, happens once unless the scenario says otherwise.
    """

    def __init__(self, seed: FaultSeed) -> None:
        self.skip = seed.skip
        self.times = seed.times if seed.times is not None else 1 if seed.die or seed.abort else -1


def _matches(seed: FaultSeed, call: Call) -> bool:
    return (
        fnmatchcase(call.api, seed.api)
        and seed.account in (None, _account_of(call))
        and seed.region in (None, call.region)
        and fnmatchcase(call.caller.role, seed.role or "*")
    )


def _account_of(call: Call) -> str:
    """The account that a call is about: the caller's, but of a role that is assumed the role's."""
    if call.api == "sts:AssumeRole":
        return str(call.parameters.get("RoleArn", "")).partition(":iam::")[2][:12]
    return call.account


def _words(value: Any) -> Iterator[str]:
    """Every text in a call's parameters, and the parts of those that are paths."""
    if isinstance(value, str):
        yield value
        yield from value.split("/")
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _words(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _words(item)
