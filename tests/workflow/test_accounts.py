"""Many accounts in both partitions, IAM enforced: one that cannot be looked at costs only itself and is one line, once a day."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from scheduler_cli.stack_access import StackAccess
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.result import RunResult
from tests.cli.stack import reached
from tests.workflow.conftest import (
    CONFIG,
    HUB,
    LATER,
    MORNING,
    REGIONS,
    Embed,
    database,
    scenario,
    server,
)

SPOKES = tuple(f"{number:012}" for number in range(200000000001, 200000000020))
DENIES, SUSPENDED, THROTTLES = SPOKES[3], SPOKES[7], SPOKES[11]
TEAMS, WEB = "ou-ab12-teams000", "ou-ab12-web00000"


def estate(partition: str, accounts: tuple[str, ...]) -> dict[str, Any]:
    """One server in each region of each account, named after both."""
    regions = REGIONS[partition]
    return {account: {region: {"ec2": [server(f"{account}-{region}")]} for region in regions} for account in accounts}


def busy(partition: str, *accounts: str) -> dict[str, Any]:
    """Of each account in each region: a start, a stop, two resizes (one of them a start) and a start of a database."""
    return {
        account: {
            region: {
                "ec2": [
                    server(f"{account}-{region}-start"),
                    server(f"{account}-{region}-stop", "running", "off-duty"),
                    server(f"{account}-{region}-resize", "running", "large"),
                    server(f"{account}-{region}-grow", "stopped", "large"),
                ],
                "rds": [database(f"db-{account}-{region}")],
            }
            for region in REGIONS[partition]
        }
        for account in accounts
    }


OFF_DUTY = {
    **CONFIG,
    "periods": [*CONFIG["periods"], {"name": "night", "begintime": "20:00", "endtime": "22:00"}],
    "schedules": [*CONFIG["schedules"], {"name": "off-duty", "periods": ["night"]}],
}
"""With a schedule that wants its servers stopped in the morning."""


def settled(run: RunResult) -> set[str]:
    """The accounts in which everything of `busy` is where its schedule wants it."""
    wanted = {"start": ("running", "t3.small"), "stop": ("stopped", "t3.small")}
    large = ("running", "m5.large")
    servers = [one for one in run.after if one.service == "ec2"]
    odd = {one.account for one in servers if (one.state, one.type) != wanted.get(one.name.rpartition("-")[2], large)}
    odd |= {one.account for one in run.after if one.service == "rds" and one.state != "available"}
    return {one.account for one in run.after} - odd


def many(partition: str, **more: Any) -> dict[str, Any]:
    """A scenario in a partition, its hub in the first region."""
    home, _ = regions = REGIONS[partition]
    settings = {"regions": list(regions), "default_timezone": "Asia/Shanghai"}
    config = more.pop("config", CONFIG)
    return scenario(partition_region=home, settings=settings | more.pop("settings", {}), config=config, **more)


def deny(aws: EmbeddedAws, account: str, *roles: str) -> None:
    """Let an account's roles, both unless some are named, trust nobody who asks for them."""
    iam = aws.client("iam", account=account)
    for role in roles or ("reader", "actor"):
        name = f"instance-scheduler-{role}"
        document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        document["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "somebody else's"
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))


def throttle(aws: EmbeddedAws, account: str) -> None:
    """Let EC2 and RDS of an account answer everything with throttling."""
    aws.inject(api="ec2:*", account=account, error="RequestLimitExceeded")
    aws.inject(api="rds:*", account=account, error="Throttling")


def failed_lines(run: RunResult) -> list[str]:
    """The lines of the mail that name what failed."""
    assert run.notification is not None
    _, _, after = run.notification.message.partition("FAILED\n")
    section = after.partition("\n\n")[0]
    return [line.strip() for line in section.splitlines() if not line.strip().startswith("What to do")]


def running(run: RunResult) -> set[str]:
    """The accounts all of whose servers run."""
    stopped = {one.account for one in run.after if one.state != "running"}
    return {one.account for one in run.after} - stopped


def test_of_twenty_accounts_three_that_fail_leave_seventeen_done_and_three_lines_in_the_mail(
    embed: Embed, partition: str
) -> None:
    accounts = (HUB, *SPOKES)
    aws = embed(many(partition, accounts=estate(partition, accounts), suspended=[SUSPENDED]))
    deny(aws, DENIES)
    throttle(aws, THROTTLES)

    run, second = aws.run(MORNING), aws.run(LATER)

    assert run.status == "SUCCEEDED"
    assert running(run) == {*accounts} - {DENIES, SUSPENDED, THROTTLES}
    assert run.notification is not None
    assert run.notification.subject == "34 started, 3 errors - instance-scheduler"
    lines = failed_lines(run)
    assert [next(account for account in SPOKES if account in line) for line in sorted(lines)] == [
        DENIES,
        SUSPENDED,
        THROTTLES,
    ]
    assert second.notification is None
    assert second.cost.api_calls["sts:AssumeRole"] > 0


