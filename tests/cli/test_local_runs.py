"""Runs on the embedded AWS: the simulated clock, what is counted, what rules hear, and both partitions."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from scheduler_local.embedded import REPOSITORY, ClockWentBack, EmbeddedAws
from scheduler_local.render import show_run
from scheduler_local.scenario import parse_scenario
from scheduler_local.translation import DeploymentFailed

HUB = "111122223333"
HOME = "us-east-1"
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
TAGS = {"Schedule": "office-hours"}

SCENARIO = {
    "partition_region": HOME,
    "config": {
        "periods": [{"name": "office", "begintime": "09:00", "endtime": "18:00", "weekdays": ["mon-fri"]}],
        "schedules": [{"name": "office-hours", "periods": ["office"]}],
    },
    "accounts": {
        HUB: {
            HOME: {
                "ec2": [
                    {"name": "web", "type": "t3.small", "state": "stopped", "stored_state": "stopped", "tags": TAGS}
                ],
                "rds": [{"name": "orders", "state": "stopped"}],
            }
        }
    },
    "timing": {"stopping_seconds": 0, "starting_seconds": 0},
}


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(parse_scenario(SCENARIO)) as started:
        yield started


def test_a_run_takes_place_at_the_simulated_instant(aws: EmbeddedAws) -> None:
    run = aws.run(MORNING)
    planned = json.loads(run.invocations[0].payload)
    assert planned["input"] == {"at": "2026-11-23T09:00:00Z"}
    assert planned["start_time"].startswith("2026-11-23T09:00:0")
    assert planned["start_time"].endswith("Z")
    assert all(event["timestamp"].startswith("2026-11-23T09:0") for event in run.execution.history)
    assert run.state_of("web") == "running"
    launched = aws.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]["LaunchTime"]
    assert MORNING <= launched < MORNING + timedelta(minutes=2)


def test_an_instance_that_the_scenario_begins_in_a_transition_is_still_in_it_for_the_first_run() -> None:
    estate = {"ec2": [{"name": "web", "state": "pending"}], "rds": [{"name": "orders", "state": "stopping"}]}
    scenario = SCENARIO | {
        "accounts": {HUB: {HOME: estate}},
        "timing": {"stopping_seconds": 60, "starting_seconds": 60},
    }
    with EmbeddedAws(parse_scenario(scenario)) as aws:
        run = aws.run(MORNING)
    assert [standing.state for standing in run.before] == ["pending", "stopping"]
    assert [standing.state for standing in run.after] == ["running", "stopped"]


def test_a_person_reads_what_was_before_and_after_the_states_the_mail_and_the_cost(aws: EmbeddedAws) -> None:
    run = aws.run(MORNING)
    console = Console(file=StringIO(), width=160)
    show_run(console, run, "the working day begins")
    text = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert "Mon 2026-11-23 09:00 UTC · the working day begins" in text
    assert re.search(r"ec2 web +stopped t3.small +→ +running t3.small +start succeeded", text)
    assert re.search(r"rds orders +stopped db.t3.medium +as before", text)
    assert "PlanRun → AnythingDue? → EvaluateTargets → Evaluate ×2 → AnythingToReport?" in text
    assert "Subject: 1 started" in text
    assert f"{run.cost.state_transitions} state transitions ($" in text


def test_a_terminal_of_80_columns_shows_the_same_in_two_and_keeps_the_address_of_the_run_whole(
    aws: EmbeddedAws,
) -> None:
    run = aws.run(MORNING)
    console = Console(file=StringIO(), width=80)
    show_run(console, run, "the working day begins")
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO
    text = "\n".join(lines)
    assert re.search(r"ec2 web +stopped t3.small → running t3.small *\n +start succeeded  the schedule wants", text)
    assert re.search(r"rds orders +stopped db.t3.medium *\n", text)
    assert [line for line in lines if len(line) > 80] == [line for line in lines if line.startswith("https://")]


def test_every_name_lies_in_the_partition_aws(aws: EmbeddedAws) -> None:
    assert aws.deployment.machine_role == f"arn:aws:iam::{HUB}:role/instance-scheduler-hub-state-machine"
    assert "aws-cn" not in aws.deployment.definition


def test_a_retry_counts_as_a_state_transition_and_an_invocation_that_was_refused_does_not(aws: EmbeddedAws) -> None:
    aws.inject(api="lambda:Invoke", error="TooManyRequestsException", times=1)
    run = aws.run(MORNING)
    assert run.status == "SUCCEEDED"
    assert run.cost.state_transitions == len(run.states) + 1
    assert run.cost.lambda_invocations == sum(
        name in {"PlanRun", "Evaluate", "GatherActions", "StartStop", "SummarizeRun"} for name in run.states
    )


def test_the_rule_on_failed_runs_speaks_where_the_machine_could_not(aws: EmbeddedAws) -> None:
    aws.inject(api="sns:Publish", error="InternalError")
    run = aws.run(MORNING)
    assert run.status == "FAILED"
    assert run.notification is not None
    assert run.run_id in run.notification.message
    assert "FAILED" in run.notification.message


def test_a_run_that_told_of_its_own_failure_is_not_told_of_twice(aws: EmbeddedAws) -> None:
    run = aws.run(MORNING, {"regions": ["mars-north-1"]})
    assert run.status == "FAILED"
    assert len(run.record.notifications) == 1


def test_the_clock_goes_back_only_in_a_dry_run(aws: EmbeddedAws) -> None:
    aws.run(EVENING)
    aws.run(MORNING, {"dry_run": True})
    with pytest.raises(ClockWentBack, match="2026-11-22T09:00:00Z"):
        aws.run(MORNING - timedelta(days=1))


def test_a_database_that_stays_stopped_is_started_by_aws_after_seven_days(aws: EmbeddedAws) -> None:
    assert aws.run(MORNING).state_of("orders") == "stopped"
    assert aws.run(MORNING + timedelta(days=6, hours=23)).state_of("orders") == "stopped"
    assert aws.run(MORNING + timedelta(days=7)).state_of("orders") == "available"


def test_a_template_whose_substitution_is_missing_is_refused_in_one_line(tmp_path: Path) -> None:
    for name in ("functions", "layers", "spoke", "statemachine"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    template = (REPOSITORY / "template.yaml").read_text()
    (tmp_path / "template.yaml").write_text(template.replace("        StackName: !Ref AWS::StackName\n", ""))
    with (
        pytest.raises(DeploymentFailed, match=r"no substitution for StackName"),
        EmbeddedAws(parse_scenario(SCENARIO), template=tmp_path / "template.yaml"),
    ):
        pass
