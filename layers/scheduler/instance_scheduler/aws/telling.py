"""The end of a run: what its journal says is counted, written down, and put into a mail where it is worth one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from instance_scheduler.aws.stack import Stack
from instance_scheduler.journal import Entry, Status, TargetFailure
from instance_scheduler.messages import compose_message, compose_subject, console_link
from instance_scheduler.request import RunRequest
from instance_scheduler.summary import Summary, told_code, worth_a_mail


def tell(
    stack: Stack, request: RunRequest, errors: Sequence[str], resizes: Mapping[str, str], execution: str
) -> dict[str, object]:
    """Summarize a run; answer `{"mail", "subject", "message", "counts"}` and write the run's item.

    `errors` are the shards and batches whose Lambda failed, `resizes` the instances whose resize did (id → error); the latter is
    told only where the journal does not say more. A standing condition is marked as told on its own item, on
    the condition that it was not told within the last day, so that of two runs only one tells it.
    """
    entries = tuple(stack.state.entries(request.id))
    failures = stack.state.target_failures(request.id)
    summary = Summary(
        request=request,
        entries=entries,
        failures=failures,
        errors=(*errors, *_unrecorded(entries, resizes)),
        news=_mark_news(stack, request, entries, failures),
        console=console_link(execution, stack.home.partition, stack.home.region),
    )
    counts = summary.counts.as_dict()
    stack.state.write_run(request, counts)
    return {
        "mail": worth_a_mail(summary),
        "subject": compose_subject(summary, stack.settings.stack),
        "message": compose_message(summary, stack.settings.stack),
        "counts": counts,
    }


def _unrecorded(entries: Sequence[Entry], resizes: Mapping[str, str]) -> tuple[str, ...]:
    recorded = {entry.instance for entry in entries if entry.resizes and entry.status is Status.FAILED}
    return tuple(error for instance, error in resizes.items() if instance not in recorded)


def _mark_news(
    stack: Stack, request: RunRequest, entries: Sequence[Entry], failures: Sequence[TargetFailure]
) -> frozenset[str]:
    if request.dry_run:
        return frozenset()
    told = {
        entry.key
        for entry in entries
        if (code := told_code(entry)) and stack.state.mark_instance(entry, code, request.at)
    }
    marked = {str(one.target) for one in failures if stack.state.mark_target(one.target, one.code, request.at)}
    return frozenset(told | marked)
