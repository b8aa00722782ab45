"""Does the search for transitions agree with looking at every minute? Random schedules and instants, most near a clock change.

    python bench/transitions.py [COUNT] [SEED]

prints what disagrees and how long both ways took; the exit code is 1 where anything disagrees. The unit tests run a smaller
sample of the same with a fixed seed.
"""

import random
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "layers" / "scheduler"))

from instance_scheduler.config import parse_config
from instance_scheduler.period import MINUTES_OF_DAY
from instance_scheduler.schedule import Desired, DesiredState, Schedule, desired_on, matching
from instance_scheduler.settings import Settings
from instance_scheduler.timezones import offset_changes, wall_clock
from instance_scheduler.transition import next_transition

DAYS = 40
_MINUTE = timedelta(minutes=1)
_CHUNK = 60
ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCKS = ("00:00", "00:01", "00:30", "01:00", "01:59", "02:00", "02:30", "03:00", "23:59")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A schedule as a user would write it, and an instant."""

    items: tuple[Mapping[str, object], ...]
    after: datetime

    def schedule(self) -> Schedule:
        return parse_config(self.items, Settings()).schedules["s"]


Change = tuple[datetime, str, str | None]
"""When, and to which state and type."""


@dataclass(slots=True)
class _Minutes:
    """Reads a schedule minute by minute, without the search; the wishes of days with the same answers are kept."""

    schedule: Schedule
    answers: dict[date, tuple[bool, ...]] = field(default_factory=dict)
    wishes: dict[tuple[tuple[bool, ...], tuple[bool, ...]], list[Desired]] = field(default_factory=dict)

    def wishes_of(self, day: date) -> list[Desired]:
        key = (self._answers(day), self._answers(day - timedelta(days=1)))
        if key not in self.wishes:
            periods = self.schedule.periods
            self.wishes[key] = [desired_on(periods, minute, *key) for minute in range(MINUTES_OF_DAY)]
        return self.wishes[key]

    def _answers(self, day: date) -> tuple[bool, ...]:
        if day not in self.answers:
            self.answers[day] = matching(self.schedule, day)
        return self.answers[day]

    def from_minute(self, start: datetime) -> Iterator[Desired]:
        """What is wanted at each minute from an instant on, without the one-minute rule."""
        while True:
            day, minute = wall_clock(start, self.schedule.timezone)
            last_day, last = wall_clock(start + (_CHUNK - 1) * _MINUTE, self.schedule.timezone)
            if last_day == day and last == minute + _CHUNK - 1:
                yield from self.wishes_of(day)[minute : last + 1]
            else:
                for shift in range(_CHUNK):
                    day, minute = wall_clock(start + shift * _MINUTE, self.schedule.timezone)
                    yield self.wishes_of(day)[minute]
            start += _CHUNK * _MINUTE


def first_change_by_minutes(schedule: Schedule, after: datetime) -> Change | None:
    """Look at every minute of 40 days and answer the first one whose state or type differs from the one before it."""
    start = after.replace(second=0, microsecond=0)
    for number, (before, now) in enumerate(pairwise(_ruled(schedule, start))):
        if number >= DAYS * MINUTES_OF_DAY:
            return None
        if now is not before and (before.state, before.instance_type) != (now.state, now.instance_type):
            return start + (number + 1) * _MINUTE, now.state.value, now.instance_type
    return None


def _ruled(schedule: Schedule, start: datetime) -> Iterator[Desired]:
    """What is wanted at each minute from `start` on, with the one-minute rule."""
    minutes = _Minutes(schedule).from_minute(start - _MINUTE)
    before, now = next(minutes), next(minutes)
    has_rule = len(schedule.periods) > 1
    for after in minutes:
        is_gap = (
            now.state is DesiredState.STOPPED
            and has_rule
            and before.state is DesiredState.RUNNING
            and after.state is DesiredState.RUNNING
        )
        yield after if is_gap else now
        before, now = now, after


def first_change_by_search(schedule: Schedule, after: datetime) -> Change | None:
    """The product's answer, forgotten where it lies beyond what is looked at minute by minute."""
    found = next_transition(schedule, after)
    if found is None or found.at > after.replace(second=0, microsecond=0) + timedelta(days=DAYS):
        return None
    return found.at, found.desired.state.value, found.desired.instance_type


