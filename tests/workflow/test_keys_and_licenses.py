"""Instances whose start asks for more than the instance: the key that encrypts its volumes, the license that governs it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from instance_scheduler.settings import Language
from scheduler_local.authorization import Use
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.result import RunResult
from tests.workflow.conftest import HUB, LATER, MORNING, SPOKE, Embed, scenario, server

HOME, NEAR = "cn-north-1", "cn-northwest-1"
KEY, OTHER_KEY = "1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-0123456789abcdef0123456789abcdef"
LICENSE = "lic-0123456789abcdef0123456789abcdef"
KEYS, LICENSES, WRONG, BARE = "200000000001", "200000000002", "200000000003", "200000000004"
"""Spokes whose roles are given keys alone, licenses alone, another key, and nothing."""
GIVEN = {"volume_kms_key_arns": [KEY], "use_license_manager": True}
TOLD_OF_A_KEY = "What to do: let the key that encrypts its volumes be used: name it in VolumeKmsKeyArns"
TOLD_OF_A_LICENSE = "What to do: a license configuration governs the instance: set UseLicenseManager=true"
EVERY = {"plain", "encrypted", "governed"}


def estate(account: str) -> list[dict[str, Any]]:
    """A plain server, an encrypted one and a licensed one of an account, all to be started in the morning."""
    return [
        server(f"plain-{account}"),
        server(f"encrypted-{account}", kms_key=KEY),
        server(f"governed-{account}", license=LICENSE),
    ]


def of_all(roles: dict[str, Any], *accounts: str) -> dict[str, Any]:
    """A scenario of accounts whose roles are deployed with these parameters; the first is the hub."""
    places = (HOME, *[NEAR] * len(accounts))
    estates = {account: {region: {"ec2": estate(account)}} for account, region in zip(accounts, places, strict=False)}
    settings = {"regions": [HOME, NEAR], "default_timezone": "Asia/Shanghai"}
    return scenario(accounts=estates, settings=settings, roles=roles)


def runs_of(run: RunResult, account: str) -> set[str]:
    """The servers of an account that run, without its id in their names."""
    found = {one.name for one in run.after if one.account == account and one.state == "running"}
    return {name.partition("-")[0] for name in found}


def mail_of(run: RunResult) -> str:
    assert run.notification is not None
    return run.notification.message


def grants(uses: set[Use]) -> set[str]:
    """The accounts in whose name a grant on a key was asked for."""
    return {use.resource.split(":")[4] for use in uses if use.action == "kms:CreateGrant"}


@pytest.mark.parametrize(
    ("hub", "runs"), [(GIVEN, EVERY), ({}, {"plain"})], ids=["given to the hub too", "not to the hub"]
)
def test_what_the_parameters_of_an_accounts_roles_name_starts_and_the_rest_does_not_hold(
    embed: Embed, hub: dict[str, Any], runs: set[str]
) -> None:
    given = {
        HUB: hub,
        SPOKE: GIVEN,
        KEYS: {"volume_kms_key_arns": [KEY]},
        LICENSES: {"use_license_manager": True},
        WRONG: {"volume_kms_key_arns": [OTHER_KEY]},
    }
    expected = {
        HUB: runs,
        SPOKE: EVERY,
        KEYS: {"plain", "encrypted"},
        LICENSES: {"plain", "governed"},
        WRONG: {"plain"},
        BARE: {"plain"},
    }
    aws = embed(of_all(given, *expected))

    run = aws.run(MORNING)

    assert {account: runs_of(run, account) for account in expected} == expected
    with_key = {account for account, names in expected.items() if "encrypted" in names}
    assert grants(aws.authorizer.used) == with_key
    assert grants(aws.authorizer.refused) == {*expected} - with_key


def test_a_start_that_lacks_its_key_is_promised_seen_broken_by_the_next_run_and_told_with_what_to_do(
    embed: Embed, partition: str
) -> None:
    aws = embed(scenario(server("encrypted", kms_key=KEY)))

    first, second, third = (aws.run(MORNING + timedelta(minutes=5 * tick)) for tick in range(3))

    assert [(one["action"], one["status"]) for one in first.outcomes] == [("start", "succeeded")]
    assert "its start did not hold: Client.InternalError: Client error on launch" in mail_of(second)
    assert TOLD_OF_A_KEY in mail_of(second)
    assert [one.state for one in second.after] == ["stopped"]
    assert ([one["action"] for one in third.outcomes], third.notification) == (["start"], None)


def test_a_start_that_lacks_its_license_is_refused_alone_and_told_with_what_to_do(embed: Embed) -> None:
    aws = embed(scenario(server("plain"), server("governed", license=LICENSE)))

    run = aws.run(MORNING)

    assert {(one["name"], one["status"]) for one in run.outcomes} == {("plain", "succeeded"), ("governed", "failed")}
    assert f":license-configuration:{LICENSE}" in mail_of(run)
    assert TOLD_OF_A_LICENSE in mail_of(run)


def test_a_resize_that_lacks_its_key_ends_stopped_on_the_old_type_and_is_told_with_what_to_do(embed: Embed) -> None:
    aws = embed(scenario(server("encrypted", "running", "large", kms_key=KEY)))

    run = aws.run(MORNING)

    assert [(one["action"], one["status"]) for one in run.outcomes] == [("resize", "failed")]
    assert "EC2 stopped it again: Client.InternalError: Client error on launch" in mail_of(run)
    assert TOLD_OF_A_KEY in mail_of(run)
    assert [(one.state, one.type) for one in run.after] == [("stopped", "t3.small")]


def test_what_lacked_its_key_is_started_once_the_key_is_given(embed: Embed, partition: str) -> None:
    aws = embed(scenario(server("encrypted", kms_key=KEY)))
    aws.run(MORNING)
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "kms:CreateGrant",
                "Resource": f"arn:{partition}:kms:{HOME}:{HUB}:key/{KEY}",
                "Condition": {
                    "Bool": {"kms:GrantIsForAWSResource": "true"},
                    "StringEquals": {"kms:ViaService": f"ec2.{HOME}.amazonaws.com{'.cn' * (partition == 'aws-cn')}"},
                },
            }
        ],
    }
    give(aws, document)

    states = [aws.run(LATER + timedelta(minutes=5 * tick)).after[0].state for tick in range(2)]

    assert states[-1] == "running"


def give(aws: EmbeddedAws, document: dict[str, Any]) -> None:
    """Give the hub's actor one more policy."""
    iam = aws.client("iam", account=HUB)
    iam.put_role_policy(
        RoleName="instance-scheduler-actor", PolicyName="Key", PolicyDocument=str(document).replace("'", '"')
    )
    aws.authorizer.forget_policies()


def test_the_mail_says_it_in_chinese(embed: Embed) -> None:
    settings = {"regions": [HOME], "default_timezone": "Asia/Shanghai", "language": str(Language.CHINESE)}
    aws = embed(scenario(server("encrypted", kms_key=KEY), server("governed", license=LICENSE), settings=settings))

    first, second = aws.run(MORNING), aws.run(LATER)

    assert "UseLicenseManager=true" in mail_of(first)
    assert "VolumeKmsKeyArns" in mail_of(second)
