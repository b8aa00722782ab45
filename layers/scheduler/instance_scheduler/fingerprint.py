"""Hashes that tell whether what decides has changed; the same in every process."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from instance_scheduler.calendar import Calendar
    from instance_scheduler.schedule import PeriodReference, Schedule


def fingerprint(schedule: "Schedule") -> str:
    """Hash all that a schedule decides by: attributes, periods and calendar, but neither its name nor its description."""
    return digest(
        [
            schedule.timezone,
            [_reference(reference) for reference in schedule.periods],
            schedule.override_status,
            [schedule.enforced, schedule.retain_running, schedule.stop_new_instances, schedule.hibernate],
            schedule.use_maintenance_window,
            _calendar(schedule.calendar),
        ]
    )


def digest(value: object) -> str:
    """Hash a value of what JSON can hold, and of sets, tuples and decimal numbers; the order of a set does not count."""
    try:
        text = _ENCODER.encode(value)
    except TypeError:
        # Keys of several types cannot be sorted as they are.
        text = _ENCODER.encode(_plain(value))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _reference(reference: "PeriodReference") -> list[object]:
    period = reference.period
    days = [str(part) if part is not None else None for part in (period.weekdays, period.monthdays, period.months)]
    return [str(reference), period.begin, period.end, *days]


def _calendar(calendar: "Calendar | None") -> object:
    if calendar is None:
        return None
    working = [f"{day.isoformat()}={weekday}" for day, weekday in sorted(calendar.working_days.items())]
    return [[str(span) for span in calendar.days_off], working]


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(member) for member in value), key=repr)
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return str(value)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain)
