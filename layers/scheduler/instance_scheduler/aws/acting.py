"""Starts and stops of a batch: claim, call, settle, tag. The claim comes before the call, the record after it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.account_failure import NOT_DONE
from instance_scheduler.aws.calls import FOREVER, Patience, refusal_of_actor
from instance_scheduler.aws.gathering import STALE, is_stale
from instance_scheduler.aws.stack import Stack
from instance_scheduler.aws.state_store import skipped
from instance_scheduler.decision import Action, StoredState
from instance_scheduler.guard import is_planned
from instance_scheduler.holding import targets_from_holding
from instance_scheduler.isolation import Refusal, Results
from instance_scheduler.journal import Entry, Status
from instance_scheduler.observability import logger
from instance_scheduler.record import Claim, InstanceRecord, LastAction
from instance_scheduler.refusals import OUT_OF_TIME, Treatment
from instance_scheduler.request import RunRequest, settings_of_run
from instance_scheduler.retry import retry_at
from instance_scheduler.settings import Settings
from instance_scheduler.tagging import written_tags
from instance_scheduler.target import Target

PROTECTED_AGAIN = timedelta(days=1)
"""What a person protects from being stopped is tried, and told, once in this time."""
_NO_TIME = Refusal(code=OUT_OF_TIME, message="the time of the function ran out")


class Actor(Protocol):
    """What a batch needs of a service: to carry out one action on some instances of a target."""

    def act(self, action: Action, entries: Sequence[Entry]) -> Results:
        """Start, stop or hibernate; what is refused or without an answer is told by id, the rest was carried out."""

    def tag(self, entries: Sequence[Entry], tags: Mapping[str, str]) -> Mapping[str, Refusal]:
        """Write tags; the ids that could not be tagged, and why."""


def act_on_batch(
    stack: Stack,
    request: RunRequest,
    number: int,
    entered: datetime,
    actors: Callable[[Target], Actor],
    *,
    patience: Patience = FOREVER,
) -> dict[str, object]:
    """Carry out the starts and stops of a batch's targets; answer `{"batch", "error": null}`.

    A target whose role cannot be assumed has its actions recorded as failed; the other targets go on. Once an account throttles
    or does not answer, its other targets come last: the time that they take is not the others'. What the function has no time
    for is recorded as not done, and stays due.
    """
    targets = (
        targets_from_holding(request.batches[number]) if request.batches else stack.state.batch(request.id, number)
    )
    settings = settings_of_run(request, stack.settings)
    slow: set[str] = set()
    for target in _slow_last(targets, slow):
        entries = [
            entry for entry in stack.state.entries(request.id, [target]) if is_planned(entry) and not entry.resizes
        ]
        if is_stale(request, entered):
            stack.state.record_entries([skipped(entry, STALE) for entry in entries], request.id)
        elif patience.is_over:
            stack.state.record_entries([not_done(entry, _NO_TIME) for entry in entries], request.id)
        elif _act_on_target(stack, settings, request, entries, lambda target=target: actors(target)):  # type: ignore[misc]  # bound now
            slow.add(target.account)
    return {"batch": number, "error": None}


def _slow_last(targets: Iterable[Target], slow: Container[str]) -> Iterator[Target]:
    """Give the targets in their order, those last whose account turned out to be slow by the time of their turn."""
    late: list[Target] = []
    for target in targets:
        if target.account in slow:
            late.append(target)
        else:
            yield target
    yield from late


def _act_on_target(
    stack: Stack, settings: Settings, request: RunRequest, entries: Sequence[Entry], actor: Callable[[], Actor]
) -> bool:
    """Claim, act and record; say whether AWS throttled the account to the end, or did not answer."""
    won = stack.state.claim(entries, {entry.key: _claim(request, entry) for entry in entries})
    lost = [entry for entry in entries if entry.key not in won]
    stack.state.record_entries(map(stack.state.lost, lost), request.id)
    claimed = [entry for entry in entries if entry.key in won]
    try:
        acting = actor() if claimed else None
    except (ClientError, BotoCoreError) as error:
        results = _without_actor(claimed, refusal_of_actor(error))
        _settle(stack, settings, request, claimed, results)
        return bool(results.left)
    done: list[Entry] = []
    is_slow = False
    for action in (Action.START, Action.STOP, Action.HIBERNATE):
        chosen = [entry for entry in claimed if entry.action is action]
        if chosen and acting is not None:
            results = acting.act(action, chosen)
            is_slow = is_slow or bool(results.left or results.unanswered)
            done += _settle(stack, settings, request, chosen, results)
    if acting is not None:
        _tag(stack, settings, request, done, acting)
    return is_slow


def _without_actor(entries: Sequence[Entry], refusal: Refusal) -> Results:
    """Say what becomes of entries whose account's role cannot be assumed: nothing was called, so nothing is in doubt."""
    every = {entry.instance: refusal for entry in entries}
    return Results(left=every) if refusal.passes else Results(refused=every)


