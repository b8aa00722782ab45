"""Whatever interrupts a run, an action either finishes or is finished by the runs after it, and none is done twice."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.workflow.conftest import (
    EVENING,
    HOME,
    HUB,
    LATER,
    MORNING,
    NOON,
    Embed,
    database,
    scenario,
    server,
)

MINUTES = timedelta(minutes=5)
KEPT = pytest.mark.parametrize("schedule", ["office-hours", "kept"], ids=["plain", "retain_running"])


def effective(run: Any, api: str) -> int:
    """How many calls of an API succeeded in a run."""
    return sum(recorded.api == api and recorded.error is None for recorded in run.record.calls)


@KEPT
def test_a_crash_between_evaluate_and_gather_is_made_good_by_the_next_tick(embed: Embed, schedule: str) -> None:
    dying = {"api": "dynamodb:*", "role": "*-hub-gather-actions", "die": "before"}
    aws = embed(scenario(server("web", schedule=schedule), faults=[dying]))

    died, repaired = aws.run(MORNING), aws.run(LATER)

    assert (died.status, died.state_of("web"), repaired.state_of("web")) == ("FAILED", "stopped", "running")
    assert died.notification is not None


@KEPT
def test_a_crash_between_claim_and_call_is_made_good_and_the_instance_still_stops_in_the_evening(
    embed: Embed, schedule: str
) -> None:
    aws = embed(scenario(server("web", schedule=schedule), faults=[{"api": "ec2:StartInstances", "die": "before"}]))

    aws.run(MORNING)
    repaired, evening = aws.run(LATER), aws.run(EVENING)

    assert (repaired.state_of("web"), evening.state_of("web")) == ("running", "stopped")


@KEPT
def test_a_crash_between_call_and_record_starts_nothing_twice_and_the_instance_still_stops_in_the_evening(
    embed: Embed, schedule: str
) -> None:
    aws = embed(scenario(server("web", schedule=schedule), faults=[{"api": "ec2:StartInstances", "die": "after"}]))

    aws.run(MORNING)
    repaired, evening = aws.run(LATER), aws.run(EVENING)

    assert (effective(repaired, "ec2:StartInstances"), evening.state_of("web")) == (0, "stopped")


def test_an_execution_redriven_after_two_hours_replays_nothing(embed: Embed) -> None:
    aws = embed(
        scenario(server("web"), faults=[{"api": "dynamodb:*", "role": "*-hub-gather-actions", "die": "before"}])
    )
    died = aws.run(MORNING)
    [asked] = [one for one in died.invocations if one.function.endswith("gather-actions")]
    redriven = json.loads(asked.payload) | {"entered_time": "2026-11-23T03:00:01Z"}

    failed, answer, _ = aws.workers.invoke(asked.function, json.dumps(redriven))

    assert (failed, json.loads(answer)["batches"], json.loads(answer)["resizes"]) == (False, [], [])
    [decision] = [item for item in aws.tables.run_items(died.run_id) if item.get("name") == "web"]
    assert (decision["status"], str(decision["reason"])[:6]) == ("skipped", "stale:")
    assert aws.run(MORNING + timedelta(hours=2)).state_of("web") == "running"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"api": "dynamodb:UpdateItem", "skip": 0}, id="the stop"),
        pytest.param({"api": "ec2:DescribeInstances", "skip": 1}, id="the first look"),
        pytest.param({"api": "ec2:ModifyInstanceAttribute"}, id="the change of type"),
        pytest.param({"api": "ec2:StartInstances"}, id="the start"),
        pytest.param({"api": "ec2:DescribeInstances", "skip": 5}, id="the last look"),
    ],
)
def test_a_resize_whose_execution_is_stopped_after_a_step_ends_on_the_right_type_and_running(
    embed: Embed, fault: dict[str, Any]
) -> None:
    aws = embed(scenario(server("web", "running", "scaled"), faults=[fault | {"abort": True}]))

    stopped = aws.run(NOON)
    aws.run(NOON + MINUTES)
    last = aws.run(NOON + 2 * MINUTES)

    assert stopped.status == "ABORTED"
    assert (last.state_of("web"), last.type_of("web")) == ("running", "m5.large")


def test_two_executions_started_at_the_same_instant_perform_each_action_once(embed: Embed) -> None:
    estate = {
        HUB: {
            HOME: {
                "ec2": [server(f"web-{number}") for number in range(4)] + [server("big", "running", "large")],
                "rds": [database("orders")],
            }
        }
    }
    aws = embed(scenario(accounts=estate))
    mark = aws.recorder.mark()

    executions = aws.run_together(MORNING, [None, None])

    calls = [recorded for recorded in aws.recorder.since(mark).calls if recorded.error is None]
    started = Counter(
        instance
        for recorded in calls
        if recorded.api == "ec2:StartInstances"
        for instance in recorded.call.parameters["InstanceIds"]
    )
    assert [execution.status for execution in executions] == ["SUCCEEDED", "SUCCEEDED"]
    assert (len(started), set(started.values())) == (5, {1})
    assert Counter(recorded.api for recorded in calls)["rds:StartDBInstance"] == 1
    assert {standing.state for standing in aws.instances()} == {"running", "available"}


def test_a_lack_of_room_on_the_wanted_type_takes_an_alternate_and_does_not_flap(embed: Embed) -> None:
    tags = {"Schedule": "scaled", "PreferredInstanceTypes": "m5a.large"}
    full = {"api": "ec2:StartInstances", "error": "InsufficientInstanceCapacity", "times": 1}
    aws = embed(scenario(server("web", "running", "scaled", tags=tags), faults=[full]))

    resized, quiet = aws.run(NOON), aws.run(NOON + MINUTES)

    assert (resized.state_of("web"), resized.type_of("web")) == ("running", "m5a.large")
    assert resized.notification is not None
    assert "t3.small to m5a.large, for lack of m5.large" in resized.notification.message
    assert effective(quiet, "ec2:StopInstances") == 0


def test_a_type_of_another_architecture_is_refused_before_the_stop(embed: Embed) -> None:
    config = {
        "periods": [{"name": "office", "begintime": "09:00", "endtime": "18:00"}],
        "schedules": [{"name": "arm", "periods": ["office@m6g.large"]}],
    }
    aws = embed(scenario(server("web", "running", "arm"), config=config))

    run = aws.run(MORNING)

    assert effective(run, "ec2:StopInstances") == 0
    assert run.notification is not None
    assert "m6g.large is arm64, the instance x86_64" in run.notification.message


def test_a_protected_instance_is_asked_and_told_once_a_day(embed: Embed) -> None:
    protected = {"api": "ec2:StopInstances", "instance": "web", "error": "OperationNotPermitted"}
    aws = embed(scenario(server("web", "running"), server("api", "running"), faults=[protected]))

    first, again = aws.run(EVENING), aws.run(EVENING + MINUTES)
    tomorrow = aws.run(EVENING + timedelta(days=1))

    assert (first.state_of("web"), first.state_of("api")) == ("running", "stopped")
    assert [run.cost.api_calls.get("ec2:StopInstances", 0) for run in (first, again, tomorrow)] == [2, 0, 1]
    assert (first.notification is not None, again.notification, tomorrow.notification is not None) == (True, None, True)


def test_a_stop_takes_a_snapshot_and_the_one_before_goes(embed: Embed) -> None:
    settings = {"regions": [HOME], "default_timezone": "Asia/Shanghai", "create_rds_snapshot": True}
    aws = embed(scenario(accounts={HUB: {HOME: {"rds": [database("orders", "available")]}}}, settings=settings))

    aws.run(EVENING)
    aws.run(MORNING + timedelta(days=1))
    aws.run(EVENING + timedelta(days=1))

    taken = aws.client("rds").describe_db_snapshots(DBInstanceIdentifier="orders")["DBSnapshots"]
    assert [one["DBSnapshotIdentifier"] for one in taken] == ["instance-scheduler-stopped-orders-202611241000"]


def test_a_database_that_aws_started_after_seven_days_is_stopped_and_the_mail_says_so(embed: Embed) -> None:
    config = {
        "periods": [{"name": "never", "begintime": "09:00", "endtime": "10:00", "months": ["jan"]}],
        "schedules": [{"name": "winter", "periods": ["never"]}],
    }
    aws = embed(scenario(accounts={HUB: {HOME: {"rds": [database("orders", "available", "winter")]}}}, config=config))
    aws.run(EVENING)
    aws.run(EVENING + MINUTES)

    restarted = aws.run(EVENING + timedelta(days=7, minutes=5))

    assert restarted.state_of("orders") == "stopped"
    assert restarted.notification is not None
    assert "AWS started it after seven days" in restarted.notification.message


def test_what_cannot_hibernate_is_stopped_and_the_outcome_says_so_and_all_are_tagged_in_one_call(embed: Embed) -> None:
    config = {
        "periods": [{"name": "office", "begintime": "09:00", "endtime": "18:00"}],
        "schedules": [{"name": "sleeps", "periods": ["office"], "hibernate": True}],
    }
    settings = {"regions": [HOME], "default_timezone": "Asia/Shanghai", "stopped_tags": "State=stopped"}
    servers = [server("sleeper", "running", "sleeps", hibernation=True), server("insomniac", "running", "sleeps")]
    aws = embed(scenario(*servers, config=config, settings=settings))

    run = aws.run(EVENING)

    actions = {outcome["name"]: (outcome["action"], outcome["status"]) for outcome in run.outcomes}
    assert run.cost.api_calls["ec2:CreateTags"] == 1
    assert actions == {"sleeper": ("hibernate", "succeeded"), "insomniac": ("stop", "succeeded")}


def test_tags_say_what_was_done_and_when(embed: Embed) -> None:
    settings = {
        "regions": [HOME],
        "default_timezone": "Asia/Shanghai",
        "started_tags": "State=started by {scheduler} at {hour}:{minute} {timezone}",
    }
    aws = embed(scenario(server("web"), settings=settings))

    run = aws.run(MORNING)

    [reservation] = aws.client("ec2").describe_instances()["Reservations"]
    tags = {tag["Key"]: tag["Value"] for tag in reservation["Instances"][0]["Tags"]}
    assert tags["State"] == "started by instance-scheduler at 09:00 Asia/Shanghai"
    assert run.cost.api_calls["ec2:CreateTags"] == 1


def test_withheld_stops_stay_withheld_and_are_mailed_once_a_day(embed: Embed) -> None:
    settings = {"regions": [HOME], "default_timezone": "Asia/Shanghai", "max_unexplained_stops": 1}
    servers = [server(name, "running", stored_state=None) for name in ("web", "api")]
    aws = embed(scenario(*[{key: one[key] for key in one if one[key]} for one in servers], settings=settings))

    first, again = aws.run(EVENING), aws.run(EVENING + MINUTES)
    tomorrow = aws.run(EVENING + timedelta(days=1))

    assert {standing.state for standing in tomorrow.after} == {"running"}
    assert [run.notification is not None for run in (first, again, tomorrow)] == [True, False, True]
