"""AWS's refusals and silences, told apart: a refusal is known to have changed nothing, a silence is not."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from instance_scheduler.account_failure import ACTOR_REFUSED, describe_actor_refused, describe_failure, spoils
from instance_scheduler.isolation import CallRefused, CallUnanswered, Refusal
from instance_scheduler.journal import TargetFailure
from instance_scheduler.refusals import OUT_OF_TIME, Treatment, treatment_of
from instance_scheduler.target import Target

_Answer = TypeVar("_Answer")
Failed = ClientError | BotoCoreError | ResponseParserError
"""What a call raises: AWS refuses, AWS is silent, or nobody can read what it says, such as a tag that breaks the XML about it."""
_TRIES = 7
_FIRST = 0.4
"""Longest wait before the second try, in seconds; it doubles from try to try, and the real one is random up to it."""
RESERVE = 45.0
"""Seconds of a function's time that are kept for recording what was done."""


class Patience:
    """How long throttled calls are tried again: within the time that the function has left."""

    def __init__(self, remaining_milliseconds: Callable[[], int] | None = None) -> None:
        """`remaining_milliseconds` is the Lambda context's; without one, time is no limit."""
        self._remaining = remaining_milliseconds

    @property
    def is_over(self) -> bool:
        """Whether what is left of the function's time is needed for recording."""
        return self.seconds <= 0

    @property
    def seconds(self) -> float:
        """Seconds that may still be waited."""
        return float("inf") if self._remaining is None else self._remaining() / 1000 - RESERVE


FOREVER = Patience()


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a ClientError into CallRefused, and what leaves the call's end unknown into CallUnanswered."""
    try:
        yield
    except ClientError as error:
        code, message = error_code(error), error.response.get("Error", {}).get("Message", "")
        if treatment_of(code) is Treatment.UNKNOWN_END:
            raise CallUnanswered(code, message) from error
        raise CallRefused(code, message) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise CallUnanswered(error_code(error), _words(error)) from error


def patiently(call: Callable[[], _Answer], patience: Patience = FOREVER) -> _Answer:
    """Call until AWS no longer throttles, with full jitter between the tries; raises CallRefused or CallUnanswered.

    What is asked for when the time is over is refused unasked.
    """
    if patience.is_over:
        raise CallRefused(OUT_OF_TIME, "the time of the function ran out before the call")
    for attempt in range(_TRIES):
        wait = random.uniform(0, _FIRST * 2**attempt)
        try:
            with refusals():
                return call()
        except CallRefused as refused:
            last = attempt == _TRIES - 1 or wait > patience.seconds
            if last or refused.refusal.treatment is not Treatment.THROTTLED:
                raise
        time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def error_code(error: Failed) -> str:
    """Name an error: AWS's code, or the class of what went wrong on the way."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "Unknown")
    return type(error).__name__


def failure_of(target: Target, error: Failed) -> TargetFailure:
    """Say in one line why a target could not be looked at, or its role not be assumed."""
    if not isinstance(error, ClientError):
        return describe_failure(target, code=error_code(error), message=_words(error))
    message = str(error.response.get("Error", {}).get("Message", ""))
    return describe_failure(target, code=error_code(error), message=message, operation=error.operation_name)


def _words(error: Failed) -> str:
    # What cannot be read is quoted whole, after the first line.
    return str(error).partition("\n")[0]


def refusal_of_actor(error: ClientError | BotoCoreError) -> Refusal:
    """Say why the role that acts cannot be assumed; what passes by itself keeps its own code."""
    code = error_code(error)
    if not isinstance(error, ClientError) or treatment_of(code) in (Treatment.THROTTLED, Treatment.UNKNOWN_END):
        return Refusal(code=code, message=str(error))
    message = str(error.response.get("Error", {}).get("Message", ""))
    return Refusal(code=ACTOR_REFUSED, message=describe_actor_refused(code, message))


class FailuresOfAccounts:
    """What was found out in one sweep: where one target of an account failed, others of it need not be tried."""

    def __init__(self) -> None:
        self._found: list[TargetFailure] = []

    def add(self, failure: TargetFailure) -> None:
        """Remember a failure."""
        self._found.append(failure)

    def foreseen(self, target: Target) -> TargetFailure | None:
        """Give the failure that a target would meet, where that is plain already."""
        return next((replace(one, target=target) for one in list(self._found) if spoils(one, target)), None)
