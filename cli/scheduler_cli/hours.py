"""Hours that instances ran over a span, against always-on: the one place where they are reckoned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from instance_scheduler.decision import Action
from instance_scheduler.instants import format_instant
from instance_scheduler.journal import Status
from scheduler_cli.timeline import Power, Timeline

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Hours and actions of an instance, or of many."""

    always_on: timedelta = timedelta(0)
    off: timedelta = timedelta(0)
    """Known to be stopped: nothing else counts as saved."""
    unknown: timedelta = timedelta(0)
    """Counted among the hours on, so that nothing is claimed that nobody saw."""
    starts: int = 0
    stops: int = 0
    resizes: int = 0
    failures: int = 0

    @property
    def on(self) -> timedelta:
        """Running, or not known to be stopped."""
        return self.always_on - self.off

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            always_on=self.always_on + other.always_on,
            off=self.off + other.off,
            unknown=self.unknown + other.unknown,
            starts=self.starts + other.starts,
            stops=self.stops + other.stops,
            resizes=self.resizes + other.resizes,
            failures=self.failures + other.failures,
        )


def tally(timeline: Timeline) -> Tally:
    """Reckon one instance's span."""
    entries = [one.entry for one in timeline.decisions]
    done = [entry for entry in entries if entry.status is Status.SUCCEEDED]
    return Tally(
        always_on=timeline.span.length,
        off=_spent(timeline, Power.OFF),
        unknown=_spent(timeline, Power.UNKNOWN),
        starts=sum(entry.action is Action.START for entry in done),
        stops=sum(entry.action in (Action.STOP, Action.HIBERNATE) for entry in done),
        resizes=sum(entry.resizes for entry in done),
        failures=sum(entry.status is Status.FAILED for entry in entries),
    )


def total(timelines: Iterable[Timeline]) -> Tally:
    """Reckon many."""
    return sum(map(tally, timelines), Tally())


def hours(length: timedelta) -> float:
    """A length of time in hours, to the second."""
    return round(length / _HOUR, 4)


def tally_json(sums: Tally) -> dict[str, object]:
    """Hours and counts for machines."""
    return {
        "hours_on": hours(sums.on),
        "hours_always_on": hours(sums.always_on),
        "hours_saved": hours(sums.off),
        "hours_unknown": hours(sums.unknown),
        "starts": sums.starts,
        "stops": sums.stops,
        "resizes": sums.resizes,
        "failures": sums.failures,
    }


def instance_json(timeline: Timeline) -> dict[str, object]:
    """An instance's hours and counts for machines."""
    target = timeline.target
    return {
        "account": target.account,
        "region": target.region,
        "service": target.service,
        "instance": timeline.instance,
        "name": timeline.name or timeline.instance,
        "schedule": timeline.schedule,
        **tally_json(tally(timeline)),
    }


def timeline_json(timeline: Timeline) -> dict[str, object]:
    """An instance's span for machines: the hours and counts, and when it was on."""
    return instance_json(timeline) | {
        "timeline": [
            {
                "from": format_instant(stretch.begin),
                "until": format_instant(stretch.end),
                "state": stretch.power,
                "type": stretch.type or None,
            }
            for stretch in timeline.stretches
        ],
    }


def _spent(timeline: Timeline, power: Power) -> timedelta:
    return sum((stretch.length for stretch in timeline.stretches if stretch.power is power), timedelta(0))
