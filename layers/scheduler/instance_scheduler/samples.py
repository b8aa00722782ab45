"""The config items that a new stack begins with: sample periods and schedules, and the config item itself."""

from collections.abc import Mapping, Sequence

CONFIG_ITEM: Mapping[str, object] = {"type": "config", "name": "scheduler"}
"""Without any setting: the stack's own hold until somebody writes others here."""

_PERIODS: Mapping[str, Mapping[str, object]] = {
    "working-days": {"description": "Monday to Friday, all day", "weekdays": {"mon-fri"}},
    "weekends": {"description": "Saturday and Sunday, all day", "weekdays": {"sat-sun"}},
    "office-hours": {
        "description": "Monday to Friday, 9 to 17",
        "begintime": "09:00",
        "endtime": "17:00",
        "weekdays": {"mon-fri"},
    },
    "first-monday-in-quarter": {
        "description": "The first Monday of each quarter, all day",
        "weekdays": {"mon#1"},
        "months": {"jan/3"},
    },
}
_SCHEDULES: Mapping[str, Mapping[str, object]] = {
    "cn-office-hours": {
        "description": "Office hours in China",
        "timezone": "Asia/Shanghai",
        "periods": {"office-hours"},
    },
    "uk-office-hours": {
        "description": "Office hours in the United Kingdom",
        "timezone": "Europe/London",
        "periods": {"office-hours"},
    },
    "seattle-office-hours": {
        "description": "Office hours in Seattle",
        "timezone": "America/Los_Angeles",
        "periods": {"office-hours"},
    },
    "office-hours": {"description": "Office hours in the stack's default time zone", "periods": {"office-hours"}},
    "running": {"description": "Always to run; what a person stops is left stopped", "override_status": "running"},
    "stopped": {"description": "Never to run; what a person starts is left running", "override_status": "stopped"},
    "scale-up-down": {
        "description": "Large on working days, small at weekends; use your own instance types",
        "periods": {"working-days@m5.large", "weekends@t3.small"},
    },
}


def sample_items() -> Sequence[Mapping[str, object]]:
    """List the items of a new stack's config table."""
    periods = [{"type": "period", "name": name, **item} for name, item in _PERIODS.items()]
    schedules = [{"type": "schedule", "name": name, **item} for name, item in _SCHEDULES.items()]
    return [CONFIG_ITEM, *periods, *schedules]