def _settle(
    stack: Stack, settings: Settings, request: RunRequest, entries: Sequence[Entry], results: Results
) -> list[Entry]:
    """Record what became of each entry; the answer is those that were carried out."""
    open_ends = {*results.unanswered, *results.left, *results.gone}
    settled = [_outcome(entry, results, request, settings) for entry in entries if entry.instance not in open_ends]
    stack.state.settle(settled, request.id)
    silent = [
        replace(entry, status=Status.FAILED, reason=f"no answer, the next run looks again: {reason}", code="NoAnswer")
        for entry in entries
        if (reason := results.unanswered.get(entry.instance)) is not None
    ]
    stack.state.record_entries(silent, request.id)
    released = [not_done(entry, results.left[entry.instance]) for entry in entries if entry.instance in results.left]
    released += [skipped(entry, "it was terminated meanwhile") for entry in entries if entry.instance in results.gone]
    for entry in released:
        stack.state.release(entry, request.id)
    for entry in [*(one for one, _ in settled), *silent, *released]:
        logger.info(
            "acted",
            extra={"instance": entry.key, "action": entry.action, "status": entry.status, "reason": entry.reason},
        )
    return [entry for entry, _ in settled if entry.status is Status.SUCCEEDED]


def _tag(stack: Stack, settings: Settings, request: RunRequest, done: Sequence[Entry], actor: Actor) -> None:
    """Write the tags of what was carried out; tags that cannot be written are told, and change nothing else."""
    for entries, template in (
        ([entry for entry in done if entry.action is Action.START], settings.started_tags),
        ([entry for entry in done if entry.action is not Action.START], settings.stopped_tags),
    ):
        tags = tags_of(template, request, settings)
        if not entries or not tags:
            continue
        refused = actor.tag(entries, tags)
        stack.state.record_entries(
            [untagged(entry, refused[entry.instance]) for entry in entries if entry.instance in refused], request.id
        )


def tags_of(template: str, request: RunRequest, settings: Settings) -> dict[str, str]:
    """Fill in the tags to write in this run; none where the template is empty."""
    return written_tags(
        template,
        at=request.at,
        timezone=settings.default_timezone,
        scheduler=settings.stack,
        tag_key=settings.tag_key,
    )


def untagged(entry: Entry, refusal: Refusal) -> Entry:
    """Say that an entry was carried out, but its tags could not be written."""
    return replace(entry, reason=f"{entry.reason}; its tags could not be written: {refusal}", code=refusal.code)


def not_done(entry: Entry, refusal: Refusal) -> Entry:
    """Say that nothing was called for an entry, for a reason that passes by itself: it stays due as it was."""
    return replace(entry, status=Status.FAILED, reason=f"{NOT_DONE}{refusal}", code=refusal.code)


def _claim(request: RunRequest, entry: Entry) -> Claim:
    return Claim(run=request.id, action=entry.action, at=request.at, new_stored=entry.new_stored)


def _outcome(entry: Entry, results: Results, request: RunRequest, settings: Settings) -> tuple[Entry, InstanceRecord]:
    record = InstanceRecord(stored=entry.new_stored, schedule=entry.schedule, schedule_hash=entry.schedule_hash)
    refusal = results.refused.get(entry.instance)
    if refusal is None:
        # A start is a promise: failures before it are forgotten once it is seen to hold.
        promised = entry.action is Action.START
        action = results.instead.get(entry.instance, entry.action)
        last = LastAction(action=action, at=request.at, run=request.id, verified=not promised)
        failures = entry.failures if promised else 0
        done = replace(entry, status=Status.SUCCEEDED, action=action)
        remark = results.remarks.get(entry.instance)
        if remark is not None:
            done = replace(done, reason=f"{entry.reason}; {_remark(remark)}", code=remark.code)
        return done, replace(record, last_action=last, failures=failures)
    failed = replace(entry, status=Status.FAILED, reason=str(refusal), code=refusal.code)
    return failed, failed_record(record, failed, request, settings)


def _remark(refusal: Refusal) -> str:
    if refusal.treatment is Treatment.NO_SNAPSHOT:
        return f"without a snapshot: {refusal}"
    return f"snapshots of earlier stops were not deleted: {refusal}"


def failed_record(
    record: InstanceRecord, entry: Entry, request: RunRequest, settings: Settings, *, resize: bool = False
) -> InstanceRecord:
    """Say what an instance's item holds after its action failed: the failed state, one failure more, and when to try again.

    What is protected from being stopped is left alone for a day.
    """
    failures = entry.failures + 1
    started = entry.action in (Action.START, Action.RESIZE)
    stops = entry.action is not Action.START
    protected = stops and Refusal(code=entry.code, message="").treatment is Treatment.PROTECTED
    again = retry_at(failures, request.at, settings, resize=resize)
    return replace(
        record,
        stored=StoredState.START_FAILED if started else StoredState.STOP_FAILED,
        failures=failures,
        retry_at=request.at + PROTECTED_AGAIN if protected else again,
    )
