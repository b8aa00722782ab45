"""A run's journal: one entry for each instance that the run decided something about, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from instance_scheduler.decision import Action, StoredState
from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.sighting import Kind, instance_key
from instance_scheduler.target import Target, parse_target


class Status(StrEnum):
    """How far an entry came."""

    PLANNED = "planned"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One decision about one instance, as the run's journal holds it."""

    target: Target
    instance: str
    name: str
    at: datetime
    action: Action
    """What is to be done; `none` where there is only something to tell."""
    row: str
    """The row of the decision table, such as `S4`; empty where no row was read."""
    reason: str
    """One clause for a person; once the entry failed or was skipped, why."""
    status: Status = Status.PLANNED
    kind: Kind = Kind.INSTANCE
    schedule: str = ""
    schedule_hash: str = ""
    new_stored: StoredState = StoredState.UNKNOWN
    """The stored state once the action is done."""
    from_type: str = ""
    to_type: str = ""
    """The type to change to; empty where the action leaves the type alone."""
    alternate: str = ""
    """The type that is tried, or was taken, in place of `to_type`."""
    zone: str = ""
    """The availability zone."""
    timezone: str = ""
    """The schedule's time zone, in which the mail tells its local time; empty where no usable schedule decided."""
    metered: bool = False
    """Whether the schedule's instances are counted in metrics."""
    engine: str = ""
    version: int = 0
    """The version of the instance's item that the decision saw."""
    failures: int = 0
    """Failed actions in a row that the decision saw."""
    taken_over: str = ""
    """The dead run whose resize this entry carries on."""
    unexplained: bool = False
    """A stop that no transition of the timetable explains; the guard counts these."""
    withheld: bool = False
    """Held back by the guard until the run is confirmed."""
    earlier_failure: str = ""
    """What was found out about an earlier action, such as a start that did not hold."""
    code: str = ""
    """The error's code where the entry failed; what the mail's once-a-day mark goes by."""

    @property
    def key(self) -> str:
        """`<account>/<region>/<service>/<instance id>`."""
        return instance_key(self.target, self.instance)

    @property
    def label(self) -> str:
        """`name (id)`, or the id alone where the two are the same or no name is given."""
        return self.instance if self.name in ("", self.instance) else f"{self.name} ({self.instance})"

    @property
    def resizes(self) -> bool:
        """Whether the entry changes the instance's type, and so travels with the resizes."""
        return self.to_type != ""


def entry_to_item(entry: Entry) -> dict[str, object]:
    """Write an entry as its item, table keys left out."""
    return {
        "instance": entry.instance,
        "at": format_instant(entry.at),
        "name": entry.name,
        "kind": str(entry.kind),
        "schedule": entry.schedule,
        "schedule_hash": entry.schedule_hash,
        "action": str(entry.action),
        "row": entry.row,
        "reason": entry.reason,
        "status": str(entry.status),
        "new_stored_state": str(entry.new_stored),
        "type": entry.from_type,
        "to_type": entry.to_type,
        "alternate": entry.alternate,
        "zone": entry.zone,
        "timezone": entry.timezone,
        "metered": entry.metered,
        "engine": entry.engine,
        "seen_version": entry.version,
        "failures": entry.failures,
        "taken_over": entry.taken_over,
        "unexplained": entry.unexplained,
        "withheld": entry.withheld,
        "earlier_failure": entry.earlier_failure,
        "code": entry.code,
    }


def entry_from_item(item: Mapping[str, object]) -> Entry:
    """Read an entry from its item; `sk` is `<account>/<region>/<service>/<instance id>`."""
    target, _, instance = str(item["sk"]).rpartition("/")
    return Entry(
        target=parse_target(target),
        instance=instance,
        name=str(item["name"]),
        at=parse_instant(str(item["at"])),
        kind=Kind(str(item["kind"])),
        schedule=str(item["schedule"]),
        schedule_hash=str(item["schedule_hash"]),
        action=Action(str(item["action"])),
        row=str(item["row"]),
        reason=str(item["reason"]),
        status=Status(str(item["status"])),
        new_stored=StoredState(str(item["new_stored_state"])),
        from_type=str(item["type"]),
        to_type=str(item["to_type"]),
        alternate=str(item.get("alternate", "")),
        zone=str(item["zone"]),
        timezone=str(item.get("timezone", "")),
        metered=item.get("metered") is True,
        engine=str(item["engine"]),
        version=int(str(item["seen_version"])),
        failures=int(str(item["failures"])),
        taken_over=str(item["taken_over"]),
        unexplained=bool(item["unexplained"]),
        withheld=bool(item["withheld"]),
        earlier_failure=str(item["earlier_failure"]),
        code=str(item["code"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFailure:
    """A target that a run could not look at, and why."""

    target: Target
    reason: str
    code: str
