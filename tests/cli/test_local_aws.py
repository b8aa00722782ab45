"""The embedded AWS as its clients see it: states that take time, refusals, IAM, accounts, and the simulated clock."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scheduler_local.clock import Clock
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.lifecycle import Lifecycle
from scheduler_local.scenario import Timing, parse_scenario

HUB = "111122223333"
SPOKE = "444455556666"
HOME = "cn-north-1"
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TAGS = {"Schedule": "office-hours"}
HUB_ROLE = f"arn:aws-cn:iam::{HUB}:role/instance-scheduler-hub-"

SCENARIO = {
    "partition_region": HOME,
    "accounts": {
        HUB: {
            HOME: {
                "ec2": [
                    {"name": "stopped", "type": "t3.small", "state": "stopped", "tags": TAGS},
                    {"name": "running", "type": "t3.small", "state": "running", "tags": TAGS},
                    {"name": "starting", "state": "stopped", "tags": TAGS},
                    {"name": "stopping", "state": "running", "tags": TAGS},
                    {"name": "resized", "type": "t3.small", "state": "stopped", "tags": TAGS},
                    {"name": "asg", "state": "running", "tags": TAGS, "auto_scaling_group": "web"},
                    {"name": "spot", "state": "running", "tags": TAGS, "lifecycle": "spot", "spot_type": "persistent"},
                    {"name": "arm", "type": "t4g.small"},
                    {"name": "old", "state": "running", "launch_time": "2026-01-01T00:00:00Z"},
                ],
                "rds": [
                    {"name": "orders", "state": "available", "tags": TAGS},
                    {"name": "idle", "state": "stopped", "tags": TAGS, "maintenance_window": "sun:20:00-sun:21:00"},
                    {"name": "source", "state": "available", "tags": TAGS},
                    {"name": "copy", "state": "available", "replica_of": "source", "tags": TAGS},
                ],
                "clusters": [{"name": "shop", "members": ["shop-1"], "state": "available", "tags": TAGS}],
            }
        },
        SPOKE: {HOME: {"ec2": [{"name": "far", "state": "stopped", "tags": TAGS}]}},
    },
    "timing": {"stopping_seconds": 600, "starting_seconds": 600},
}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(parse_scenario(SCENARIO), at=AT) as started:
        yield started


def id_of(aws: EmbeddedAws, name: str) -> str:
    """The EC2 id of the instance of this name."""
    return next(standing.id for standing in aws.instances() if standing.name == name)


def described(aws: EmbeddedAws, name: str) -> dict[str, Any]:
    """The instance of this name as DescribeInstances shows it."""
    answer = aws.client("ec2").describe_instances(InstanceIds=[id_of(aws, name)])
    found: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
    return found


def database(aws: EmbeddedAws, name: str) -> dict[str, Any]:
    """The database of this name as DescribeDBInstances shows it."""
    found: dict[str, Any] = aws.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    return found


def refusal(call: Callable[[], Any]) -> dict[str, Any]:
    """The error with which AWS refuses a call."""
    with pytest.raises(ClientError) as refused:
        call()
    error: dict[str, Any] = refused.value.response["Error"] | {
        "Status": refused.value.response["ResponseMetadata"]["HTTPStatusCode"]
    }
    return error


def as_role(aws: EmbeddedAws, role_arn: str, service: str) -> Any:
    """A client with a role's own credentials."""
    credentials = aws.clients.assume(role_arn, "test-session", origin="test")
    return aws.clients.of_role(credentials, service, HOME)


def test_a_transition_ends_when_its_real_time_has_passed() -> None:
    lifecycle = Lifecycle(Clock(AT), Timing())
    instance: Any = SimpleNamespace()
    lifecycle.move(instance, "pending", 0.5, then="running")
    lifecycle.settle_due()
    assert (instance._state.name, instance._state.code) == ("pending", 0)
    time.sleep(0.5)
    lifecycle.settle_due()
    assert (instance._state.name, instance._state.code) == ("running", 16)


