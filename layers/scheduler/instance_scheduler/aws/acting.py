"""Starts and stops of a batch: claim, call, settle. The claim comes before the call, the record after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.aws.calls import error_code
from instance_scheduler.aws.gathering import STALE, is_stale
from instance_scheduler.aws.stack import Stack
from instance_scheduler.aws.state_store import skipped
from instance_scheduler.decision import Action, StoredState
from instance_scheduler.guard import is_planned
from instance_scheduler.isolation import Refusal, Results
from instance_scheduler.journal import Entry, Status
from instance_scheduler.observability import logger
from instance_scheduler.record import Claim, InstanceRecord, LastAction
from instance_scheduler.request import RunRequest
from instance_scheduler.retry import retry_at
from instance_scheduler.settings import Settings
from instance_scheduler.target import Target


class Actor(Protocol):
    """What a batch needs of a service: to carry out one action on some instances of a target."""

    def act(self, action: Action, entries: Sequence[Entry]) -> Results:
        """Start, stop or hibernate; what is refused or without an answer is told by id, the rest was carried out."""


def act_on_batch(
    stack: Stack, request: RunRequest, number: int, entered: datetime, actors: Callable[[Target], Actor]
) -> dict[str, object]:
    """Carry out the starts and stops of a batch's targets; answer `{"batch", "error": null}`.

    A target whose role cannot be assumed has its actions recorded as failed; the other targets go on.
    """
    targets = stack.state.batch(request.id, number)
    settings = stack.config().settings
    for target in targets:
        entries = [
            entry for entry in stack.state.entries(request.id, [target]) if is_planned(entry) and not entry.resizes
        ]
        if is_stale(request, entered):
            stack.state.record_entries([skipped(entry, STALE) for entry in entries], request.id)
        else:
            _act_on_target(stack, settings, request, entries, lambda target=target: actors(target))  # type: ignore[misc]  # bound now
    return {"batch": number, "error": None}


def _act_on_target(
    stack: Stack, settings: Settings, request: RunRequest, entries: Sequence[Entry], actor: Callable[[], Actor]
) -> None:
    won = stack.state.claim(entries, {entry.key: _claim(request, entry) for entry in entries})
    lost = [entry for entry in entries if entry.key not in won]
    stack.state.record_entries(map(stack.state.lost, lost), request.id)
    claimed = [entry for entry in entries if entry.key in won]
    for action in (Action.START, Action.STOP, Action.HIBERNATE):
        chosen = [entry for entry in claimed if entry.action is action]
        if chosen:
            _settle(stack, settings, request, chosen, _results(actor, action, chosen))


def _results(actor: Callable[[], Actor], action: Action, entries: Sequence[Entry]) -> Results:
    try:
        acting = actor()
    except (ClientError, BotoCoreError) as error:
        refusal = Refusal(code=error_code(error), message=str(error))
        return Results(refused={entry.instance: refusal for entry in entries}, unanswered={})
    return acting.act(action, entries)


def _settle(stack: Stack, settings: Settings, request: RunRequest, entries: Sequence[Entry], results: Results) -> None:
    settled = [
        _outcome(entry, results.refused.get(entry.instance), request, settings)
        for entry in entries
        if entry.instance not in results.unanswered
    ]
    stack.state.settle(settled, request.id)
    silent = [
        replace(entry, status=Status.FAILED, reason=f"no answer, the next run looks again: {reason}", code="NoAnswer")
        for entry in entries
        if (reason := results.unanswered.get(entry.instance)) is not None
    ]
    stack.state.record_entries(silent, request.id)
    for entry in [one for one, _ in settled] + silent:
        logger.info(
            "acted",
            extra={"instance": entry.key, "action": entry.action, "status": entry.status, "reason": entry.reason},
        )


def _claim(request: RunRequest, entry: Entry) -> Claim:
    return Claim(run=request.id, action=entry.action, at=request.at, new_stored=entry.new_stored)


def _outcome(
    entry: Entry, refusal: Refusal | None, request: RunRequest, settings: Settings
) -> tuple[Entry, InstanceRecord]:
    record = InstanceRecord(stored=entry.new_stored, schedule=entry.schedule, schedule_hash=entry.schedule_hash)
    if refusal is None:
        # A start is a promise: failures before it are forgotten once it is seen to hold.
        promised = entry.action is Action.START
        last = LastAction(action=entry.action, at=request.at, run=request.id, verified=not promised)
        failures = entry.failures if promised else 0
        return replace(entry, status=Status.SUCCEEDED), replace(record, last_action=last, failures=failures)
    failed = replace(entry, status=Status.FAILED, reason=str(refusal), code=refusal.code)
    return failed, failed_record(record, entry, request, settings)


def failed_record(
    record: InstanceRecord, entry: Entry, request: RunRequest, settings: Settings, *, resize: bool = False
) -> InstanceRecord:
    """Say what an instance's item holds after its action failed: the failed state, one failure more, and when to try again."""
    failures = entry.failures + 1
    started = entry.action in (Action.START, Action.RESIZE)
    return replace(
        record,
        stored=StoredState.START_FAILED if started else StoredState.STOP_FAILED,
        failures=failures,
        retry_at=retry_at(failures, request.at, settings, resize=resize),
    )
