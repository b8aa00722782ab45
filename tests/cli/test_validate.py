"""`scheduler-cli validate`: every fault of config files at once."""

import json
from pathlib import Path

import pytest
from tests.cli.tool import FILES, SCHEDULES, answer, answer_json, complaint, tool

FAULTY = str(FILES / "faulty.yaml")
PERIOD = {"type": "period", "name": "office", "begintime": "09:00", "endtime": "17:00", "weekdays": ["mon-fri"]}
SCHEDULE = {"type": "schedule", "name": "hours", "periods": ["office"]}
TYPED = [
    {"type": {"S": "period"}, "name": {"S": "office"}, "begintime": {"S": "09:00"}, "weekdays": {"SS": ["mon-fri"]}},
    {
        "type": {"S": "schedule"},
        "name": {"S": "hours"},
        "periods": {"L": [{"S": "office"}]},
        "enforced": {"BOOL": True},
    },
    {"type": {"S": "period"}, "name": {"S": "first"}, "monthdays": {"NS": ["1", "2"]}, "description": {"NULL": True}},
]


def written(place: Path, text: str, name: str = "config.yaml") -> str:
    """A file with this text."""
    file = place / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_good_file_is_ok() -> None:
    assert answer("validate", SCHEDULES) == f"{SCHEDULES}: ok (14 schedules, 11 periods, 1 calendar)\n"


def test_every_fault_is_told_at_once_in_the_order_of_the_file() -> None:
    result = tool("validate", FAULTY)
    assert result.exit_code == 1
    assert result.stdout.replace(FAULTY, "FILE").splitlines() == [
        "FILE: error: the file: 'holidays' is no section; accepted are periods, schedules, calendars, config",
        "FILE:3: error: period mornings, begintime: '9am' is no time; write H:MM or HH:MM from 00:00 to 23:59",
        "FILE:4: error: period mornings, weekdays: 'mon-' is not accepted: a weekday is missing after 'mon-' (position 5);"
        " accepted are mon or monday, 0-6 (0 = Monday, 7 = Sunday), fri-mon, mon/2, mon-fri/2, */2, friL, L, mon#1,"
        " holiday, *",
        "FILE:5: error: period days, monthdays: 'monthdays' is given twice",
        "FILE:6: error: item 3, name: None is no name; write a text",
        "FILE:8: error: schedule a, periods: 'mornings' cannot be used: period mornings has an error",
        "FILE:8: error: schedule a, periods: 'nope' refers to a period that does not exist",
        "FILE:8: error: schedule a, timezone: 'Asia/Shangai' is no time zone; accepted are names of the tz database such as"
        " Asia/Shanghai; did you mean 'Asia/Shanghai'?",
        "FILE:11: warning: schedule b, colour: 'colour' is no attribute that is known here",
        "FILE:12: error: schedule c, calendar: 'cn' refers to a calendar that has an error",
        "FILE:14: error: calendar cn, days_off: 'tomorrow' is no day; accepted are 2026-10-01 and 2026-10-01..2026-10-07",
        "FILE: 10 errors, 1 warning (3 schedules, 3 periods, 1 calendar)",
    ]


def test_warnings_alone_are_no_failure(tmp_path: Path) -> None:
    file = written(tmp_path, "schedules: [{name: a, override_status: stopped, colour: red}]")
    assert answer("validate", file).splitlines() == [
        f"{file}:1: warning: schedule a, colour: 'colour' is no attribute that is known here",
        f"{file}: 1 warning (1 schedule)",
    ]


