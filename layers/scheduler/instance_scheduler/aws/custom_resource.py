"""The stack's custom resource: an answer to CloudFormation in every case, and in time."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, InvalidURL
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from instance_scheduler.aws.session import hub_client
from instance_scheduler.aws.table import Table
from instance_scheduler.errors import InvalidInput, SchedulerError
from instance_scheduler.observability import logger

if TYPE_CHECKING:
    from instance_scheduler.aws.stack import LambdaContext

Event = Mapping[str, object]
Act = Callable[[str | None], None]
"""Takes the name of the config table as the resource's properties give it, or None where they do not."""

_TYPES = ("Create", "Update", "Delete")
_TABLE = "ConfigTable"
_BYTES = 4096
"""Most bytes of an answer (CloudFormation user guide, custom resource response objects)."""
_RESERVE = 20.0
"""Seconds of the function's time that are kept for the answer; at most half of what is left."""
_ANSWER_SECONDS = 5.0
"""Seconds that one try of the answer may take."""
_TRIES = 6
_FIRST_WAIT = 0.5
"""Longest wait before the second try, in seconds; it doubles from try to try, and the real one is random up to it."""
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def answer_cloudformation(event: Event, act: Act, remaining_milliseconds: Callable[[], int]) -> None:
    """Act where the request asks for it, and tell CloudFormation's presigned URL how it went.

    `act` writes the samples: on a create, and on an update that brings another config table. Every other update, and a
    delete, changes nothing, so what operators edited or deleted stays so. A stack must never hang on its custom resource:
    whatever goes wrong, and whatever takes longer than the function's time allows, becomes a FAILED answer with the reason.
    Raises SchedulerError where CloudFormation cannot be told at all; Lambda then calls the function again.
    """
    url = str(event.get("ResponseURL", ""))
    _refuse_other_addresses(url)
    reason = _outcome(event, act, _work_seconds(remaining_milliseconds))
    _send(url, _answer(event, reason), remaining_milliseconds)


def find_config_table(name: str | None, context: LambdaContext) -> Table:
    """Find the config table by its name, or by the stack's parameters where the request does not give it."""
    if name:
        return Table(hub_client("dynamodb"), name)
    # Here and not at the top: with the stack come all schedules, plans and stores, a third of the function's start.
    from instance_scheduler.aws.stack import open_stack

    return open_stack(context).config_table


def _outcome(event: Event, act: Act, seconds: float) -> str | None:
    """Why it failed, or None where it did not."""
    failures: list[str] = []

    def attempt() -> None:
        try:
            _act_on(event, act)
        except Exception as error:  # noqa: BLE001 - an unanswered request would block the stack until CloudFormation gives up
            logger.exception("not configured")
            failures.append(f"{type(error).__name__}: {error}")

    # A call that hangs cannot be interrupted from here, but it can be left behind.
    worker = threading.Thread(target=attempt, daemon=True)
    worker.start()
    worker.join(seconds)
    if worker.is_alive():
        logger.error("not configured in time", extra={"seconds": seconds})
        return f"The samples were not written within {seconds:.0f} seconds; try again."
    return failures[0] if failures else None


def _act_on(event: Event, act: Act) -> None:
    kind = event.get("RequestType")
    if kind not in _TYPES:
        raise InvalidInput(f"RequestType: {kind!r} is not accepted; accepted are {', '.join(_TYPES)}.")
    # A delete never fails: after a create that did, CloudFormation deletes, with the same properties.
    if kind == "Delete":
        return
    table = _table_of(event, "ResourceProperties")
    if kind == "Create" or (table is not None and table != _table_of(event, "OldResourceProperties", table)):
        act(table)


def _table_of(event: Event, member: str, absent: str | None = None) -> str | None:
    properties = event.get(member) or {}
    if not isinstance(properties, Mapping):
        raise InvalidInput(f"{member}: {properties!r:.60} is no object.")
    table = properties.get(_TABLE, absent)
    if table is not None and (not isinstance(table, str) or not table):
        raise InvalidInput(f"{member}.{_TABLE}: {table!r:.60} is no name of a table.")
    return table


def _answer(event: Event, failure: str | None) -> bytes:
    """The body of the answer, its reason cut to what CloudFormation takes."""
    body = {
        "Status": "SUCCESS" if failure is None else "FAILED",
        "Reason": "done" if failure is None else failure,
        # The same from create to delete: another id would have CloudFormation delete the resource of the former.
        "PhysicalResourceId": event.get("PhysicalResourceId") or f"{event.get('LogicalResourceId')}-configuration",
        **{key: event.get(key, "") for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    room = _BYTES - len(json.dumps(body | {"Reason": ""}))
    reason = str(body["Reason"])
    while len(json.dumps(reason)) - 2 > room:
        reason = reason[: len(reason) * 9 // 10]
    return json.dumps(body | {"Reason": reason}).encode()


def _send(url: str, body: bytes, remaining_milliseconds: Callable[[], int]) -> None:
    """Put the answer, again where that fails and might not the next time, as long as the function's time lasts."""
    for attempt in range(_TRIES):
        seconds = max(1.0, min(_ANSWER_SECONDS, remaining_milliseconds() / 1000 - 1))
        request = urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                logger.info("answered", extra={"http": answer.status, "bytes": len(body)})
                return
        except (OSError, HTTPException) as error:
            wait = random.uniform(0, _FIRST_WAIT * 2**attempt)
            is_last = attempt == _TRIES - 1 or wait + 2 > remaining_milliseconds() / 1000
            logger.warning("not answered", extra={"error": _told(error), "attempt": attempt + 1})
            if is_last or not _may_pass(error):
                # Not `from error`: what the libraries say of an address may quote it, and it is a secret.
                raise SchedulerError(f"CloudFormation could not be answered: {_told(error)}.") from None
        time.sleep(wait)


def _may_pass(error: Exception) -> bool:
    """Whether another try may succeed: not where the address itself is refused, as one that has expired."""
    if isinstance(error, HTTPError):
        return error.code >= 500 or error.code in (408, 429)
    return not isinstance(error, InvalidURL)


def _told(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return f"HTTP {error.code}"
    cause = error.reason if isinstance(error, URLError) else error
    return type(cause).__name__


def _work_seconds(remaining_milliseconds: Callable[[], int]) -> float:
    left = remaining_milliseconds() / 1000
    return max(left - _RESERVE, left / 2)


def _refuse_other_addresses(url: str) -> None:
    # The address is presigned, which makes it a secret: it stands in no message and in no log.
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _THIS_MACHINE):
        raise InvalidInput(f"ResponseURL: {parts.scheme + '://' if parts.scheme else 'none'} is no https address.")
