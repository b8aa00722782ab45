"""The decision about one instance: observed + stored + desired → a row of the decision table.

The first row that holds decides. A row requests a state; what is really done depends on what is observed: a start of an
instance that runs already is no action, but its stored state is still updated.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from instance_scheduler.instants import format_instant
from instance_scheduler.override import Override, UnreadableOverride
from instance_scheduler.schedule import Desired, DesiredState, Schedule, desired_at
from instance_scheduler.settings import Service

UNSCHEDULED_TAGS = frozenset({"ignore", "none", "off"})
"""Values of the schedule tag, in any case, that take an instance out of scheduling; no schedule may have such a name."""


class StoredState(StrEnum):
    """What the scheduler last recorded for an instance."""

    UNKNOWN = "unknown"
    RUNNING = "running"
    STOPPED = "stopped"
    ANY = "any"
    RETAIN_RUNNING = "retain-running"
    START_FAILED = "start_failed"
    STOP_FAILED = "stop_failed"


class ObservedState(StrEnum):
    """What AWS says that an instance is; everything that is neither running nor stopped is transitional."""

    RUNNING = "running"
    STOPPED = "stopped"
    TRANSITIONAL = "transitional"


class Action(StrEnum):
    """What is done to an instance. `decide` never answers `hibernate`: the actor makes it of a stop."""

    NONE = "none"
    START = "start"
    STOP = "stop"
    RESIZE = "resize"
    HIBERNATE = "hibernate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that a decision looks at besides the schedule."""

    at: datetime
    service: Service
    stored: StoredState
    observed: ObservedState
    instance_type: str | None
    schedule_tag: str
    override: Override | UnreadableOverride | None
    """From the override tag, else from the instance's item."""
    claimed: bool
    """Whether a run that still lives holds the instance."""
    retry_at: datetime | None
    """When a failed call is tried again; None on an ad hoc run, or when the config has changed since."""
    maintenance_window_open: bool
    """Databases: the preferred maintenance window is open or opens within ten minutes."""
    restarted_by_aws: bool
    """Databases: AWS has started it after its seven days of rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done with an instance, and why."""

    row: str
    """The row of the decision table: `S4`, `U1`…"""
    request: Action
    """What the row asks for: none, start, stop or resize."""
    action: Action
    """What is to be done given the observed state."""
    new_stored: StoredState | None
    """None = unchanged."""
    desired: Desired | None
    """What the schedule wants; None without a usable schedule."""
    desired_type: str | None
    """The type to change to on the way; None where the type stays."""
    explanation: str
    """One clause for a person."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that holds: its name, what it asks for, the state to store (None = unchanged), and why."""

    name: str
    request: Action
    stored: StoredState | None
    explanation: str


_O1 = _Row("O1", Action.NONE, None, "its tag takes it out of scheduling")
_O2_CLAIMED = _Row("O2", Action.NONE, None, "a run that still lives holds it")
_O2_TRANSITIONAL = _Row("O2", Action.NONE, None, "it is on its way to another state")
_E1 = _Row("E1", Action.NONE, None, "its schedule is unknown or has an error")
_S1 = _Row("S1", Action.NONE, StoredState.STOPPED, "it is new, and the schedule does not stop new instances")
_S2 = _Row("S2", Action.STOP, StoredState.STOPPED, "the schedule wants it stopped and enforces it")
_S3 = _Row("S3", Action.NONE, StoredState.STOPPED, "it ran before its period began, and the schedule lets it run on")
_S4 = _Row("S4", Action.STOP, StoredState.STOPPED, "the schedule wants it stopped")
_S5A = _Row("S5a", Action.STOP, StoredState.STOPPED, "AWS started it after seven days; the schedule wants it stopped")
_S5 = _Row("S5", Action.NONE, StoredState.STOPPED, "it was stopped on schedule; a manual start is left alone")
_U1 = _Row("U1", Action.START, StoredState.RUNNING, "the schedule wants it running and enforces it")
_U2 = _Row(
    "U2", Action.NONE, StoredState.RETAIN_RUNNING, "it ran before its period began, and will be kept running after it"
)
_U3 = _Row(
    "U3", Action.NONE, StoredState.RETAIN_RUNNING, "it ran before its period began, and is left to whoever started it"
)
_U4 = _Row("U4", Action.START, StoredState.RUNNING, "the schedule wants it running")
_U6 = _Row("U6", Action.NONE, StoredState.RUNNING, "it was started on schedule; a manual stop is left alone")
_A1 = _Row("A1", Action.NONE, StoredState.ANY, "the schedule leaves it as it is at this time")
_RESIZABLE = frozenset({"U1", "U4", "U6"})
_STATE_AFTER = {Action.START: ObservedState.RUNNING, Action.STOP: ObservedState.STOPPED}


