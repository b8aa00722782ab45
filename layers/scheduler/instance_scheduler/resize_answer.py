"""What a step of a resize answers to the workflow, and what it raises where the resize cannot go on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from instance_scheduler.errors import SchedulerError
from instance_scheduler.isolation import Refusal


class Progress(StrEnum):
    """What the workflow does next: look again after a wait, go to the next step, or leave the instance."""

    WAIT = "wait"
    READY = "ready"
    OVER = "over"


class ResizeTimedOut(SchedulerError):
    """When an instance did not reach the state that a step waits for within the polls of the settings."""


class ResizeRefused(SchedulerError):
    """When the resize cannot be: EC2 undoes a step, the type does not fit, or another run holds the instance."""


class AccountClosed(SchedulerError):
    """When the account does not let an instance be seen that this resize may have stopped already."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a step tells the workflow: what comes next, after how many seconds, and how often it has looked."""

    progress: Progress
    wait: int = 0
    poll: int = 0


def answer_to_message(
    answer: Answer, step: str, run: Mapping[str, object], resize: Mapping[str, object]
) -> dict[str, object]:
    """Write an answer as the states of the workflow pass it on; while they wait, it says for what, for whoever looks at them."""
    told = {"waiting_for": _waiting_for(step, resize)} if answer.progress is Progress.WAIT else {}
    return {
        **told,
        "progress": str(answer.progress),
        "wait": answer.wait,
        "poll": answer.poll,
        "resize": resize,
        "run": run,
    }


def _waiting_for(step: str, resize: Mapping[str, object]) -> str:
    label, old, new = resize.get("label"), resize.get("from_type"), resize.get("to_type")
    if step in ("stop", "check_stopped"):
        return f"{label} to be stopped, so that it can become {new} instead of {old}"
    return f"{label} to run as {new}, or as an alternate where AWS has no room, instead of {old}"


def reason_of(caught: Mapping[str, object]) -> str:
    """Read why a step failed from what the workflow caught: the message of an exception of ours, else the error's name."""
    try:
        cause = json.loads(str(caught.get("Cause", "")))
    except ValueError:
        cause = {}
    message = cause.get("errorMessage") if isinstance(cause, dict) else None
    name = str(caught.get("Error", "failed"))
    if not message:
        return name
    return str(message) if name in ("AccountClosed", "CallRefused") else f"{name}: {message}"
