"""The cases: every call of a run that goes well, with everything that may happen at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from instance_scheduler.refusals import DOCUMENTED, OWN

_READS = ("Describe", "Get", "Query", "Scan", "BatchGet", "List")
_GENERAL = {
    "ec2": ("RequestLimitExceeded", "UnauthorizedOperation", "InternalError"),
    "rds": ("Throttling", "AccessDenied", "InternalFailure"),
    "lambda": ("TooManyRequestsException", "AccessDeniedException", "ServiceException"),
    "sts": ("Throttling", "AccessDenied", "InternalFailure"),
    "sns": ("Throttled", "AuthorizationError", "InternalError"),
    "dynamodb": ("ProvisionedThroughputExceededException", "AccessDeniedException", "InternalServerError"),
}
_MACHINES = frozenset({"lambda", "sns"})
"""Services that the state machine calls."""
_FOR_ALL = frozenset({"ec2:StopInstances", "rds:StopDBInstance"})
"""The calls that meet, for all of their service, what AWS documents for every call of it."""
_OTHERWISE = ("ThrottlingException", "AccessDeniedException", "InternalServerException")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that goes wrong in one run."""

    api: str
    column: str
    """Where it stands in the table: throttled, denied, internal error, documented, dies before, dies after, stopped."""
    skip: int = 0
    """How many calls of the API go well before."""
    error: str = ""
    times: int | None = None

    @property
    def label(self) -> str:
        """`ec2:StartInstances #2: dies before`."""
        return f"{self.api} #{self.skip + 1}: {self.error or self.column}"

    @property
    def fault(self) -> dict[str, Any]:
        """The fault to inject."""
        seed: dict[str, Any] = {"api": self.api, "skip": self.skip}
        if self.column.startswith("dies"):
            return seed | {"die": self.column.removeprefix("dies ")}
        if self.column == "stopped":
            return seed | {"abort": True}
        return seed | {"error": self.error, "times": self.times}


def cases_of(apis: Sequence[str]) -> tuple[Case, ...]:
    """List the cases for a run that makes these calls, in the order of the table."""
    return tuple(case for api, count in sorted(Counter(apis).items()) for case in _of(api, count))


def _of(api: str, count: int) -> Iterator[Case]:
    prefix, _, operation = api.partition(":")
    general = _GENERAL.get(prefix, _OTHERWISE)
    for column, error in zip(("throttled", "denied", "internal error"), general, strict=True):
        # As long as the run lasts, from the first such call on.
        yield Case(api=api, column=column, error=error)
    for error in (DOCUMENTED if api in _FOR_ALL else OWN).get(api, ()):
        if error not in general:
            yield Case(api=api, column="documented", error=error)
    reads = operation.startswith(_READS)
    for skip in range(count):
        # What an SDK does not try again by itself hits this one call.
        yield Case(api=api, column="denied", skip=skip, error=general[1], times=1)
        if prefix in _MACHINES:
            # Nobody dies at a call that the state machine itself makes; stopped it can be at each.
            yield Case(api=api, column="stopped", skip=skip)
            continue
        yield Case(api=api, column="dies before", skip=skip)
        if not reads:
            yield Case(api=api, column="dies after", skip=skip)
            yield Case(api=api, column="stopped", skip=skip)
