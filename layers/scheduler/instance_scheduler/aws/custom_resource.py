"""The stack's custom resource: sample items in the config table on create, an answer to CloudFormation in every case."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping

from instance_scheduler.errors import SchedulerError
from instance_scheduler.observability import logger

_SECONDS = 10
_REASON = 400
"""Characters of a reason: written as JSON escapes they stay within the 4096 bytes of an answer (CloudFormation user guide)."""


def answer_cloudformation(event: Mapping[str, object], act: Callable[[], None]) -> None:
    """Act on a create, and tell CloudFormation's presigned URL how it went; an update or a delete changes nothing.

    A stack must never hang on its custom resource, so whatever goes wrong becomes a FAILED answer with the reason.
    """
    status, reason = "SUCCESS", "done"
    try:
        if event["RequestType"] == "Create":
            act()
    except Exception as error:  # noqa: BLE001 - an unanswered request would block the stack for an hour
        status, reason = "FAILED", f"{type(error).__name__}: {error}"
        logger.exception("not configured")
    _send(event, status, reason)


def _send(event: Mapping[str, object], status: str, reason: str) -> None:
    url = str(event["ResponseURL"])
    if not url.startswith("https://"):
        raise SchedulerError(f"ResponseURL: {url!r} is not an https address.")
    body = {
        "Status": status,
        "Reason": reason[:_REASON],
        "PhysicalResourceId": event.get("PhysicalResourceId", f"{event['LogicalResourceId']}-configuration"),
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        logger.info("answered", extra={"status": status, "http": answer.status})
