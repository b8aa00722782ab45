"""Small damages to what is deployed, each of which some judge has to find."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.judges.judges import HUB, MACHINE, SPOKE

_SAM = "sam validate (hub)"
_ASL, _AWS, _LINT = "asl-validator", "AWS language service", "cfn-lint (aws)"
_CHECKOV, _UPDATE, _OURS, _IAM = "checkov", "update", "agreement", "IAM and botocore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One text in the place of another, once, in one file."""

    name: str
    file: str
    old: str
    new: str
    by: str
    """The judge that is asked first, being the one that should see it."""

    @contextmanager
    def applied(self, root: Path) -> Iterator[None]:
        """Damage the file in a copy of the repository for a while. Raises ValueError where the text is not there."""
        file = root / self.file
        text = file.read_text(encoding="utf-8")
        if self.old not in text:
            raise ValueError(f"{self.name}: {self.file} does not hold {self.old!r}")
        file.write_text(text.replace(self.old, self.new, 1), encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(text, encoding="utf-8")


def _hub(by: str, name: str, old: str, new: str = "") -> Mutation:
    return Mutation(name=name, file=HUB, old=old, new=new, by=by)


def _spoke(by: str, name: str, old: str, new: str = "") -> Mutation:
    return Mutation(name=name, file=SPOKE, old=old, new=new, by=by)


def _machine(by: str, name: str, old: str, new: str = "") -> Mutation:
    return Mutation(name=name, file=MACHINE, old=old, new=new, by=by)


_READER = "arn:${AWS::Partition}:iam::*:role/${Namespace}-reader"
_HUB_ROOT = 'Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${HubAccountId}:root"}'
_TAGGED = '"Condition": {"Null": {"aws:ResourceTag/${TagKey}": "false"}}'
_CATCH = '"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "ResizeFailed"}],'

MUTATIONS = (
    # The hub's template
    _hub(_SAM, "a quote taken from a parameter's value", 'Default: "true"', 'Default: "true'),
    _hub(_SAM, "a reference to a resource that is not there", "!GetAtt PlanRunRole.Arn", "!GetAtt PlanRunRol.Arn"),
    _hub(_SAM, "a condition that nobody defines", "Condition: HasEmail", "Condition: HasMail"),
    _hub(_SAM, "a table under another logical id", "  StateTable:\n", "  StatusTable:\n"),
    _hub(_OURS, "a substitution taken away", "        StackName: !Ref AWS::StackName\n"),
    _hub(_OURS, "a substitution of another name", "ResizeFunctionArn: !GetAtt", "ResizeArn: !GetAtt"),
    _hub(_IAM, "two functions exchanged", "PlanRunFunctionArn: !GetAtt Plan", "PlanRunFunctionArn: !GetAtt Summarize"),
    _hub(_OURS, "a function that the machine may not invoke", "                  - !GetAtt ResizeFunction.Arn\n"),
    _hub(_IAM, "the permission to scan the config table taken away", "dynamodb:Scan", "dynamodb:DescribeTable"),
    _hub(_IAM, "a permission more than is used", "Action: dynamodb:Scan", "Action: [dynamodb:Scan, dynamodb:GetItem]"),
    _hub(_OURS, "a wildcard for an action", "Action: lambda:InvokeFunction", "Action: lambda:*"),
    _hub(_OURS, "an evaluator that may assume actors", "role/${Namespace}-reader", "role/${Namespace}-actor"),
    _hub(_OURS, "a partition written out", _READER, "arn:aws:iam::*:role/${Namespace}-reader"),
    _hub(_LINT, "a table that is deleted with the stack", "    DeletionPolicy: Retain\n"),
    _hub(
        _UPDATE,
        "a table with another key",
        "- {AttributeName: sk, KeyType: RANGE}",
        "- {AttributeName: at, KeyType: RANGE}",
    ),
    _hub(
        _OURS,
        "a topic to which anybody may publish",
        "Principal: {AWS: !GetAtt StateMachineRole.Arn}",
        'Principal: "*"',
    ),
    _hub(_OURS, "a Deny without its condition", 'Condition: {Bool: {"aws:SecureTransport": "false"}}', "Condition: {}"),
    _hub(
        _OURS,
        "a queue without encryption",
        "SqsManagedSseEnabled: !If [HasKey, !Ref AWS::NoValue, true]",
        "DelaySeconds: 0",
    ),
    _hub(
        _CHECKOV, "a table without a way back", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false"
    ),
    _hub(_CHECKOV, "a log that is kept for ever", "      RetentionInDays: !Ref LogRetentionDays\n"),
    _hub(_OURS, "code that is in another folder", "CodeUri: functions/plan_run/", "CodeUri: functions/plan_runs/"),
    _hub(_OURS, "ticks that do not fall on the clock", "cron(0/5 * * * ? *)", "rate(5 minutes)"),
    _hub(_OURS, "settings that are no JSON", '"tag_key": "${TagKey}",', '"tag_key": "${TagKey}"'),
    # The spoke's template
    _spoke(_OURS, "a trust without the external id", 'StringEquals: {"sts:ExternalId": !Ref ExternalId}', "Bool: {}"),
    _spoke(_CHECKOV, "a trust in the whole world", _HUB_ROOT, 'Principal: {AWS: "*"}'),
    _spoke(_OURS, "an actor that stops what has no tag", _TAGGED, '"Condition": {}'),
    _spoke(
        _OURS, "an actor that may change user data", '"ec2:Attribute": "InstanceType"', '"ec2:Attribute": "UserData"'
    ),
    _spoke(_OURS, "an actor that deletes foreign snapshots", "snapshot:${Namespace}-stopped-*", "snapshot:*"),
    _spoke(_OURS, "a quote taken from the actor's policy", '"Sid": "StartAndStopInstances"', '"Sid": "StartAndStop'),
    _spoke(
        _OURS, "a reader that cannot see databases", "Action: rds:DescribeDBInstances", "Action: rds:DescribeEvents"
    ),
    # The state machine
    _machine(_ASL, "a state's Next that leads nowhere", '"Next": "AnythingDue?"', '"Next": "AnyDue?"'),
    _machine(_AWS, "a state to which nothing leads", '"Default": "NothingDue"', '"Default": "EvaluateTargets"'),
    _machine(
        _OURS,
        "a Catch that no longer catches all",
        '"ErrorEquals": ["States.ALL"]',
        '"ErrorEquals": ["States.Timeout"]',
    ),
    _machine(_ASL, "a Catch that leads to another end", '"Next": "EvaluationFailed"', '"Next": "EvaluationOver"'),
    _machine(_LINT, "a Catch on a Wait", '"SecondsPath": "$.wait",', f'"SecondsPath": "$.wait", {_CATCH}'),
    _machine(_AWS, "a text where a number belongs", '"TimeoutSeconds": 10800', '"TimeoutSeconds": "10800"'),
    _machine(_OURS, "a boolean in an intrinsic", "ArrayContains($[*].report, 1)", "ArrayContains($[*].report, true)"),
    _machine(_AWS, "an intrinsic that does not exist", "States.ArrayContains(", "States.ArrayHolds("),
    _machine(_ASL, "a choice without its comparison", '"NumericGreaterThan": 0,', ""),
    _machine(_AWS, "a comma taken away", '"StartAt": "PlanRun",', '"StartAt": "PlanRun"'),
    _machine(_OURS, "a retry of everything", "Lambda.TooManyRequestsException", "States.ALL"),
)
"""At least one for each kind of thing that a hand can get wrong."""
