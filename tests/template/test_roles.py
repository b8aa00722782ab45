"""What each role may do, judged as IAM would judge it."""

import pytest
from tests.template.stack import Stack

from scheduler_local.iam import Request, authorize, authorize_assume_role, requests_for

HUB_ACCOUNT = "999988887777"
HUB_ROLES = [
    "PlanRunRole",
    "EvaluateEc2Role",
    "EvaluateRdsRole",
    "GatherActionsRole",
    "StartStopEc2Role",
    "StartStopRdsRole",
    "ResizeRole",
    "SummarizeRunRole",
    "ConfigureRole",
    "StateMachineRole",
    "TriggerRole",
]
SPOKE_ROLES = ["ReaderRole", "ActorRole"]

# Statements that may name all resources, each with its reason.
ON_ALL_RESOURCES = {
    "DeliverLogs": "log delivery knows no resource-level permissions",
    "DescribeInstances": "DescribeInstances and DescribeInstanceTypes know no resource-level permissions",
    "DescribeSpotRequests": "DescribeSpotInstanceRequests knows no resource-level permissions",
    "SendTraces": "X-Ray knows no resource-level permissions for what it is sent",
}


def as_list(value):
    return value if isinstance(value, list) else [value]


def statements(stack, role):
    return [statement for policy in stack.policies_of(role) for statement in as_list(policy["Statement"])]


@pytest.fixture(scope="module")
def stacks(hub, spoke):
    return dict.fromkeys(HUB_ROLES, hub) | dict.fromkeys(SPOKE_ROLES, spoke)


class TestEveryRole:
    def test_no_role_is_left_out_here(self, hub, spoke):
        assert set(hub.of_type("AWS::IAM::Role")) == set(HUB_ROLES)
        assert set(spoke.of_type("AWS::IAM::Role")) == set(SPOKE_ROLES)

    @pytest.mark.parametrize("role", HUB_ROLES + SPOKE_ROLES)
    def test_no_action_is_a_wildcard(self, role, stacks):
        assert not [
            action for one in statements(stacks[role], role) for action in as_list(one["Action"]) if "*" in action
        ]

    @pytest.mark.parametrize("role", HUB_ROLES + SPOKE_ROLES)
    def test_all_resources_are_named_only_where_there_is_a_reason(self, role, stacks):
        broad = {one["Sid"] for one in statements(stacks[role], role) if "*" in as_list(one["Resource"])}
        assert broad <= set(ON_ALL_RESOURCES)

    @pytest.mark.parametrize("role", HUB_ROLES + SPOKE_ROLES)
    def test_no_statement_works_by_exception(self, role, stacks):
        used = {key for one in statements(stacks[role], role) for key in one}
        assert used <= {"Sid", "Effect", "Action", "Resource", "Condition"}

    @pytest.mark.parametrize("role", HUB_ROLES + SPOKE_ROLES)
    def test_no_managed_policy_is_attached(self, role, stacks):
        assert "ManagedPolicyArns" not in stacks[role].resources[role]["Properties"]

    def test_names_begin_with_the_namespace(self):
        hub = Stack("template.yaml", Namespace="blue")
        spoke = Stack("spoke/template.yaml", Namespace="blue")
        names = [role["RoleName"] for stack in (hub, spoke) for role in stack.of_type("AWS::IAM::Role").values()]
        assert all(name.startswith("blue-") for name in names)
        assert len(set(names)) == len(HUB_ROLES + SPOKE_ROLES)

    @pytest.mark.parametrize("role", HUB_ROLES)
    def test_names_of_the_hub_s_roles_fit_into_the_64_characters_of_iam(self, role):
        hub = Stack("template.yaml", Namespace="n" * 20)
        assert len(hub.resources[role]["Properties"]["RoleName"]) <= 64

    @pytest.mark.parametrize(
        ("role", "through", "allowed"),
        [
            *(pytest.param(role, "dynamodb", True, id=f"{role} reads tables") for role in HUB_ROLES[:9]),
            *(pytest.param(role, "sns", False, id=f"{role} publishes nothing") for role in HUB_ROLES[:9]),
            pytest.param("StateMachineRole", "sns", True, id="the machine publishes"),
            pytest.param("StateMachineRole", "dynamodb", False, id="the machine reads no table"),
            pytest.param("TriggerRole", "dynamodb", False, id="the trigger needs no key"),
            pytest.param("PlanRunRole", "ec2", False, id="no other service"),
        ],
    )
    def test_the_key_serves_each_role_through_the_service_that_it_uses(self, role, through, allowed):
        key = "arn:aws-cn:kms:cn-north-1:111122223333:key/one"
        hub = Stack("template.yaml", KmsKeyArn=key)
        request = Request(action="kms:GenerateDataKey", resources=(key,)).with_context(
            {"kms:ViaService": (f"{through}.cn-north-1.amazonaws.com.cn",)}
        )
        assert authorize(request, hub.policies_of(role)).allowed is allowed


