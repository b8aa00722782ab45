"""What a sweep saw of an instance, in EC2's and RDS's own words."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from instance_scheduler.compatibility import UNTOLD, Machine
from instance_scheduler.decision import ObservedState
from instance_scheduler.target import Target


class Kind(StrEnum):
    """What is started and stopped: an EC2 or RDS instance, or an RDS cluster as a whole."""

    INSTANCE = "instance"
    CLUSTER = "cluster"


RUNNING_WORDS = frozenset({"running", "available"})
STARTING_WORDS = frozenset({"pending", "starting"})
STOPPED_WORDS = frozenset({"stopped"})
STOPPING_WORDS = frozenset({"stopping"})
FAILED_WORDS = frozenset(
    {"failed", "inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable"}
    | {"incompatible-create", "incompatible-network", "incompatible-option-group", "incompatible-parameters"}
    | {"incompatible-restore", "insufficient-capacity", "restore-error", "storage-full"}
)
"""Statuses in which a database is of no use until somebody helps it (RDS user guide, viewing DB instance status)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One instance, database or cluster as described by AWS."""

    target: Target
    id: str
    """The EC2 instance id, or the RDS identifier."""
    name: str
    """The Name tag (EC2; empty where there is none) or the RDS identifier."""
    state: str
    """EC2's or RDS's own word."""
    schedule_tag: str
    override_tag: str = ""
    kind: Kind = Kind.INSTANCE
    type: str = ""
    zone: str = ""
    engine: str = ""
    state_reason: str = ""
    """EC2's StateReason.Code, such as Client.UserInitiatedShutdown."""
    state_message: str = ""
    unsupported: str = ""
    """Why it cannot be scheduled, one clause; empty where it can."""
    preferred_types: tuple[str, ...] = field(default=())
    maintenance_window: str = ""
    automatic_restart_at: datetime | None = None
    machine: Machine = UNTOLD
    """What it was made for, where a resize looks."""

    @property
    def observed(self) -> ObservedState:
        """The state as the decision table has it; every word that is neither running nor stopped is transitional."""
        if self.state in RUNNING_WORDS:
            return ObservedState.RUNNING
        return ObservedState.STOPPED if self.state in STOPPED_WORDS else ObservedState.TRANSITIONAL

    @property
    def label(self) -> str:
        """`name (id)`, or the id alone where the two are the same or no name is given."""
        return self.id if self.name in ("", self.id) else f"{self.name} ({self.id})"


def is_up(state: str) -> bool:
    """Say whether a state's word means running or on the way there."""
    return state in RUNNING_WORDS | STARTING_WORDS


def is_down(state: str) -> bool:
    """Say whether a state's word means stopped or on the way there."""
    return state in STOPPED_WORDS | STOPPING_WORDS


def has_failed(state: str) -> bool:
    """Say whether a state's word means that a database did not come up and will not by itself."""
    return state in FAILED_WORDS


def instance_key(target: Target, instance_id: str) -> str:
    """Compose `<account>/<region>/<service>/<instance id>`, the key of an instance in a run's journal."""
    return f"{target}/{instance_id}"
