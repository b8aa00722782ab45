"""The resources of the stack: what is set, what is kept, who may send what where."""

import json
from dataclasses import fields

import pytest
from tests.template.stack import ROOT, Stack, read

from instance_scheduler.settings import Notify, Service, Settings, parse_settings
from scheduler_local.iam import Request, authorize_resource_policy

KEY = "arn:aws-cn:kms:cn-north-1:111122223333:key/one"
FUNCTIONS = sorted(
    name for name, body in read("template.yaml")["Resources"].items() if body["Type"] == "AWS::Serverless::Function"
)


def properties(stack, name):
    return stack.resources[name]["Properties"]


def settings(**parameters):
    return json.loads(properties(Stack("template.yaml", **parameters), "SettingsParameter")["Value"])


class TestTrigger:
    @pytest.mark.parametrize(
        ("interval", "expression"),
        [
            ("1", "cron(* * * * ? *)"),
            ("2", "cron(0/2 * * * ? *)"),
            ("5", "cron(0/5 * * * ? *)"),
            ("10", "cron(0/10 * * * ? *)"),
            ("15", "cron(0/15 * * * ? *)"),
            ("30", "cron(0/30 * * * ? *)"),
            ("60", "cron(0 * * * ? *)"),
        ],
    )
    def test_ticks_fall_on_the_clock(self, interval, expression):
        assert (
            properties(Stack("template.yaml", ScheduleInterval=interval), "TickRule")["ScheduleExpression"]
            == expression
        )

    def test_every_interval_that_can_be_chosen_has_its_expression(self, hub):
        assert set(hub.template["Mappings"]["Ticks"]) == set(
            hub.template["Parameters"]["ScheduleInterval"]["AllowedValues"]
        )

    @pytest.mark.parametrize(("enabled", "state"), [("true", "ENABLED"), ("false", "DISABLED")])
    def test_the_switch_turns_it_off(self, enabled, state):
        assert properties(Stack("template.yaml", Enabled=enabled), "TickRule")["State"] == state

    def test_its_input_holds_the_scheduled_time_alone(self, hub):
        (target,) = properties(hub, "TickRule")["Targets"]
        transformer = target["InputTransformer"]
        assert transformer["InputPathsMap"] == {"time": "$.time"}
        # EventBridge writes the quotes of a string itself.
        assert json.loads(transformer["InputTemplate"].replace("<time>", '"2026-11-23T01:00:00Z"')) == {
            "at": "2026-11-23T01:00:00Z"
        }

    def test_it_tries_again_for_five_minutes_and_then_keeps_the_tick(self, hub):
        (target,) = properties(hub, "TickRule")["Targets"]
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 3}
        assert target["DeadLetterConfig"] == {"Arn": "<DeadLetterQueue.Arn>"}

    def test_it_waits_for_all_that_the_first_run_needs(self, hub):
        assert set(hub.resources["TickRule"]["DependsOn"]) == {"Configuration", "ReadConfigPolicy"}

    @pytest.mark.parametrize(("rule", "allowed"), [("<TickRule.Arn>", True), ("<RunFailedRule.Arn>", False)])
    def test_the_queue_admits_this_rule_and_no_other(self, hub, rule, allowed):
        request = Request(action="sqs:SendMessage", resources=("<DeadLetterQueue.Arn>",)).with_context(
            {"aws:SourceArn": (rule,), "aws:SecureTransport": ("true",)}
        )
        policy = _in_arns(properties(hub, "DeadLetterQueuePolicy")["PolicyDocument"])
        assert authorize_resource_policy(_in_arns(request), policy, "events.amazonaws.com").allowed is allowed