def hub_request(service, operation, parameters):
    """The one permission that a call in the hub asks for."""
    (request,) = requests_for(
        service, operation, parameters, partition="aws-cn", account="111122223333", region="cn-north-1"
    )
    return request


ASSUME = "arn:aws-cn:iam::444455556666:role/instance-scheduler-{}"


class TestFunctionRoles:
    @pytest.mark.parametrize(
        ("role", "spoke_role", "allowed"),
        [
            pytest.param("EvaluateEc2Role", "reader", True, id="evaluators read"),
            pytest.param("EvaluateRdsRole", "reader", True, id="evaluators read databases"),
            pytest.param("EvaluateEc2Role", "actor", False, id="evaluators do not act"),
            pytest.param("EvaluateRdsRole", "actor", False, id="evaluators do not act on databases"),
            pytest.param("StartStopEc2Role", "actor", True, id="actors act"),
            pytest.param("StartStopRdsRole", "actor", True, id="actors act on databases"),
            pytest.param("StartStopEc2Role", "reader", False, id="actors do not read as readers"),
            pytest.param("ResizeRole", "reader", True, id="a resize reads"),
            pytest.param("ResizeRole", "actor", True, id="a resize acts"),
            pytest.param("PlanRunRole", "reader", False, id="a plan touches no account"),
            pytest.param("GatherActionsRole", "actor", False, id="gathering touches no account"),
            pytest.param("SummarizeRunRole", "reader", False, id="a summary touches no account"),
            pytest.param("ConfigureRole", "reader", False, id="configuring touches no account"),
            pytest.param("StateMachineRole", "actor", False, id="the machine touches no account"),
        ],
    )
    def test_only_the_roles_of_its_kind_can_be_assumed(self, hub, role, spoke_role, allowed):
        request = hub_request("sts", "AssumeRole", {"RoleArn": ASSUME.format(spoke_role), "RoleSessionName": "run"})
        assert authorize(request, hub.policies_of(role)).allowed is allowed

    @pytest.mark.parametrize("operation", ["ListAccountsForParent", "ListOrganizationalUnitsForParent"])
    @pytest.mark.parametrize("parent", ["ou-ab12-cdefgh34", "r-ab12"])
    @pytest.mark.parametrize(("units", "allowed"), [("ou-ab12-cdefgh34", True), ("", False)], ids=["units", "no units"])
    def test_the_plan_alone_reads_the_organization_and_only_where_the_stack_names_units(
        self, operation, parent, units, allowed
    ):
        hub = Stack("template.yaml", OrganizationalUnits=units)
        request = hub_request("organizations", operation, {"ParentId": parent})
        may = [role for role in HUB_ROLES if authorize(request, hub.policies_of(role)).allowed]
        assert may == (["PlanRunRole"] if allowed else [])

    @pytest.mark.parametrize("role", HUB_ROLES[:9])
    @pytest.mark.parametrize("path", ["/instance-scheduler/timetable/", "/instance-scheduler/timetable"])
    def test_every_function_reads_the_parameters_of_its_stack(self, hub, role, path):
        assert authorize(hub_request("ssm", "GetParametersByPath", {"Path": path}), hub.policies_of(role)).allowed

    @pytest.mark.parametrize("path", ["/", "/instance-scheduler/", "/instance-scheduler/timetable-2/"])
    def test_no_function_reads_parameters_beside_them(self, hub, path):
        assert not authorize(
            hub_request("ssm", "GetParametersByPath", {"Path": path}), hub.policies_of("PlanRunRole")
        ).allowed

    @pytest.mark.parametrize("role", HUB_ROLES[:9])
    def test_every_function_writes_its_own_log_and_no_other(self, hub, role):
        (logs,) = [one for one in statements(hub, role) if one.get("Sid") == "WriteLogs"]
        assert logs["Resource"] == f"<{role.removesuffix('Role')}LogGroup.Arn>"

    def test_config_is_written_by_configure_alone(self, hub):
        writers = [role for role in HUB_ROLES if _may(hub, role, "dynamodb:PutItem", "<ConfigTable.Arn>")]
        assert writers == ["ConfigureRole"]

    def test_nobody_deletes_items_or_tables(self, hub):
        actions = {action for role in HUB_ROLES for one in statements(hub, role) for action in as_list(one["Action"])}
        assert not {action for action in actions if action.startswith("dynamodb:Delete")}

    def test_an_evaluator_asks_for_runs_of_its_own_machine_only(self, hub):
        arn = "arn:aws-cn:states:cn-north-1:111122223333:execution:{}:run-1"
        mine, other = (
            authorize(
                hub_request("states", "DescribeExecution", {"executionArn": arn.format(name)}),
                hub.policies_of("EvaluateEc2Role"),
            ).allowed
            for name in ("timetable-scheduler", "timetable-scheduler-2")
        )
        assert (mine, other) == (True, False)

    @pytest.mark.parametrize("role", HUB_ROLES[:9])
    def test_lambda_alone_takes_on_the_roles_of_the_functions(self, hub, role):
        trust = hub.resources[role]["Properties"]["AssumeRolePolicyDocument"]
        assert authorize_assume_role("lambda.amazonaws.com", "111122223333", trust, {}).allowed
        assert not authorize_assume_role("ec2.amazonaws.com", "111122223333", trust, {}).allowed

    @pytest.mark.parametrize(
        ("role", "service"),
        [("StateMachineRole", "states.amazonaws.com"), ("TriggerRole", "events.amazonaws.com")],
    )
    def test_other_services_take_on_their_role_for_this_account_only(self, hub, role, service):
        trust = hub.resources[role]["Properties"]["AssumeRolePolicyDocument"]
        mine, other = (
            authorize_assume_role(service, account, trust, {"aws:SourceAccount": (account,)}).allowed
            for account in ("111122223333", "444455556666")
        )
        assert (mine, other) == (True, False)

    def test_the_tick_starts_this_machine_and_does_nothing_else(self, hub):
        (statement,) = statements(hub, "TriggerRole")
        assert (statement["Action"], statement["Resource"]) == ("states:StartExecution", "<SchedulerStateMachine>")


