"""`scheduler-cli evaluate`: what it reads, what it answers, and what it refuses."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from scheduler_cli.evaluate import answer_line, evaluate

OFFICE: dict[str, Any] = {
    "schedule": {"timezone": "Asia/Shanghai", "periods": ["day"]},
    "periods": {"day": {"begintime": "09:00", "endtime": "18:00", "weekdays": ["mon-fri"]}},
    "at": "2026-11-23T10:00:00+08:00",
}
LARGE: dict[str, Any] = {**OFFICE, "schedule": {"periods": ["day@t3.large"], "timezone": "Asia/Shanghai"}}


def answer(case: object, **changes: object) -> dict[str, str | None]:
    changed = {**case, **changes} if isinstance(case, dict) else case
    return answer_line(json.dumps(changed).encode())


def decided(case: dict[str, Any], instance: dict[str, Any], **changes: object) -> tuple[str | None, ...]:
    """Effective, new stored state, reason."""
    found = answer(case, instance={"observed_state": "running", **instance}, **changes)
    return found["effective"], found["new_stored_state"], found["reason"]


def run(text: str | bytes) -> tuple[int, list[dict[str, str]]]:
    result = CliRunner().invoke(evaluate, [], input=text)
    return result.exit_code, [json.loads(line) for line in result.output.splitlines()]


def test_answer_without_an_instance_is_the_desired_state() -> None:
    assert answer(LARGE) == {"desired_state": "running", "desired_type": "t3.large", "period": "day"}


def test_answer_with_an_instance_adds_the_decision() -> None:
    assert answer(OFFICE, instance={"stored_state": "stopped", "observed_state": "stopped"}) == {
        "desired_state": "running",
        "desired_type": None,
        "period": "day",
        "effective": "start",
        "new_stored_state": "running",
        "reason": "U4",
    }


def test_lines_are_answered_in_order_and_blank_ones_skipped() -> None:
    line = json.dumps(OFFICE)
    code, answers = run(f"\n{line}\n   \n\t\n{json.dumps({**OFFICE, 'at': '2026-11-22T10:00Z'})}\r\n")
    assert (code, [found["desired_state"] for found in answers]) == (0, ["running", "stopped"])


def test_bad_line_is_answered_in_its_place_and_the_exit_code_is_one() -> None:
    line = json.dumps(OFFICE)
    code, answers = run(f"{line}\nnonsense\n{line}\n")
    assert (code, [list(found) for found in answers]) == (
        1,
        [["desired_state", "desired_type", "period"], ["error"], ["desired_state", "desired_type", "period"]],
    )


def test_nothing_is_answered_with_nothing() -> None:
    assert run("") == (0, [])


def test_file_may_begin_with_a_byte_order_mark() -> None:
    assert run(b"\xef\xbb\xbf" + json.dumps(OFFICE).encode())[0] == 0


def test_line_separators_inside_a_text_do_not_end_the_line() -> None:
    case = {**OFFICE, "comment": "a\u2028b\x85c"}
    assert run(json.dumps(case, ensure_ascii=False))[0] == 0


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"nonsense", "The line is not JSON."),
        (b"{", "The line is not JSON."),
        (b"\xff\xfe{}", "The line is not JSON."),
        (b"[" * 100_000, "The line is not JSON."),
        (b"[]", "the line is [], which is no JSON object."),
        (b"null", "the line is None, which is no JSON object."),
        (b"{}", "schedule is None, which is no JSON object."),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_case_is_refused_in_one_sentence(line: bytes, sentence: str) -> None:
    assert answer_line(line) == {"error": sentence}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"at": None}, "at is None; write an instant with an offset"),
        ({"at": 1732345200}, "at is 1732345200; write an instant with an offset"),
        ({"at": "2026-11-23T10:00"}, "has no offset"),
        ({"at": "2026-11-23"}, "has no offset"),
        ({"at": "tomorrow"}, "is not an instant"),
        ({"at": "9999-12-31T23:59-12:00"}, "is not an instant"),
        ({"at": "9999-12-31T23:59Z"}, "is not between the years 1900 and 9998"),
        ({"at": "1899-12-31T23:59Z"}, "is not between the years 1900 and 9998"),
        ({"periods": []}, "periods is [], which is no JSON object."),
        ({"periods": {"day": "09:00"}}, "periods.day is '09:00', which is no JSON object."),
        ({"calendars": "cn"}, "calendars is 'cn', which is no JSON object."),
        ({"default_timezone": "Mars/Phobos"}, "'Mars/Phobos' is no time zone"),
        ({"default_timezone": 8}, "default_timezone is 8, which is no text."),
        ({"service": "s3"}, "service is 's3'; accepted are ec2, rds."),
        ({"service": ["ec2"]}, "service is ['ec2']; accepted are ec2, rds."),
        ({"schedule": {"periods": ["night"]}}, "'night' refers to a period that does not exist"),
        ({"schedule": {"periods": ["day@"]}}, "'day@' has no instance type"),
        ({"schedule": {}}, "it has neither periods nor override_status"),
        ({"schedule": {"ssm_maintenance_window": ["w"]}}, "SSM maintenance windows are not yet supported"),
        ({"schedule": {"periods": ["day"], "timezone": "Nowhere"}}, "'Nowhere' is no time zone"),
        ({"schedule": {"periods": ["day"], "calendar": "cn"}}, "'cn' refers to a calendar that does not exist"),
        ({"schedule": {"periods": ["day"], "enforced": "sometimes"}}, "'sometimes' is not accepted"),
        ({"schedule": {"periods": ["day"], "name": "Ignore"}}, "'Ignore' is no name for a schedule"),
        ({"periods": {"day": {"begintime": "9am"}}}, "period day, begintime: '9am' is no time"),
        ({"periods": {**OFFICE["periods"], "other": {"months": "x"}}}, "period other, months: 'x' is not accepted"),
        ({"calendars": {"cn": {"days_off": ["x"]}}}, "calendar cn, days_off: 'x' is no day"),
        ({"instance": []}, "instance is [], which is no JSON object."),
        ({"instance": {}}, "instance.observed_state is missing"),
        ({"instance": {"observed_state": 1}}, "instance.observed_state is 1, which is no text."),
        (
            {"instance": {"observed_state": "running", "stored_state": "asleep"}},
            "stored_state is 'asleep'; accepted are",
        ),
        ({"instance": {"observed_state": "running", "override": 1}}, "instance.override is 1, which is no text."),
        ({"instance": {"observed_state": "running", "type": 1}}, "instance.type is 1, which is no text."),
        (
            {"instance": {"observed_state": "running", "schedule_tag": 1}},
            "instance.schedule_tag is 1, which is no text.",
        ),
        (
            {"instance": {"observed_state": "running", "maintenance_window": "x"}},
            "maintenance_window is 'x'; write true",
        ),
        ({"instance": {"observed_state": "running", "restarted_by_aws": 1}}, "restarted_by_aws is 1; write true"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_read_is_named(changes: dict[str, object], part: str) -> None:
    found = answer(OFFICE, **changes)
    assert list(found) == ["error"]
    assert part in str(found["error"])


def test_error_is_one_sentence_whatever_is_wrong() -> None:
    found = answer(OFFICE, schedule={"periods": ["night"], "timezone": "Nowhere"}, periods={"x": {"begintime": "9am"}})
    assert str(found["error"]).endswith(".")
    assert str(found["error"]).count("; ") >= 2


@pytest.mark.parametrize("periods", [{"day": {"begintime": "9am"}}, {}], ids=["a bad period", "an unknown period"])
def test_overridden_state_makes_errors_of_periods_warnings(periods: dict[str, object]) -> None:
    schedule = {"periods": ["day"], "override_status": "running"}
    assert answer(OFFICE, schedule=schedule, periods=periods)["desired_state"] == "running"


def test_absent_time_zone_is_the_default_one_and_else_utc() -> None:
    schedule = {"periods": ["day"]}
    states = [
        answer(OFFICE, schedule=schedule, default_timezone=zone)["desired_state"] for zone in ("Asia/Tokyo", None, "")
    ]
    assert states == ["running", "stopped", "stopped"]


def test_an_unknown_key_of_an_instance_is_refused_with_the_nearest() -> None:
    instance = {"observed": "running", "stored_state": "running"}
    assert answer(OFFICE, instance=instance)["error"] == (
        "instance.observed is not known; accepted are stored_state, observed_state, type, override, schedule_tag,"
        " maintenance_window, restarted_by_aws; did you mean 'observed_state'?"
    )


def test_an_error_of_a_period_is_told_once() -> None:
    told = answer(OFFICE, periods={"day": {"begintime": "9am"}})["error"]
    assert told == "period day, begintime: '9am' is no time; write H:MM or HH:MM from 00:00 to 23:59."


@pytest.mark.parametrize(
    ("name", "place"), [({}, "the schedule, periods: "), ({"name": "books"}, "schedule books, periods: ")]
)
def test_an_error_of_a_schedule_names_it_where_it_has_a_name(name: dict[str, str], place: str) -> None:
    assert str(answer(OFFICE, schedule={**name, "periods": ["night"]})["error"]).startswith(place)


def test_unknown_keys_are_ignored() -> None:
    assert answer(OFFICE, expect={"desired_state": "any"}, note=1)["desired_state"] == "running"


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-10-01", "stopped"), ("2026-10-10", "running"), ("2026-10-12", "running")]
)
def test_calendars_are_looked_up_by_name(day: str, expected: str) -> None:
    schedule = {**OFFICE["schedule"], "calendar": "cn"}
    calendars = {"cn": {"days_off": ["2026-10-01..2026-10-07"], "working_days": ["2026-10-10"]}}
    assert answer(OFFICE, schedule=schedule, calendars=calendars, at=f"{day}T10:00+08:00")["desired_state"] == expected


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ({"schedule_tag": "IGNORE"}, ("noop", "unknown", "O1")),
        ({"schedule_tag": "office-hours"}, ("noop", "running", "U4")),
        ({"observed_state": "pending", "stored_state": "stopped"}, ("noop", "stopped", "O2")),
        ({"observed_state": "Running", "stored_state": "stopped"}, ("noop", "stopped", "O2")),
        ({"override": "runing", "stored_state": "any"}, ("noop", "any", "O3")),
        ({"override": "running@2026-11-23T12:00"}, ("noop", "unknown", "O3")),
        ({"override": ""}, ("noop", "unknown", "O3")),
        ({"override": None}, ("noop", "running", "U4")),
        ({"override": "stopped@2026-11-23T02:01Z"}, ("stop", "stopped", "O4")),
        ({"override": "stopped@2026-11-23T02:00Z"}, ("noop", "running", "U4")),
        ({"override": "stopped", "observed_state": "stopped"}, ("noop", "stopped", "O4")),
        ({"stored_state": None}, ("noop", "running", "U4")),
        ({"stored_state": "start_failed", "observed_state": "stopped"}, ("start", "running", "U4")),
        ({"maintenance_window": True, "restarted_by_aws": True}, ("noop", "running", "U4")),
        ({"maintenance_window": False, "restarted_by_aws": None}, ("noop", "running", "U4")),
    ],
    ids=str,
)
def test_everything_that_an_instance_can_hold_is_looked_at(
    instance: dict[str, object], expected: tuple[str, ...]
) -> None:
    assert decided(OFFICE, instance) == expected


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        (
            {"stored_state": "stopped", "observed_state": "stopped", "maintenance_window": True},
            ("start", "running", "M0"),
        ),
        ({"stored_state": "retain-running", "maintenance_window": True}, ("noop", "retain-running", "M0")),
        ({"stored_state": "stopped", "restarted_by_aws": True}, ("stop", "stopped", "S5a")),
        ({"stored_state": "stopped"}, ("noop", "stopped", "S5")),
        ({"stored_state": "running", "observed_state": "available"}, ("noop", "running", "O2")),
    ],
    ids=str,
)
def test_databases_have_windows_and_are_restarted_by_aws(
    instance: dict[str, object], expected: tuple[str, ...]
) -> None:
    assert decided(OFFICE, instance, service="rds", at="2026-11-22T10:00+08:00") == expected


@pytest.mark.parametrize(
    ("instance", "service", "expected"),
    [
        ({"type": "t3.small", "stored_state": "running"}, "ec2", ("resize", "running", "U5")),
        ({"type": "t3.large", "stored_state": "running"}, "ec2", ("noop", "running", "U6")),
        ({"stored_state": "running"}, "ec2", ("noop", "running", "U6")),
        ({"type": "t3.small", "observed_state": "stopped"}, "ec2", ("start", "running", "U4")),
        (
            {"type": "t3.small", "stored_state": "running", "observed_state": "stopped"},
            "ec2",
            ("noop", "running", "U6"),
        ),
        ({"type": "db.t3.small", "stored_state": "running"}, "rds", ("noop", "running", "U6")),
    ],
    ids=str,
)
def test_types_are_for_ec2(instance: dict[str, object], service: str, expected: tuple[str, ...]) -> None:
    assert decided(LARGE, instance, service=service) == expected


@pytest.mark.parametrize(
    ("changes", "desired_type"),
    [
        ({"instance": {"observed_state": "stopped", "stored_state": "running"}}, "t3.large"),
        ({"instance": {"observed_state": "running", "override": "running"}}, None),
        ({"service": "rds"}, None),
        ({"service": "rds", "instance": {"observed_state": "running"}}, None),
        ({"at": "2026-11-22T10:00+08:00"}, None),
    ],
    ids=["a manual stop", "an override wants no type", "types are ignored for databases", "a database", "stopped"],
)
def test_desired_type_is_the_one_that_is_wanted(changes: dict[str, object], desired_type: str | None) -> None:
    assert answer(LARGE, **changes)["desired_type"] == desired_type


def test_period_is_named_only_while_it_runs() -> None:
    periods = {"day": {"begintime": "09:00", "weekdays": "mon-fri"}}
    found = [answer(OFFICE, periods=periods, at=f"2026-11-23T{clock}+08:00") for clock in ("08:00", "10:00")]
    assert [(item["desired_state"], item["period"]) for item in found] == [("any", None), ("running", "day")]
