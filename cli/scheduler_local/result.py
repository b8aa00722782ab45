"""What one run came to, as `scheduler-cli local run --json` prints it and as tests look at it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from scheduler_local.estate import Standing
from scheduler_local.machine import Execution
from scheduler_local.recorder import Invocation, Notification, RecordedCall, Recorder

PLACE_KEYS = ("account", "region", "service", "name")
OUTCOME_KEYS = ("action", "status", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What AWS would count."""

    state_transitions: int
    lambda_invocations: int
    api_calls: Mapping[str, int]
    history_events: int
    largest_payload_bytes: int

    def to_json(self) -> dict[str, Any]:
        """The member `cost` of a run."""
        return {
            "state_transitions": self.state_transitions,
            "lambda_invocations": self.lambda_invocations,
            "api_calls": dict(self.api_calls),
            "history_events": self.history_events,
            "largest_payload_bytes": self.largest_payload_bytes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One run on the embedded AWS."""

    run_id: str
    at: datetime
    execution: Execution
    outcomes: tuple[Mapping[str, str], ...]
    before: tuple[Standing, ...]
    after: tuple[Standing, ...]
    summary: Mapping[str, Any]
    record: Recorder
    """Everything that was called, invoked and published in the run."""
    seconds: float
    """Real seconds that it took."""

    @property
    def status(self) -> str:
        """SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""
        return self.execution.status

    @property
    def states(self) -> tuple[str, ...]:
        """The states that the execution entered, in order."""
        return self.execution.states

    @property
    def calls(self) -> list[RecordedCall]:
        """The calls of the workers, each attempt."""
        return [recorded for recorded in self.record.calls if recorded.call.caller.origin == "worker"]

    @property
    def invocations(self) -> list[Invocation]:
        """The invocations of functions, each attempt."""
        return self.record.invocations

    @property
    def notification(self) -> Notification | None:
        """What was published last, None where nothing was."""
        return self.record.notifications[-1] if self.record.notifications else None

    @property
    def cost(self) -> Cost:
        """What the run cost."""
        return Cost(
            state_transitions=self.execution.transitions,
            lambda_invocations=len(self.invocations),
            api_calls=dict(sorted(Counter(recorded.api for recorded in self.calls).items())),
            history_events=len(self.execution.history),
            largest_payload_bytes=self.execution.largest_payload,
        )

    def state_of(self, name: str) -> str:
        """The state of the one instance of this name after the run."""
        [standing] = [standing for standing in self.after if standing.name == name]
        return standing.state

    def type_of(self, name: str) -> str | None:
        """The type of the one instance of this name after the run."""
        [standing] = [standing for standing in self.after if standing.name == name]
        return standing.type

    def outcome_of(self, name: str) -> Mapping[str, str] | None:
        """The outcome of the instance of this name, None where the run did nothing about it."""
        return next((outcome for outcome in self.outcomes if outcome["name"] == name), None)

    def to_json(self) -> dict[str, Any]:
        """The run as one JSON object."""
        published = self.notification
        return {
            "run_id": self.run_id,
            "at": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "status": self.status,
            "outcomes": [dict(outcome) for outcome in self.outcomes],
            "instances": [standing.to_json() for standing in self.after],
            "summary": plain(self.summary),
            "notification": {"subject": published.subject, "message": published.message} if published else None,
            "cost": self.cost.to_json(),
        }


def outcomes_from(items: list[Mapping[str, Any]]) -> tuple[Mapping[str, str], ...]:
    """The outcomes of a run from its items in the state table: what was acted on or failed, not the idle."""
    outcomes = []
    for item in items:
        place = str(item["sk"]).split("/")
        if "status" not in item or len(place) < 4 or (item.get("action") == "none" and item["status"] == "planned"):
            continue
        account, region, service, instance = place[0], place[1], place[2], "/".join(place[3:])
        outcome = {"account": account, "region": region, "service": service, "name": str(item.get("name") or instance)}
        outcomes.append(outcome | {key: str(item.get(key, "")) for key in OUTCOME_KEYS})
    return tuple(sorted(outcomes, key=lambda outcome: [outcome[key] for key in PLACE_KEYS]))


def plain(value: Any) -> Any:
    """A value of DynamoDB as JSON has it."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted(plain(item) for item in value)
        case list() | tuple():
            return [plain(item) for item in value]
    return value
