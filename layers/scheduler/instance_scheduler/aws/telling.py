"""The end of a run: what its journal says is counted, written down, and put into a mail where it is worth one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from instance_scheduler.account_failure import mark_of_account, mark_of_entry
from instance_scheduler.action_events import action_events
from instance_scheduler.aws.publishing import put_events
from instance_scheduler.aws.session import hub_client
from instance_scheduler.aws.stack import Stack
from instance_scheduler.journal import Entry, Status, TargetFailure
from instance_scheduler.messages import console_link
from instance_scheduler.metrics import measure_run
from instance_scheduler.notification import compose_summary
from instance_scheduler.observability import emit
from instance_scheduler.request import RunRequest
from instance_scheduler.settings import Notify
from instance_scheduler.summary import ORGANIZATION, Summary, error_parts, failure_key, told_code, worth_a_mail
from instance_scheduler.target import parse_target

_TARGET = re.compile(r"\d{12}/[a-z0-9-]+/(?:ec2|rds)")
_THREADS = 8


def tell(
    stack: Stack,
    request: RunRequest,
    errors: Sequence[str],
    resizes: Mapping[str, str],
    execution: str,
    entered: datetime | None = None,
) -> dict[str, object]:
    """Summarize a run; answer `{"mail", "subject", "message", "details", "counts"}` and write the run's item.

    `errors` are the shards and batches whose Lambda failed, `resizes` the instances whose resize did (id → error); the latter is
    told only where the journal does not say more. A standing condition is marked as told on its own item, on
    the condition that it was not told within the last day, so that of two runs only one tells it. `entered` is when all but the
    summary was done.
    """
    summary = summarize(stack, request, errors, resizes, execution)
    counts = summary.counts.as_dict()
    stack.state.write_run(request, counts)
    if not request.dry_run:
        seconds = ((entered or request.start_time) - request.start_time).total_seconds()
        emit(measure_run(stack.settings.stack, summary, seconds))
    if stack.settings.publish_events:
        put_events(hub_client("events"), action_events(summary, stack.settings.stack), request.at)
    notification = compose_summary(summary, stack.settings.stack)
    return {"mail": worth_a_mail(summary), **notification.to_message(), "counts": counts}


def summarize(
    stack: Stack, request: RunRequest, errors: Sequence[str], resizes: Mapping[str, str], execution: str
) -> Summary:
    """Read what a run came to, and mark what of it is told now."""
    journal = stack.state.journal(request.id)
    entries, failures, unread = journal.entries, journal.failures, journal.unread
    unrecorded = _unrecorded(entries, resizes)
    marks: dict[str, Mark] = {
        **{entry.key: partial(_mark_entry, entry, code) for entry in entries if (code := told_code(entry))},
        **{failure_key(one): partial(_mark_failure, one) for one in failures},
        **({ORGANIZATION: partial(_mark_organization, unread[0])} if unread is not None else {}),
        **{error: partial(_mark_part, error) for error in errors},
        **{error: _mark_of_resize(error, entry) for error, entry in unrecorded.items()},
    }
    news = _news(stack, request, marks)
    members = stack.state.members() if stack.settings.organizational_units else None
    return Summary(
        request=request,
        entries=entries,
        failures=failures,
        errors=(*errors, *unrecorded),
        unread=unread,
        news=news,
        told=frozenset(marks) - news if _is_heard(stack, request) else frozenset(),
        account_names=members.names if members is not None else {},
        language=stack.settings.language,
        partition=stack.home.partition,
        console=console_link(execution, stack.home.partition, stack.home.region),
    )


Mark = Callable[[Stack, datetime], bool]
"""Marks something as told at an instant; False where it was told within the day before."""


def _mark_entry(entry: Entry, code: str, stack: Stack, at: datetime) -> bool:
    if mark := mark_of_entry(entry):
        return stack.state.mark_account(entry.target.account, mark, at)
    return stack.state.mark_instance(entry, code, at)


def _mark_of_resize(error: str, entry: Entry | None) -> Mark:
    if entry is None:
        return partial(_mark_part, error)
    return partial(_mark_entry, entry, f"resize_{error_parts(error)[1]}")


def _mark_failure(failure: TargetFailure, stack: Stack, at: datetime) -> bool:
    if mark := mark_of_account(failure):
        return stack.state.mark_account(failure.target.account, mark, at)
    return stack.state.mark_target(failure.target, failure.code, at)


def _mark_organization(code: str, stack: Stack, at: datetime) -> bool:
    return stack.state.mark_organization(code, at)


def _mark_part(error: str, stack: Stack, at: datetime) -> bool:
    """Mark a shard or a batch on the item of the target that its label names; one without a name is always news."""
    label, name = error_parts(error)
    named = _TARGET.search(label)
    return named is None or stack.state.mark_target(parse_target(named[0]), f"part_{name}", at)


def _news(stack: Stack, request: RunRequest, marks: Mapping[str, Mark]) -> frozenset[str]:
    """Mark what stands, and say which of it was not told within the last day."""
    if not marks or not _is_heard(stack, request):
        return frozenset()
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        fresh = list(pool.map(lambda mark: mark(stack, request.at), marks.values()))
    return frozenset(key for key, is_fresh in zip(marks, fresh, strict=True) if is_fresh)


def _is_heard(stack: Stack, request: RunRequest) -> bool:
    """Say whether anybody is to hear of the run; what nobody hears now is not marked, so that the next run tells it.

    A stack that never tells anything marks all the same: its evaluators would otherwise report the same every tick.
    """
    silenced = request.notify is Notify.NEVER and stack.settings.notify is not Notify.NEVER
    return not (request.dry_run or silenced)


def _unrecorded(entries: Sequence[Entry], resizes: Mapping[str, str]) -> dict[str, Entry | None]:
    """Keep the errors of resizes of whose failure the journal says nothing, each with its entry where there is one."""
    by_instance = {entry.instance: entry for entry in entries if entry.resizes}
    found = {error: by_instance.get(instance) for instance, error in resizes.items()}
    return {error: entry for error, entry in found.items() if entry is None or entry.status is not Status.FAILED}
