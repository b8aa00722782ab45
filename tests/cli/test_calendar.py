"""`scheduler-cli calendar import`: public holidays as days off and working days."""

import json
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.cli.tool import answer, answer_json, complaint, tool

from instance_scheduler.config import parse_config
from instance_scheduler.settings import Settings
from scheduler_cli.public_holidays import public_holidays

# 国务院办公厅关于2024年部分节假日安排的通知, 国办发明电〔2023〕7号. 1 January and 10 June are "放假,与周末连休": joined with the
# weekend before, whose days of 2024 are days off too.
OFF_IN_2024 = [
    (1, 1, 1),
    (2, 10, 17),
    (4, 4, 6),
    (5, 1, 5),
    (6, 8, 10),
    (9, 15, 17),
    (10, 1, 7),
]
WORKED_IN_2024 = [
    "2024-02-04",
    "2024-02-18",
    "2024-04-07",
    "2024-04-28",
    "2024-05-11",
    "2024-09-14",
    "2024-09-29",
    "2024-10-12",
]
# 国务院办公厅关于2025年部分节假日安排的通知, 国办发明电〔2024〕12号. The Spring Festival runs from 28 January to 4 February.
OFF_IN_2025 = [
    (1, 1, 1),
    (1, 28, 31),
    (2, 1, 4),
    (4, 4, 6),
    (5, 1, 5),
    (5, 31, 31),
    (6, 1, 2),
    (10, 1, 8),
]
WORKED_IN_2025 = ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"]
# 国务院办公厅关于2026年部分节假日安排的通知, of 4 November 2025.
OFF_IN_2026 = [
    (1, 1, 3),
    (2, 15, 23),
    (4, 4, 6),
    (5, 1, 5),
    (6, 19, 21),
    (9, 25, 27),
    (10, 1, 7),
]
WORKED_IN_2026 = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]


def dates(year: int, spans: list[tuple[int, int, int]]) -> list[date]:
    """Every date of spans written as month, first day, last day."""
    return [date(year, month, day) for month, first, last in spans for day in range(first, last + 1)]


@pytest.mark.parametrize(
    ("year", "off", "worked"),
    [
        pytest.param(2024, OFF_IN_2024, WORKED_IN_2024, id="2024"),
        pytest.param(2025, OFF_IN_2025, WORKED_IN_2025, id="2025"),
        pytest.param(2026, OFF_IN_2026, WORKED_IN_2026, id="2026"),
    ],
)
def test_china_is_as_the_state_council_published_it(
    year: int, off: list[tuple[int, int, int]], worked: list[str]
) -> None:
    item = answer_json("calendar", "import", "CN", "--years", str(year))
    calendar = parse_config([item], Settings()).calendars["cn"]
    days = [
        date.fromordinal(number) for number in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    ]
    assert [day for day in days if calendar.is_day_off(day)] == dates(year, off)
    assert [day.isoformat() for day in days if day in calendar.working_days] == worked


def test_a_working_day_counts_as_the_weekday_whose_day_off_it_makes_up_for() -> None:
    assert answer_json("calendar", "import", "CN", "--years", "2026")["working_days"] == [
        "2026-01-04=fri",
        "2026-02-14=fri",
        "2026-02-28=mon",
        "2026-05-09=tue",
        "2026-09-20=tue",
        "2026-10-10=wed",
    ]


def test_a_block_that_crosses_the_year_is_cut_where_the_years_end() -> None:
    both = answer_json("calendar", "import", "CN", "--years", "2023-2024")["days_off"]
    one = answer_json("calendar", "import", "CN", "--years", "2024")["days_off"]
    assert ("2023-12-30..2024-01-01" in both, one[0]) == (True, "2024-01-01")


def test_a_calendar_is_printed_as_a_config_file_that_can_be_pasted() -> None:
    told = answer("calendar", "import", "CN", "--years", "2025", "--name", "china")
    assert told.splitlines()[:6] == [
        "calendars:",
        '  - name: "china"',
        f'    description: "Public holidays of CN 2025, from {public_holidays("CN", [2025]).source}"',
        "    days_off:",
        "      - 2025-01-01              # New Year's Day",
        "      - 2025-01-28..2025-02-04  # Chinese New Year's Eve, Chinese New Year",
    ]
    assert told.splitlines()[-1] == "      - 2025-10-11=wed          # a Saturday that counts as a Wednesday"