def samples(seed: int) -> Iterator[Sample]:
    """Samples without an end, the same for the same seed."""
    chance = random.Random(seed)
    while True:
        zone = chance.choice(ZONES)
        after = _instant(chance, zone)
        periods = _periods(chance)
        schedule: dict[str, object] = {"type": "schedule", "name": "s", "timezone": zone}
        schedule["periods"] = [name + chance.choice(("", "", "@a.small", "@a.large")) for name in periods]
        items: list[Mapping[str, object]] = [{"type": "period", "name": name, **periods[name]} for name in periods]
        if chance.random() < 0.3:
            schedule["calendar"] = "c"
            items.append(_calendar(chance, after.date()))
        yield Sample(items=(*items, schedule), after=after)


def _instant(chance: random.Random, zone: str) -> datetime:
    changes = [change for change in offset_changes(zone, datetime(1975, 1, 1, tzinfo=UTC)) if change.year < 2037]
    anchor = chance.choice(changes) if changes and chance.random() < 0.8 else datetime(2026, 3, 1, tzinfo=UTC)
    return anchor.replace(second=0) - chance.randrange(35 * MINUTES_OF_DAY) * _MINUTE


def _periods(chance: random.Random) -> dict[str, dict[str, object]]:
    periods = {f"p{number}": _period(chance) for number in range(chance.choice((1, 1, 2, 2, 3, 4)))}
    if len(periods) > 1 and chance.random() < 0.4:
        end = chance.randrange(1, MINUTES_OF_DAY - 40)
        begin = end + chance.choice((0, 1, 1, 1, 2))
        periods["p0"] = {"begintime": "00:00", "endtime": _clock(end)}
        periods["p1"] = {"begintime": _clock(begin), "endtime": chance.choice(("23:59", "24:00"))}
    return periods


def _period(chance: random.Random) -> dict[str, object]:
    period: dict[str, object] = {}
    if chance.random() < 0.8:
        period["begintime"] = _some_clock(chance)
    if chance.random() < 0.8:
        period["endtime"] = chance.choice((_some_clock(chance), _some_clock(chance), "24:00"))
    if period.get("begintime") == period.get("endtime"):
        period = {"weekdays": "*"}
    first, last = chance.choice(_WEEKDAYS), chance.choice(_WEEKDAYS)
    if chance.random() < 0.5:
        forms = (
            f"{first}-{last}",
            f"{first}L",
            f"{first}#{chance.randint(1, 5)}",
            f"{first},holiday",
            "*/2",
            "*,holiday",
        )
        period["weekdays"] = chance.choice(forms)
    if chance.random() < 0.2:
        period["monthdays"] = chance.choice(("L", "28-L", "25-5", "15W", "LW", "31W", "1-15/2", "1W"))
    if chance.random() < 0.2:
        period["months"] = chance.choice(("oct-apr", "mar", "*/2", "feb,nov"))
    return period


def _calendar(chance: random.Random, day: date) -> dict[str, object]:
    first = day + timedelta(days=chance.randrange(DAYS))
    last, working = first + timedelta(days=chance.randrange(3)), first + timedelta(days=5)
    return {
        "type": "calendar",
        "name": "c",
        "days_off": [f"{first}..{last}"],
        "working_days": [f"{working}={chance.choice(_WEEKDAYS)}"],
    }


def _some_clock(chance: random.Random) -> str:
    return chance.choice((_clock(chance.randrange(MINUTES_OF_DAY)), chance.choice(_CLOCKS)))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def main(count: int, seed: int) -> int:
    """Compare `count` samples; the exit code."""
    spent = {"search": 0.0, "minutes": 0.0}
    disagreements = 0
    for _, sample in zip(range(count), samples(seed), strict=False):
        schedule = sample.schedule()
        began = time.perf_counter()
        found = first_change_by_search(schedule, sample.after)
        between = time.perf_counter()
        expected = first_change_by_minutes(schedule, sample.after)
        spent["search"] += between - began
        spent["minutes"] += time.perf_counter() - between
        if found != expected:
            disagreements += 1
            print(f"{sample}: found {found}, expected {expected}")
    print(
        f"{count} samples, {disagreements} disagreements;"
        f" searching took {spent['search']:.1f} s, looking at every minute {spent['minutes']:.1f} s"
    )
    return 1 if disagreements else 0


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*arguments, *(20_000, 1)[len(arguments) :]))