def test_an_account_that_recovers_is_done_on_the_next_tick_and_one_that_fails_otherwise_is_told_anew(
    embed: Embed, partition: str
) -> None:
    aws = embed(many(partition, accounts=estate(partition, (HUB, DENIES, THROTTLES))))
    deny(aws, DENIES)
    throttle(aws, THROTTLES)
    first = aws.run(MORNING)

    aws.faults.clear()
    throttle(aws, DENIES)
    aws.client("iam", account=DENIES).update_assume_role_policy(
        RoleName="instance-scheduler-reader",
        PolicyDocument=json.dumps(
            aws.client("iam", account=THROTTLES).get_role(RoleName="instance-scheduler-reader")["Role"][
                "AssumeRolePolicyDocument"
            ]
        ),
    )
    second = aws.run(LATER)

    assert len(failed_lines(first)) == 2
    assert running(second) == {HUB, THROTTLES}
    (line,) = failed_lines(second)
    assert DENIES in line
    assert "throttles" in line


def test_an_account_that_lets_nothing_be_looked_at_is_one_line_a_day_for_all_its_services_and_regions(
    embed: Embed, partition: str
) -> None:
    aws = embed(many(partition, accounts=estate(partition, (HUB, DENIES))))
    aws.inject(api="ec2:Describe*", account=DENIES, error="UnauthorizedOperation")
    aws.inject(api="rds:Describe*", account=DENIES, error="AccessDenied")

    run, second = aws.run(MORNING), aws.run(LATER)

    (line,) = failed_lines(run)
    assert f"{DENIES}: 4 targets in 2 regions" in line
    assert run.notification is not None
    assert "look whether a service control policy denies it" in run.notification.message
    assert second.notification is None


def test_a_region_that_an_account_has_not_enabled_is_one_clear_line_a_day(embed: Embed, partition: str) -> None:
    _, far = REGIONS[partition]
    aws = embed(many(partition, accounts=estate(partition, (HUB, SPOKES[0]))))
    aws.inject(api="ec2:*", account=SPOKES[0], region=far, error="AuthFailure")
    aws.inject(api="rds:*", account=SPOKES[0], region=far, error="InvalidClientTokenId")

    runs = [aws.run(MORNING + timedelta(minutes=5 * tick)) for tick in range(6)]

    (line,) = failed_lines(runs[0])
    assert f"region {far} is not enabled in account {SPOKES[0]}" in line
    assert [run.notification for run in runs[1:]] == [None] * 5
    assert {one.name for one in runs[0].after if one.state != "running"} == {f"{SPOKES[0]}-{far}"}
    assert sum(run.cost.api_calls.get("ec2:DescribeInstances", 0) for run in runs[4:]) < 8


def test_the_accounts_of_organizational_units_are_scheduled_nested_ones_too_but_no_suspended_or_excluded_one(
    embed: Embed, partition: str
) -> None:
    nested, suspended, excluded, outside = SPOKES[:4]
    home, _ = REGIONS[partition]
    organization = {
        "accounts": [HUB, outside],
        "units": [{"id": TEAMS, "accounts": [excluded], "units": [{"id": WEB, "accounts": [nested, suspended]}]}],
        "names": {nested: "web shop"},
    }
    settings = {
        "organizational_units": [TEAMS],
        "excluded_accounts": [excluded],
        "account_regions": {nested: [home]},
    }
    aws = embed(
        many(
            partition,
            accounts=estate(partition, (HUB, nested, suspended, excluded, outside)),
            organization=organization,
            suspended=[suspended],
            settings=settings,
        )
    )

    run = aws.run(MORNING)

    started = {(outcome["account"], outcome["region"]) for outcome in run.outcomes}
    assert started == {(HUB, region) for region in REGIONS[partition]} | {(nested, home)}
    assert run.notification is not None
    assert "web shop" in run.notification.message
    assert run.cost.api_calls["organizations:ListAccountsForParent"] == 2
    assert "organizations:ListAccountsForParent" not in aws.run(LATER).cost.api_calls
    with reached(aws) as name:
        assert set(StackAccess(name=name, region=home).config().settings.accounts) == {nested, excluded}


def test_an_organization_that_cannot_be_read_is_told_once_and_its_last_accounts_stay_scheduled(
    embed: Embed, partition: str
) -> None:
    organization = {"units": [{"id": TEAMS, "accounts": [SPOKES[0]]}]}
    raw = many(
        partition,
        accounts=estate(partition, (HUB, SPOKES[0])),
        organization=organization,
        settings={"organizational_units": [TEAMS]},
    )
    aws = embed(raw)
    aws.run(MORNING - timedelta(hours=2))
    aws.inject(api="organizations:*", error="AccessDeniedException")

    refused, again = aws.run(MORNING), aws.run(LATER)

    assert running(refused) == {HUB, SPOKES[0]}
    (line,) = failed_lines(refused)
    assert "AccessDeniedException" in line
    assert again.notification is None