def _may(stack, role, action, resource):
    return any(
        action in as_list(one["Action"]) and resource in as_list(one["Resource"]) for one in statements(stack, role)
    )


class TestTrustOfTheSpokeRoles:
    @pytest.mark.parametrize(
        ("role", "hub_role", "trusted"),
        [
            pytest.param("ReaderRole", "instance-scheduler-hub-evaluate-ec2", True, id="reader: evaluator"),
            pytest.param("ReaderRole", "instance-scheduler-hub-resize", True, id="reader: resize"),
            pytest.param(
                "ReaderRole", "instance-scheduler-hub-start-stop-ec2", False, id="reader: not the actors' functions"
            ),
            pytest.param("ReaderRole", "instance-scheduler-hub-resize-2", False, id="reader: not a longer name"),
            pytest.param("ReaderRole", "green-hub-evaluate-ec2", False, id="reader: not another namespace"),
            pytest.param("ActorRole", "instance-scheduler-hub-start-stop-rds", True, id="actor: start and stop"),
            pytest.param("ActorRole", "instance-scheduler-hub-resize", True, id="actor: resize"),
            pytest.param("ActorRole", "instance-scheduler-hub-evaluate-rds", False, id="actor: not the evaluators"),
            pytest.param("ActorRole", "administrator", False, id="actor: not just anybody in the hub"),
        ],
    )
    def test_only_the_functions_of_their_kind_are_trusted(self, spoke, role, hub_role, trusted):
        principal = f"arn:aws-cn:sts::{HUB_ACCOUNT}:assumed-role/{hub_role}/session"
        assert self.assume(spoke, role, principal) is trusted

    @pytest.mark.parametrize("role", SPOKE_ROLES)
    def test_another_account_with_the_same_role_name_is_not_trusted(self, spoke, role):
        assert not self.assume(spoke, role, "arn:aws-cn:iam::444455556666:role/instance-scheduler-hub-resize")

    @pytest.mark.parametrize("role", SPOKE_ROLES)
    @pytest.mark.parametrize("external_id", ["guess", ""])
    def test_the_external_id_must_agree(self, spoke, role, external_id):
        principal = f"arn:aws-cn:iam::{HUB_ACCOUNT}:role/instance-scheduler-hub-resize"
        assert not self.assume(spoke, role, principal, external_id)

    @pytest.mark.parametrize("role", SPOKE_ROLES)
    def test_every_role_of_the_hub_that_may_assume_is_trusted_and_no_other(self, hub, spoke, role):
        spoke_role = spoke.resources[role]["Properties"]["RoleName"]
        request = hub_request(
            "sts", "AssumeRole", {"RoleArn": f"arn:aws-cn:iam::1:role/{spoke_role}", "RoleSessionName": "run"}
        )
        names = {one: hub.resources[one]["Properties"]["RoleName"] for one in HUB_ROLES}
        may_ask = {name for one, name in names.items() if authorize(request, hub.policies_of(one)).allowed}
        arn = f"arn:aws-cn:iam::{HUB_ACCOUNT}:role/"
        assert may_ask == {name for name in names.values() if self.assume(spoke, role, arn + name)}

    def assume(self, spoke, role, principal, external_id="instance-scheduler"):
        trust = spoke.resources[role]["Properties"]["AssumeRolePolicyDocument"]
        context = {"sts:ExternalId": (external_id,)}
        return authorize_assume_role(principal, principal.split(":")[4], trust, context).allowed


