"""Claims: settling what a run that died, was stopped or timed out left of an instance."""

from dataclasses import replace

from instance_scheduler.decision import Action, StoredState
from instance_scheduler.record import Claim, InstanceRecord, LastAction
from instance_scheduler.retry import retry_at
from instance_scheduler.settings import Settings
from instance_scheduler.sighting import (
    STARTING_WORDS,
    STOPPED_WORDS,
    STOPPING_WORDS,
    Sighting,
    has_failed,
    is_down,
)

USER_STOPS = frozenset(
    {"Client.UserInitiatedShutdown", "Client.UserInitiatedHibernate", "Client.InstanceInitiatedShutdown"}
)
"""EC2's StateReason codes of a stop by a person or by the machine itself (EC2 API reference, StateReason)."""


def settle(record: InstanceRecord, sighting: Sighting) -> InstanceRecord:
    """Settle a dead run's claim on a start or a stop.

    Where the instance is seen on its way to, or in, the state that the claim was for, the action was done: the claim's stored
    state holds. Else nothing came of it: the claim is dropped and the stored state stands. A claim on a resize is not settled
    here, it is taken over.
    """
    claim = record.claim
    if claim is None or claim.action is Action.RESIZE or is_resize(claim):
        return record
    if not _was_done(claim, sighting):
        return replace(record, claim=None)
    # A start is a promise that the next run looks at; a stop that is seen needs no second look.
    promised = claim.action is Action.START
    last = LastAction(action=claim.action, at=claim.at, run=claim.run, verified=not promised)
    failures = record.failures if promised else 0
    return replace(record, claim=None, stored=claim.new_stored, last_action=last, failures=failures, retry_at=None)


def is_resize(claim: Claim) -> bool:
    """Say whether a claim changes the instance's type; a start that changes it first counts."""
    return claim.to_type != ""


def verify(record: InstanceRecord, sighting: Sighting, settings: Settings) -> tuple[InstanceRecord, str]:
    """Look once at what came of the last start: the record afterwards, and why the start failed (empty = it did not).

    A start is a promise. Seen running, it is kept, and earlier failures are forgotten. Seen stopped, it was broken, unless a
    person or the machine itself stopped the instance since; the stored state is then `start_failed`, and the next try is that of
    a start that was refused. On its way, it is looked at again by the next run.
    """
    last = record.last_action
    if last is None or last.verified or last.action not in (Action.START, Action.RESIZE):
        return record, ""
    if sighting.state in STARTING_WORDS | STOPPING_WORDS:
        return record, ""
    looked_at = replace(record, last_action=replace(last, verified=True))
    rolled_back = record.stored is StoredState.START_FAILED
    if not rolled_back and record.stored not in (StoredState.RUNNING, StoredState.RETAIN_RUNNING):
        return looked_at, ""
    if not _is_broken(sighting):
        return looked_at if rolled_back else replace(looked_at, failures=0, retry_at=None), ""
    failures = record.failures + 1
    again = retry_at(failures, last.at, settings)
    broken = replace(looked_at, stored=StoredState.START_FAILED, failures=failures, retry_at=again)
    return broken, sighting.state_message or sighting.state_reason or f"it is {sighting.state} again"


def _was_done(claim: Claim, sighting: Sighting) -> bool:
    if claim.action is Action.START:
        # A database that comes up passes other statuses too, such as backing-up or modifying.
        return not is_down(sighting.state) and not has_failed(sighting.state)
    return is_down(sighting.state)


def _is_broken(sighting: Sighting) -> bool:
    return has_failed(sighting.state) or (sighting.state in STOPPED_WORDS and sighting.state_reason not in USER_STOPS)
