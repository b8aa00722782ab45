"""What the local IAM answers, statement by statement."""

import pytest

from scheduler_local.iam import (
    Request,
    UnsupportedPolicyError,
    authorize,
    authorize_assume_role,
    authorize_resource_policy,
)

INSTANCE = "arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-0a"
OTHER = "arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-0b"
ROLE = "arn:aws:iam::111122223333:role/ns-hub-evaluate-ec2"
SESSION = "arn:aws:sts::111122223333:assumed-role/ns-hub-evaluate-ec2/run-1"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action="ec2:StartInstances", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="ec2:StartInstances", resource="*", **more):
    return {"Sid": "Never", "Effect": "Deny", "Action": action, "Resource": resource, **more}


def start(*resources, **context):
    return Request(action="ec2:StartInstances", resources=resources or (INSTANCE,)).with_context(context)


class TestIdentityPolicies:
    @pytest.mark.parametrize(
        "statement",
        [
            pytest.param(allow("EC2:startinstances"), id="action in another case"),
            pytest.param(allow("ec2:Start*"), id="action with a star"),
            pytest.param(allow("ec2:StartInstance?"), id="action with a question mark"),
            pytest.param(allow(["ec2:StopInstances", "ec2:StartInstances"]), id="one action of a list"),
            pytest.param(
                {"Effect": "Allow", "NotAction": "ec2:StopInstances", "Resource": "*"}, id="all actions but one"
            ),
            pytest.param(allow(resource="arn:aws-cn:ec2:*:111122223333:instance/*"), id="wildcards within fields"),
            pytest.param(allow(resource=[OTHER, INSTANCE]), id="one resource of a list"),
            pytest.param(allow(resource="arn:aws-cn:ec2:*"), id="last star reaches to the end"),
            pytest.param({"Effect": "Allow", "Action": "*", "NotResource": OTHER}, id="all resources but one"),
        ],
    )
    def test_a_statement_that_covers_action_and_resource_allows(self, statement):
        assert authorize(start(), [policy(statement)]).allowed

    @pytest.mark.parametrize(
        "statement",
        [
            pytest.param(allow("ec2:StopInstances"), id="another action"),
            pytest.param(allow("ec2:StartInstance"), id="a part of the action's name"),
            pytest.param({"Effect": "Allow", "NotAction": "ec2:Start*", "Resource": "*"}, id="the excepted action"),
            pytest.param(allow(resource=OTHER), id="another resource"),
            pytest.param(allow(resource=INSTANCE.upper()), id="resource in another case"),
            pytest.param(allow(resource="arn:*:instance/i-0a"), id="a star does not reach over colons"),
            pytest.param(allow(resource="arn:aws:ec2:*:111122223333:instance/*"), id="another partition"),
            pytest.param(allow(resource="arn:aws-cn:ec2:*:444455556666:instance/*"), id="another account"),
            pytest.param({"Effect": "Allow", "Action": "*", "NotResource": INSTANCE}, id="the excepted resource"),
        ],
    )
    def test_a_statement_that_covers_something_else_does_not_allow(self, statement):
        verdict = authorize(start(), [policy(statement)])
        assert not verdict.allowed
        assert verdict.reason == f"no statement allows: ec2:StartInstances on {INSTANCE}"

    def test_no_policy_at_all_allows_nothing(self):
        assert not authorize(start(), []).allowed

    def test_an_explicit_deny_beats_every_allow_and_is_named(self):
        verdict = authorize(start(), [policy(allow()), policy(deny(resource=INSTANCE))])
        assert not verdict.allowed
        assert "explicit deny in Never of policy 2" in verdict.reason

    def test_a_deny_for_something_else_does_not_matter(self):
        assert authorize(start(), [policy(deny(resource=OTHER), allow())]).allowed

    def test_every_resource_of_a_request_must_be_allowed(self):
        verdict = authorize(start(INSTANCE, OTHER), [policy(allow(resource=INSTANCE))])
        assert not verdict.allowed
        assert OTHER in verdict.reason

    def test_different_policies_may_allow_different_resources(self):
        assert authorize(
            start(INSTANCE, OTHER), [policy(allow(resource=INSTANCE)), policy(allow(resource=OTHER))]
        ).allowed

    def test_a_single_statement_needs_no_list(self):
        assert authorize(start(), [{"Version": "2012-10-17", "Statement": allow()}]).allowed

    @pytest.mark.parametrize(
        "statement",
        [
            pytest.param(allow(Effekt="Allow"), id="unknown element"),
            pytest.param({"Effect": "allow", "Action": "*", "Resource": "*"}, id="unusable effect"),
            pytest.param(allow(resource="arn:aws:s3:::home/${aws:username}"), id="policy variable in a resource"),
            pytest.param(allow(Condition={"StringSounds": {"a": "b"}}), id="unknown operator"),
            pytest.param(allow(Condition={"ForMostValues:StringEquals": {"a": "b"}}), id="unknown quantifier"),
            pytest.param(
                allow(Condition={"StringEquals": {"a": "${aws:username}"}}), id="policy variable in a condition"
            ),
        ],
    )
    def test_what_cannot_be_judged_is_an_error(self, statement):
        with pytest.raises(UnsupportedPolicyError):
            authorize(start(), [policy(statement)])


