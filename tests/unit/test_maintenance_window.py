"""The weekly maintenance window of a database."""

import pytest
from tests.unit.building import instant

from instance_scheduler.errors import InvalidInput
from instance_scheduler.maintenance_window import parse_maintenance_window


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("sun:05:00-sun:05:30", "2026-11-22T04:49:59", False),
        ("sun:05:00-sun:05:30", "2026-11-22T04:50", True),
        ("sun:05:00-sun:05:30", "2026-11-22T05:29:59", True),
        ("sun:05:00-sun:05:30", "2026-11-22T05:30", False),
        ("sun:05:00-sun:05:30", "2026-11-23T05:00", False),
        ("Sun:23:30-Mon:00:30", "2026-11-22T23:20", True),
        ("Sun:23:30-Mon:00:30", "2026-11-23T00:29", True),
        ("Sun:23:30-Mon:00:30", "2026-11-23T00:30", False),
        ("mon:00:05-mon:01:00", "2026-11-22T23:55", True),
        ("mon:00:05-mon:01:00", "2026-11-22T23:54", False),
    ],
)
def test_window_is_open_from_ten_minutes_before_its_begin_until_its_end(text: str, at: str, expected: bool) -> None:
    assert parse_maintenance_window(text).is_open(instant(at)) is expected


@pytest.mark.parametrize(
    ("after", "change"),
    [
        ("2026-11-22T00:00", "2026-11-22T04:50"),
        ("2026-11-22T04:50", "2026-11-22T05:30"),
        ("2026-11-22T05:30", "2026-11-29T04:50"),
    ],
)
def test_next_change_is_later_than_the_instant(after: str, change: str) -> None:
    assert parse_maintenance_window("sun:05:00-sun:05:30").next_change(instant(after)) == instant(change)


@pytest.mark.parametrize(
    "text",
    ["", "sun", "sun:05:00", "sun:5:00-sun:05:30", "son:05:00-sun:05:30", "sun:24:00-sun:05:30", "sun:05:60-mon:00:00"],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no maintenance window"):
        parse_maintenance_window(text)
