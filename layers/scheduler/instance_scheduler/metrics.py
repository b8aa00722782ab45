"""What runs measure: numbers by schedule and service, and of the stack as a whole."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from instance_scheduler.config import Config
from instance_scheduler.decision import Action, ObservedState, StoredState
from instance_scheduler.journal import Entry, Status
from instance_scheduler.record import InstanceRecord
from instance_scheduler.schedule import Schedule
from instance_scheduler.settings import Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.summary import Summary

NAMESPACE = "InstanceScheduler"
"""The namespace of all metrics; the stack's name is a dimension of each."""


class Metric(StrEnum):
    """The names of the metrics."""

    MANAGED = "Managed"
    RUNNING = "Running"
    HOURS_AVOIDED = "HoursAvoided"
    STARTED = "Started"
    STOPPED = "Stopped"
    RESIZED = "Resized"
    FAILED = "Failed"
    RUN_DURATION = "RunDuration"
    TARGETS_SWEPT = "TargetsSwept"
    TARGETS_SKIPPED = "TargetsSkipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Some numbers that bear the same dimensions."""

    dimensions: Mapping[str, str]
    values: Mapping[Metric, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headcount:
    """Instances of one schedule and service, as sweeps last saw them."""

    managed: int = 0
    running: int = 0
    resting: int = 0
    """Stopped, and meant to be: what a person stopped within its periods, or what does not start, is not among them."""

    def __add__(self, other: "Headcount") -> "Headcount":
        return Headcount(
            managed=self.managed + other.managed,
            running=self.running + other.running,
            resting=self.resting + other.resting,
        )


def is_metered(schedule: Schedule, settings: Settings) -> bool:
    """Say whether a schedule's instances are counted: as it says itself, else as the stack does."""
    return settings.use_metrics if schedule.use_metrics is None else schedule.use_metrics


def measures_anything(config: Config) -> bool:
    """Say whether the stack, or one of its schedules, wants metrics."""
    return config.settings.use_metrics or any(bool(one.use_metrics) for one in config.schedules.values())


def count_heads(
    sightings: Iterable[Sighting], records: Mapping[str, InstanceRecord], config: Config
) -> dict[str, Headcount]:
    """Count the instances of each metered schedule that a sweep saw, how many run and how many rest.

    `records` are those of the instances, by id, as the sweep leaves them: an instance rests where it is seen stopped and its
    stored state says that the scheduler wants it so.
    """
    heads: dict[str, Headcount] = {}
    for sighting in sightings:
        schedule = config.schedules.get(sighting.schedule_tag)
        if schedule is not None and is_metered(schedule, config.settings):
            heads[schedule.name] = heads.get(schedule.name, Headcount()) + _head(sighting, records.get(sighting.id))
    return heads


def _head(sighting: Sighting, record: InstanceRecord | None) -> Headcount:
    wanted_so = record is not None and record.stored is StoredState.STOPPED
    return Headcount(
        managed=1,
        running=int(sighting.observed is ObservedState.RUNNING),
        resting=int(wanted_so and sighting.observed is ObservedState.STOPPED),
    )


def counted_until(at: datetime, settings: Settings) -> datetime:
    """Say how long a headcount holds: until two full sweeps of a large estate should have renewed it."""
    return at + 2 * timedelta(minutes=max(settings.full_sweep_minutes, 30) + settings.interval_minutes)


def measure_plan(
    config: Config, heads: Iterable[tuple[str, str, Headcount]], *, tick: bool, due: int, targets: int
) -> Iterator[Measurement]:
    """Measure what a plan knows: instances by schedule and service, hours avoided, targets to sweep and to skip.

    `heads` are (schedule, service, count) of every target. An instance that rests avoids one interval's hours a tick; other runs
    count none, or an hour would be counted twice.
    """
    stack, hours = config.settings.stack, timedelta(minutes=config.settings.interval_minutes) / timedelta(hours=1)
    sums: dict[tuple[str, str], Headcount] = {}
    for schedule, service, count in heads:
        if schedule in config.schedules and is_metered(config.schedules[schedule], config.settings):
            sums[schedule, service] = sums.get((schedule, service), Headcount()) + count
    for (schedule, service), count in sorted(sums.items()):
        yield Measurement(
            dimensions={"Stack": stack, "Schedule": schedule, "Service": service}, values=_of_heads(count, hours, tick)
        )
    if config.settings.use_metrics:
        total = sum(sums.values(), Headcount())
        targets_of_run = {Metric.TARGETS_SWEPT: float(due), Metric.TARGETS_SKIPPED: float(targets - due)}
        yield Measurement(dimensions={"Stack": stack}, values={**_of_heads(total, hours, tick), **targets_of_run})


def measure_run(stack: str, summary: Summary, seconds: float) -> Iterator[Measurement]:
    """Measure what a run did in so many seconds, by schedule and service, and of the stack as a whole."""
    entries = summary.entries
    groups: dict[tuple[str, str], Counter[Metric]] = {}
    for entry in entries:
        metric = metric_of(entry)
        if metric is not None and entry.metered:
            groups.setdefault((entry.schedule, str(entry.target.service)), Counter())[metric] += 1
    for (schedule, service), counts in sorted(groups.items()):
        yield Measurement(
            dimensions={"Stack": stack, "Schedule": schedule, "Service": service},
            values={metric: float(number) for metric, number in counts.items()},
        )
    if summary.request.use_metrics:
        totals = Counter(metric for metric in map(metric_of, entries) if metric is not None)
        totals[Metric.FAILED] += summary.counts.errors
        done = {metric: float(totals[metric]) for metric in _DONE}
        yield Measurement(dimensions={"Stack": stack}, values={**done, Metric.RUN_DURATION: seconds})


_BY_ACTION = {
    Action.START: Metric.STARTED,
    Action.STOP: Metric.STOPPED,
    Action.HIBERNATE: Metric.STOPPED,
    Action.RESIZE: Metric.RESIZED,
}
_DONE = (Metric.STARTED, Metric.STOPPED, Metric.RESIZED, Metric.FAILED)


def metric_of(entry: Entry) -> Metric | None:
    """Name the metric that an entry is counted in; None where it is counted in none."""
    if entry.status is Status.FAILED:
        return Metric.FAILED
    return _BY_ACTION.get(entry.action) if entry.status is Status.SUCCEEDED else None


def _of_heads(count: Headcount, hours: float, tick: bool) -> dict[Metric, float]:
    avoided = {Metric.HOURS_AVOIDED: count.resting * hours} if tick else {}
    return {Metric.MANAGED: float(count.managed), Metric.RUNNING: float(count.running), **avoided}