def test_an_instance_that_starts_is_pending_before_it_runs(aws: EmbeddedAws) -> None:
    answer = aws.client("ec2").start_instances(InstanceIds=[id_of(aws, "starting")])
    assert answer["StartingInstances"][0]["CurrentState"]["Name"] == "pending"
    assert answer["StartingInstances"][0]["PreviousState"]["Name"] == "stopped"
    assert described(aws, "starting")["State"]["Name"] == "pending"
    error = refusal(lambda: aws.client("ec2").stop_instances(InstanceIds=[id_of(aws, "starting")]))
    assert error["Code"] == "IncorrectInstanceState"
    aws.lifecycle.settle_all()
    started = described(aws, "starting")
    assert started["State"]["Name"] == "running"
    assert "StateReason" not in started
    assert abs(started["LaunchTime"] - AT) < timedelta(minutes=5)


def test_an_instance_that_stops_is_stopping_and_says_why(aws: EmbeddedAws) -> None:
    aws.client("ec2").stop_instances(InstanceIds=[id_of(aws, "stopping")])
    stopping = described(aws, "stopping")
    assert stopping["State"]["Name"] == "stopping"
    assert stopping["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert stopping["StateTransitionReason"].startswith("User initiated (2026-11-23 01:")
    error = refusal(lambda: aws.client("ec2").start_instances(InstanceIds=[id_of(aws, "stopping")]))
    assert error["Code"] == "IncorrectInstanceState"
    assert id_of(aws, "stopping") in error["Message"]
    aws.lifecycle.settle_all()
    assert described(aws, "stopping")["State"]["Name"] == "stopped"


def test_one_bad_id_fails_the_whole_call(aws: EmbeddedAws) -> None:
    ids = [id_of(aws, "stopped"), "i-0123456789abcdef0"]
    error = refusal(lambda: aws.client("ec2").start_instances(InstanceIds=ids))
    assert error["Code"] == "InvalidInstanceID.NotFound"
    assert "i-0123456789abcdef0" in error["Message"]
    assert described(aws, "stopped")["State"]["Name"] == "stopped"


def test_the_type_changes_only_while_the_instance_is_stopped(aws: EmbeddedAws) -> None:
    ec2 = aws.client("ec2")
    error = refusal(
        lambda: ec2.modify_instance_attribute(InstanceId=id_of(aws, "running"), InstanceType={"Value": "t3.large"})
    )
    assert error["Code"] == "IncorrectInstanceState"
    ec2.modify_instance_attribute(InstanceId=id_of(aws, "resized"), InstanceType={"Value": "t3.large"})
    assert described(aws, "resized")["InstanceType"] == "t3.large"


def test_an_unknown_type_is_refused(aws: EmbeddedAws) -> None:
    error = refusal(
        lambda: aws.client("ec2").modify_instance_attribute(
            InstanceId=id_of(aws, "resized"), InstanceType={"Value": "t3.gigantic"}
        )
    )
    assert error["Code"] == "InvalidInstanceAttributeValue"


def test_hibernation_is_refused_where_it_is_not_enabled(aws: EmbeddedAws) -> None:
    error = refusal(lambda: aws.client("ec2").stop_instances(InstanceIds=[id_of(aws, "running")], Hibernate=True))
    assert error["Code"] == "UnsupportedHibernationConfiguration"
    assert described(aws, "running")["State"]["Name"] == "running"


def test_seeds_show_what_the_scenario_says_of_them(aws: EmbeddedAws) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in described(aws, "asg")["Tags"]}
    assert tags["aws:autoscaling:groupName"] == "web"
    assert described(aws, "spot")["InstanceLifecycle"] == "spot"
    request = described(aws, "spot")["SpotInstanceRequestId"]
    [found] = aws.client("ec2").describe_spot_instance_requests(SpotInstanceRequestIds=[request])[
        "SpotInstanceRequests"
    ]
    assert found["Type"] == "persistent"
    assert described(aws, "old")["LaunchTime"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert database(aws, "idle")["PreferredMaintenanceWindow"] == "sun:20:00-sun:21:00"
    assert database(aws, "copy")["ReadReplicaSourceDBInstanceIdentifier"] == "source"
    assert database(aws, "source")["ReadReplicaDBInstanceIdentifiers"] == ["copy"]


@pytest.mark.parametrize(("name", "architecture"), [("running", "x86_64"), ("arm", "arm64")])
def test_an_instance_is_of_the_kind_that_its_type_runs(aws: EmbeddedAws, name: str, architecture: str) -> None:
    instance = described(aws, name)
    assert (instance["Architecture"], instance["VirtualizationType"]) == (architecture, "hvm")
    assert instance["EnaSupport"] is True


def test_a_database_passes_through_stopping_and_knows_when_it_will_be_started_again(aws: EmbeddedAws) -> None:
    rds = aws.client("rds")
    answer = rds.stop_db_instance(
        DBInstanceIdentifier="orders", DBSnapshotIdentifier="instance-scheduler-stopped-orders-1"
    )
    assert answer["DBInstance"]["DBInstanceStatus"] == "stopping"
    assert refusal(lambda: rds.start_db_instance(DBInstanceIdentifier="orders"))["Code"] == "InvalidDBInstanceState"
    restart = database(aws, "orders")["AutomaticRestartTime"]
    assert abs(restart - AT - timedelta(days=7)) < timedelta(minutes=5)
    aws.lifecycle.settle_all()
    assert database(aws, "orders")["DBInstanceStatus"] == "stopped"
    assert refusal(lambda: rds.stop_db_instance(DBInstanceIdentifier="orders"))["Code"] == "InvalidDBInstanceState"
    assert rds.start_db_instance(DBInstanceIdentifier="orders")["DBInstance"]["DBInstanceStatus"] == "starting"
    assert "AutomaticRestartTime" not in database(aws, "orders")


def test_a_snapshot_name_that_is_taken_fails_the_stop(aws: EmbeddedAws) -> None:
    rds = aws.client("rds")
    rds.create_db_snapshot(DBInstanceIdentifier="idle", DBSnapshotIdentifier="taken")
    aws.lifecycle.settle_all()
    error = refusal(lambda: rds.stop_db_instance(DBInstanceIdentifier="orders", DBSnapshotIdentifier="taken"))
    assert error["Code"] == "DBSnapshotAlreadyExists"


def test_a_cluster_stops_with_its_members(aws: EmbeddedAws) -> None:
    rds = aws.client("rds")
    assert rds.stop_db_cluster(DBClusterIdentifier="shop")["DBCluster"]["Status"] == "stopping"
    assert refusal(lambda: rds.stop_db_cluster(DBClusterIdentifier="shop"))["Code"] == "InvalidDBClusterStateFault"
    aws.lifecycle.settle_all()
    cluster = rds.describe_db_clusters(DBClusterIdentifier="shop")["DBClusters"][0]
    assert cluster["Status"] == "stopped"
    assert abs(cluster["AutomaticRestartTime"] - AT - timedelta(days=7)) < timedelta(minutes=5)
    assert database(aws, "shop-1")["DBInstanceStatus"] == "stopped"


@pytest.mark.parametrize("name", ["copy", "source", "shop-1"])
def test_replicas_their_sources_and_cluster_members_are_not_stopped_alone(aws: EmbeddedAws, name: str) -> None:
    error = refusal(lambda: aws.client("rds").stop_db_instance(DBInstanceIdentifier=name))
    assert error["Code"] == "InvalidDBInstanceState"
    assert name in error["Message"]


@pytest.mark.parametrize(
    ("service", "call", "code", "status", "action"),
    [
        pytest.param(
            "ec2", lambda c: c.describe_instances(), "UnauthorizedOperation", 403, "ec2:DescribeInstances", id="ec2"
        ),
        pytest.param(
            "rds", lambda c: c.describe_db_instances(), "AccessDenied", 403, "rds:DescribeDBInstances", id="rds"
        ),
        pytest.param(
            "sts",
            lambda c: c.assume_role(
                RoleArn=f"arn:aws-cn:iam::{SPOKE}:role/instance-scheduler-actor", RoleSessionName="me", ExternalId="x"
            ),
            "AccessDenied",
            403,
            "sts:AssumeRole",
            id="sts",
        ),
        pytest.param(
            "dynamodb",
            lambda c: c.delete_item(TableName="no-table", Key={"pk": {"S": "a"}}),
            "AccessDeniedException",
            400,
            "dynamodb:DeleteItem",
            id="dynamodb",
        ),
        pytest.param(
            "ssm",
            lambda c: c.get_parameters_by_path(Path="/other/"),
            "AccessDeniedException",
            400,
            "ssm:GetPara",
            id="ssm",
        ),
        pytest.param(
            "sns",
            lambda c: c.publish(TopicArn=f"arn:aws-cn:sns:{HOME}:{HUB}:topic", Message="x"),
            "AuthorizationError",
            403,
            "sns:Publish",
            id="sns",
        ),
        pytest.param(
            "lambda",
            lambda c: c.invoke(FunctionName="instance-scheduler-plan-run"),
            "AccessDeniedException",
            403,
            "lambda:InvokeFunction",
            id="lambda",
        ),
    ],
)
def test_what_a_role_may_not_do_is_refused_as_the_service_refuses_it(
    aws: EmbeddedAws, service: str, call: Callable[[Any], Any], code: str, status: int, action: str
) -> None:
    error = refusal(lambda: call(as_role(aws, f"{HUB_ROLE}evaluate-ec2", service)))
    assert (error["Code"], error["Status"]) == (code, status)
    assert action in error["Message"]
    assert f"arn:aws-cn:sts::{HUB}:assumed-role/instance-scheduler-hub-evaluate-ec2/test-session" in error["Message"]


def test_a_reader_is_assumed_across_accounts_and_sees_that_account_alone(aws: EmbeddedAws) -> None:
    session = as_role(aws, f"{HUB_ROLE}evaluate-ec2", "sts").assume_role(
        RoleArn=f"arn:aws-cn:iam::{SPOKE}:role/instance-scheduler-reader",
        RoleSessionName="sweep",
        ExternalId="instance-scheduler",
    )["Credentials"]
    assert session["Expiration"] > datetime.now(UTC)
    credentials = {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    ec2 = aws.clients.of_role(credentials, "ec2", HOME)
    seen = [instance for found in ec2.describe_instances()["Reservations"] for instance in found["Instances"]]
    assert [instance["InstanceId"] for instance in seen] == [id_of(aws, "far")]
    error = refusal(lambda: ec2.start_instances(InstanceIds=[id_of(aws, "far")]))
    assert error["Code"] == "UnauthorizedOperation"


@pytest.mark.parametrize(
    ("caller", "role", "external_id"),
    [
        pytest.param("evaluate-ec2", "reader", "wrong", id="another external id"),
        pytest.param("evaluate-ec2", "actor", "instance-scheduler", id="an evaluator asks for the actor"),
        pytest.param("plan-run", "reader", "instance-scheduler", id="a role that is not trusted"),
    ],
)
def test_a_role_is_not_assumed_against_its_trust_or_the_callers_policy(
    aws: EmbeddedAws, caller: str, role: str, external_id: str
) -> None:
    sts = as_role(aws, f"{HUB_ROLE}{caller}", "sts")
    error = refusal(
        lambda: sts.assume_role(
            RoleArn=f"arn:aws-cn:iam::{SPOKE}:role/instance-scheduler-{role}",
            RoleSessionName="me",
            ExternalId=external_id,
        )
    )
    assert error["Code"] == "AccessDenied"
    assert f"instance-scheduler-{role}" in error["Message"]


def test_a_key_that_nobody_has_is_refused(aws: EmbeddedAws) -> None:
    stranger = {"AWS_ACCESS_KEY_ID": "ASIAAAAAAAAAAAAAAAAA", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x"}
    assert refusal(lambda: aws.clients.of_role(stranger, "rds", HOME).describe_db_instances())["Status"] == 403


def test_everything_lies_in_the_partition_of_the_region(aws: EmbeddedAws) -> None:
    assert aws.client("sns").list_topics()["Topics"][0]["TopicArn"].startswith("arn:aws-cn:sns:cn-north-1:")
    assert aws.deployment.machine_role.startswith("arn:aws-cn:iam::")
    assert "arn:aws:" not in aws.deployment.definition
