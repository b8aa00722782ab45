"""The tags that are written after a start or a stop."""

from datetime import UTC, datetime

import pytest

from instance_scheduler.tagging import written_tags

AT = datetime(2026, 11, 22, 16, 5, tzinfo=UTC)


def tags(template, timezone="Asia/Shanghai"):
    return written_tags(template, at=AT, timezone=timezone, scheduler="prod", tag_key="Schedule")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("", {}, id="none"),
        pytest.param("State=started", {"State": "started"}, id="one"),
        pytest.param(
            "State=started, By = {scheduler} ,", {"State": "started", "By": "prod"}, id="spaces and an end comma"
        ),
        pytest.param("Since={year}-{month}-{day} {hour}:{minute}", {"Since": "2026-11-23 00:05"}, id="the local clock"),
        pytest.param("Zone={timezone}", {"Zone": "Asia/Shanghai"}, id="the zone"),
        pytest.param("Left={unknown}", {"Left": "{unknown}"}, id="an unknown macro"),
        pytest.param("Flag", {"Flag": ""}, id="a key alone"),
        pytest.param("Formula=a=b", {"Formula": "a=b"}, id="an equals sign in the value"),
        pytest.param("Schedule=x,ScheduleOverride=y,State=z", {"State": "z"}, id="never what decides"),
    ],
)
def test_a_template_is_filled_in(template, expected):
    assert tags(template) == expected
