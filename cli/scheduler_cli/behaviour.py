"""What a change of a schedule means: which days now run otherwise, in words, and how many hours a week."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from instance_scheduler.config import Config
from instance_scheduler.period import MINUTES_OF_DAY, format_minute
from instance_scheduler.schedule import Desired, DesiredState, Schedule
from scheduler_cli.moments import local_day
from scheduler_cli.timetable import LocalDay, local_days
from scheduler_cli.words import day_words, weekday_word

_DAYS = 7 * 53
"""Days ahead that are compared: a year."""
_RULE_WEEKS = 8
"""Weeks in which most days of a weekday have to change alike for the weekday to be named."""
_HOUR_WEEKS = 4
_MOST_DATES = 6
_VERB = re.compile(r"^(now |no longer )(run|begin|end)s")
_FLAGS = {
    "enforced": ("manual starts and stops are now undone", "manual starts and stops are now left alone"),
    "retain_running": (
        "what a person started before a period now runs on after it",
        "what a person started before a period is now stopped at its end",
    ),
    "stop_new_instances": (
        "new instances outside a period are now stopped",
        "new instances outside a period are now left alone",
    ),
    "hibernate": ("instances now hibernate where they can", "instances are now stopped, not hibernated"),
    "use_maintenance_window": (
        "databases are now started for their maintenance window",
        "databases are no longer started for their maintenance window",
    ),
}

Pattern = tuple[tuple[int, int, Desired], ...]
"""What the clocks of a day show: from and until which minute something other than stopped is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How one schedule behaves otherwise after a change."""

    schedule: str
    sentences: tuple[str, ...]
    """Clauses that begin with what changes, without the schedule's name."""
    hours_before: float | None
    hours_after: float | None
    """Running hours a week, on average over the next four; None where there is no usable schedule."""


def differences(before: Config, after: Config, at: datetime) -> tuple[Difference, ...]:
    """Compare what the schedules of two configs do from an instant on; those that behave alike are left out."""
    names = sorted({*before.schedules, *before.faulty, *after.schedules, *after.faulty})
    found = (_difference(name, before.schedules.get(name), after.schedules.get(name), at) for name in names)
    return tuple(one for one in found if one.sentences)


def _difference(name: str, before: Schedule | None, after: Schedule | None, at: datetime) -> Difference:
    return Difference(
        schedule=name,
        sentences=tuple(_sentences(before, after, at)),
        hours_before=_weekly_hours(before, at),
        hours_after=_weekly_hours(after, at),
    )


def _weekly_hours(schedule: Schedule | None, at: datetime) -> float | None:
    if schedule is None:
        return None
    days = local_days(schedule, local_day(at, schedule.timezone), 7 * _HOUR_WEEKS)
    running = sum((day.spent(DesiredState.RUNNING) for day in days), timedelta(0))
    return round(running.total_seconds() / 3600 / _HOUR_WEEKS, 2)


def _sentences(before: Schedule | None, after: Schedule | None, at: datetime) -> Iterator[str]:
    if before is None and after is None:
        return
    if before is None:
        yield "is new: its instances were left alone until now"
    elif after is None:
        yield "is gone: its instances will be left alone, as they stand"
    elif before.schedule_hash != after.schedule_hash:
        yield from _flag_sentences(before, after)
        if before.timezone != after.timezone:
            yield f"its times now are those of {after.timezone} instead of {before.timezone}"
        yield from _time_sentences(before, after, at)


def _flag_sentences(before: Schedule, after: Schedule) -> Iterator[str]:
    for flag, (now_on, now_off) in _FLAGS.items():
        value = getattr(after, flag)
        if getattr(before, flag) != value:
            yield now_on if value else now_off


def _time_sentences(before: Schedule, after: Schedule, at: datetime) -> Iterator[str]:
    if after.override_status is not None and before.override_status is not after.override_status:
        yield f"instances are now always {after.override_status}"
        return
    if before.override_status is not None and after.override_status is None:
        yield f"instances now follow the periods instead of being always {before.override_status}"
    changed = list(_changed_days(before, after, at))
    rules = _weekday_rules(changed)
    yield from _weekday_sentences(rules)
    yield from _date_sentences(changed, rules)


