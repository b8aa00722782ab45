"""Events on the account's default event bus: ten a call, and again what was not taken."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.action_events import DETAIL_TYPE, SOURCE
from instance_scheduler.aws.calls import error_code
from instance_scheduler.observability import logger

ENTRIES = 10
"""Entries of one PutEvents (EventBridge API reference)."""
_TRIES = 4
_FIRST = 0.2
"""Longest wait before the second try, in seconds; it doubles from try to try, and the real one is random up to it."""


class EventsClient(Protocol):
    """What is needed of EventBridge."""

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:  # noqa: N803  # AWS's own name
        """Put up to ten events; which of them were not taken stands in the answer."""


def put_events(client: EventsClient, details: Iterable[Mapping[str, object]], at: datetime) -> int:
    """Put an event for each detail; answer how many were not taken, however often they were tried.

    Those are logged, and lost: nothing is done differently because nobody heard of it.
    """
    waiting, lost = iter(details), 0
    while batch := [_entry(detail, at) for detail in islice(waiting, ENTRIES)]:
        left, code = _put(client, batch)
        if left:
            lost += len(left)
            logger.warning("events not put", extra={"events": len(left), "error": code})
    return lost


def _put(client: EventsClient, batch: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], str]:
    """Put a batch; answer what was not taken in the end, and the last reason."""
    left, code = list(batch), ""
    for attempt in range(_TRIES):
        try:
            answers = client.put_events(Entries=left)["Entries"]
        except (ClientError, BotoCoreError) as error:
            code = error_code(error)
        else:
            refused = [(entry, answer) for entry, answer in zip(left, answers, strict=True) if answer.get("ErrorCode")]
            left = [entry for entry, _ in refused]
            if not refused:
                break
            code = str(refused[0][1]["ErrorCode"])
        if attempt < _TRIES - 1:
            time.sleep(random.uniform(0, _FIRST * 2**attempt))
    return left, code


def _entry(detail: Mapping[str, object], at: datetime) -> dict[str, Any]:
    return {
        "Time": at,
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Resources": [detail["arn"]],
        "Detail": json.dumps(detail, ensure_ascii=False),
    }
