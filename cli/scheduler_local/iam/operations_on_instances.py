"""EC2 and RDS: the calls that readers and actors make, and the one to KMS that an actor must not make itself."""

from collections.abc import Iterator, Mapping

from scheduler_local.iam.permission import (
    Derive,
    Parameters,
    Permission,
    Scope,
    parts,
    tags_in_request,
    text,
    texts,
    without_resource,
)

_EC2_TYPES = {
    "ami": "image",
    "eni": "network-interface",
    "i": "instance",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
}
"""Resource types by the prefix of their ids."""


def _on_instances(action: str) -> Derive:
    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        for instance in texts(parameters, "InstanceIds", "InstanceId"):
            yield Permission(action=action, resource=scope.arn("ec2", f"instance/{instance}"))

    return derive


def _modify_instance_attribute(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    """The attribute is either named (`instanceType`) or a parameter of its own (`InstanceType`)."""
    named = text(parameters, "Attribute")
    own = [name for name in parameters if name not in ("Attribute", "DryRun", "InstanceId", "Value")]
    for attribute in [named[:1].upper() + named[1:]] if named else own:
        yield Permission(
            action="ec2:ModifyInstanceAttribute",
            resource=scope.arn("ec2", f"instance/{text(parameters, 'InstanceId')}"),
            context={"ec2:Attribute": (attribute,)},
        )


def _create_grant(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    """A grant that somebody gives himself: what EC2 asks for in his name is not a call of his."""
    key = text(parameters, "KeyId")
    arn = scope.arn("kms", key if key.startswith("arn:") else f"key/{key}")
    yield Permission(action="kms:CreateGrant", resource=arn, context={"kms:GrantIsForAWSResource": ("false",)})


def _on_tagged_ec2_resources(action: str) -> Derive:
    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        tags = {text(tag, "Key"): text(tag, "Value") for tag in parts(parameters, "Tags")}
        for resource in texts(parameters, "Resources"):
            kind = _EC2_TYPES.get(resource.split("-")[0], "*")
            arn = scope.arn("ec2", f"{kind}/{resource}")
            yield Permission(action=action, resource=arn, context=tags_in_request(tags))

    return derive


def _rds_tags(parameters: Parameters) -> dict[str, tuple[str, ...]]:
    tags = {text(tag, "Key"): text(tag, "Value") for tag in parts(parameters, "Tags")}
    return tags_in_request(tags | dict.fromkeys(texts(parameters, "TagKeys"), ""))


def _on_rds(action: str, **kinds: str) -> Derive:
    """`kinds` says which parameter names a resource of which type; RDS takes identifiers in any case and ARNs alike."""

    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        for parameter, kind in kinds.items():
            for name in texts(parameters, parameter):
                arn = name if name.startswith("arn:") else scope.arn("rds", f"{kind}:{name.lower()}")
                yield Permission(action=action, resource=arn, context=_rds_tags(parameters))

    return derive


def _describe_rds(action: str, otherwise: str, **kinds: str) -> Derive:
    """As `_on_rds`; a call that names none asks for all of one type."""
    named = _on_rds(action, **kinds)

    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        found = tuple(named(parameters, scope))
        yield from found or (Permission(action=action, resource=scope.arn("rds", f"{otherwise}:*")),)

    return derive


def _stop_db_instance(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    """A stop that takes a snapshot needs what the snapshot needs."""
    kinds = {"DBInstanceIdentifier": "db", "DBSnapshotIdentifier": "snapshot"}
    yield from _on_rds("rds:StopDBInstance", **kinds)(parameters, scope)
    if text(parameters, "DBSnapshotIdentifier"):
        yield from _on_rds("rds:CreateDBSnapshot", **kinds)(parameters, scope)


def _create_db_snapshot(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    kinds = {"DBInstanceIdentifier": "db", "DBSnapshotIdentifier": "snapshot"}
    yield from _on_rds("rds:CreateDBSnapshot", **kinds)(parameters, scope)
    if parts(parameters, "Tags"):
        yield from _on_rds("rds:AddTagsToResource", DBSnapshotIdentifier="snapshot")(parameters, scope)


OPERATIONS: Mapping[str, Derive] = {
    **{
        f"ec2:{name}": without_resource(f"ec2:{name}")
        for name in (
            "DescribeImages",
            "DescribeInstanceStatus",
            "DescribeInstanceTypeOfferings",
            "DescribeInstanceTypes",
            "DescribeInstances",
            "DescribeRegions",
            "DescribeSpotInstanceRequests",
            "DescribeTags",
            "DescribeVolumes",
        )
    },
    "ec2:DescribeInstanceAttribute": _on_instances("ec2:DescribeInstanceAttribute"),
    "ec2:StartInstances": _on_instances("ec2:StartInstances"),
    "ec2:StopInstances": _on_instances("ec2:StopInstances"),
    "ec2:RebootInstances": _on_instances("ec2:RebootInstances"),
    "ec2:TerminateInstances": _on_instances("ec2:TerminateInstances"),
    "ec2:ModifyInstanceAttribute": _modify_instance_attribute,
    "kms:CreateGrant": _create_grant,
    "ec2:CreateTags": _on_tagged_ec2_resources("ec2:CreateTags"),
    "ec2:DeleteTags": _on_tagged_ec2_resources("ec2:DeleteTags"),
    "rds:DescribeDBInstances": _describe_rds("rds:DescribeDBInstances", "db", DBInstanceIdentifier="db"),
    "rds:DescribeDBClusters": _describe_rds("rds:DescribeDBClusters", "cluster", DBClusterIdentifier="cluster"),
    "rds:DescribeDBSnapshots": _describe_rds(
        "rds:DescribeDBSnapshots", "snapshot", DBInstanceIdentifier="db", DBSnapshotIdentifier="snapshot"
    ),
    "rds:DescribeGlobalClusters": _describe_rds(
        "rds:DescribeGlobalClusters", "global-cluster", GlobalClusterIdentifier="global-cluster"
    ),
    "rds:StartDBInstance": _on_rds("rds:StartDBInstance", DBInstanceIdentifier="db"),
    "rds:StopDBInstance": _stop_db_instance,
    "rds:StartDBCluster": _on_rds("rds:StartDBCluster", DBClusterIdentifier="cluster"),
    "rds:StopDBCluster": _on_rds("rds:StopDBCluster", DBClusterIdentifier="cluster"),
    "rds:CreateDBSnapshot": _create_db_snapshot,
    "rds:DeleteDBSnapshot": _on_rds("rds:DeleteDBSnapshot", DBSnapshotIdentifier="snapshot"),
    "rds:AddTagsToResource": _on_rds("rds:AddTagsToResource", ResourceName="db"),
    "rds:RemoveTagsFromResource": _on_rds("rds:RemoveTagsFromResource", ResourceName="db"),
    "rds:ListTagsForResource": _on_rds("rds:ListTagsForResource", ResourceName="db"),
}
