"""What the state table tells of the past: the timelines of all instances, or of one, over a span."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from instance_scheduler.journal import entry_from_item
from instance_scheduler.record import InstanceRecord
from instance_scheduler.target import Target
from scheduler_cli.timeline import Known, Span, Timeline, Told, known_from, timeline_of

if TYPE_CHECKING:
    from instance_scheduler.aws.state_store import StateStore
    from instance_scheduler.aws.table import Table

INDEX = "by_instance"
"""Holds the decisions of all runs, and nothing else."""

Key = tuple[Target, str]
"""A target and the id of an instance on it."""


def read_timelines(
    table: Table, state: StateStore, span: Span, known: Mapping[Key, Known] | None = None
) -> list[Timeline]:
    """Read the timelines of every instance that a run has decided something about or recorded; sorted by place and name.

    `known` says more of an instance than the state table does.
    """
    records = {
        (target, instance): record for target in state.targets() for instance, record in state.instances(target).items()
    }
    decisions: dict[Key, list[Told]] = {key: [] for key in records}
    for key, told in _told(table.scan(index=INDEX)):
        decisions.setdefault(key, []).append(told)
    return timelines(decisions, records, span, known or {})


def read_timelines_of(table: Table, state: StateStore, instance: str, span: Span) -> list[Timeline]:
    """Read the timelines of the instances of this id: one, or one for each target where a database has its namesakes."""
    decisions: dict[Key, list[Told]] = {}
    items = table.query("#instance = :instance", {":instance": instance}, names={"#instance": "instance"}, index=INDEX)
    for key, told in _told(items):
        decisions.setdefault(key, []).append(told)
    records = {key: state.instance(*key) for key in decisions}
    return timelines(decisions, records, span, {})


def timelines(
    decisions: Mapping[Key, Sequence[Told]],
    records: Mapping[Key, InstanceRecord],
    span: Span,
    known: Mapping[Key, Known],
) -> list[Timeline]:
    """Tell the timelines of all instances that decisions or records name."""
    found = [
        timeline_of(
            *key,
            told,
            span,
            known=known.get(key) or known_from(records.get(key, InstanceRecord())),
            schedule=records.get(key, InstanceRecord()).schedule,
        )
        for key, told in decisions.items()
    ]
    return sorted(found, key=lambda one: (one.target, one.name or one.instance, one.instance))


def _told(items: Iterable[Mapping[str, object]]) -> Iterable[tuple[Key, Told]]:
    for item in items:
        entry = entry_from_item(item)
        yield (entry.target, entry.instance), Told(run=str(item["pk"]).removeprefix("run/"), entry=entry)
