"""The key policy that docs/security.md prints, judged as KMS would judge it for a stack that uses the key."""

import json
import re

import pytest
from tests.docs.pages import ROOT, text_of
from tests.template.stack import Stack

from scheduler_local.iam import Request, authorize, authorize_resource_policy

KEY = "arn:aws:kms:us-east-1:111122223333:key/one"
ACCOUNT = "arn:aws:iam::111122223333:root"
LOGS = "logs.us-east-1.amazonaws.com"
CONTEXT = "kms:EncryptionContext:aws:logs:arn"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:{}"


@pytest.fixture(scope="module")
def printed():
    """The policy in the page."""
    return json.loads(re.search(r"```json\n(.*?)```", text_of(ROOT / "docs/security.md"), re.DOTALL)[1])


@pytest.fixture(scope="module")
def stack():
    named = {"AWS::StackName": "instance-scheduler"}
    return Stack("template.yaml", region="us-east-1", partition="aws", KmsKeyArn=KEY, **named)


def admits(policy, principal, action, context=None):
    request = Request(action=action, resources=(KEY,)).with_context(context or {})
    return authorize_resource_policy(request, policy, principal).allowed


@pytest.mark.parametrize(
    "action", ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey"]
)
def test_every_log_group_of_the_stack_can_be_encrypted(printed, stack, action):
    groups = [group["LogGroupName"] for group in stack.of_type("AWS::Logs::LogGroup").values()]
    assert len(groups) > 9
    assert all(admits(printed, LOGS, action, {CONTEXT: (GROUP.format(group),)}) for group in groups)


@pytest.mark.parametrize("group", ["/aws/lambda/other-plan-run", "/aws/vendedlogs/states/other-scheduler"])
def test_no_log_group_beside_them_can(printed, group):
    assert not admits(printed, LOGS, "kms:Encrypt", {CONTEXT: (GROUP.format(group),)})


@pytest.mark.parametrize("service", ["events.amazonaws.com", "cloudwatch.amazonaws.com"])
@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:GenerateDataKey"])
def test_rules_and_alarms_can_send_to_topic_and_queue(printed, service, action):
    assert admits(printed, service, action)


@pytest.mark.parametrize("service", ["events.amazonaws.com", "cloudwatch.amazonaws.com", LOGS, "lambda.amazonaws.com"])
@pytest.mark.parametrize("action", ["kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy"])
def test_no_service_manages_the_key(printed, service, action):
    assert not admits(printed, service, action)


def test_another_account_is_not_admitted(printed):
    assert not admits(printed, "arn:aws:iam::444455556666:root", "kms:Decrypt")


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("PlanRunRole", "dynamodb"),
        ("SummarizeRunRole", "dynamodb"),
        ("ConfigureRole", "dynamodb"),
        ("StateMachineRole", "sns"),
    ],
)
def test_the_policy_leaves_the_roles_to_iam_which_gives_them_what_they_need(printed, stack, role, service):
    via = {"kms:ViaService": (f"{service}.us-east-1.amazonaws.com",)}
    request = Request(action="kms:GenerateDataKey", resources=(KEY,)).with_context(via)
    assert admits(printed, ACCOUNT, "kms:GenerateDataKey", via)
    assert authorize(request, stack.policies_of(role)).allowed