class TestNotifications:
    @pytest.mark.parametrize(
        ("principal", "context", "allowed"),
        [
            pytest.param("arn:aws-cn:iam::1:role/StateMachineRole", {}, True, id="the machine"),
            pytest.param("arn:aws-cn:iam::1:role/PlanRunRole", {}, False, id="not a function"),
            pytest.param("events.amazonaws.com", {"aws:SourceArn": ("<RunFailedRule.Arn>",)}, True, id="failed runs"),
            pytest.param("events.amazonaws.com", {"aws:SourceArn": ("<TickRule.Arn>",)}, False, id="not another rule"),
            pytest.param("events.amazonaws.com", {}, True, id="EventBridge, which may name no rule"),
            pytest.param(
                "cloudwatch.amazonaws.com",
                {
                    "aws:SourceArn": ("arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:a",),
                    "aws:SourceAccount": ("111122223333",),
                },
                True,
                id="alarms of this account",
            ),
            pytest.param(
                "cloudwatch.amazonaws.com",
                {
                    "aws:SourceArn": ("arn:aws-cn:cloudwatch:cn-north-1:444455556666:alarm:a",),
                    "aws:SourceAccount": ("444455556666",),
                },
                False,
                id="not alarms of another account",
            ),
            pytest.param(
                "arn:aws-cn:iam::1:role/StateMachineRole",
                {"aws:SecureTransport": ("false",)},
                False,
                id="nobody by plain HTTP",
            ),
        ],
    )
    def test_the_topic_admits(self, hub, principal, context, allowed):
        request = Request(action="sns:Publish", resources=("<NotificationTopic>",)).with_context(
            {"aws:SecureTransport": ("true",)} | context
        )
        policy = _in_arns(properties(hub, "NotificationTopicPolicy")["PolicyDocument"])
        assert authorize_resource_policy(_in_arns(request), policy, principal).allowed is allowed

    def test_an_address_is_subscribed_where_one_is_given(self, hub):
        assert "EmailSubscription" not in hub.resources
        subscription = properties(Stack("template.yaml", NotificationEmail="ops@example.com"), "EmailSubscription")
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")

    def test_ends_that_no_catch_sees_are_told(self, hub):
        rule = properties(hub, "RunFailedRule")
        detail = rule["EventPattern"]["detail"]
        assert rule["EventPattern"]["source"] == ["aws.states"]
        assert detail["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
        assert detail["stateMachineArn"] == ["<SchedulerStateMachine>"]

    def test_a_run_that_told_of_its_failure_is_not_told_twice(self, hub, machine):
        errors = [one["error"] for one in properties(hub, "RunFailedRule")["EventPattern"]["detail"]["$or"]]
        assert [{"anything-but": [machine["States"]["Failed"]["Error"]]}] in errors
        assert [{"exists": False}, None] in errors

    @pytest.mark.parametrize(
        ("partition", "console"),
        [("aws", "https://console.aws.amazon.com/"), ("aws-cn", "https://console.amazonaws.cn/")],
    )
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_the_text_of_such_an_end_reads_well(self, partition, console, language):
        stack = Stack("template.yaml", partition=partition, Language=language)
        (target,) = properties(stack, "RunFailedRule")["Targets"]
        transformer = target["InputTransformer"]
        lines = transformer["InputTemplate"].splitlines()
        used = {
            name for name in ("run", "status", "execution", "region") if f"<{name}>" in transformer["InputTemplate"]
        }
        assert all(json.loads(line) for line in lines)
        assert used == set(transformer["InputPathsMap"])
        assert console in lines[-1]
        assert "RoleArn" not in target


class TestTables:
    @pytest.mark.parametrize("table", ["ConfigTable", "StateTable"])
    def test_they_outlive_the_stack(self, table):
        raw = read("template.yaml")["Resources"][table]
        assert (raw["DeletionPolicy"], raw["UpdateReplacePolicy"]) == ("Retain", "Retain")

    @pytest.mark.parametrize("table", ["ConfigTable", "StateTable"])
    def test_they_are_paid_by_request_and_can_be_wound_back(self, hub, table):
        body = properties(hub, table)
        assert body["BillingMode"] == "PAY_PER_REQUEST"
        assert body["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}

    @pytest.mark.parametrize(("table", "keys"), [("ConfigTable", ["type", "name"]), ("StateTable", ["pk", "sk"])])
    def test_their_keys(self, hub, table, keys):
        assert [key["AttributeName"] for key in properties(hub, table)["KeySchema"]] == keys

    def test_the_index_answers_what_was_decided_about_an_instance(self, hub):
        (index,) = properties(hub, "StateTable")["GlobalSecondaryIndexes"]
        assert index["IndexName"] == "by_instance"
        assert [key["AttributeName"] for key in index["KeySchema"]] == ["instance", "at"]

    def test_state_expires(self, hub):
        assert properties(hub, "StateTable")["TimeToLiveSpecification"] == {
            "AttributeName": "expires_at",
            "Enabled": True,
        }


class TestSettings:
    def test_the_defaults_of_the_template_are_those_of_the_package(self):
        assert parse_settings(settings()) == Settings(stack="timetable", partition="aws-cn")

    def test_every_one_is_a_field(self):
        assert set(settings()) <= {field.name for field in fields(Settings)}

    def test_each_parameter_arrives(self):
        parsed = parse_settings(
            settings(
                Namespace="blue",
                ExternalId="secret",
                TagKey="Timetable",
                DefaultTimezone="Asia/Shanghai",
                Regions="cn-north-1, cn-northwest-1",
                ScheduledServices="rds",
                Accounts="444455556666,777788889999",
                OrganizationalUnits="ou-ab12-cdefgh34, r-ab12",
                ExcludedAccounts="444455556666",
                AccountRegions="777788889999=cn-north-1+cn-northwest-1",
                StartedTags="LastStart={year}-{month}-{day}",
                StoppedTags="LastStop={hour}:{minute} {timezone}",
                CreateRdsSnapshot="true",
                UseMetrics="true",
                Notify="errors",
                ScheduleInterval="15",
                FullSweepMinutes="30",
                TargetsPerShard="20",
                MaxConcurrentShards="5",
                MaxUnexplainedStops="0",
            )
        )
        assert parsed == Settings(
            stack="timetable",
            partition="aws-cn",
            namespace="blue",
            external_id="secret",
            tag_key="Timetable",
            default_timezone="Asia/Shanghai",
            regions=("cn-north-1", "cn-northwest-1"),
            scheduled_services=(Service.RDS,),
            accounts=("444455556666", "777788889999"),
            organizational_units=("ou-ab12-cdefgh34", "r-ab12"),
            excluded_accounts=("444455556666",),
            account_regions=(("777788889999", ("cn-north-1", "cn-northwest-1")),),
            started_tags="LastStart={year}-{month}-{day}",
            stopped_tags="LastStop={hour}:{minute} {timezone}",
            create_rds_snapshot=True,
            use_metrics=True,
            notify=Notify.ERRORS,
            interval_minutes=15,
            full_sweep_minutes=30,
            targets_per_shard=20,
            max_concurrent_shards=5,
            max_unexplained_stops=0,
        )

    def test_the_fullest_settings_fit_into_a_standard_parameter(self):
        fullest = Stack(
            "template.yaml",
            **{"AWS::StackName": "s" * 49},
            Namespace="n" * 20,
            ExternalId="e" * 128,
            TagKey="t" * 118,
            DefaultTimezone="America/Argentina/ComodRivadavia",
            Regions=",".join(["ap-southeast-1"] * 17),
            Accounts=",".join(["123456789012"] * 200),
            StartedTags="s" * 125,
            StoppedTags="s" * 125,
        )
        assert len(properties(fullest, "SettingsParameter")["Value"]) <= 4096

    def test_settings_with_every_account_parameter_full_fit_into_an_advanced_parameter(self):
        parameters = read("template.yaml")["Parameters"]
        named = ("Accounts", "OrganizationalUnits", "ExcludedAccounts", "AccountRegions", "StartedTags", "StoppedTags")
        fullest = Stack("template.yaml", **{name: "x" * parameters[name]["MaxLength"] for name in named})
        assert len(properties(fullest, "SettingsParameter")["Value"]) <= 8192

    def test_one_page_of_the_parameter_store_holds_them_all(self, hub):
        names = [body["Name"] for body in hub.of_type("AWS::SSM::Parameter").values()]
        assert all(name.startswith("/instance-scheduler/timetable/") for name in names)
        assert {name.split("/")[-1] for name in names} == {
            "settings",
            "config_table",
            "state_table",
            "topic_arn",
            "state_machine_arn",
            "functions",
            "told",
        }
        assert len(names) <= 10

    def test_the_functions_are_named_by_service(self, hub):
        assert json.loads(properties(hub, "FunctionsParameter")["Value"]) == {
            "evaluate_ec2": "<EvaluateEc2Function.Arn>",
            "evaluate_rds": "<EvaluateRdsFunction.Arn>",
            "start_stop_ec2": "<StartStopEc2Function.Arn>",
            "start_stop_rds": "<StartStopRdsFunction.Arn>",
        }

    def test_configuration_waits_for_every_parameter(self, hub):
        assert set(hub.of_type("AWS::SSM::Parameter")) <= set(hub.resources["Configuration"]["DependsOn"])


class TestFunctions:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_each_has_a_role_and_a_log_group_of_its_own(self, hub, name):
        body = properties(hub, name)
        stem = name.removesuffix("Function")
        assert body["Role"] == f"<{stem}Role.Arn>"
        assert hub.resources[name]["DependsOn"] == f"{stem}LogGroup"
        assert properties(hub, f"{stem}LogGroup")["LogGroupName"] == f"/aws/lambda/{body['FunctionName']}"

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_names_follow_one_pattern(self, hub, name):
        body = properties(hub, name)
        folder = body["CodeUri"].removeprefix("functions/").removesuffix("/")
        assert body["FunctionName"] == f"timetable-{folder.replace('_', '-')}"
        role = properties(hub, name.replace("Function", "Role"))["RoleName"]
        assert role == f"instance-scheduler-hub-{folder.replace('_', '-')}"
        assert (ROOT / body["CodeUri"] / "app.py").is_file()

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_time_limits_stay_within_lambda_s(self, hub, name):
        assert 60 <= properties(hub, name)["Timeout"] <= 900

    def test_they_share_layer_and_environment(self, hub):
        shared = hub.resolve(hub.template["Globals"]["Function"])
        assert shared["Layers"] == ["<SchedulerLayer>"]
        assert shared["Environment"]["Variables"] == {
            "PARAMETER_PREFIX": "/instance-scheduler/timetable/",
            "POWERTOOLS_SERVICE_NAME": "timetable",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }

    def test_the_one_that_tells_of_failures_needs_no_parameters_for_it(self):
        stack = Stack("template.yaml", Language="zh")
        variables = stack.resolve(properties(stack, "SummarizeRunFunction")["Environment"]["Variables"])
        assert variables == {"STATE_TABLE": "<StateTable>", "MAIL_LANGUAGE": "zh"}

    @pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
    def test_the_architecture_is_a_parameter(self, architecture):
        stack = Stack("template.yaml", Architecture=architecture)
        assert stack.resolve(stack.template["Globals"]["Function"]["Architectures"]) == [architecture]


class TestEncryption:
    def test_without_a_key_only_the_queue_names_its_own(self, hub):
        assert "KMS" not in json.dumps(
            [properties(hub, name) for name in ("ConfigTable", "StateTable", "NotificationTopic")]
        )
        assert properties(hub, "DeadLetterQueue")["SqsManagedSseEnabled"] is True
        assert "UseKeyPolicy" not in hub.resources

    def test_with_a_key_tables_topic_queue_and_logs_use_it(self):
        stack = Stack("template.yaml", KmsKeyArn=KEY)
        keys = [
            *(table["SSESpecification"]["KMSMasterKeyId"] for table in stack.of_type("AWS::DynamoDB::Table").values()),
            *(group["KmsKeyId"] for group in stack.of_type("AWS::Logs::LogGroup").values()),
            properties(stack, "NotificationTopic")["KmsMasterKeyId"],
            properties(stack, "DeadLetterQueue")["KmsMasterKeyId"],
        ]
        assert set(keys) == {KEY}
        assert "SqsManagedSseEnabled" not in properties(stack, "DeadLetterQueue")

    def test_every_log_group_forgets(self, hub):
        groups = hub.of_type("AWS::Logs::LogGroup")
        assert len(groups) == len(FUNCTIONS) + 1
        assert {group["RetentionInDays"] for group in groups.values()} == {"30"}


def _in_arns(value):
    """The same value with `<Resource.Attribute>` as an ARN, which is what the evaluator compares."""
    if isinstance(value, Request):
        return Request(
            action=value.action,
            resources=tuple(_in_arns(list(value.resources))),
            context={key: tuple(_in_arns(list(words))) for key, words in value.context.items()},
        )
    text = json.dumps(value).replace("<StateMachineRole.Arn>", "arn:aws-cn:iam::1:role/StateMachineRole")
    for name in ("TickRule", "RunFailedRule", "DeadLetterQueue"):
        text = text.replace(f"<{name}.Arn>", f"arn:aws-cn:x:cn-north-1:1:{name}")
    return json.loads(text.replace("<NotificationTopic>", "arn:aws-cn:sns:cn-north-1:1:topic"))
