"""What the state table tells of the past: the timelines of all instances, or of one, over a span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from instance_scheduler.journal import entry_from_item
from instance_scheduler.record import InstanceRecord
from instance_scheduler.settings import Service
from instance_scheduler.target import Target
from scheduler_cli.timeline import Known, Span, Timeline, Told, known_from, timeline_of

if TYPE_CHECKING:
    from instance_scheduler.aws.state_store import StateStore
    from instance_scheduler.aws.table import Table

KEPT_DAYS = 35
"""So long a decision is kept."""
_INDEX = "by_instance"
"""Holds the decisions of all runs, and nothing else."""

Key = tuple[Target, str]
"""A target and the id of an instance on it."""


def span_before(end: datetime, days: int, created: datetime | None) -> Span:
    """So many days before an instant, but none in which there was no stack: from the hour in which its table was created."""
    begin = end - timedelta(days=days)
    if created is not None:
        begin = max(begin, created.replace(minute=0, second=0, microsecond=0))
    return Span(begin=min(begin, end), end=end)


def read_timelines(
    table: Table, state: StateStore, span: Span, known: Mapping[Key, Known] | None = None
) -> list[Timeline]:
    """Read the timelines of every instance that a run has decided something about or recorded; sorted by place and name.

    `known` says more of an instance than the state table does.
    """
    records = {
        (target, instance): record for target in state.targets() for instance, record in state.instances(target).items()
    }
    return _timelines(_by_instance(table.scan(index=_INDEX), records), records, span, known or {})


def read_timelines_of(table: Table, state: StateStore, instance: str, span: Span) -> list[Timeline]:
    """Read the timelines of the instances of this id: one, or one for each target where a database has its namesakes."""
    service = Service.EC2 if instance.startswith("i-") else Service.RDS
    found = {
        (target, instance): state.instance(target, instance) for target in state.targets() if target.service is service
    }
    records = {key: record for key, record in found.items() if record != InstanceRecord()}
    items = table.query("#instance = :instance", {":instance": instance}, names={"#instance": "instance"}, index=_INDEX)
    return _timelines(_by_instance(items, records), records, span, {})


def _timelines(
    decisions: Mapping[Key, Sequence[Told]],
    records: Mapping[Key, InstanceRecord],
    span: Span,
    known: Mapping[Key, Known],
) -> list[Timeline]:
    found = [
        timeline_of(
            *key,
            told,
            span,
            known=known.get(key) or known_from(records.get(key, InstanceRecord())),
            record=records.get(key),
        )
        for key, told in decisions.items()
    ]
    return sorted(found, key=lambda one: (one.target, one.name or one.instance, one.instance))


def _by_instance(items: Iterable[Mapping[str, object]], records: Iterable[Key]) -> dict[Key, list[Told]]:
    decisions: dict[Key, list[Told]] = {key: [] for key in records}
    for key, told in _told(items):
        decisions.setdefault(key, []).append(told)
    return decisions


def _told(items: Iterable[Mapping[str, object]]) -> Iterator[tuple[Key, Told]]:
    for item in items:
        entry = entry_from_item(item)
        yield (entry.target, entry.instance), Told(run=str(item["pk"]).removeprefix("run/"), entry=entry)
