"""What happened in the embedded AWS: every call, every invocation, every publication."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose credentials signed a call."""

    account: str
    role_arn: str | None = None
    """The role that the credentials belong to; None for the administrator who sets the estate up."""
    session: str = "administrator"
    origin: str = "administrator"
    """`worker`, `machine` or `administrator`: who it was in the end, through however many assumed roles."""
    environment: int | None = None
    """The number of the worker process, where it was one."""

    @property
    def role(self) -> str:
        """The role's name."""
        return self.role_arn.rpartition("/")[2] if self.role_arn else self.session

    @property
    def arn(self) -> str:
        """The caller as AWS names it in a refusal."""
        if self.role_arn is None:
            return f"the administrator of {self.account}"
        partition = self.role_arn.split(":")[1]
        return f"arn:{partition}:sts::{self.account}:assumed-role/{self.role}/{self.session}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it reached the front: what it asks, where, and who asks."""

    service: str
    """botocore's name of the service."""
    operation: str
    parameters: Mapping[str, Any]
    account: str
    region: str
    prefix: str
    """The service's IAM prefix."""
    caller: Caller

    @property
    def api(self) -> str:
        """`ec2:DescribeInstances`."""
        return f"{self.prefix}:{self.operation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """A call and how it ended."""

    at: datetime
    call: Call
    status: int
    error: str | None = None
    """The error code, None where the call succeeded."""

    @property
    def api(self) -> str:
        """`ec2:DescribeInstances`."""
        return self.call.api


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One invocation of a function, and what its worker printed."""

    function: str
    request_id: str
    environment: int
    payload: str
    result: str
    failed: bool
    seconds: float
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One publication to a topic, as an e-mail subscriber reads it."""

    topic_arn: str
    subject: str
    message: str


@dataclass(slots=True)
class Recorder:
    """Collects; each run looks at what came since it began."""

    calls: list[RecordedCall] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)
    notifications: list[Notification] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, event: RecordedCall | Invocation | Notification) -> None:
        """Append to the list of its kind."""
        with self._lock:
            match event:
                case RecordedCall():
                    self.calls.append(event)
                case Invocation():
                    self.invocations.append(event)
                case Notification():
                    self.notifications.append(event)

    def mark(self) -> "Mark":
        """Remember how far the record goes."""
        return Mark(len(self.calls), len(self.invocations), len(self.notifications))

    def since(self, mark: "Mark") -> "Recorder":
        """The part of the record after the mark."""
        return Recorder(
            calls=self.calls[mark.calls :],
            invocations=self.invocations[mark.invocations :],
            notifications=self.notifications[mark.notifications :],
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the record."""

    calls: int
    invocations: int
    notifications: int
