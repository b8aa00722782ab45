"""`scheduler-cli status`, `pause` and `resume` against a stack on the embedded AWS."""

import re
from collections.abc import Callable, Iterator

import pytest
from tests.cli.stack import HOME, HUB, NEAR, instance_id, reached, scenario, server, started
from tests.cli.tool import answer, answer_json, complaint, tool

from scheduler_local.embedded import EmbeddedAws

EC2 = f"{HUB}/{HOME}/ec2"


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    config = {
        "schedules": [
            {"name": "always", "override_status": "running"},
            {"name": "never", "override_status": "stopped"},
        ],
        "config": {"regions": [HOME, NEAR]},
    }
    servers = [server("web", schedule="always"), server("old", "running", "never")]
    yield from started(scenario(*servers, config=config))


@pytest.fixture
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        yield name


def test_status_shows_what_is_managed_where_in_which_state_and_which_settings_win(aws: EmbeddedAws, stack: str) -> None:
    answer("run", "--stack", stack, "--wait")
    answer("override", instance_id(aws, "web"), "--running", "--stack", stack)
    told = answer("status", "--stack", stack).splitlines()
    assert told[0] == f"{stack} in {HUB}/{HOME}: a tick every 5 min"
    assert told[1].endswith("  1 started, 1 stopped")
    assert [line for line in told[3:] if len(line) > 80] == []
    assert re.search(r" ago +(next tick|in \d+ min)$", told[4])
    assert [line.split()[:2] for line in told[3:8]] == [
        ["Targets", "managed"],
        [EC2, "2"],
        [f"{HUB}/{HOME}/rds", "0"],
        [f"{HUB}/{NEAR}/ec2", "0"],
        [f"{HUB}/{NEAR}/rds", "0"],
    ]
    assert [line.split() for line in told[9:12]] == [
        ["Schedules", "instances", "wants", "now", "changes"],
        ["always", "1", "running", "running", "never"],
        ["never", "1", "stopped", "stopped", "never"],
    ]
    assert told[12:] == [
        "",
        "To look at",
        f"  {EC2}/{instance_id(aws, 'web')}: an override holds it running",
        "",
        "Settings of the config item that win",
        f"  regions: {HOME},{NEAR} instead of {HOME}",
    ]


def test_status_in_json(aws: EmbeddedAws, stack: str) -> None:
    told = answer_json("status", "--stack", stack)
    assert (told["stack"], told["paused"], told["errors"]) == (stack, False, [])
    assert told["settings"] == {"regions": {"deployed": [HOME], "in_force": [HOME, NEAR]}}
    assert {one["schedule"] for one in told["instances"]} == {"always", "never"}


def test_a_config_with_an_error_ends_with_1(aws: EmbeddedAws, stack: str) -> None:
    aws.tables.put_config_item({"type": "schedule", "name": "broken", "periods": ["nope"]})
    result = tool("status", "--stack", stack)
    assert result.exit_code == 1
    assert "  schedule broken, periods: 'nope' refers to a period that does not exist\n" in result.stdout


def test_pause_disables_the_tick_and_resume_enables_it(stack: str) -> None:
    told = answer("pause", "--stack", stack)
    assert told == f"Stack {stack} is paused: no tick starts a run until `scheduler-cli resume`.\n"
    assert tool("status", "--stack", stack).stdout.splitlines()[0].endswith(": paused")
    assert answer_json("resume", "--stack", stack) == {
        "stack": stack,
        "rule": f"{stack}-tick",
        "alarm": f"{stack}-missing-runs",
        "state": "ENABLED",
    }
    assert tool("status", "--stack", stack).stdout.splitlines()[0].endswith(": a tick every 5 min")


@pytest.fixture
def alarms(aws: EmbeddedAws, stack: str) -> Callable[[], dict[str, bool]]:
    """Whether alarms tell anybody; moto's CloudFormation lacks alarms, so that these are made by hand."""
    cloudwatch = aws.client("cloudwatch")
    for name in (f"{stack}-missing-runs", f"{stack}-dead-letters"):
        alarm = {"Period": 300, "EvaluationPeriods": 3, "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold"}
        metric = {"Namespace": "AWS/States", "MetricName": "ExecutionsStarted", "Statistic": "Sum"}
        cloudwatch.put_metric_alarm(AlarmName=name, ActionsEnabled=True, **metric, **alarm)

    def read() -> dict[str, bool]:
        found = cloudwatch.describe_alarms()["MetricAlarms"]
        return {alarm["AlarmName"].removeprefix(f"{stack}-"): alarm["ActionsEnabled"] for alarm in found}

    return read


def test_a_pause_silences_the_alarm_that_watches_for_missing_runs_and_no_other(
    stack: str, alarms: Callable[[], dict[str, bool]]
) -> None:
    answer("pause", "--stack", stack)
    assert alarms() == {"missing-runs": False, "dead-letters": True}
    answer("resume", "--stack", stack)
    assert alarms() == {"missing-runs": True, "dead-letters": True}


@pytest.mark.parametrize("command", ["pause", "resume", "status"])
def test_an_unknown_stack_is_a_bad_argument(stack: str, command: str) -> None:
    code, line = complaint(command, "--stack", "nobody")
    assert (code, line.startswith("scheduler-cli: no stack 'nobody'")) == (2, True)
