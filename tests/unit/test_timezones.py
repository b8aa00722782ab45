"""Zones of the tz database, their names, and the instants at which their offsets change."""

from itertools import islice

import pytest
import pytz
from tests.unit.building import instant

from instance_scheduler.timezones import is_known, nearest_name, offset_at, offset_changes, wall_clock, zone


@pytest.mark.parametrize("name", ["Asia/Shanghai", "UTC", "US/Pacific", "Etc/GMT+8", "EST5EDT"])
def test_names_of_the_tz_database_are_known(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize(
    "name", ["", "asia/shanghai", "Asia/Beijing", "+08:00", "China Standard Time", "../etc/passwd"]
)
def test_other_names_are_not(name: str) -> None:
    assert not is_known(name)
    with pytest.raises(KeyError):
        zone(name)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("asia/shanghai", "Asia/Shanghai"),
        ("Asia/Shangai", "Asia/Shanghai"),
        ("Europe/Berlim", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("Tokyo", "Asia/Tokyo"),
        ("China/Shanghai", "Asia/Shanghai"),
        ("utc", "UTC"),
        ("Mars/Phobos", None),
        ("", None),
    ],
)
def test_nearest_name_is_by_spelling_or_by_city(name: str, nearest: str | None) -> None:
    assert nearest_name(name) == nearest


@pytest.mark.parametrize(
    ("at", "name", "expected"),
    [
        ("2026-11-22T16:00:59", "Asia/Shanghai", ("2026-11-23", 0)),
        ("2026-11-22T18:14", "Asia/Kathmandu", ("2026-11-22", 1439)),
        ("2011-12-30T09:59", "Pacific/Apia", ("2011-12-29", 1439)),
        ("2011-12-30T10:00", "Pacific/Apia", ("2011-12-31", 0)),
        ("2018-11-04T03:00", "America/Sao_Paulo", ("2018-11-04", 60)),
    ],
)
def test_wall_clock_is_the_local_date_and_minute(at: str, name: str, expected: tuple[str, int]) -> None:
    day, minute = wall_clock(instant(at), name)
    assert (day.isoformat(), minute) == expected


def test_offset_changes_come_in_order_and_later_than_the_instant() -> None:
    changes = islice(offset_changes("America/New_York", instant("2026-03-08T07:00")), 2)
    assert list(changes) == [instant("2026-11-01T06:00"), instant("2027-03-14T07:00")]


@pytest.mark.parametrize("name", ["UTC", "Etc/GMT+8"])
def test_fixed_zones_never_change(name: str) -> None:
    assert list(offset_changes(name, instant("1900-01-01T00:00"))) == []


@pytest.mark.parametrize("name", pytz.all_timezones)
def test_offset_is_the_same_just_before_the_next_change_in_every_zone(name: str) -> None:
    start = instant("2026-11-23T00:00")
    end = next(offset_changes(name, start), instant("2027-11-23T00:00"))
    assert offset_at(start, name) == offset_at(end - (end - start) / 1_000_000, name)
