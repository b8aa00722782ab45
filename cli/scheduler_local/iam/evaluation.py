"""Identity policies, resource policies and trust policies against a request."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import cast

from scheduler_local.iam.conditions import conditions_hold
from scheduler_local.iam.model import Request, UnsupportedPolicyError, Verdict
from scheduler_local.iam.patterns import matches_action, matches_arn

_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"}

_Statement = Mapping[str, object]
_Applies = Callable[[_Statement], bool]


def authorize(request: Request, identity_policies: Sequence[Mapping[str, object]]) -> Verdict:
    """Judge a request by the policies of whoever signed it: each resource must be allowed, an explicit Deny wins."""
    for resource in request.resources:
        verdict = _judge(identity_policies, partial(_covers, request=request, resource=resource))
        if not verdict.allowed:
            return _name(verdict, request.action, resource)
    return Verdict(allowed=True, reason=f"{request.action} is allowed")


def authorize_resource_policy(request: Request, policy: Mapping[str, object], principal_arn: str) -> Verdict:
    """Judge a request by the policy of a topic or queue.

    `principal_arn` is the ARN of a role, of its session or of a user, or the name of a service.
    """

    def covers(statement: _Statement, *, resource: str) -> bool:
        return _names_principal(statement, principal_arn) and _covers(statement, request=request, resource=resource)

    for resource in request.resources:
        verdict = _judge([policy], partial(covers, resource=resource))
        if not verdict.allowed:
            return _name(verdict, request.action, resource)
    return Verdict(allowed=True, reason=f"{request.action} is allowed to {principal_arn}")


def authorize_assume_role(
    principal_arn: str,
    principal_account: str,
    trust_policy: Mapping[str, object],
    context: Mapping[str, tuple[str, ...]],
) -> Verdict:
    """Judge sts:AssumeRole by a role's trust policy; what the caller's own policies say is `authorize`'s question.

    `context` holds `sts:ExternalId` and the like, in any case. `aws:PrincipalArn` (a session counts as its role) and
    `aws:PrincipalAccount` are filled in for callers other than services.
    """
    request = Request(action="sts:AssumeRole", resources=("*",)).with_context(context)
    if principal_arn.startswith("arn:"):
        request = request.with_context(
            {"aws:PrincipalArn": (role_of(principal_arn),), "aws:PrincipalAccount": (principal_account,)}
        )
    verdict = _judge(
        [trust_policy],
        lambda statement: (
            _names_principal(statement, principal_arn)
            and _names_action(statement, request.action)
            and _condition_holds(statement, request.context)
        ),
    )
    return _name(verdict, request.action, f"the role for {principal_arn}")


def role_of(principal_arn: str) -> str:
    """The role behind a session's ARN; any other ARN is its own."""
    fields = principal_arn.split(":", 5)
    if len(fields) < 6 or not fields[5].startswith("assumed-role/"):
        return principal_arn
    return ":".join([fields[0], fields[1], "iam", "", fields[4], f"role/{fields[5].split('/')[1]}"])


def _judge(policies: Sequence[Mapping[str, object]], applies: _Applies) -> Verdict:
    allowing = ""
    for number, policy in enumerate(policies, start=1):
        for statement in _statements(policy):
            if not applies(statement):
                continue
            where = f"{statement.get('Sid', 'a statement')} of {policy.get('Id', f'policy {number}')}"
            if statement["Effect"] == "Deny":
                return Verdict(allowed=False, reason=f"explicit deny in {where}")
            allowing = allowing or where
    return Verdict(allowed=bool(allowing), reason=f"allowed by {allowing}" if allowing else "no statement allows")


def _name(verdict: Verdict, action: str, on: str) -> Verdict:
    return Verdict(allowed=verdict.allowed, reason=f"{verdict.reason}: {action} on {on}")


def _statements(policy: Mapping[str, object]) -> Iterator[_Statement]:
    for statement in _as_list(policy.get("Statement", [])):
        if not isinstance(statement, Mapping):
            raise UnsupportedPolicyError(f"A statement is no object: {statement!r}.")
        unknown = set(statement) - _ELEMENTS
        if unknown or statement.get("Effect") not in ("Allow", "Deny"):
            raise UnsupportedPolicyError(f"The statement {statement!r} holds {sorted(unknown) or 'no usable Effect'}.")
        yield statement


def _covers(statement: _Statement, *, request: Request, resource: str) -> bool:
    return (
        _names_action(statement, request.action)
        and _names_resource(statement, resource)
        and _condition_holds(statement, request.context)
    )


def _names_action(statement: _Statement, action: str) -> bool:
    if "NotAction" in statement:
        return not any(matches_action(str(pattern), action) for pattern in _as_list(statement["NotAction"]))
    return any(matches_action(str(pattern), action) for pattern in _as_list(statement.get("Action", [])))


def _names_resource(statement: _Statement, resource: str) -> bool:
    patterns = _as_list(statement.get("NotResource", statement.get("Resource", [])))
    if any("${" in str(pattern) for pattern in patterns):
        raise UnsupportedPolicyError(f"A policy variable in {patterns!r} is not supported.")
    return any(matches_arn(str(pattern), resource) for pattern in patterns) != ("NotResource" in statement)


def _condition_holds(statement: _Statement, context: Mapping[str, tuple[str, ...]]) -> bool:
    return conditions_hold(cast("Mapping[str, Mapping[str, object]]", statement.get("Condition", {})), context)


def _names_principal(statement: _Statement, principal_arn: str) -> bool:
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        raise UnsupportedPolicyError(f"The statement {statement!r} names no usable Principal.")
    if not principal_arn.startswith("arn:"):
        return principal_arn in _as_list(principal.get("Service", []))
    return any(_is_named(str(name), principal_arn) for name in _as_list(principal.get("AWS", [])))


def _is_named(name: str, principal_arn: str) -> bool:
    """A role or user by its ARN, or anybody in an account by its id or its root; no wildcard but `*` alone."""
    partition, account = principal_arn.split(":")[1:5:3]
    whole_account = (account, f"arn:{partition}:iam::{account}:root")
    return name == "*" or name in whole_account or name in (principal_arn, role_of(principal_arn))


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]