# Accounts that are looked at, and in which nothing can be done.


def test_an_account_whose_actor_is_refused_is_one_line_whatever_was_to_be_done_and_is_done_once_it_recovers(
    embed: Embed, partition: str
) -> None:
    aws = embed(many(partition, accounts=busy(partition, HUB, DENIES), config=OFF_DUTY))
    trusting = aws.client("iam", account=HUB).get_role(RoleName="instance-scheduler-actor")["Role"]
    deny(aws, DENIES, "actor")

    first, second = aws.run(MORNING), aws.run(LATER)
    aws.client("iam", account=DENIES).update_assume_role_policy(
        RoleName="instance-scheduler-actor", PolicyDocument=json.dumps(trusting["AssumeRolePolicyDocument"])
    )
    third = aws.run(LATER + timedelta(minutes=5))

    assert settled(first) == {HUB}
    assert first.notification is not None
    assert first.notification.subject == "6 started, 2 stopped, 2 resized, 10 failed - instance-scheduler"
    (line,) = failed_lines(first)
    assert line.startswith(
        f"{DENIES}: nothing could be done about 10 instances: its role cannot be assumed: AccessDenied"
    )
    assert (second.status, second.notification) == ("SUCCEEDED", None)
    assert settled(third) == {HUB, DENIES}


def test_a_refused_resize_is_tried_again_as_refused_starts_are_and_leaves_the_instance_as_it_is(
    embed: Embed, partition: str
) -> None:
    aws = embed(many(partition, accounts=busy(partition, HUB, DENIES), config=OFF_DUTY))
    before = {(one.name, one.state, one.type) for one in aws.run(MORNING - timedelta(hours=3), {"dry_run": True}).after}
    deny(aws, DENIES, "actor")

    runs = [aws.run(MORNING + timedelta(minutes=5 * tick)) for tick in range(3)]

    assert [[one["status"] for one in run.outcomes if one["account"] == DENIES] for run in runs] == [
        ["failed"] * 10
    ] * 3
    kept = {(one.name, one.state, one.type) for one in runs[-1].after if one.account == DENIES}
    assert kept <= before


def test_an_account_that_refuses_reader_and_actor_in_one_run_is_one_line(embed: Embed, partition: str) -> None:
    aws = embed(many(partition, accounts=busy(partition, HUB, DENIES), config=OFF_DUTY))
    deny(aws, DENIES, "actor")
    aws.inject(api="sts:AssumeRole", account=DENIES, role="*-hub-evaluate-rds", error="AccessDenied")

    first, second = aws.run(MORNING), aws.run(LATER)

    (line,) = failed_lines(first)
    assert line.startswith(f"{DENIES}: not all of it could be looked at, and nothing could be done about 8 instances: ")
    assert second.notification is None


def test_an_account_that_throttles_whatever_is_to_be_done_is_one_line_and_stays_due(
    embed: Embed, partition: str
) -> None:
    aws = embed(many(partition, accounts=busy(partition, HUB, THROTTLES), config=OFF_DUTY))
    for api, error in (("ec2:St*", "RequestLimitExceeded"), ("rds:St*", "Throttling")):
        aws.inject(api=api, account=THROTTLES, error=error)

    first, second = aws.run(MORNING), aws.run(LATER)
    aws.faults.clear()
    third = aws.run(LATER + timedelta(minutes=5))

    (line,) = failed_lines(first)
    assert line.startswith(f"{THROTTLES}: nothing could be done about 10 instances: ")
    assert (second.status, second.notification) == ("SUCCEEDED", None)
    assert settled(third) == {HUB, THROTTLES}


def test_a_resize_whose_account_refuses_in_the_middle_is_the_accounts_line_and_is_finished_by_a_later_run(
    embed: Embed, partition: str
) -> None:
    home, _ = REGIONS[partition]
    accounts = {HUB: {}, DENIES: {home: {"ec2": [server("resized", "running", "large"), server("started")]}}}
    aws = embed(many(partition, accounts=accounts))
    aws.inject(api="sts:AssumeRole", account=DENIES, role="*-hub-start-stop-ec2", error="AccessDenied")
    aws.inject(api="sts:AssumeRole", account=DENIES, role="*-hub-resize", error="AccessDenied", skip=1)

    first = aws.run(MORNING)
    aws.faults.clear()
    second = aws.run(LATER)

    (line,) = failed_lines(first)
    assert line.startswith(f"{DENIES}: nothing could be done about 2 instances: its role cannot be assumed")
    assert {one.name: one.state for one in first.after} == {"resized": "stopped", "started": "stopped"}
    assert {one.name: (one.state, one.type) for one in second.after} == {
        "resized": ("running", "m5.large"),
        "started": ("running", "t3.small"),
    }
