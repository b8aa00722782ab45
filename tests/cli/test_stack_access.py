"""The operator's commands against a deployed stack: the embedded AWS, reached over HTTP as the real one is."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.cli.tool import answer, answer_json, complaint, tool

from scheduler_cli import instance_view
from scheduler_cli.failures import AwsFailed
from scheduler_local.authorization import ADMINISTRATOR_KEY
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.scenario import parse_scenario

HUB, SPOKE, HOME = "111122223333", "444455556666", "cn-north-1"
AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
NOON = ("--at", "2026-11-24T12:00:00+08:00")
SCENARIO = {
    "partition_region": HOME,
    "config": {
        "periods": [{"name": "office", "begintime": "09:00", "endtime": "18:00", "weekdays": "mon-fri"}],
        "schedules": [{"name": "office-hours", "timezone": "Asia/Shanghai", "periods": ["office"]}],
    },
    "accounts": {
        HUB: {
            HOME: {
                "ec2": [
                    {
                        "name": "web-1",
                        "type": "t3.small",
                        "state": "stopped",
                        "stored_state": "running",
                        "tags": {"Schedule": "office-hours"},
                    },
                    {"name": "new", "type": "t3.small", "state": "running", "tags": {"Schedule": "office-hours"}},
                    {"name": "lost", "state": "running", "tags": {"Schedule": "ofice-hours"}},
                    {"name": "out", "type": "t3.small", "state": "running", "tags": {"Schedule": "ignore"}},
                ],
                "rds": [
                    {
                        "name": "orders",
                        "state": "stopped",
                        "stored_state": "stopped",
                        "maintenance_window": "sun:20:00-sun:21:00",
                        "tags": {"Schedule": "office-hours"},
                    }
                ],
            }
        },
        SPOKE: {
            HOME: {
                "ec2": [
                    {
                        "name": "far",
                        "state": "running",
                        "stored_state": "running",
                        "tags": {"Schedule": "office-hours"},
                    }
                ]
            }
        },
    },
}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(parse_scenario(SCENARIO), at=AT) as started:
        yield started


@pytest.fixture
def stack(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> str:
    """The stack's name; the caller's credentials are those of an administrator of the hub."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.client("ssm").meta.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ADMINISTRATOR_KEY.format(account=HUB))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "administrator")
    monkeypatch.setenv("AWS_DEFAULT_REGION", HOME)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return aws.deployment.parameter_prefix.strip("/").rpartition("/")[2]


def id_of(aws: EmbeddedAws, name: str) -> str:
    """The EC2 id of the instance of this name."""
    return next(standing.id for standing in aws.instances() if standing.name == name)


def test_why_a_real_instance_is_stopped_and_when_it_starts_is_one_command(aws: EmbeddedAws, stack: str) -> None:
    instance = id_of(aws, "web-1")
    told = answer("explain", "--stack", stack, "--instance", instance, *NOON).splitlines()
    assert told[0].startswith("office-hours wants instances running: period office runs")
    assert told[-4:] == [
        f"web-1 ({instance}) in {HUB}/{HOME}/ec2: stopped, t3.small, recorded as running",
        "  Now: it is left alone, row U6: it was started on schedule; a manual stop is left alone.",
        "  Next start: Wed 25 Nov 09:00, in 21 h (row U4: the schedule wants it running)",
        "  Next stop:  Wed 25 Nov 18:00, in 30 h (row S4: the schedule wants it stopped)",
    ]


def test_an_instance_that_no_run_has_recorded_is_found_too(aws: EmbeddedAws, stack: str) -> None:
    told = answer_json("explain", "--stack", stack, "--instance", id_of(aws, "new"), *NOON)["instance"]
    assert (told["stored_state"], told["observed_state"], told["row"]) == ("unknown", "running", "U4")


def test_a_database_is_found_by_its_identifier_and_its_window_counts(stack: str) -> None:
    told = answer_json("explain", "--stack", stack, "--instance", "orders", "--at", "2026-11-28T12:00:00+08:00")[
        "instance"
    ]
    assert (told["row"], told["next_start"]) == ("S5", "2026-11-29T19:50:00Z")


def test_an_instance_of_another_account_is_seen_through_its_reader_role(aws: EmbeddedAws, stack: str) -> None:
    told = answer_json("explain", "--stack", stack, "--instance", id_of(aws, "far"), *NOON)["instance"]
    assert (told["label"].split(" ")[0], told["type"], told["notes"]) == ("far", "t3.micro", [])