def _changed_days(before: Schedule, after: Schedule, at: datetime) -> Iterator[tuple[date, str]]:
    """The dates whose timetable changes, each with a clause that says how; dates are those of the schedule's own zone."""
    first = local_day(at, after.timezone)
    for old, new in zip(local_days(before, first, _DAYS), local_days(after, first, _DAYS), strict=True):
        was, will_be = _pattern(old), _pattern(new)
        if was != will_be:
            yield new.day, _change_words(was, will_be)


def _pattern(day: LocalDay) -> Pattern:
    return tuple(
        (first, last, Desired(state=desired.state, instance_type=desired.instance_type))
        for first, last, desired in _joined(day.pieces())
        if desired.state is not DesiredState.STOPPED
    )


def _joined(pieces: Iterable[tuple[int, int, Desired]]) -> Iterator[tuple[int, int, Desired]]:
    """Pieces with neighbours of the same wish drawn together."""
    for _, members in groupby(pieces, key=lambda piece: (piece[2].state, piece[2].instance_type)):
        joined = list(members)
        yield joined[0][0], joined[-1][1], joined[0][2]


def _change_words(was: Pattern, will_be: Pattern) -> str:
    if not will_be:
        return f"no longer runs ({_pattern_words(was)} before)"
    if not was:
        return f"now runs {_pattern_words(will_be)} instead of not at all"
    if len(was) == len(will_be) == 1 and was[0][2] == will_be[0][2]:
        (begin, end, _), (new_begin, new_end, _) = was[0], will_be[0]
        if begin == new_begin:
            return f"now ends {format_minute(new_end)} instead of {format_minute(end)}"
        if end == new_end:
            return f"now begins {format_minute(new_begin)} instead of {format_minute(begin)}"
    return f"now runs {_pattern_words(will_be)} instead of {_pattern_words(was)}"


def _pattern_words(pattern: Pattern) -> str:
    return " and ".join(_span_words(*span) for span in pattern)


def _span_words(first: int, last: int, desired: Desired) -> str:
    times = "all day" if (first, last) == (0, MINUTES_OF_DAY) else f"{format_minute(first)} to {format_minute(last)}"
    if desired.state is DesiredState.ANY:
        return f"{times} (left as it is)"
    return times if desired.instance_type is None else f"{times} on {desired.instance_type}"


def _weekday_rules(changed: Sequence[tuple[date, str]]) -> dict[int, str]:
    """The weekdays that change alike in most of the next weeks → how."""
    if not changed:
        return {}
    horizon = changed[0][0] + timedelta(weeks=_RULE_WEEKS)
    rules: dict[int, str] = {}
    for weekday in range(7):
        clauses = Counter(clause for day, clause in changed if day.weekday() == weekday and day < horizon)
        if clauses:
            clause, times = clauses.most_common(1)[0]
            if times * 2 >= _RULE_WEEKS:
                rules[weekday] = clause
    return rules


def _weekday_sentences(rules: dict[int, str]) -> Iterator[str]:
    for clause in dict.fromkeys(rules.values()):
        days = [day for day in rules if rules[day] == clause]
        verb = clause if len(days) in (1, 7) else _VERB.sub(r"\1\2", clause, count=1)
        yield f"{_weekdays_words(days)} {verb}"


def _weekdays_words(days: Sequence[int]) -> str:
    """`Friday`, `Monday to Thursday`, `Tuesday and Saturday`."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    if len(days) == 7:
        return "every day"
    parts = [
        f"{weekday_word(run[0])} to {weekday_word(run[-1])}" if len(run) > 2 else " and ".join(map(weekday_word, run))
        for run in runs
    ]
    return " and ".join(parts)


def _date_sentences(changed: Sequence[tuple[date, str]], rules: dict[int, str]) -> Iterator[str]:
    single = [(day, clause) for day, clause in changed if rules.get(day.weekday()) != clause]
    for day, clause in single[:_MOST_DATES]:
        yield f"{day_words(day, year=True)} {clause}"
    if len(single) > _MOST_DATES:
        rest = len(single) - _MOST_DATES
        yield f"and {rest} more {'day' if rest == 1 else 'days'} of the coming year"