def test_a_written_file_is_valid_and_means_the_same(tmp_path: Path) -> None:
    file = tmp_path / "cn.yaml"
    told = answer("calendar", "import", "CN", "--years", "2025", "--out", str(file))
    assert told == f"calendar cn: 28 days off and 5 working days, written to {file}\n"
    assert answer("validate", str(file)) == f"{file}: ok (1 calendar)\n"
    listed = answer_json(
        "expression", "--weekdays", "holiday", "--calendar", "cn", "--config", str(file), "--year", "2025"
    )
    assert listed["dates"] == [day.isoformat() for day in dates(2025, OFF_IN_2025)]


def test_a_file_is_not_overwritten_unasked(tmp_path: Path) -> None:
    file = tmp_path / "cn.yaml"
    file.write_text("mine", encoding="utf-8")
    asked = ("calendar", "import", "CN", "--years", "2025", "--out", str(file))
    line = f"{file} exists; add --overwrite to replace the whole file, or print the calendar and paste it"
    assert complaint(*asked) == (2, f"scheduler-cli: {line}\n")
    assert file.read_text(encoding="utf-8") == "mine"
    assert tool(*asked, "--overwrite").exit_code == 0


def test_elsewhere_the_librarys_days_are_taken_as_they_are() -> None:
    item = answer_json("calendar", "import", "DE", "--years", "2027", "--subdivision", "BY")
    assert item["name"] == "de-by"
    assert item["days_off"] == [
        "2027-01-01",
        "2027-01-06",
        "2027-03-26",
        "2027-03-29",
        "2027-05-01",
        "2027-05-06",
        "2027-05-17",
        "2027-05-27",
        "2027-10-03",
        "2027-11-01",
        "2027-12-25..2027-12-26",
    ]
    assert "working_days" not in item


def test_a_country_of_another_continent_has_its_working_days_too() -> None:
    item = answer_json("calendar", "import", "HU", "--years", "2025")
    assert item["working_days"] == ["2025-05-17=fri", "2025-10-18=fri", "2025-12-13=wed"]


def test_a_year_that_is_not_published_yet_is_warned_about() -> None:
    result = tool("calendar", "import", "CN", "--years", "2100", "--json")
    source = public_holidays("CN", [2100]).source
    assert (result.exit_code, "working_days" in json.loads(result.stdout)) == (0, False)
    assert result.stderr == (
        f"warning: {source} does not know the make-up working days of CN in 2100 yet; its days off may be incomplete."
        " Import it again when they are published.\n"
    )


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert complaint("calendar", "import", "CN", "--years", "2026") == (
        2,
        "scheduler-cli: calendars are made by the holidays library, which this installation lacks; install the wheel with its"
        f" extra: pip install 'instance_scheduler_stepfunctions-{version('instance-scheduler-stepfunctions')}-py3-none-any.whl"
        "[calendars]', or a clone with pip install '.[calendars]'\n",
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ("XX", "--years", "2026"),
            "scheduler-cli: 'XX' is no country that the holidays library knows; write a code such as CN, DE or US",
            id="country",
        ),
        pytest.param(
            ("CN", "--years", "2026", "--subdivision", "BJ"),
            "scheduler-cli: CN has no subdivision 'BJ'; known are none",
            id="subdivision",
        ),
        pytest.param(
            ("CN", "--years", "2027-2026"),
            "scheduler-cli calendar import: Invalid value for '--years': '2027-2026' is not accepted; write 2026 or"
            " 2026-2027, from 1990 to 2100, 20 years at most",
            id="years",
        ),
        pytest.param(("CN",), "scheduler-cli calendar import: Missing option '--years'.", id="no-years"),
        pytest.param(
            ("CN", "--years", "2026", "--out", "a", "--stack", "b"),
            "scheduler-cli: give --out or --stack, not both",
            id="two-places",
        ),
        pytest.param(
            ("CN", "--years", "2026", "--out", "no/such/folder.yaml"),
            "scheduler-cli: no/such/folder.yaml cannot be written: No such file or directory",
            id="no-folder",
        ),
    ],
)
def test_a_bad_argument_is_one_line_on_stderr(arguments: tuple[str, ...], line: str) -> None:
    assert complaint("calendar", "import", *arguments) == (2, f"{line}\n")
