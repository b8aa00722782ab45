"""EventBridge's part: the input that the clock's rule gives a tick, and the rules that hear how an execution ended."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from moto.events.models import Rule, events_backends

from scheduler_local.machine import Execution
from scheduler_local.patching import replaced
from scheduler_local.recorder import Notification

VARIABLE = re.compile(r"<([\w.-]+)>")
DEFAULT_SUBJECT = "AWS Notification Message"
"""The subject of an e-mail whose publication has none."""


@contextmanager
def clocks_hear_no_events() -> Iterator[None]:
    """Keep events that are put on a bus from rules on a clock, to which moto would send every one of them."""
    send = Rule.send_to_targets

    def send_where_a_pattern_asks(rule: Rule, event: Any, **more: Any) -> None:
        if not rule.scheduled_expression:
            send(rule, event, **more)

    with replaced(Rule, send_to_targets=send_where_a_pattern_asks):
        yield


def tick_input(*, account: str, region: str, machine_arn: str, at: datetime) -> dict[str, Any]:
    """What the rule on the clock hands the state machine at this instant, by its own input transformer."""
    event = _event("Scheduled Event", "aws.events", account, region, at, {})
    for rule in _rules(account, region):
        for target in rule.targets:
            if rule.scheduled_expression and target["Arn"] == machine_arn:
                payload = json.loads(_transformed(target, event))
                assert isinstance(payload, dict)
                return payload
    return {"at": event["time"]}


def notices_of(
    execution: Execution, *, account: str, region: str, machine_arn: str, payload: Mapping[str, Any], now: datetime
) -> Iterator[Notification]:
    """What rules on the machine's status changes publish to topics."""
    detail = {
        "executionArn": execution.arn,
        "stateMachineArn": machine_arn,
        "name": execution.name,
        "status": execution.status,
        "input": json.dumps(payload),
    }
    detail |= {
        key: value for key, value in (("error", execution.error), ("cause", execution.cause)) if value is not None
    }
    event = _event("Step Functions Execution Status Change", "aws.states", account, region, now, detail)
    for rule in _rules(account, region):
        if rule.scheduled_expression or rule.state != "ENABLED" or not rule.event_pattern.matches_event(event):
            continue
        for target in rule.targets:
            if target["Arn"].split(":")[2] == "sns":
                yield Notification(
                    topic_arn=target["Arn"], subject=DEFAULT_SUBJECT, message=_transformed(target, event)
                )


def _rules(account: str, region: str) -> list[Any]:
    return list(events_backends[account][region].event_buses["default"].rules.values())


def _event(
    kind: str, source: str, account: str, region: str, at: datetime, detail: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "version": "0",
        "detail-type": kind,
        "source": source,
        "account": account,
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [detail["executionArn"]] if "executionArn" in detail else [],
        "detail": dict(detail),
    }


def _transformed(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The event as the target's input transformer writes it; text goes into a string as it is, elsewhere as JSON."""
    transformer = target.get("InputTransformer")
    if transformer is None:
        return str(target.get("Input") or json.dumps(event))
    values = {name: _at_path(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    template = str(transformer["InputTemplate"])
    quoted, plain = (partial(_fill, values=values, quoted=quoted) for quoted in (True, False))
    pieces = re.split(r'("(?:[^"\\]|\\.)*")', template)
    return "".join(re.sub(VARIABLE, quoted if piece.startswith('"') else plain, piece) for piece in pieces)


def _fill(found: re.Match[str], *, values: Mapping[str, Any], quoted: bool) -> str:
    value = values.get(found[1])
    return value if quoted and isinstance(value, str) else json.dumps(value)


def _at_path(event: Mapping[str, Any], path: str) -> Any:
    value: Any = event
    for name in path.removeprefix("$").split(".")[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
