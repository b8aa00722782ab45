"""What each action tells the account's event bus, so that people can hook in."""

from collections.abc import Iterator

from instance_scheduler.decision import Action
from instance_scheduler.instants import format_instant
from instance_scheduler.journal import Entry, Status
from instance_scheduler.messages import one_line, plain_reason
from instance_scheduler.settings import Service
from instance_scheduler.sighting import Kind
from instance_scheduler.summary import Summary

SOURCE = "instance-scheduler"
"""The `source` of all events; the policy of the function that puts them names it too."""
DETAIL_TYPE = "Instance Scheduler Action"
VERSION = "1.0"
"""Of the documented form, docs/events.schema.json; the first number changes when something that was there changes or goes."""
_TOLD = frozenset({Status.SUCCEEDED, Status.FAILED})


def action_events(summary: Summary, stack: str) -> Iterator[dict[str, object]]:
    """Give the detail of one event for each action that was carried out or failed; of a dry run none."""
    if summary.request.dry_run:
        return
    for entry in summary.entries:
        if entry.action is not Action.NONE and entry.status in _TOLD:
            yield _detail(summary, entry, stack)


def resource_of(entry: Entry, partition: str) -> str:
    """Compose the ARN of an entry's instance, database or cluster."""
    target = entry.target
    place = f"arn:{partition}:{target.service}:{target.region}:{target.account}"
    if target.service is Service.EC2:
        return f"{place}:instance/{entry.instance}"
    if entry.kind is Kind.CLUSTER:
        # A cluster beside a database of the same identifier bears its kind in its id already.
        return f"{place}:cluster:{entry.instance.removeprefix('cluster:')}"
    return f"{place}:db:{entry.instance}"


def _detail(summary: Summary, entry: Entry, stack: str) -> dict[str, object]:
    detail: dict[str, object] = {
        "version": VERSION,
        "stack": stack,
        "run": summary.request.id,
        "at": format_instant(summary.request.at),
        "account": entry.target.account,
        "region": entry.target.region,
        "service": str(entry.target.service),
        "kind": str(entry.kind),
        "instance": entry.instance,
        "name": one_line(entry.name),
        "schedule": one_line(entry.schedule),
        "action": str(entry.action),
        "status": str(entry.status),
        "reason": plain_reason(entry.reason),
        "arn": resource_of(entry, summary.partition),
    }
    if entry.resizes:
        detail |= {"from_type": entry.from_type, "to_type": entry.alternate or entry.to_type}
    return detail | ({"code": entry.code} if entry.code else {})
