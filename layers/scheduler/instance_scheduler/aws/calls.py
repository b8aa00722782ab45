"""AWS's refusals and silences, told apart: a refusal is known to have changed nothing, a silence is not."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.isolation import UNKNOWN_END_CODES, CallRefused, CallUnanswered


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


def error_code(error: ClientError | BotoCoreError) -> str:
    """Name an error: AWS's code, or the class of what went wrong on the way."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "Unknown")
    return type(error).__name__
