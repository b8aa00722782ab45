"""AWS's refusals and silences, told apart: a refusal is known to have changed nothing, a silence is not."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.isolation import THROTTLING_CODES, UNKNOWN_END_CODES, CallRefused, CallUnanswered

_Answer = TypeVar("_Answer")
_TRIES = 6
_SLOWEST = 40.0
"""Twice the longest wait before the last try, in seconds."""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a ClientError into CallRefused, and what leaves the call's end unknown into CallUnanswered."""
    try:
        yield
    except ClientError as error:
        code, message = error_code(error), error.response.get("Error", {}).get("Message", "")
        if code in UNKNOWN_END_CODES:
            raise CallUnanswered(f"{code}: {message}") from error
        raise CallRefused(code, message) from error
    except BotoCoreError as error:
        raise CallUnanswered(f"{type(error).__name__}: {error}") from error


def patiently(call: Callable[[], _Answer]) -> _Answer:
    """Call until AWS no longer throttles, with full jitter between the tries; raises CallRefused or CallUnanswered."""
    for attempt in range(_TRIES - 1):
        try:
            with refusals():
                return call()
        except CallRefused as refused:
            if refused.refusal.code not in THROTTLING_CODES:
                raise
        time.sleep(random.uniform(0, _SLOWEST * 2 ** (attempt - _TRIES)))
    with refusals():
        return call()


def error_code(error: ClientError | BotoCoreError) -> str:
    """Name an error: AWS's code, or the class of what went wrong on the way."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "Unknown")
    return type(error).__name__