def decide(situation: Situation, schedule: Schedule | None) -> Decision:
    """Decide about one instance; `schedule` is None where the tag names none that is usable.

    Cheap enough to be called for every instance of a large estate: the schedule is evaluated once for each instant.
    """
    desired = None if schedule is None else desired_at(schedule, situation.at)
    row = _outside_schedule(situation) or _held_back(situation, desired)
    if row is not None or schedule is None or desired is None:
        return _decision(situation, row or _E1, desired, None)
    row = _by_schedule(situation, schedule, desired)
    wanted = _type_to_change_to(situation, row, desired)
    if wanted is not None and situation.observed is ObservedState.RUNNING:
        row = _Row("U5", Action.RESIZE, StoredState.RUNNING, f"the schedule wants the type {wanted}")
    return _decision(situation, row, desired, wanted)


def _decision(situation: Situation, row: _Row, desired: Desired | None, wanted: str | None) -> Decision:
    done = _STATE_AFTER.get(row.request) is situation.observed
    return Decision(
        row=row.name,
        request=row.request,
        action=Action.NONE if done else row.request,
        new_stored=row.stored,
        desired=desired,
        desired_type=wanted,
        explanation=row.explanation,
    )


def _outside_schedule(situation: Situation) -> _Row | None:
    """Rows O1 to O4, which need no schedule."""
    if situation.schedule_tag.strip().lower() in UNSCHEDULED_TAGS:
        return _O1
    if situation.claimed:
        return _O2_CLAIMED
    if situation.observed is ObservedState.TRANSITIONAL:
        return _O2_TRANSITIONAL
    override = situation.override
    if isinstance(override, UnreadableOverride):
        return _Row("O3", Action.NONE, None, override.reason)
    if override is None or not override.is_in_force(situation.at):
        return None
    end = "until it is removed" if override.until is None else f"until {format_instant(override.until)}"
    explanation = f"its own override wants it {override.state} {end}"
    if override.state is DesiredState.RUNNING:
        return _Row("O4", Action.START, StoredState.RUNNING, explanation)
    return _Row("O4", Action.STOP, StoredState.STOPPED, explanation)


def _held_back(situation: Situation, desired: Desired | None) -> _Row | None:
    """Row O5: a failed call waits for its next try."""
    if desired is None or situation.retry_at is None or situation.retry_at <= situation.at:
        return None
    start_waits = situation.stored is StoredState.START_FAILED and desired.state is DesiredState.RUNNING
    stop_waits = situation.stored is StoredState.STOP_FAILED and desired.state is DesiredState.STOPPED
    if not start_waits and not stop_waits:
        return None
    what = "start" if start_waits else "stop"
    return _Row(
        "O5", Action.NONE, None, f"its last {what} failed and is tried again at {format_instant(situation.retry_at)}"
    )


def _by_schedule(situation: Situation, schedule: Schedule, desired: Desired) -> _Row:
    """Rows M0, S1 to S5, U1 to U6 and A1."""
    if situation.maintenance_window_open and situation.service is Service.RDS and schedule.use_maintenance_window:
        kept = situation.stored is StoredState.RETAIN_RUNNING
        stored = StoredState.RETAIN_RUNNING if kept else StoredState.RUNNING
        return _Row("M0", Action.START, stored, "its maintenance window is open or about to open")
    if desired.state is DesiredState.STOPPED:
        return _when_stopped(situation, schedule)
    if desired.state is DesiredState.RUNNING:
        return _when_running(situation, schedule)
    return _A1


def _when_stopped(situation: Situation, schedule: Schedule) -> _Row:
    stored = situation.stored
    if stored is StoredState.UNKNOWN and not schedule.stop_new_instances:
        return _S1
    if schedule.enforced:
        return _S2
    if stored is StoredState.RETAIN_RUNNING and schedule.retain_running:
        return _S3
    if stored is not StoredState.STOPPED:
        return _S4
    restarted = situation.restarted_by_aws and situation.service is Service.RDS
    return _S5A if restarted and situation.observed is ObservedState.RUNNING else _S5


def _when_running(situation: Situation, schedule: Schedule) -> _Row:
    stored = situation.stored
    if schedule.enforced:
        return _U1
    if schedule.retain_running and stored is StoredState.STOPPED and situation.observed is ObservedState.RUNNING:
        return _U2
    if stored is StoredState.RETAIN_RUNNING:
        return _U3
    return _U6 if stored is StoredState.RUNNING else _U4


def _type_to_change_to(situation: Situation, row: _Row, desired: Desired) -> str | None:
    """The wanted type where a resize of a running instance, or a start on another type, is due."""
    wanted = desired.instance_type
    if wanted is None or situation.service is not Service.EC2 or situation.instance_type in (None, wanted):
        return None
    if row.name not in _RESIZABLE:
        return None
    resting = situation.observed is ObservedState.STOPPED and row.request is Action.NONE
    return None if resting else wanted
