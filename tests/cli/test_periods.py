"""`create-`, `update-`, `delete-period` and `describe-periods`, as AWS Instance Scheduler's documentation has them."""

import json
from collections.abc import Iterator

import pytest
from tests.cli.stack import reached, scenario, started
from tests.cli.tool import answer, complaint

from scheduler_local.embedded import EmbeddedAws


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    yield from started(scenario())


@pytest.fixture
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        yield name


def described(stack: str, name: str) -> object:
    return json.loads(answer("describe-periods", "--stack", stack, "--name", name))["Periods"][0]


def test_a_period_is_created_described_updated_and_deleted_as_documented(stack: str) -> None:
    times = ("--begintime", "09:00", "--endtime", "18:00", "--weekdays", "mon-fri")
    told = json.loads(answer("create-period", "--name", "weekdays", *times, "--stack", stack))
    assert told == {
        "Period": {
            "Type": "period",
            "Name": "weekdays",
            "Begintime": "09:00",
            "Endtime": "18:00",
            "Weekdays": ["mon-fri"],
        }
    }
    assert described(stack, "weekdays") == told["Period"]
    answer("update-period", "-s", stack, "--name", "weekdays", "--months", "jan,feb", "--description", "Winter")
    assert described(stack, "weekdays") == {
        "Type": "period",
        "Name": "weekdays",
        "Months": ["feb", "jan"],
        "Description": "Winter",
    }
    assert json.loads(answer("delete-period", "--name", "weekdays", "-s", stack)) == {"Period": "weekdays"}
    line = "scheduler-cli: period weekdays does not exist\n"
    assert complaint("describe-periods", "--stack", stack, "--name", "weekdays") == (1, line)


def test_spaces_around_a_name_are_no_part_of_it(stack: str) -> None:
    assert described(stack, " office ") == described(stack, "office")


def test_the_answer_is_queried_and_printed_as_aws_instance_scheduler_does(stack: str) -> None:
    assert answer("describe-periods", "-s", stack, "-q", "Periods[?Name=='office'].Endtime") == '[\n   "18:00"\n]\n'


def test_all_periods_are_listed_by_name(stack: str) -> None:
    assert json.loads(answer("describe-periods", "--stack", stack, "--query", "Periods[].Name")) == [
        "office",
        "weekend",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ("create-period", "--name", "office", "--weekdays", "mon"),
            "period office exists already; nothing was written; use update-period to replace it",
            id="create-does-not-overwrite",
        ),
        pytest.param(
            ("update-period", "--name", "nights", "--weekdays", "mon"),
            "period nights does not exist; nothing was written; use create-period to create it",
            id="update-needs-existence",
        ),
        pytest.param(
            ("delete-period", "--name", "office"),
            "period office is in use by schedule office-hours; nothing was deleted",
            id="delete-of-one-in-use",
        ),
        pytest.param(
            ("delete-period", "--name", "nights"),
            "period nights does not exist; nothing was deleted",
            id="delete-needs-existence",
        ),
        pytest.param(
            ("create-period", "--name", "nights", "--begintime", "9am"),
            "nothing was written: period nights, begintime: '9am' is no time; write H:MM or HH:MM from 00:00 to 23:59",
            id="bad-time",
        ),
        pytest.param(
            ("create-period", "--name", "nights"),
            "nothing was written: period nights: it has no condition; give at least one of begintime, endtime, weekdays,"
            " monthdays and months",
            id="no-condition",
        ),
    ],
)
def test_what_would_do_harm_is_refused_and_nothing_is_written(
    stack: str, arguments: tuple[str, ...], message: str
) -> None:
    before = answer("describe-periods", "--stack", stack)
    assert complaint(*arguments, "--stack", stack) == (1, f"scheduler-cli: {message}\n")
    assert answer("describe-periods", "--stack", stack) == before


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ("create-period", "--name", "a"), "create-period: Missing option '--stack' / '-s'.", id="no-stack"
        ),
        pytest.param(("delete-period", "-s", "x"), "delete-period: Missing option '--name'.", id="no-name"),
    ],
)
def test_a_bad_argument_is_one_line_and_exit_code_2(arguments: tuple[str, ...], line: str) -> None:
    assert complaint(*arguments) == (2, f"scheduler-cli {line}\n")


def test_an_empty_name_and_a_broken_query_are_bad_arguments(stack: str) -> None:
    line = "scheduler-cli: --name: give a name\n"
    assert complaint("create-period", "--name", " ", "--weekdays", "mon", "-s", stack) == (2, line)
    code, told = complaint("describe-periods", "-s", stack, "-q", "[")
    assert (code, told.startswith("scheduler-cli: --query: "), told.count("\n")) == (2, True, 1)
