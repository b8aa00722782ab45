"""Sweeps of many targets at once: one that does not answer holds up no other, and a large sweep is one write."""

from __future__ import annotations

from datetime import timedelta

from scheduler_local.embedded import EmbeddedAws
from tests.workflow.conftest import HOME, HUB, LATER, MORNING, NEAR, Embed, scenario, server

SPOKES = [f"{number:012d}" for number in range(1, 9)]
SLOW = SPOKES[3]
TICK = timedelta(minutes=5)
BOX, ANSWER = 6, 25
"""Seconds that a target has, and after which the slow account would answer."""


def many_targets(embed: Embed) -> EmbeddedAws:
    """Eighteen targets, which are one shard; four accounts have an instance."""
    named = {HUB: "web", SPOKES[0]: "api", SLOW: "slow", SPOKES[7]: "last"}
    estate = {
        account: {HOME: {"ec2": [server(named[account])] if account in named else []}} for account in (HUB, *SPOKES)
    }
    settings = {"regions": [HOME, NEAR], "scheduled_services": ["ec2"], "target_seconds": BOX}
    return embed(scenario(accounts=estate, settings=settings | {"default_timezone": "Asia/Shanghai"}))


def keys_of_targets(aws: EmbeddedAws) -> list[str]:
    page = aws.client("dynamodb").query(
        TableName=aws.tables.state_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "targets"}},
    )
    return [item["sk"]["S"] for item in page["Items"]]


def test_a_target_that_does_not_answer_is_given_up_and_the_others_start_in_time(embed: Embed) -> None:
    aws = many_targets(embed)
    # The clients are made by then, which on a busy machine takes longer than the time box.
    aws.run(MORNING - TICK)
    aws.inject(api="ec2:DescribeInstances", account=SLOW, region=HOME, delay_seconds=ANSWER, times=1)

    run = aws.run(MORNING)
    later = aws.run(LATER)

    assert run.status == "SUCCEEDED"
    assert [run.state_of(name) for name in ("web", "api", "last", "slow")] == ["running"] * 3 + ["stopped"]
    assert run.notification is not None
    assert f"it could not be looked at within {BOX} seconds" in run.notification.message
    assert (later.status, later.state_of("slow")) == ("SUCCEEDED", "running")


def test_a_quiet_sweep_of_a_group_is_one_write_and_the_next_tick_has_nothing_to_do(embed: Embed) -> None:
    aws = many_targets(embed)
    aws.run(MORNING)
    aws.run(LATER)

    sweep = aws.run(MORNING + 3 * TICK)
    idle = aws.run(MORNING + 4 * TICK)

    assert keys_of_targets(aws)[-1] == "group/ec2/0"
    assert (sweep.cost.api_calls["dynamodb:UpdateItem"], sweep.cost.state_transitions) == (1, 6)
    assert idle.states == ("PlanRun", "AnythingDue?", "NothingDue")
    assert idle.cost.api_calls == {"dynamodb:Query": 1, "dynamodb:Scan": 1}
