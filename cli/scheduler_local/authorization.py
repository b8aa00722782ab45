"""Who a caller is, and whether IAM lets it: the policies that the deployed stacks gave each role, judged before moto answers."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any
from urllib.parse import unquote

from moto.iam.models import iam_backends

from scheduler_local.iam import (
    Request,
    UnknownOperationError,
    UnsupportedPolicyError,
    authorize,
    authorize_assume_role,
    requests_for,
)
from scheduler_local.recorder import Call, Caller
from scheduler_local.wire import Refusal

ADMINISTRATOR_KEY = "AKIA{account}ADMN"
"""The access key with which the embedded AWS sets an account up; it may do everything."""
_ADMINISTRATOR = re.compile(r"AKIA(\d{12})ADMN")

TagsOf = Callable[[str], Mapping[str, str]]
LicensesOf = Callable[[str], Collection[str]]
"""ARN of an instance → those of the license configurations that govern it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One permission that a role asked for: an action on a resource."""

    role: str
    """The role's ARN."""
    action: str
    resource: str
    """An ARN, or `*` where the action takes none."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """Code and status with which a service refuses what IAM does not allow."""

    code: str
    status: int
    preface: str = ""


_BY_PREFIX = {
    "ec2": _Refused("UnauthorizedOperation", 403, "You are not authorized to perform this operation. "),
    "sns": _Refused("AuthorizationError", 403),
    "lambda": _Refused("AccessDeniedException", 403),
}
_BY_PROTOCOL = {"query": _Refused("AccessDenied", 403), "rest-xml": _Refused("AccessDenied", 403)}
_OTHERWISE = _Refused("AccessDeniedException", 400)
_QUERY_SERVICES = {"sts", "rds", "iam", "cloudformation", "autoscaling"}
_ALWAYS_ALLOWED = {"sts:GetCallerIdentity"}


class Authorizer:
    """Knows every access key of the embedded AWS and judges what it is used for."""

    def __init__(
        self,
        *,
        partition: str,
        tags_of: TagsOf,
        licenses_of: LicensesOf = lambda arn: (),
        suspended: Collection[str] = (),
    ) -> None:
        """`suspended` are accounts none of whose roles can be assumed any more."""
        self._partition = partition
        self._licenses_of = licenses_of
        self._suspended = suspended
        self._tags_of = tags_of
        self._callers: dict[str, Caller] = {}
        self._policies: dict[str, tuple[Any, ...]] = {}
        self._lock = Lock()
        self.used: set[Use] = set()
        """What was asked for and allowed."""
        self.refused: set[Use] = set()
        """What was asked for and not allowed."""

    def register(self, access_key: str, caller: Caller) -> None:
        """Let an access key stand for a caller."""
        with self._lock:
            self._callers[access_key] = caller

    def forget_policies(self) -> None:
        """Read the roles' policies anew, after they were changed."""
        with self._lock:
            self._policies.clear()

    def caller_of(self, access_key: str, service: str) -> Caller:
        """The caller that signs with this key. Raises Refusal for a key that nobody has."""
        if administrator := _ADMINISTRATOR.fullmatch(access_key):
            return Caller(account=administrator.group(1))
        caller = self._callers.get(access_key)
        if caller is None:
            code = "AuthFailure" if service == "ec2" else "InvalidClientTokenId"
            raise Refusal(code, "The security token included in the request is invalid.", 403)
        return caller

    def authorize(self, call: Call) -> None:
        """Raise Refusal, shaped as the call's service shapes it, unless IAM allows every part of the call."""
        if call.caller.role_arn is None or call.api in _ALWAYS_ALLOWED:
            return
        policies = self._identity_policies(call.caller.role_arn)
        for request in self._requests(call):
            try:
                verdict = authorize(request, policies)
            except UnsupportedPolicyError as error:
                raise self._refusal(call, request, str(error)) from error
            if not verdict.allowed:
                raise self._refusal(call, request, verdict.reason)
            self.used |= _uses(call, request)
        if call.api == "sts:AssumeRole":
            self._authorize_trust(call)

    def may_grant(self, call: Call, key: str) -> bool:
        """Whether a call's caller may let EC2 use a KMS key, which EC2 asks in the caller's name when a start opens volumes."""
        if call.caller.role_arn is None:
            return True
        suffix = ".cn" if self._partition == "aws-cn" else ""
        request = Request(
            action="kms:CreateGrant",
            resources=(key,),
            context={
                **self._principal(call),
                "kms:CallerAccount": (call.account,),
                "kms:GrantIsForAWSResource": ("true",),
                "kms:ViaService": (f"ec2.{call.region}.amazonaws.com{suffix}",),
            },
        )
        try:
            allowed = authorize(request, self._identity_policies(call.caller.role_arn)).allowed
        except UnsupportedPolicyError:
            allowed = False
        (self.used if allowed else self.refused).update(_uses(call, request))
        return allowed

    def remember_session(self, call: Call, answer: str) -> None:
        """Note the credentials that an AssumeRole handed out: they act for the same origin as the caller's."""
        found = re.search(r"<AccessKeyId>(\w+)</AccessKeyId>", answer)
        role_arn = str(call.parameters["RoleArn"])
        if found:
            self.register(
                found.group(1),
                replace(
                    call.caller,
                    account=role_arn.split(":")[4],
                    role_arn=role_arn,
                    session=str(call.parameters["RoleSessionName"]),
                ),
            )

    def trusts_service(self, role_arn: str, service: str) -> bool:
        """Whether a role may be assumed by a service principal such as lambda.amazonaws.com."""
        role = _role(role_arn)
        if role is None:
            return False
        statements = _document(role.assume_role_policy_document).get("Statement", [])
        return any(
            service in _listed(statement.get("Principal", {}).get("Service")) for statement in _listed(statements)
        )

    def _requests(self, call: Call) -> tuple[Request, ...]:
        try:
            requests = requests_for(
                call.service,
                call.operation,
                call.parameters,
                partition=self._partition,
                account=call.account,
                region=call.region,
                tags_of=self._tags_of,
            )
        except UnknownOperationError as error:
            raise _refusal(call, call.api, ("*",), f"the embedded AWS cannot judge it: {error}") from error
        principal = self._principal(call)
        every = (*requests, *(self._licenses(requests) if call.api == "ec2:StartInstances" else ()))
        return tuple(replace(request, context={**principal, **request.context}) for request in every)

    def _licenses(self, requests: Iterable[Request]) -> Iterator[Request]:
        """A start is also judged on the license configurations of its instances (Service Authorization Reference)."""
        for request in requests:
            for license_arn in sorted(set().union(*map(self._licenses_of, request.resources))):
                yield Request(action=request.action, resources=(license_arn,))

    def _principal(self, call: Call) -> dict[str, tuple[str, ...]]:
        return {
            "aws:PrincipalArn": (str(call.caller.role_arn),),
            "aws:PrincipalAccount": (call.account,),
            "aws:RequestedRegion": (call.region,),
        }

    def _identity_policies(self, role_arn: str) -> tuple[Any, ...]:
        with self._lock:
            if role_arn not in self._policies:
                self._policies[role_arn] = tuple(documents_of(_role(role_arn)))
            return self._policies[role_arn]

    def _authorize_trust(self, call: Call) -> None:
        role_arn = str(call.parameters.get("RoleArn", ""))
        role = _role(role_arn)
        context = {
            key: (str(call.parameters[name]),)
            for key, name in (("sts:ExternalId", "ExternalId"), ("sts:RoleSessionName", "RoleSessionName"))
            if name in call.parameters
        }
        reason = "the role does not exist"
        if role is not None and role_arn.split(":")[4] in self._suspended:
            reason = "the account is suspended"
        elif role is not None:
            document = _document(role.assume_role_policy_document)
            verdict = authorize_assume_role(str(call.caller.role_arn), call.account, document, context)
            if verdict.allowed:
                return
            reason = verdict.reason
        raise self._refusal(call, Request(action="sts:AssumeRole", resources=(role_arn,)), reason)

    def _refusal(self, call: Call, request: Request, reason: str) -> Refusal:
        self.refused |= _uses(call, request)
        return _refusal(call, request.action, request.resources, reason)