TAGGED = {"Schedule": "office-hours"}
SNAPSHOT = "instance-scheduler-stopped-orders-202611230100"
THROUGH_EC2 = {"kms:GrantIsForAWSResource": ("true",), "kms:ViaService": ("ec2.cn-north-1.amazonaws.com.cn",)}


def spoke_verdict(spoke, role, service, operation, parameters, tags):
    """Whether every permission that a call in the spoke asks for is given; only instances and databases bear `tags`."""
    requests = requests_for(
        service,
        operation,
        parameters,
        partition="aws-cn",
        account="111122223333",
        region="cn-north-1",
        tags_of=lambda arn: {} if ":snapshot:" in arn else tags,
    )
    return all(authorize(request, spoke.policies_of(role)).allowed for request in requests)


INSTANCE_CALLS = [
    pytest.param("ec2", "StartInstances", {"InstanceIds": ["i-1"]}, id="start instance"),
    pytest.param("ec2", "StopInstances", {"InstanceIds": ["i-1"], "Hibernate": True}, id="stop instance"),
    pytest.param(
        "ec2", "ModifyInstanceAttribute", {"InstanceId": "i-1", "InstanceType": {"Value": "t3.small"}}, id="resize"
    ),
    pytest.param(
        "ec2", "CreateTags", {"Resources": ["i-1"], "Tags": [{"Key": "LastStop", "Value": "x"}]}, id="tag instance"
    ),
    pytest.param("rds", "StartDBInstance", {"DBInstanceIdentifier": "orders"}, id="start database"),
    pytest.param("rds", "StopDBInstance", {"DBInstanceIdentifier": "orders"}, id="stop database"),
    pytest.param(
        "rds",
        "StopDBInstance",
        {"DBInstanceIdentifier": "orders", "DBSnapshotIdentifier": SNAPSHOT},
        id="stop database with a snapshot",
    ),
    pytest.param(
        "rds",
        "CreateDBSnapshot",
        {"DBInstanceIdentifier": "orders", "DBSnapshotIdentifier": SNAPSHOT, "Tags": [{"Key": "k", "Value": "v"}]},
        id="tagged snapshot",
    ),
    pytest.param("rds", "StartDBCluster", {"DBClusterIdentifier": "shop"}, id="start cluster"),
    pytest.param("rds", "StopDBCluster", {"DBClusterIdentifier": "shop"}, id="stop cluster"),
    pytest.param(
        "rds",
        "AddTagsToResource",
        {
            "ResourceName": "arn:aws-cn:rds:cn-north-1:111122223333:cluster:shop",
            "Tags": [{"Key": "LastStart", "Value": "x"}],
        },
        id="tag cluster",
    ),
]
DESCRIBE_CALLS = [
    pytest.param("ReaderRole", "ec2", "DescribeInstances", {}, id="reader: instances"),
    pytest.param("ReaderRole", "rds", "DescribeDBInstances", {}, id="reader: databases"),
    pytest.param("ReaderRole", "rds", "DescribeDBClusters", {}, id="reader: clusters"),
    pytest.param("ReaderRole", "ec2", "DescribeSpotInstanceRequests", {}, id="reader: spot requests"),
    pytest.param("ActorRole", "ec2", "DescribeInstances", {}, id="actor: instances"),
    pytest.param("ActorRole", "ec2", "DescribeInstanceTypes", {}, id="actor: instance types"),
    pytest.param("ActorRole", "rds", "DescribeDBInstances", {"DBInstanceIdentifier": "o"}, id="actor: a database"),
    pytest.param("ActorRole", "rds", "DescribeDBClusters", {"DBClusterIdentifier": "o"}, id="actor: a cluster"),
    pytest.param("ActorRole", "rds", "DescribeDBSnapshots", {}, id="actor: snapshots"),
    pytest.param(
        "ActorRole", "rds", "DescribeDBSnapshots", {"DBInstanceIdentifier": "o"}, id="actor: snapshots of one"
    ),
]


