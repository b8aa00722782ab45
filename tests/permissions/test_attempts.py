"""Attempts that must fail, on the embedded AWS with the real roles: each is tried beside what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scheduler_local.embedded import EmbeddedAws
from scheduler_local.scenario import parse_scenario

HUB, SPOKE, STRANGER = "111122223333", "444455556666", "777788889999"
HOME = "cn-north-1"
EXTERNAL_ID = "rehearsed-external-id"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
TAGS = {"Schedule": "office-hours"}
DENIED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}

SCENARIO = {
    "partition_region": HOME,
    "settings": {"external_id": EXTERNAL_ID, "started_tags": "LastStart={hour}", "regions": [HOME]},
    "accounts": {
        HUB: {HOME: {}},
        SPOKE: {
            HOME: {
                "ec2": [
                    {"name": "ours", "state": "running", "tags": TAGS},
                    {"name": "idle", "state": "stopped", "tags": TAGS},
                    {"name": "theirs", "state": "running"},
                    {"name": "governed", "state": "stopped", "tags": TAGS, "license": "lic-0123456789abcdef"},
                ],
                "rds": [{"name": "orders", "tags": TAGS}, {"name": "payroll"}],
            }
        },
        STRANGER: {HOME: {}},
    },
    "roles": {SPOKE: {"volume_kms_key_arns": [KEY]}},
    "timing": {"stopping_seconds": 0, "starting_seconds": 0},
}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(parse_scenario(SCENARIO), at=datetime(2026, 11, 23, 1, tzinfo=UTC)) as started:
        rds = started.client("rds", account=SPOKE)
        for database, name in (("orders", "instance-scheduler-stopped-orders-1"), ("payroll", "year-end")):
            rds.create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier=name)
        yield started


def role(account: str, name: str) -> str:
    return f"arn:aws-cn:iam::{account}:role/instance-scheduler-{name}"


def as_role(aws: EmbeddedAws, arn: str, service: str) -> Any:
    """A client with the credentials of a role."""
    return aws.clients.of_role(aws.clients.assume(arn, "attempt", origin="test"), service, HOME)


def assume(aws: EmbeddedAws, by: str, wanted: str, external_id: str | None = EXTERNAL_ID) -> Any:
    given = {"ExternalId": external_id} if external_id else {}
    return as_role(aws, by, "sts").assume_role(RoleArn=wanted, RoleSessionName="attempt", **given)


def id_of(aws: EmbeddedAws, name: str) -> str:
    return next(standing.id for standing in aws.instances() if standing.name == name)


def outcome(attempt: Callable[[], Any]) -> str:
    """`allowed`, `denied`, or another error's code."""
    try:
        attempt()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return "denied" if code in DENIED else code
    return "allowed"


def ec2_call(name: str, operation: str, **parameters: Any) -> Any:
    def call(aws: EmbeddedAws, client: Any) -> Any:
        key = "InstanceId" if operation == "modify_instance_attribute" else "InstanceIds"
        key = "Resources" if operation == "create_tags" else key
        instance = id_of(aws, name)
        return getattr(client, operation)(**{key: instance if key == "InstanceId" else [instance]}, **parameters)

    return call


def tagging(key: str) -> dict[str, Any]:
    return {"Tags": [{"Key": key, "Value": "always-on"}]}


BIGGER = {"InstanceType": {"Value": "t3.large"}}


@pytest.mark.parametrize(
    ("who", "call", "expected"),
    [
        pytest.param("reader", ec2_call("ours", "stop_instances"), "denied", id="a reader stops"),
        pytest.param("reader", ec2_call("idle", "start_instances"), "denied", id="a reader starts"),
        pytest.param("reader", ec2_call("ours", "describe_instances"), "allowed", id="a reader looks"),
        pytest.param("reader", ec2_call("idle", "create_tags", **tagging("LastStart")), "denied", id="a reader tags"),
        pytest.param("actor", ec2_call("ours", "stop_instances"), "allowed", id="an actor stops what is tagged"),
        pytest.param("actor", ec2_call("theirs", "stop_instances"), "denied", id="an actor stops what is not"),
        pytest.param("actor", ec2_call("theirs", "start_instances"), "denied", id="an actor starts what is not"),
        pytest.param("actor", ec2_call("governed", "start_instances"), "denied", id="an actor starts what is licensed"),
        pytest.param("actor", ec2_call("ours", "terminate_instances"), "denied", id="an actor terminates"),
        pytest.param(
            "actor", ec2_call("idle", "modify_instance_attribute", **BIGGER), "allowed", id="an actor resizes"
        ),
        pytest.param(
            "actor",
            ec2_call("theirs", "modify_instance_attribute", **BIGGER),
            "denied",
            id="an actor resizes what is not tagged",
        ),
        pytest.param(
            "actor",
            ec2_call("idle", "modify_instance_attribute", UserData={"Value": b"#!/bin/sh"}),
            "denied",
            id="an actor changes user data",
        ),
        pytest.param(
            "actor",
            ec2_call("idle", "modify_instance_attribute", Attribute="userData", Value="IyEvYmluL3No"),
            "denied",
            id="an actor changes user data by name",
        ),
        pytest.param(
            "actor",
            ec2_call("idle", "modify_instance_attribute", Groups=["sg-1"]),
            "denied",
            id="an actor changes security groups",
        ),
        pytest.param(
            "actor", ec2_call("idle", "create_tags", **tagging("LastStart")), "allowed", id="an actor writes its tag"
        ),
        pytest.param(
            "actor", ec2_call("idle", "create_tags", **tagging("Schedule")), "denied", id="an actor writes the schedule"
        ),
        pytest.param(
            "actor",
            ec2_call("idle", "create_tags", **tagging("ScheduleOverride")),
            "denied",
            id="an actor writes an override",
        ),
        pytest.param(
            "actor",
            ec2_call("idle", "create_tags", Tags=[*tagging("LastStart")["Tags"], *tagging("Schedule")["Tags"]]),
            "denied",
            id="an actor hides the schedule among its tags",
        ),
        pytest.param(
            "actor", ec2_call("theirs", "create_tags", **tagging("LastStart")), "denied", id="an actor tags what is not"
        ),
    ],
)
def test_instances_in_a_spoke(aws: EmbeddedAws, who: str, call: Any, expected: str) -> None:
    client = as_role(aws, role(SPOKE, who), "ec2")
    assert outcome(lambda: call(aws, client)) == expected


