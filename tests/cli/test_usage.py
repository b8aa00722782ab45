"""`scheduler-cli describe-schedule-usage`: the output of AWS Instance Scheduler's CLI, from our own evaluator."""

import json
from typing import Any

import pytest
from tests.cli.tool import SCHEDULES, answer, complaint

FILE = ("--config", SCHEDULES)


def usage(*arguments: str) -> Any:
    return json.loads(answer("describe-schedule-usage", *arguments, *FILE))


def test_the_answer_has_the_form_of_aws_instance_scheduler() -> None:
    days = ("--startdate", "20261124", "--enddate", "20261124")
    told = answer("describe-schedule-usage", "--name", "office-hours", *days, *FILE)
    assert told == (
        "{\n"
        '   "Usage": {\n'
        '      "2026-11-24": {\n'
        '         "RunningPeriods": {\n'
        '            "office": {\n'
        '               "Begin": "11/24/26 09:00:00",\n'
        '               "End": "11/24/26 18:00:00",\n'
        '               "BillingHours": 9,\n'
        '               "BillingSeconds": 32400\n'
        "            }\n"
        "         },\n"
        '         "BillingSeconds": 32400,\n'
        '         "BillingHours": 9\n'
        "      }\n"
        "   },\n"
        '   "Schedule": "office-hours"\n'
        "}\n"
    )


def test_an_overnight_period_is_cut_at_midnight_and_may_run_twice_a_day() -> None:
    day = usage("--name", "night", "--startdate", "20261124", "--enddate", "20261124")["Usage"]["2026-11-24"]
    assert day["RunningPeriods"] == {
        "nightly": {
            "Begin": "11/24/26 00:00:00",
            "End": "11/24/26 06:00:00",
            "BillingHours": 6,
            "BillingSeconds": 21600,
        },
        "nightly#2": {
            "Begin": "11/24/26 22:00:00",
            "End": "11/25/26 00:00:00",
            "BillingHours": 2,
            "BillingSeconds": 7200,
        },
    }


def test_a_part_of_an_hour_is_billed_as_an_hour_and_counted_in_seconds() -> None:
    day = usage("--name", "quarter", "--startdate", "20261124", "--enddate", "20261124")["Usage"]["2026-11-24"]
    assert (day["BillingHours"], day["BillingSeconds"]) == (8, 27900)


def test_a_change_of_the_type_is_billed_anew() -> None:
    day = usage("--name", "shop", "--startdate", "20261124", "--enddate", "20261124")["Usage"]["2026-11-24"]
    assert list(day["RunningPeriods"]) == ["office", "busy", "office#2"]
    assert (day["BillingHours"], day["BillingSeconds"]) == (10, 32400)


def test_a_schedule_held_running_is_billed_all_day_without_a_period() -> None:
    told = usage("--name", "always", "--startdate", "20261101", "--enddate", "20261101")
    assert told["Usage"]["2026-11-01"] == {
        "RunningPeriods": {
            "override_status": {
                "Begin": "11/01/26 00:00:00",
                "End": "11/02/26 00:00:00",
                "BillingHours": 24,
                "BillingSeconds": 86400,
            }
        },
        "BillingSeconds": 86400,
        "BillingHours": 24,
    }


def test_the_day_on_which_the_clocks_go_back_is_billed_with_25_hours() -> None:
    told = usage("--name", "berlin", "--startdate", "20261025", "--enddate", "20261025")
    assert told["Usage"]["2026-10-25"]["BillingHours"] == 25


def test_a_day_without_running_has_no_periods() -> None:
    told = usage("--name", "office-hours", "--startdate", "20261001", "--enddate", "20261002")
    idle = {"RunningPeriods": {}, "BillingSeconds": 0, "BillingHours": 0}
    assert told["Usage"] == {"2026-10-01": idle, "2026-10-02": idle}


def test_without_dates_it_is_about_today() -> None:
    assert len(usage("--name", "always")["Usage"]) == 1


def test_a_query_picks_what_is_wanted() -> None:
    query = ("--query", "sum(Usage.*.BillingHours)", "--startdate", "20261101", "--enddate", "20261130")
    assert usage("--name", "strict", *query) == 189


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ("--name", "shop", "--startdate", "20261102", "--enddate", "20261101"),
            "scheduler-cli: --enddate 2026-11-01 is earlier than --startdate 2026-11-02",
            id="end-before-start",
        ),
        pytest.param(
            ("--name", "shop", "--startdate", "20000101", "--enddate", "20261101"),
            "scheduler-cli: 9802 days are too many; at most 3700 can be described at once",
            id="too-many-days",
        ),
        pytest.param((), "scheduler-cli describe-schedule-usage: Missing option '--name' / '-n'.", id="no-name"),
    ],
)
def test_a_bad_argument_is_one_line_on_stderr(arguments: tuple[str, ...], line: str) -> None:
    assert complaint("describe-schedule-usage", *arguments, *FILE) == (2, f"{line}\n")


def test_a_bad_query_is_one_line_too() -> None:
    code, line = complaint("describe-schedule-usage", "--name", "shop", "--query", "[[", *FILE)
    assert (code, line.count("\n"), line.startswith("scheduler-cli: --query: ")) == (2, 1, True)