HELD, BROKEN = True, False
TAG = "aws:ResourceTag/Schedule"


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        pytest.param({"StringEquals": {"k": "a"}}, {"k": ("a",)}, HELD, id="equal"),
        pytest.param({"StringEquals": {"K": "a"}}, {"k": ("a",)}, HELD, id="keys know no case"),
        pytest.param({"StringEquals": {"k": "a"}}, {"k": ("A",)}, BROKEN, id="values know case"),
        pytest.param({"StringEquals": {"k": ["b", "a"]}}, {"k": ("a",)}, HELD, id="values are alternatives"),
        pytest.param({"StringEquals": {"k": "a*"}}, {"k": ("ab",)}, BROKEN, id="equal knows no wildcard"),
        pytest.param({"StringEquals": {"k": "a"}}, {}, BROKEN, id="absent key breaks equal"),
        pytest.param({"StringEqualsIfExists": {"k": "a"}}, {}, HELD, id="absent key, if exists"),
        pytest.param({"StringEqualsIfExists": {"k": "a"}}, {"k": ("b",)}, BROKEN, id="present key, if exists"),
        pytest.param({"StringEquals": {"k": "a", "l": "b"}}, {"k": ("a",)}, BROKEN, id="all keys must hold"),
        pytest.param(
            {"StringEquals": {"k": "a"}, "Bool": {"l": "true"}},
            {"k": ("a",), "l": ("false",)},
            BROKEN,
            id="all operators",
        ),
        pytest.param({"StringEqualsIgnoreCase": {"k": "a"}}, {"k": ("A",)}, HELD, id="ignore case"),
        pytest.param({"StringNotEquals": {"k": ["a", "b"]}}, {"k": ("c",)}, HELD, id="none of these"),
        pytest.param({"StringNotEquals": {"k": ["a", "b"]}}, {"k": ("b",)}, BROKEN, id="one of the excepted"),
        pytest.param({"StringNotEquals": {"k": "a"}}, {}, HELD, id="absent key holds a negation"),
        pytest.param({"StringLike": {"k": "a*c?"}}, {"k": ("abbcd",)}, HELD, id="like"),
        pytest.param({"StringLike": {"k": "a*c?"}}, {"k": ("abbc",)}, BROKEN, id="unlike"),
        pytest.param({"StringNotLike": {"k": "a*"}}, {"k": ("ab",)}, BROKEN, id="not like"),
        pytest.param(
            {"ArnLike": {"k": "arn:aws:iam::1:role/ns-*"}}, {"k": ("arn:aws:iam::1:role/ns-x",)}, HELD, id="arn like"
        ),
        pytest.param({"ArnLike": {"k": "arn:*:role/x"}}, {"k": ("arn:aws:iam::1:role/x",)}, BROKEN, id="arn by fields"),
        pytest.param(
            {"ArnNotEquals": {"k": "arn:aws:iam::1:role/x"}}, {"k": ("arn:aws:iam::1:role/x",)}, BROKEN, id="arn not"
        ),
        pytest.param({"Bool": {"k": False}}, {"k": ("false",)}, HELD, id="a JSON boolean"),
        pytest.param({"Bool": {"k": "true"}}, {"k": ("false",)}, BROKEN, id="the other boolean"),
        pytest.param({"NumericLessThanEquals": {"k": 3}}, {"k": ("3",)}, HELD, id="three is at most three"),
        pytest.param({"NumericLessThan": {"k": "3"}}, {"k": ("10",)}, BROKEN, id="numbers are no words"),
        pytest.param({"NumericGreaterThan": {"k": "3"}}, {"k": ("x",)}, BROKEN, id="no number at all"),
        pytest.param({"NumericNotEquals": {"k": "3"}}, {"k": ("4",)}, HELD, id="another number"),
        pytest.param({"Null": {TAG: "false"}}, {TAG: ("x",)}, HELD, id="tag is there"),
        pytest.param({"Null": {TAG: "false"}}, {}, BROKEN, id="tag is missing"),
        pytest.param({"Null": {TAG: "true"}}, {}, HELD, id="tag must be missing"),
        pytest.param({"Null": {TAG: False}}, {}, BROKEN, id="null with a JSON boolean"),
        pytest.param({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("a", "b")}, HELD, id="all among these"),
        pytest.param({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("a", "c")}, BROKEN, id="one is not"),
        pytest.param({"ForAllValues:StringEquals": {"k": "a"}}, {}, HELD, id="all of nothing"),
        pytest.param({"ForAnyValue:StringEquals": {"k": "a"}}, {"k": ("c", "a")}, HELD, id="any among these"),
        pytest.param({"ForAnyValue:StringEquals": {"k": "a"}}, {"k": ("c", "d")}, BROKEN, id="none among these"),
        pytest.param({"ForAnyValue:StringEquals": {"k": "a"}}, {}, BROKEN, id="any of nothing"),
        pytest.param({"ForAnyValue:StringNotEquals": {"k": "a"}}, {"k": ("a", "b")}, HELD, id="any is another"),
        pytest.param({"ForAllValues:StringNotEquals": {"k": "a"}}, {"k": ("a", "b")}, BROKEN, id="all are others"),
    ],
)
def test_a_condition_holds_or_breaks(condition, context, allowed):
    request = start().with_context(context)
    assert authorize(request, [policy(allow(Condition=condition))]).allowed is allowed


