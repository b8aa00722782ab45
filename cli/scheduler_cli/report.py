"""A report of a span: the timetables, what really happened, hours and money, failures and their ends, what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from instance_scheduler.config import Config
from instance_scheduler.override import Override, parse_override
from instance_scheduler.schedule import Schedule
from instance_scheduler.transition import Transition, next_transition
from scheduler_cli.endings import Failure, failures_of
from scheduler_cli.hours import Tally, tally, total
from scheduler_cli.prices import Money, PriceList, money, money_of_all, unpriced
from scheduler_cli.run_report import RunItem
from scheduler_cli.timeline import Span, Timeline
from scheduler_cli.timetable import LocalDay, local_days

DAYS = 7
_WRONG = ("failed", "errors", "withheld")


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days of a schedule, in its own zone."""

    schedule: Schedule
    days: tuple[LocalDay, ...]
    instances: tuple[Timeline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The next transition of a schedule that has instances, or the end of an instance's override."""

    at: datetime
    zone: str
    schedule: str
    transition: Transition | None
    instances: tuple[Timeline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that the page shows."""

    title: str
    made_at: datetime
    """What comes next, comes after this instant."""
    span: Span
    zone: str
    weeks: tuple[Week, ...]
    faulty: tuple[tuple[str, str], ...]
    """Schedules that have an error, which leaves their instances alone, with the error."""
    timelines: tuple[Timeline, ...]
    total: Tally
    in_force: Tally | None
    """The sums under the config in force, where a rehearsal compares with it."""
    prices: PriceList | None
    money: Money | None
    """Of the instances that the price list has a price for; None without a list, or where it has none at all."""
    unpriced: tuple[str, ...]
    failures: tuple[tuple[Timeline, Failure], ...]
    runs: tuple[RunItem, ...]
    """Runs of the span in which something went wrong, newest first."""
    changes: tuple[Change, ...]
    account_names: Mapping[str, str] = field(default_factory=dict)
    """Account id → name, where Organizations has told it."""


def make_report(
    *,
    title: str,
    made_at: datetime,
    config: Config,
    timelines: Sequence[Timeline],
    span: Span,
    first_day: date,
    runs: Sequence[RunItem] = (),
    prices: PriceList | None = None,
    in_force: Tally | None = None,
    account_names: Mapping[str, str] | None = None,
) -> Report:
    """Put a report together; the weeks of the schedules begin on `first_day`."""
    failures = [(timeline, failure) for timeline in timelines for failure in failures_of(timeline)]
    return Report(
        title=title,
        made_at=made_at,
        span=span,
        zone=config.settings.default_timezone,
        weeks=tuple(_weeks(config, timelines, first_day)),
        faulty=tuple((name, "; ".join(map(str, faults))) for name, faults in sorted(config.faulty.items())),
        timelines=tuple(timelines),
        total=total(timelines),
        in_force=in_force,
        prices=prices,
        money=money_of_all(timelines, prices) if prices is not None else None,
        unpriced=tuple(unpriced(timelines, prices)) if prices is not None else (),
        failures=tuple(sorted(failures, key=lambda one: one[1].first)),
        runs=tuple(run for run in runs if any(run.counts.get(name) for name in _WRONG)),
        changes=tuple(sorted(_changes(config, timelines, made_at), key=lambda one: (one.at, one.schedule))),
        account_names=account_names or {},
    )


def money_of(report: Report, timeline: Timeline) -> Money | None:
    """What an instance cost, where its types have prices."""
    return money(timeline, report.prices) if report.prices is not None else None


def tally_of(timeline: Timeline) -> Tally:
    """An instance's hours, as everywhere."""
    return tally(timeline)


def _weeks(config: Config, timelines: Sequence[Timeline], first_day: date) -> Iterator[Week]:
    for name, schedule in sorted(config.schedules.items()):
        yield Week(
            schedule=schedule,
            days=tuple(local_days(schedule, first_day, DAYS)),
            instances=tuple(one for one in timelines if one.schedule == name),
        )


def _changes(config: Config, timelines: Sequence[Timeline], at: datetime) -> Iterator[Change]:
    for name in sorted({one.schedule for one in timelines} & set(config.schedules)):
        schedule = config.schedules[name]
        coming = next_transition(schedule, at)
        if coming is not None:
            members = tuple(one for one in timelines if one.schedule == name)
            zone = schedule.timezone
            yield Change(at=coming.at, zone=zone, schedule=name, transition=coming, instances=members)
    for timeline in timelines:
        override = parse_override(timeline.override) if timeline.override else None
        if isinstance(override, Override) and override.until is not None and override.until > at:
            zone = config.settings.default_timezone
            yield Change(
                at=override.until, zone=zone, schedule=timeline.schedule, transition=None, instances=(timeline,)
            )
