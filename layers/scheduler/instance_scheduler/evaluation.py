"""The evaluation of one target: what was seen and what is stored become journal entries and quiet updates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from instance_scheduler.alarm import NO_ATTENTION, Attention, attention_to, join
from instance_scheduler.claim import is_resize, settle, verify
from instance_scheduler.config import Config
from instance_scheduler.decision import Action, Decision, ObservedState, Situation, StoredState, decide
from instance_scheduler.errors import InvalidInput
from instance_scheduler.journal import Entry, Status
from instance_scheduler.maintenance_window import parse_maintenance_window
from instance_scheduler.mark import WITHHELD, is_news
from instance_scheduler.metrics import is_metered
from instance_scheduler.override import parse_override
from instance_scheduler.record import InstanceRecord, expiry
from instance_scheduler.request import RunRequest
from instance_scheduler.schedule import Schedule
from instance_scheduler.sighting import Sighting, has_failed
from instance_scheduler.target import Target

_RENEW = timedelta(days=200)
"""An item is renewed when it expires sooner than this, half of its life."""
_EARLY_RESTART = timedelta(hours=1)
"""How long before the end of the seven days a database that runs may be AWS's doing."""
_TOLD_ROWS = frozenset({"E1", "O3"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the sweep of one target decided."""

    entries: tuple[Entry, ...]
    """To be journaled: actions to take and conditions to tell."""
    updates: Mapping[str, InstanceRecord]
    """Instances whose items change without an action: id → the record to write; its version is the one seen."""
    managed: int
    """Instances that carry the tag key, whatever its value."""
    attention: Attention
    """What the target asks of its next sweeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What came of one instance: an entry to journal, a record to write, what it asks of the next sweeps."""

    entry: Entry | None = None
    after: InstanceRecord | None = None
    attention: Attention = NO_ATTENTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What is the same for every instance of one sweep."""

    request: RunRequest
    config: Config
    is_alive: Callable[[str], bool]
    """Whether the run of that id still lives."""


def evaluate_target(
    target: Target, sightings: Sequence[Sighting], records: Mapping[str, InstanceRecord], sweep: Sweep
) -> Evaluation:
    """Decide about every instance of a target that the run looks at; each has its place among `entries`, `updates` or neither."""
    results = {
        sighting.id: _evaluate(sighting, records.get(sighting.id, InstanceRecord()), sweep)
        for sighting in sightings
        if _is_looked_at(sighting, sweep.request)
    }
    return Evaluation(
        entries=tuple(result.entry for result in results.values() if result.entry is not None),
        updates={one: result.after for one, result in results.items() if result.after is not None},
        managed=len(sightings),
        attention=join(result.attention for result in results.values()),
    )


def _is_looked_at(sighting: Sighting, request: RunRequest) -> bool:
    return (not request.schedules or sighting.schedule_tag in request.schedules) and (
        not request.instances or sighting.id in request.instances
    )


def _evaluate(sighting: Sighting, record: InstanceRecord, sweep: Sweep) -> _Result:
    claimed = record.claim is not None and sweep.is_alive(record.claim.run)
    undecided = _undecided(sighting, record, claimed, sweep)
    if undecided is not None:
        return undecided
    known, broken = (record, "") if claimed else verify(settle(record, sighting), sighting, sweep.config.settings)
    schedule = sweep.config.schedules.get(sighting.schedule_tag)
    situation = _situation(sighting, known, schedule, claimed, sweep)
    decision = decide(situation, schedule)
    attention = attention_to(sighting, known, decision, schedule, situation)
    if decision.action is not Action.NONE:
        action = _act(sighting, record, known, decision, schedule, broken, sweep)
        if action.unexplained and WITHHELD in record.reported:
            # It was withheld before and most likely will be again: it is looked at as whatever stays open is.
            attention = replace(attention, acts=False, is_fresh=False)
        return _Result(entry=action, attention=attention)
    after = _quiet(record, known, decision, schedule, sighting, sweep.request.at)
    entry = None
    if decision.row in _TOLD_ROWS:
        reason = _schedule_fault(sighting, sweep.config) if decision.row == "E1" else decision.explanation
        entry = _tell(sighting, record, sweep, decision.row, decision.row, reason)
    elif has_failed(sighting.state):
        reason = f"its status is {sighting.state}: it can be neither started nor stopped until somebody helps it"
        entry = _tell(sighting, record, sweep, "failed_status", decision.row, reason)
    elif broken:
        entry = _tell(sighting, record, sweep, "start_broken", decision.row, f"its start did not hold: {broken}")
    return _Result(entry=entry, after=after, attention=attention)


def _undecided(sighting: Sighting, record: InstanceRecord, claimed: bool, sweep: Sweep) -> _Result | None:
    """Answer for an instance that nothing is to be decided about; None for any other."""
    if sighting.unsupported:
        return _Result(entry=_tell(sighting, record, sweep, "unsupported", "", sighting.unsupported))
    if record.fault:
        reason = f"its item in the state table has to be deleted, it cannot be read: {record.fault}"
        return _Result(entry=_tell(sighting, record, sweep, "unreadable_item", "", reason))
    claim = record.claim
    if claim is not None and not claimed and is_resize(claim):
        if sweep.request.tick and claim.again_at is not None and claim.again_at > sweep.request.at:
            return _Result(attention=Attention(is_open=True, wake_at=claim.again_at))
        return _Result(entry=_take_over(sighting, record, sweep), attention=Attention(is_open=True, acts=True))
    return _Result(attention=Attention(is_open=True)) if _is_overtaken(record, sweep.request) else None


def _is_overtaken(record: InstanceRecord, request: RunRequest) -> bool:
    """Whether a tick comes to an instance on which a later run acted: it would undo what the clock has asked for since."""
    return request.tick and record.last_action is not None and record.last_action.at > request.at


def _situation(
    sighting: Sighting, record: InstanceRecord, schedule: Schedule | None, claimed: bool, sweep: Sweep
) -> Situation:
    at = sweep.request.at
    same = schedule is not None and record.schedule_hash == schedule.schedule_hash
    restart = record.automatic_restart_at
    return Situation(
        at=at,
        service=sighting.target.service,
        stored=record.stored,
        observed=sighting.observed,
        instance_type=_effective_type(sighting, record),
        schedule_tag=sighting.schedule_tag,
        override=parse_override(sighting.override_tag or record.override)
        if sighting.override_tag or record.override
        else None,
        claimed=claimed,
        retry_at=record.retry_at if sweep.request.tick and same else None,
        maintenance_window_open=_is_window_open(sighting, at),
        restarted_by_aws=restart is not None and restart <= at,
    )


def _effective_type(sighting: Sighting, record: InstanceRecord) -> str | None:
    """Say which type counts: while it runs, one that it was given for lack of room on the wanted type counts as that."""
    substituted = record.substitute != "" and record.substitute == sighting.type
    if substituted and sighting.observed is ObservedState.RUNNING:
        return record.substitute_for
    return sighting.type or None


def _schedule_fault(sighting: Sighting, config: Config) -> str:
    name = sighting.schedule_tag
    if name in config.faulty:
        return f"its schedule has an error: {'; '.join(map(str, config.faulty[name]))}"
    return f"its schedule {name!r} is unknown; the stack knows {', '.join(sorted(config.schedules)) or 'none'}"


def _is_window_open(sighting: Sighting, at: datetime) -> bool:
    try:
        return sighting.maintenance_window != "" and parse_maintenance_window(sighting.maintenance_window).is_open(at)
    except InvalidInput:
        return False


def _act(
    sighting: Sighting,
    record: InstanceRecord,
    known: InstanceRecord,
    decision: Decision,
    schedule: Schedule | None,
    broken: str,
    sweep: Sweep,
) -> Entry:
    hibernates = decision.action is Action.STOP and schedule is not None and schedule.hibernate
    types = f"{sighting.type} to {decision.desired_type}: " if decision.desired_type else ""
    return replace(
        _entry(sighting, record, sweep),
        action=Action.HIBERNATE if hibernates and sighting.target.service == "ec2" else decision.action,
        row=decision.row,
        reason=f"{types}{decision.explanation}",
        schedule_hash=schedule.schedule_hash if schedule is not None else "",
        new_stored=decision.new_stored or known.stored,
        to_type=decision.desired_type or "",
        failures=known.failures,
        unexplained=decision.action is Action.STOP and _is_unexplained(sighting, known, schedule),
        earlier_failure=f"its start did not hold: {broken}" if broken else "",
    )


def _is_unexplained(sighting: Sighting, record: InstanceRecord, schedule: Schedule | None) -> bool:
    today = (sighting.schedule_tag, schedule.schedule_hash if schedule is not None else "")
    return record.stored is StoredState.UNKNOWN or (record.schedule, record.schedule_hash) != today


def _take_over(sighting: Sighting, record: InstanceRecord, sweep: Sweep) -> Entry:
    claim = record.claim
    assert claim is not None
    return replace(
        _entry(sighting, record, sweep),
        action=claim.action,
        row="U5",
        reason=f"{claim.from_type} to {claim.to_type}: goes on where run {claim.run} stood",
        schedule_hash=record.schedule_hash,
        new_stored=claim.new_stored,
        from_type=claim.from_type,
        to_type=claim.to_type,
        alternate=claim.trying,
        failures=record.failures,
        taken_over=claim.run,
    )


def _tell(sighting: Sighting, record: InstanceRecord, sweep: Sweep, code: str, row: str, reason: str) -> Entry | None:
    if not is_news(record.reported, code, sweep.request.at):
        return None
    return replace(_entry(sighting, record, sweep), row=row, reason=reason, status=Status.SKIPPED, code=code)


def _entry(sighting: Sighting, record: InstanceRecord, sweep: Sweep) -> Entry:
    schedule = sweep.config.schedules.get(sighting.schedule_tag)
    return Entry(
        target=sighting.target,
        instance=sighting.id,
        name=sighting.name,
        at=sweep.request.at,
        action=Action.NONE,
        row="",
        reason="",
        kind=sighting.kind,
        schedule=sighting.schedule_tag,
        from_type=sighting.type,
        zone=sighting.zone,
        timezone=schedule.timezone if schedule is not None else "",
        metered=schedule is not None and is_metered(schedule, sweep.config.settings),
        engine=sighting.engine,
        version=record.version,
    )


def _quiet(
    record: InstanceRecord,
    known: InstanceRecord,
    decision: Decision,
    schedule: Schedule | None,
    sighting: Sighting,
    at: datetime,
) -> InstanceRecord | None:
    """Say what to write for an instance that needs no action, or None where the item already says so."""
    after = known
    if decision.new_stored is not None:
        after = replace(
            known,
            stored=decision.new_stored,
            schedule=sighting.schedule_tag,
            schedule_hash=schedule.schedule_hash if schedule is not None else "",
            failures=0 if _is_settled(decision, sighting) else known.failures,
            retry_at=None if _is_settled(decision, sighting) else known.retry_at,
        )
    if sighting.automatic_restart_at is not None:
        after = replace(after, automatic_restart_at=sighting.automatic_restart_at)
    elif sighting.observed is ObservedState.RUNNING and not _waits_for_restart(after, at):
        after = replace(after, automatic_restart_at=None)
    if after == record and (record.version == 0 or record.expires_at >= int((at + _RENEW).timestamp())):
        return None
    return replace(after, expires_at=expiry(at))


def _waits_for_restart(record: InstanceRecord, at: datetime) -> bool:
    """Whether a database that runs though it is stored as stopped may have been started by AWS; long before, it was a person."""
    restart = record.automatic_restart_at
    return record.stored is StoredState.STOPPED and restart is not None and at >= restart - _EARLY_RESTART


def _is_settled(decision: Decision, sighting: Sighting) -> bool:
    return sighting.observed is not ObservedState.TRANSITIONAL and decision.action is Action.NONE
