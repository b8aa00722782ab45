"""From an API call to the permissions that it asks for.

The tables name operations as botocore's service models do, under the prefix of the service's actions. A test holds them
against the Service Authorization Reference.
"""

from collections.abc import Callable, Mapping

from scheduler_local.iam import operations_of_the_hub, operations_on_instances
from scheduler_local.iam.model import Request, UnknownOperationError
from scheduler_local.iam.permission import Derive, Parameters, Permission, Scope

OPERATIONS: Mapping[str, Derive] = {**operations_on_instances.OPERATIONS, **operations_of_the_hub.OPERATIONS}
_PREFIXES = {"stepfunctions": "states"}
"""Services whose actions bear another prefix than botocore's name for them."""
_OWN_TAG_KEYS = {
    ":ec2:": "ec2:ResourceTag",
    ":db:": "rds:db-tag",
    ":cluster:": "rds:cluster-tag",
    ":snapshot:": "rds:snapshot-tag",
}

TagsOf = Callable[[str], Mapping[str, str]]
"""ARN of a resource → the tags that it carries."""


def requests_for(
    service: str,
    operation: str,
    parameters: Parameters,
    *,
    partition: str,
    account: str,
    region: str,
    tags_of: TagsOf | None = None,
) -> tuple[Request, ...]:
    """Say which permissions a call asks for, one request per action and resource; none where AWS asks for none.

    `parameters` are named as in botocore, `account` is the caller's. `tags_of` serves `aws:ResourceTag/<key>`.

    Raises UnknownOperationError, which names the operation.
    """
    prefix = _PREFIXES.get(service, service)
    derive = OPERATIONS.get(f"{prefix}:{operation}")
    if derive is None:
        raise UnknownOperationError(f"Which permissions {service} {operation} asks for is not known.")
    scope = Scope(partition=partition, account=account, region=region)
    return tuple(_request(permission, region, tags_of) for permission in derive(parameters, scope))


def _request(permission: Permission, region: str, tags_of: TagsOf | None) -> Request:
    tags = tags_of(permission.resource) if tags_of and permission.resource != "*" else {}
    request = Request(action=permission.action, resources=(permission.resource,))
    return (
        request.with_context({"aws:RequestedRegion": (region,)})
        .with_context(_tag_keys(permission.resource, tags))
        .with_context(permission.context)
    )


def _tag_keys(resource: str, tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """AWS offers the tags of a resource under a global key and under one of the service."""
    names = ["aws:ResourceTag", *(own for mark, own in _OWN_TAG_KEYS.items() if mark in resource)]
    return {f"{name}/{key}": (value,) for name in names for key, value in tags.items()}