def test_the_keys_of_a_request_know_no_case_either():
    request = Request(action="ec2:StartInstances", resources=("*",), context={"AWS:ResourceTag/Schedule": ("x",)})
    assert request.context == {"aws:resourcetag/schedule": ("x",)}
    assert authorize(request, [policy(allow(Condition={"StringEquals": {"aws:resourcetag/Schedule": "x"}}))]).allowed


def test_a_deny_whose_condition_breaks_does_not_apply():
    never = deny(Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert authorize(start().with_context({"aws:SecureTransport": ("true",)}), [policy(allow(), never)]).allowed


class TestResourcePolicies:
    TOPIC = "arn:aws:sns:us-east-1:111122223333:news"

    def publish(self, principal, statement_principal, condition=None, **context):
        statement = {
            "Effect": "Allow",
            "Principal": statement_principal,
            "Action": "sns:Publish",
            "Resource": self.TOPIC,
            "Condition": condition or {},
        }
        request = Request(action="sns:Publish", resources=(self.TOPIC,)).with_context(context)
        return authorize_resource_policy(request, policy(statement), principal)

    @pytest.mark.parametrize(
        ("principal", "named"),
        [
            pytest.param("events.amazonaws.com", {"Service": "events.amazonaws.com"}, id="service"),
            pytest.param(
                "events.amazonaws.com",
                {"Service": ["a.amazonaws.com", "events.amazonaws.com"]},
                id="one service of two",
            ),
            pytest.param(ROLE, {"AWS": ROLE}, id="role"),
            pytest.param(SESSION, {"AWS": ROLE}, id="session of the role"),
            pytest.param(SESSION, {"AWS": SESSION}, id="that very session"),
            pytest.param(ROLE, {"AWS": "111122223333"}, id="account id"),
            pytest.param(SESSION, {"AWS": "arn:aws:iam::111122223333:root"}, id="account root"),
            pytest.param(ROLE, {"AWS": "*"}, id="any account"),
            pytest.param("events.amazonaws.com", "*", id="anybody"),
        ],
    )
    def test_a_named_principal_is_admitted(self, principal, named):
        assert self.publish(principal, named).allowed

    @pytest.mark.parametrize(
        ("principal", "named"),
        [
            pytest.param("events.amazonaws.com", {"Service": "sns.amazonaws.com"}, id="another service"),
            pytest.param("events.amazonaws.com", {"AWS": "*"}, id="a service is no account"),
            pytest.param(ROLE, {"AWS": ROLE + "-2"}, id="another role"),
            pytest.param(
                ROLE, {"AWS": "arn:aws:iam::111122223333:role/ns-*"}, id="wildcards do not count in principals"
            ),
            pytest.param(ROLE, {"AWS": "arn:aws:iam::444455556666:root"}, id="another account"),
            pytest.param(ROLE, {"AWS": "arn:aws-cn:iam::111122223333:root"}, id="another partition"),
        ],
    )
    def test_any_other_principal_is_not(self, principal, named):
        assert not self.publish(principal, named).allowed

    def test_the_condition_on_the_source_counts(self):
        condition = {"ArnEquals": {"aws:SourceArn": "arn:aws:events:us-east-1:111122223333:rule/tick"}}
        other = {"aws:SourceArn": ("arn:aws:events:us-east-1:111122223333:rule/other",)}
        verdict = self.publish("events.amazonaws.com", {"Service": "events.amazonaws.com"}, condition, **other)
        assert not verdict.allowed

    def test_a_statement_without_a_principal_is_an_error(self):
        with pytest.raises(UnsupportedPolicyError):
            self.publish(ROLE, None)


class TestTrustPolicies:
    TRUST = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"sts:ExternalId": "secret"},
                "ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/ns-hub-evaluate-*"]},
            },
        }
    )

    def test_a_session_of_the_role_that_the_condition_names_is_trusted(self):
        verdict = authorize_assume_role(SESSION, "111122223333", self.TRUST, {"sts:ExternalId": ("secret",)})
        assert verdict.allowed

    @pytest.mark.parametrize(
        ("principal", "account", "external_id"),
        [
            pytest.param(ROLE, "111122223333", ("other",), id="wrong external id"),
            pytest.param(ROLE, "111122223333", (), id="no external id"),
            pytest.param(
                "arn:aws:iam::111122223333:role/ns-hub-start-stop-ec2", "111122223333", ("secret",), id="other role"
            ),
            pytest.param(
                "arn:aws:iam::444455556666:role/ns-hub-evaluate-ec2", "444455556666", ("secret",), id="other account"
            ),
        ],
    )
    def test_anybody_else_is_not(self, principal, account, external_id):
        verdict = authorize_assume_role(principal, account, self.TRUST, {"sts:ExternalId": external_id})
        assert not verdict.allowed
        assert principal in verdict.reason

    def test_a_service_is_trusted_by_its_name(self):
        trust = policy(
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        )
        assert authorize_assume_role("lambda.amazonaws.com", "111122223333", trust, {}).allowed
        assert not authorize_assume_role("states.amazonaws.com", "111122223333", trust, {}).allowed

    def test_a_trust_policy_for_another_action_does_not_admit(self):
        trust = policy({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:TagSession"})
        assert not authorize_assume_role(ROLE, "111122223333", trust, {}).allowed