def _uses(call: Call, request: Request) -> set[Use]:
    role = str(call.caller.role_arn)
    return {Use(role=role, action=request.action, resource=resource) for resource in request.resources}


def _refusal(call: Call, action: str, resources: Iterable[str], reason: str) -> Refusal:
    query = _BY_PROTOCOL["query"] if call.service in _QUERY_SERVICES else _OTHERWISE
    refused = _BY_PREFIX.get(call.prefix, query)
    sentence = f"User: {call.caller.arn} is not authorized to perform: {action} on resource: {', '.join(resources)}"
    return Refusal(refused.code, f"{refused.preface}{sentence} because {reason}", refused.status)


def _role(role_arn: str) -> Any | None:
    parts = role_arn.split(":")
    if len(parts) < 6 or parts[4] not in iam_backends:
        return None
    roles = iam_backends[parts[4]][parts[1]].roles
    return next((role for role in list(roles.values()) if role.arn == role_arn), None)


def documents_of(role: Any | None) -> Iterable[Mapping[str, Any]]:
    """The policy documents of one of moto's roles, inline and attached."""
    if role is None:
        return
    for document in role.policies.values():
        yield _document(document)
    for policy in role.managed_policies.values():
        yield _document(policy.document)


def _document(document: Any) -> Mapping[str, Any]:
    if isinstance(document, Mapping):
        return document
    text = str(document)
    # CloudFormation may hold a policy as text, which moto then writes as text once more.
    return _document(json.loads(unquote(text) if text.startswith("%7B") else text))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