@pytest.mark.parametrize(
    ("who", "operation", "parameters", "expected"),
    [
        ("reader", "stop_db_instance", {"DBInstanceIdentifier": "orders"}, "denied"),
        ("actor", "stop_db_instance", {"DBInstanceIdentifier": "payroll"}, "denied"),
        ("actor", "stop_db_instance", {"DBInstanceIdentifier": "orders"}, "allowed"),
        (
            "actor",
            "stop_db_instance",
            {"DBInstanceIdentifier": "orders", "DBSnapshotIdentifier": "year-end-2"},
            "denied",
        ),
        ("actor", "delete_db_snapshot", {"DBSnapshotIdentifier": "year-end"}, "denied"),
        ("reader", "delete_db_snapshot", {"DBSnapshotIdentifier": "instance-scheduler-stopped-orders-1"}, "denied"),
        ("actor", "delete_db_snapshot", {"DBSnapshotIdentifier": "instance-scheduler-stopped-orders-1"}, "allowed"),
        ("actor", "delete_db_instance", {"DBInstanceIdentifier": "orders", "SkipFinalSnapshot": True}, "denied"),
        ("actor", "modify_db_instance", {"DBInstanceIdentifier": "orders", "AllocatedStorage": 9}, "denied"),
    ],
)
def test_databases_in_a_spoke(
    aws: EmbeddedAws, who: str, operation: str, parameters: dict[str, Any], expected: str
) -> None:
    client = as_role(aws, role(SPOKE, who), "rds")
    assert outcome(lambda: getattr(client, operation)(**parameters)) == expected


@pytest.mark.parametrize("who", ["reader", "actor"])
def test_a_key_that_instances_may_be_started_with_can_be_granted_to_nobody_else(aws: EmbeddedAws, who: str) -> None:
    client = as_role(aws, role(SPOKE, who), "kms")
    grant = {"KeyId": KEY, "GranteePrincipal": role(SPOKE, who), "Operations": ["Decrypt"]}

    assert outcome(lambda: client.create_grant(**grant)) == "denied"


@pytest.mark.parametrize(
    ("by", "wanted", "external_id", "expected"),
    [
        pytest.param(role(HUB, "hub-evaluate-ec2"), "reader", EXTERNAL_ID, "allowed", id="an evaluator reads"),
        pytest.param(role(HUB, "hub-evaluate-ec2"), "actor", EXTERNAL_ID, "denied", id="an evaluator acts"),
        pytest.param(
            role(HUB, "hub-evaluate-rds"), "actor", EXTERNAL_ID, "denied", id="an evaluator acts on databases"
        ),
        pytest.param(role(HUB, "hub-start-stop-ec2"), "actor", EXTERNAL_ID, "allowed", id="an actor's function acts"),
        pytest.param(role(HUB, "hub-start-stop-ec2"), "reader", EXTERNAL_ID, "denied", id="an actor's function reads"),
        pytest.param(role(HUB, "hub-plan-run"), "reader", EXTERNAL_ID, "denied", id="the plan reads"),
        pytest.param(role(HUB, "hub-state-machine"), "actor", EXTERNAL_ID, "denied", id="the machine acts"),
        pytest.param(role(HUB, "hub-start-stop-ec2"), "actor", "guess", "denied", id="a wrong external id"),
        pytest.param(role(HUB, "hub-evaluate-ec2"), "reader", "guess", "denied", id="a wrong external id of a reader"),
        pytest.param(role(HUB, "hub-start-stop-ec2"), "actor", None, "denied", id="no external id"),
        pytest.param(
            role(STRANGER, "hub-start-stop-ec2"), "actor", EXTERNAL_ID, "denied", id="another account's actor"
        ),
        pytest.param(
            role(STRANGER, "hub-evaluate-ec2"), "reader", EXTERNAL_ID, "denied", id="another account's reader"
        ),
        pytest.param(role(SPOKE, "actor"), "actor", EXTERNAL_ID, "denied", id="the actor itself"),
    ],
)
def test_who_may_assume_the_roles_of_a_spoke(
    aws: EmbeddedAws, impostors: None, by: str, wanted: str, external_id: str | None, expected: str
) -> None:
    assert outcome(lambda: assume(aws, by, role(SPOKE, wanted), external_id)) == expected


@pytest.fixture(scope="module")
def impostors(aws: EmbeddedAws) -> None:
    """Roles of the hub's names in another account, which may assume whatever they like."""
    iam = aws.client("iam", account=STRANGER)
    everything = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    for name in ("hub-start-stop-ec2", "hub-evaluate-ec2"):
        iam.create_role(RoleName=f"instance-scheduler-{name}", AssumeRolePolicyDocument='{"Statement": []}')
        iam.put_role_policy(RoleName=f"instance-scheduler-{name}", PolicyName="Everything", PolicyDocument=everything)
