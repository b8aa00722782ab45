"""`apply` then `export` is the identity on meaning: whatever form items are written in, the table and the file say the same."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from instance_scheduler.aws.table import from_attributes, to_attributes
from instance_scheduler.config import parse_config
from instance_scheduler.fingerprint import fingerprint
from instance_scheduler.settings import Settings
from scheduler_cli.config_as_code import ConfigDumper, as_document
from scheduler_cli.config_files import read_config_file
from scheduler_cli.config_items import Item, key_of, normal, same, stored

NAMES = st.sampled_from(
    ["office", "night", "1", "on", "17:00", "büro", "a b", "0x1F", "~", "2026-10-01", "#1", "yes: no"]
)
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31))
SPANS = st.builds(lambda day, length: f"{day}..{day + timedelta(days=length)}", DATES, st.integers(0, 9))
FLAGS = st.sampled_from([True, False, "yes", "No", "ON", "false"])


def lists(words: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Several words in each of the forms that items have them in."""
    members = st.lists(words, min_size=1, max_size=3, unique=True)
    return members | members.map(",".join) | members.map(set) | words


def items(**attributes: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=attributes)


PERIODS = st.dictionaries(
    NAMES,
    items(
        description=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8),
        begintime=TIMES,
        endtime=TIMES,
        weekdays=lists(st.sampled_from(["mon-fri", "5", "friL", "mon#1", "*/2", "holiday", "0-2"])),
        monthdays=lists(st.sampled_from(["1", "25-5", "L", "25W", "LW", "*/10"])),
        months=lists(st.sampled_from(["jan/3", "12", "nov-feb"])),
    ),
    min_size=1,
    max_size=3,
)
CALENDARS = st.dictionaries(
    NAMES, items(days_off=lists(DATES.map(str) | SPANS), working_days=lists(DATES.map("{}=thu".format))), max_size=2
)


@st.composite
def tables(draw: st.DrawFn) -> list[Item]:
    periods, calendars = draw(PERIODS), draw(CALENDARS)
    references = st.sampled_from(sorted(periods)) | st.sampled_from([f"{name}@t3.large" for name in sorted(periods)])
    schedule = items(
        periods=lists(references),
        timezone=st.sampled_from(["Asia/Shanghai", "UTC", ""]),
        override_status=st.sampled_from(["running", "stopped", ""]),
        calendar=st.sampled_from([*sorted(calendars), ""]),
        enforced=FLAGS,
        retain_running=FLAGS,
        stop_new_instances=FLAGS,
        hibernate=FLAGS,
        use_maintenance_window=FLAGS,
    )
    sections = {
        "period": periods,
        "calendar": calendars,
        "schedule": draw(st.dictionaries(NAMES, schedule, max_size=3)),
    }
    named = [
        {"type": kind, "name": name, **item} for kind, members in sections.items() for name, item in members.items()
    ]
    return [*named, {"type": "config", "name": "scheduler", "trace": "no", "regions": {"cn-north-1"}}]


def applied(raw: list[Item]) -> list[Item]:
    """The items as the table holds them after `apply`."""
    return [from_attributes(to_attributes(stored(normal(item)))) for item in raw]


def exported(table: list[Item]) -> list[Item]:
    """The items as they are read from the file that `export` writes."""
    document = as_document({key_of(item): item for item in table})
    with TemporaryDirectory() as folder:
        file = Path(folder) / "exported.yaml"
        file.write_text(yaml.dump(document, Dumper=ConfigDumper, sort_keys=False, allow_unicode=True), encoding="utf-8")
        read = read_config_file(file)
    assert read.faults == ()
    return list(read.items)


def meaning(items: list[Item]) -> object:
    config = parse_config(items, Settings())
    schedules = {name: fingerprint(schedule) for name, schedule in config.schedules.items()}
    return schedules, set(config.faulty), config.calendars, config.settings, set(map(str, config.faults))


@given(tables())
def test_what_is_applied_means_what_the_file_means(raw: list[Item]) -> None:
    assert meaning(applied(raw)) == meaning([normal(item) for item in raw])


@given(tables())
def test_what_is_exported_means_what_was_applied(raw: list[Item]) -> None:
    assert meaning(exported(applied(raw))) == meaning(applied(raw))


@given(tables())
def test_what_is_exported_differs_in_nothing_from_the_table(raw: list[Item]) -> None:
    table = {key_of(item): item for item in applied(raw)}
    again = {key_of(item): item for item in exported(applied(raw))}

    assert set(again) == set(table)
    assert [key for key in table if not same(table[key], again[key])] == []
