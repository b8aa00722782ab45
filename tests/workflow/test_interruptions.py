"""Workers that die between two steps: the next run brings the estate to where it belongs, and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler_local.embedded import REPOSITORY
from tests.workflow.conftest import EVENING, LATER, MORNING, NOON, Embed, scenario, server

SCHEDULES = pytest.mark.parametrize("schedule", ["office-hours", "kept"], ids=["plain", "retain_running"])
MINUTES = timedelta(minutes=5)


def dying(api: str, when: str, role: str = "*") -> dict[str, Any]:
    return {"api": api, "die": when, "times": 1, "role": role}


@SCHEDULES
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            dying("dynamodb:TransactWriteItems", "before", "*-hub-start-stop-ec2"), id="after Gather, before the claim"
        ),
        pytest.param(dying("ec2:StartInstances", "before"), id="between the claim and the call"),
        pytest.param(dying("ec2:StartInstances", "after"), id="between the call and its record"),
    ],
)
def test_a_worker_that_dies_around_a_start_leaves_an_instance_that_starts_and_still_stops_in_the_evening(
    embed: Embed, schedule: str, fault: dict[str, Any]
) -> None:
    aws = embed(scenario(server("web", schedule=schedule), faults=[fault]))

    died, repaired, evening = aws.run(MORNING), aws.run(LATER), aws.run(EVENING)

    assert died.status == "SUCCEEDED"
    assert died.notification is not None
    assert "ec2: " in died.notification.message
    assert repaired.state_of("web") == "running"
    assert evening.state_of("web") == "stopped"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_around_a_stop_leaves_an_instance_that_is_stopped_by_the_next_run(
    embed: Embed, when: str
) -> None:
    aws = embed(scenario(server("web", "running"), faults=[dying("ec2:StopInstances", when)]))

    aws.run(EVENING)
    repaired = aws.run(EVENING + MINUTES)
    quiet = aws.run(EVENING + 2 * MINUTES)

    assert repaired.state_of("web") == "stopped"
    assert "ec2:StopInstances" not in quiet.cost.api_calls


@pytest.mark.parametrize(
    ("api", "when"),
    [
        pytest.param("ec2:StopInstances", "before", id="before the stop"),
        pytest.param("ec2:StopInstances", "after", id="after the stop"),
        pytest.param("ec2:ModifyInstanceAttribute", "before", id="before the change of type"),
        pytest.param("ec2:ModifyInstanceAttribute", "after", id="after the change of type"),
        pytest.param("ec2:StartInstances", "before", id="before the start"),
        pytest.param("ec2:StartInstances", "after", id="after the start"),
    ],
)
def test_a_resize_that_dies_ends_on_the_right_type_and_running_within_two_further_runs(
    embed: Embed, api: str, when: str
) -> None:
    aws = embed(scenario(server("web", "running", "scaled"), faults=[dying(api, when)]))

    aws.run(NOON)
    aws.run(NOON + MINUTES)
    last = aws.run(NOON + 2 * MINUTES)

    assert (last.state_of("web"), last.type_of("web")) == ("running", "m5.large")
    assert aws.run(EVENING).state_of("web") == "stopped"


def test_removing_one_action_from_the_template_makes_the_run_fail_with_access_denied(
    embed: Embed, tmp_path: Path
) -> None:
    whole = (REPOSITORY / "template.yaml").read_text(encoding="utf-8")
    lacking = whole.replace("dynamodb:Scan", "dynamodb:DescribeTable")
    assert lacking != whole
    (tmp_path / "template.yaml").write_text(lacking, encoding="utf-8")
    for beside in ("spoke", "functions", "layers", "statemachine"):
        (tmp_path / beside).symlink_to(REPOSITORY / beside)
    aws = embed(scenario(server("web")), template=tmp_path / "template.yaml")

    run = aws.run(MORNING)

    assert run.status == "FAILED"
    assert run.notification is not None
    assert "AccessDenied" in run.notification.message
    assert "dynamodb:Scan" in run.notification.message
    assert run.state_of("web") == "stopped"