def test_json_has_every_fault_with_its_place() -> None:
    told = json.loads(tool("validate", FAULTY, SCHEDULES, "--json").stdout)
    assert (told["ok"], [file["errors"] for file in told["files"]]) == (False, [10, 0])
    assert told["files"][0]["faults"][1] == {
        "severity": "error",
        "item": "period mornings",
        "attribute": "begintime",
        "line": 3,
        "message": "'9am' is no time; write H:MM or HH:MM from 00:00 to 23:59",
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps([PERIOD, SCHEDULE]), id="list-of-items"),
        pytest.param(json.dumps({"periods": [PERIOD], "schedules": [SCHEDULE]}), id="sections"),
        pytest.param(json.dumps({"periods": {"office": {"weekdays": "mon"}}, "schedules": [SCHEDULE]}), id="by-name"),
        pytest.param(json.dumps({"Items": TYPED, "Count": 3}), id="dynamodb-scan"),
        pytest.param("\n".join(json.dumps({"Item": item}) for item in TYPED), id="dynamodb-export"),
        pytest.param(json.dumps([PERIOD, SCHEDULE], indent="\t"), id="json-with-tabs"),
        pytest.param("\ufeff" + json.dumps([PERIOD, SCHEDULE]), id="byte-order-mark"),
        pytest.param(
            "periods: [{name: office, <<: {weekdays: mon}}]\nschedules: [{name: hours, periods: office}]",
            id="merged-keys",
        ),
        pytest.param("config: {tagname: Plan}\nschedules: [{name: a, override_status: running}]", id="its-own-tag-key"),
        pytest.param(
            "periods: [{name: p, begintime: 9:00, endtime: 18:00}]\nschedules: [{name: a, periods: p}]",
            id="times-without-quotes",
        ),
        pytest.param("calendars: [{name: c, days_off: [2026-10-01]}]", id="dates-without-quotes"),
    ],
)
def test_all_forms_of_a_config_file_are_read(text: str, tmp_path: Path) -> None:
    told = answer_json("validate", written(tmp_path, text))
    assert (told["ok"], told["files"][0]["faults"]) == (True, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "the file: it is empty", id="empty"),
        pytest.param("hello", "the file: it holds 'hello' instead of lists of periods and schedules", id="text"),
        pytest.param(
            "a: b: c",
            "the file: it is neither YAML nor JSON: mapping values are not allowed here (line 1, column 5)",
            id="no-yaml",
        ),
        pytest.param(
            "{\t]",
            "the file: it is no JSON: Expecting property name enclosed in double quotes: line 1 column 3 (char 2)",
            id="no-json",
        ),
        pytest.param("periods: 3", "periods: 3 is no list of periods", id="no-list"),
        pytest.param("periods: [3]", "periods[1]: 3 is no period; write a mapping with a name", id="no-item"),
        pytest.param("config: [a]", "config: ['a'] is no mapping of settings", id="no-settings"),
        pytest.param("[3]", "item 1: 3 is no item; write a mapping with type and name", id="no-item-in-a-list"),
        pytest.param(
            "periods: [{name: p, type: schedule, weekdays: mon}]",
            "periods[1]: its type is 'schedule', but it stands among the periods",
            id="another-type",
        ),
        pytest.param("periods: []\nperiods: []", "the file, periods: 'periods' is given twice", id="section-twice"),
        pytest.param(
            "? [a]\n: b", "the file: it is neither YAML nor JSON: a key must be a text (line 1, column 3)", id="odd-key"
        ),
    ],
)
def test_a_file_of_no_form_is_refused_in_words(text: str, message: str, tmp_path: Path) -> None:
    file = written(tmp_path, text)
    result = tool("validate", file)
    assert result.exit_code == 1
    assert f"error: {message}\n" in result.stdout


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    assert tool("validate", str(file)).stdout.splitlines()[0] == f"{file}: error: the file: it is not UTF-8 text"


def test_a_file_that_is_not_there_is_a_bad_argument() -> None:
    line = "scheduler-cli: missing.yaml cannot be read: No such file or directory\n"
    assert complaint("validate", "missing.yaml") == (2, line)


def test_no_file_is_a_bad_argument() -> None:
    assert complaint("validate") == (2, "scheduler-cli validate: Missing argument 'FILE…', or option '--stack'.\n")


def test_files_that_refer_to_each_other_are_checked_together(tmp_path: Path) -> None:
    schedules = written(tmp_path, "schedules: [{name: a, override_status: running, calendar: cn}]")
    calendars = written(tmp_path, "calendars: [{name: cn, days_off: [2026-10-01]}]", "cn.yaml")
    assert tool("validate", schedules, calendars).exit_code == 1
    told = answer("validate", "--together", schedules, calendars)
    assert told == f"{schedules} + {calendars}: ok (1 schedule, 1 calendar)\n"
    assert answer("explain", "a", "-c", schedules, "-c", calendars).startswith("a wants instances running")


def test_it_is_files_or_a_stack() -> None:
    line = "scheduler-cli validate: Give --stack or FILEs, not both.\n"
    assert complaint("validate", SCHEDULES, "--stack", "prod") == (2, line)
