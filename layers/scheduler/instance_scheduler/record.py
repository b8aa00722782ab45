"""What the state table holds of an instance: stored state, claim, last action, failures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from instance_scheduler.decision import Action, StoredState
from instance_scheduler.errors import InvalidInput
from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.mark import marks_of

KEEP = timedelta(days=400)
"""An instance's item is forgotten this long after it was last renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An instance held by a run: what that run set out to do, and where a resize stood."""

    run: str
    action: Action
    at: datetime
    new_stored: StoredState
    """The stored state once the action is done."""
    step: str = ""
    """Of a resize: queued, stopping, stopped, modifying, starting, rolling_back."""
    from_type: str = ""
    to_type: str = ""
    trying: str = ""
    """Of a resize: the alternate that is tried in place of `to_type`."""
    again_at: datetime | None = None
    """Of a resize that could be neither finished nor rolled back: when it is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAction:
    """The last action that was carried out; a start is verified by the next run that sees the instance."""

    action: Action
    at: datetime
    run: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRecord:
    """An instance's item; `version` 0 means that no item with a version exists yet."""

    stored: StoredState = StoredState.UNKNOWN
    version: int = 0
    schedule: str = ""
    schedule_hash: str = ""
    claim: Claim | None = None
    last_action: LastAction | None = None
    failures: int = 0
    retry_at: datetime | None = None
    override: str = ""
    """Set by the operator's tool, written as the override tag is."""
    reported: Mapping[str, str] = field(default_factory=dict)
    """What was mailed about the instance: the failure's key → the instant of the mail."""
    automatic_restart_at: datetime | None = None
    substitute: str = ""
    """The type that it was resized to because there was no room for `substitute_for`."""
    substitute_for: str = ""
    expires_at: int = 0
    """Epoch seconds."""
    fault: str = ""
    """Why the item could not be read; its instance is left alone."""


def record_from_item(item: Mapping[str, object]) -> InstanceRecord:
    """Read an instance's item; unknown attributes are ignored, an unknown stored state counts as `unknown`.

    An item that somebody wrote by hand and that cannot be read gives a record with a `fault` and its marks, and no more.
    """
    try:
        return _record(item)
    except (ValueError, KeyError, InvalidInput) as error:
        return InstanceRecord(fault=f"{type(error).__name__}: {error}", reported=marks_of(item))


def _record(item: Mapping[str, object]) -> InstanceRecord:
    stored = str(item.get("stored_state", "unknown"))
    return InstanceRecord(
        stored=StoredState(stored) if stored in set(StoredState) else StoredState.UNKNOWN,
        version=int(str(item.get("version", 0))),
        schedule=str(item.get("schedule", "")),
        schedule_hash=str(item.get("schedule_hash", "")),
        claim=_claim(item.get("claim")),
        last_action=_last_action(item.get("last_action")),
        failures=int(str(item.get("failures", 0))),
        retry_at=_instant(item.get("retry_at")),
        override=str(item.get("override", "")),
        reported=marks_of(item),
        automatic_restart_at=_instant(item.get("automatic_restart_at")),
        substitute=str(item.get("substitute", "")),
        substitute_for=str(item.get("substitute_for", "")),
        expires_at=int(str(item.get("expires_at", 0))),
    )


def claim_to_item(claim: Claim) -> dict[str, object]:
    """Write a claim as the map that stands in the instance's item."""
    return {
        "run": claim.run,
        "action": str(claim.action),
        "at": format_instant(claim.at),
        "new_stored_state": str(claim.new_stored),
        "step": claim.step,
        "from_type": claim.from_type,
        "to_type": claim.to_type,
        "trying": claim.trying,
        **({"again_at": format_instant(claim.again_at)} if claim.again_at is not None else {}),
    }


def last_action_to_item(last: LastAction) -> dict[str, object]:
    """Write a last action as the map that stands in the instance's item."""
    return {"action": str(last.action), "at": format_instant(last.at), "run": last.run, "verified": last.verified}


def expiry(at: datetime) -> int:
    """Say when an item renewed at this instant is forgotten, in epoch seconds."""
    return int((at + KEEP).timestamp())


def _claim(value: object) -> Claim | None:
    if not isinstance(value, Mapping) or not value:
        return None
    return Claim(
        run=str(value["run"]),
        action=Action(str(value["action"])),
        at=parse_instant(str(value["at"])),
        new_stored=StoredState(str(value["new_stored_state"])),
        step=str(value.get("step", "")),
        from_type=str(value.get("from_type", "")),
        to_type=str(value.get("to_type", "")),
        trying=str(value.get("trying", "")),
        again_at=_instant(value.get("again_at")),
    )


def _last_action(value: object) -> LastAction | None:
    if not isinstance(value, Mapping) or not value:
        return None
    return LastAction(
        action=Action(str(value["action"])),
        at=parse_instant(str(value["at"])),
        run=str(value["run"]),
        verified=bool(value["verified"]),
    )


def _instant(value: object) -> datetime | None:
    return parse_instant(str(value)) if value else None