def test_who_may_not_describe_gets_what_was_recorded(
    aws: EmbeddedAws, stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AwsFailed("AWS refused AssumeRole: AccessDenied: no")

    monkeypatch.setattr(instance_view, "_credentials", refuse)
    told = answer_json("explain", "office-hours", "--stack", stack, "--instance", id_of(aws, "far"), *NOON)["instance"]
    assert (told["stored_state"], told["observed_state"], told["type"]) == ("running", "running", None)
    assert told["notes"][0].startswith("AWS could not be asked what it is now (AWS refused AssumeRole: AccessDenied")


def test_an_instance_that_its_tag_takes_out_is_said_to_be_so(aws: EmbeddedAws, stack: str) -> None:
    instance = id_of(aws, "out")
    assert answer("explain", "--stack", stack, "--instance", instance, *NOON) == (
        f"out ({instance}) in {HUB}/{HOME}/ec2 is left alone, row O1: its tag takes it out of scheduling (its schedule tag is"
        " 'ignore').\n"
    )


def test_an_instance_of_an_unknown_schedule_is_explained_and_counts_as_something_wrong(
    aws: EmbeddedAws, stack: str
) -> None:
    instance = id_of(aws, "lost")
    result = tool("explain", "--stack", stack, "--instance", instance, *NOON, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "schedule": "ofice-hours",
        "label": f"lost ({instance}) in {HUB}/{HOME}/ec2",
        "row": "E1",
        "explanation": "its schedule is unknown or has an error",
    }
    line = "there is no schedule 'ofice-hours'; there are office-hours; did you mean 'office-hours'?"
    assert result.stderr == f"scheduler-cli: {line}\n"


def test_an_unknown_instance_is_a_bad_argument(stack: str) -> None:
    assert complaint("explain", "--stack", stack, "--instance", "i-0") == (
        2,
        f"scheduler-cli: stack {stack} knows no instance 'i-0'; write an EC2 instance id (i-…) or the identifier of a"
        " database, as it stands in AWS\n",
    )


def test_preview_and_usage_read_the_stacks_config(stack: str) -> None:
    assert answer_json("preview", "office-hours", "--from", "2026-11-23", "--stack", stack)["running_hours"] == 45
    days = ("--startdate", "20261123", "--enddate", "20261123")
    told = json.loads(answer("describe-schedule-usage", "-s", stack, "--name", "office-hours", *days))
    assert told["Usage"]["2026-11-23"]["BillingHours"] == 9


def test_a_calendar_is_written_into_the_config_table_once(stack: str) -> None:
    asked = ("calendar", "import", "CN", "--years", "2026", "--stack", stack)
    assert answer(*asked) == f"calendar cn: 33 days off and 6 working days, written to stack {stack}\n"
    line = f"scheduler-cli: stack {stack} has a calendar cn already; add --overwrite to replace it\n"
    assert complaint(*asked) == (1, line)
    assert answer(*asked, "--overwrite").endswith(f"written to stack {stack}\n")


def test_an_unknown_stack_is_a_bad_argument(stack: str) -> None:
    assert complaint("explain", "office-hours", "--stack", f"{stack}-2") == (
        2,
        f"scheduler-cli: no stack '{stack}-2' in {HOME}: the Parameter Store has nothing under"
        f" /instance-scheduler/{stack}-2/\n",
    )


def test_a_refusal_by_aws_is_one_line_and_exit_code_3(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODYATALL")
    code, line = complaint("explain", "office-hours", "--stack", stack)
    assert (code, line.count("\n")) == (3, 1)
    assert line.startswith("scheduler-cli: AWS refused GetParametersByPath: ")


def test_an_aws_that_cannot_be_reached_is_one_line_and_exit_code_3(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    code, line = complaint("explain", "office-hours", "--stack", stack)
    assert (code, line.count("\n")) == (3, 1)
    assert line.startswith("scheduler-cli: AWS could not be reached: Could not connect to the endpoint URL")


def test_an_unknown_profile_is_one_line_and_exit_code_3(stack: str) -> None:
    code, line = complaint("explain", "office-hours", "--stack", stack, "--profile", "nobody")
    assert (code, line) == (
        3,
        "scheduler-cli: AWS could not be reached: The config profile (nobody) could not be found\n",
    )