class TestSpokeRoles:
    @pytest.mark.parametrize(("role", "service", "operation", "parameters"), DESCRIBE_CALLS)
    def test_each_describes_what_it_must_see(self, spoke, role, service, operation, parameters):
        assert spoke_verdict(spoke, role, service, operation, parameters, {})

    @pytest.mark.parametrize(("service", "operation", "parameters"), INSTANCE_CALLS)
    def test_the_actor_acts_on_what_carries_the_tag(self, spoke, service, operation, parameters):
        assert spoke_verdict(spoke, "ActorRole", service, operation, parameters, TAGGED)

    @pytest.mark.parametrize(("service", "operation", "parameters"), INSTANCE_CALLS)
    def test_the_actor_leaves_alone_what_does_not(self, spoke, service, operation, parameters):
        assert not spoke_verdict(spoke, "ActorRole", service, operation, parameters, {"Name": "precious"})

    @pytest.mark.parametrize(("service", "operation", "parameters"), INSTANCE_CALLS)
    def test_the_reader_changes_nothing(self, spoke, service, operation, parameters):
        assert not spoke_verdict(spoke, "ReaderRole", service, operation, parameters, TAGGED)

    @pytest.mark.parametrize(
        ("service", "operation", "parameters"),
        [
            pytest.param("ec2", "TerminateInstances", {"InstanceIds": ["i-1"]}, id="terminate"),
            pytest.param("ec2", "DeleteTags", {"Resources": ["i-1"]}, id="take tags away"),
            pytest.param(
                "ec2", "ModifyInstanceAttribute", {"InstanceId": "i-1", "UserData": {}}, id="replace user data"
            ),
            pytest.param(
                "ec2",
                "CreateTags",
                {"Resources": ["i-1"], "Tags": [{"Key": "Owner", "Value": "x"}]},
                id="an unnamed key",
            ),
            pytest.param(
                "ec2",
                "CreateTags",
                {"Resources": ["vol-1"], "Tags": [{"Key": "LastStop", "Value": "x"}]},
                id="tag a volume",
            ),
            pytest.param(
                "rds",
                "CreateDBSnapshot",
                {"DBInstanceIdentifier": "orders", "DBSnapshotIdentifier": "mine"},
                id="snapshot of another name",
            ),
            pytest.param("rds", "DeleteDBSnapshot", {"DBSnapshotIdentifier": "mine"}, id="delete a foreign snapshot"),
        ],
    )
    def test_the_actor_does_nothing_else_even_with_the_tag(self, spoke, service, operation, parameters):
        assert not spoke_verdict(spoke, "ActorRole", service, operation, parameters, TAGGED)

    def test_the_actor_deletes_its_own_snapshots(self, spoke):
        assert spoke_verdict(spoke, "ActorRole", "rds", "DeleteDBSnapshot", {"DBSnapshotIdentifier": SNAPSHOT}, {})

    @pytest.mark.parametrize("key", ["Schedule", "ScheduleOverride"])
    def test_the_schedule_tag_is_never_written_even_where_the_parameter_names_it(self, key):
        spoke = Stack("spoke/template.yaml", WrittenTagKeys=f"LastStop,{key}")
        tags = [{"Key": "LastStop", "Value": "x"}, {"Key": key, "Value": "x"}]
        call = {"Resources": ["i-1"], "Tags": tags}
        assert not spoke_verdict(spoke, "ActorRole", "ec2", "CreateTags", call, TAGGED)

    def test_a_snapshot_may_take_over_the_tags_of_its_database_the_schedule_among_them(self, spoke):
        tags = [{"Key": key, "Value": "office-hours"} for key in ("Schedule", "ScheduleOverride", "Owner")]
        arn = f"arn:aws-cn:rds:cn-north-1:111122223333:snapshot:{SNAPSHOT}"
        assert spoke_verdict(spoke, "ActorRole", "rds", "AddTagsToResource", {"ResourceName": arn, "Tags": tags}, {})

    @pytest.mark.parametrize(
        ("action", "resource"),
        [
            ("ec2:CreateTags", "ec2:cn-north-1:111122223333:instance/i-1"),
            ("rds:AddTagsToResource", "rds:cn-north-1:111122223333:db:orders"),
        ],
    )
    def test_a_request_that_names_no_keys_writes_no_tags(self, spoke, action, resource):
        request = Request(action=action, resources=(f"arn:aws-cn:{resource}",))
        tagged = request.with_context({"aws:ResourceTag/Schedule": ("office-hours",)})
        policies = spoke.policies_of("ActorRole")
        assert not authorize(tagged, policies).allowed
        assert authorize(tagged.with_context({"aws:TagKeys": ("LastStop",)}), policies).allowed

    @pytest.mark.parametrize("kind", ["db:orders", "cluster:shop"])
    def test_the_schedule_tag_of_a_database_is_never_written(self, kind):
        spoke = Stack("spoke/template.yaml", WrittenTagKeys="LastStop,Schedule")
        call = {
            "ResourceName": f"arn:aws-cn:rds:cn-north-1:111122223333:{kind}",
            "Tags": [{"Key": "Schedule", "Value": "x"}],
        }
        assert not spoke_verdict(spoke, "ActorRole", "rds", "AddTagsToResource", call, TAGGED)

    def test_another_tag_key_is_asked_for_where_the_parameter_says_so(self):
        spoke = Stack("spoke/template.yaml", TagKey="cost:Timetable")
        call = {"InstanceIds": ["i-1"]}
        assert spoke_verdict(spoke, "ActorRole", "ec2", "StartInstances", call, {"cost:Timetable": "x"})
        assert not spoke_verdict(spoke, "ActorRole", "ec2", "StartInstances", call, TAGGED)

    def test_the_tag_key_counts_in_any_case_as_iam_reads_it(self, spoke):
        call = {"InstanceIds": ["i-1"]}
        assert spoke_verdict(spoke, "ActorRole", "ec2", "StopInstances", call, {"schedule": "x"})
        assert not spoke_verdict(spoke, "ActorRole", "ec2", "StopInstances", call, {"Schedules": "x"})

    def test_no_tags_are_written_by_default(self):
        call = {"Resources": ["i-1"], "Tags": [{"Key": "LastStop", "Value": "x"}]}
        assert not spoke_verdict(Stack("spoke/template.yaml"), "ActorRole", "ec2", "CreateTags", call, TAGGED)

    def test_volume_keys_and_licenses_are_off_by_default(self):
        assert set(Stack("spoke/template.yaml").resources) == {"ReaderRole", "ActorRole"}

    @pytest.mark.parametrize(
        ("key", "context", "allowed"),
        [
            pytest.param("one", THROUGH_EC2, True, id="the first key"),
            pytest.param("two", THROUGH_EC2, True, id="the second key"),
            pytest.param("three", THROUGH_EC2, False, id="a key that is not named"),
            pytest.param("one", {**THROUGH_EC2, "kms:GrantIsForAWSResource": ("false",)}, False, id="for a person"),
            pytest.param("one", {"kms:ViaService": THROUGH_EC2["kms:ViaService"]}, False, id="for who knows whom"),
            pytest.param("one", {"kms:GrantIsForAWSResource": ("true",)}, False, id="asked of KMS directly"),
            pytest.param(
                "one",
                {**THROUGH_EC2, "kms:ViaService": ("rds.cn-north-1.amazonaws.com.cn",)},
                False,
                id="through another service",
            ),
        ],
    )
    def test_grants_are_for_the_named_volume_keys_for_aws_resources_and_through_ec2(self, spoke, key, context, allowed):
        grant = Request(action="kms:CreateGrant", resources=(f"arn:aws-cn:kms:cn-north-1:111122223333:key/{key}",))
        assert authorize(grant.with_context(context), spoke.policies_of("ActorRole")).allowed is allowed

    def test_with_licenses_a_start_is_allowed_on_license_configurations(self, spoke):
        place = "arn:aws-cn:license-manager:cn-north-1:111122223333"
        allowed, other, stop = (
            authorize(
                Request(action=action, resources=(f"{place}:{resource}",)), spoke.policies_of("ActorRole")
            ).allowed
            for action, resource in (
                ("ec2:StartInstances", "license-configuration:lic-1"),
                ("ec2:StartInstances", "grant:g-1"),
                ("ec2:StopInstances", "license-configuration:lic-1"),
            )
        )
        assert (allowed, other, stop) == (True, False, False)
