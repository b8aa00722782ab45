"""The grants of policies that stand in the templates under a condition, and that the rehearsal does not deploy."""

from __future__ import annotations

from functools import cache

from tests.permissions.grants import Grant, grants_in
from tests.template.stack import Stack, read

_KEY = "arn:aws:kms:us-east-1:111122223333:key/{}"
_OPTIONS = {
    "template.yaml": {
        "KmsKeyArn": _KEY.format("KmsKeyArn"),
        "OrganizationalUnits": "ou-abcd-12345678",
        "Tracing": "true",
        "PublishEvents": "true",
    },
    "spoke/template.yaml": {},
}
_REHEARSED = {"WriteTagsPolicy", "UseVolumeKeysPolicy", "UseLicensesPolicy"}


@cache
def optional_grants() -> tuple[Grant, ...]:
    """What every option adds over the defaults; the options of a spoke's roles are part of the rehearsal."""
    return tuple(grant for path, options in _OPTIONS.items() for grant in _added(path, options))


def _added(path: str, options: dict[str, str]) -> list[Grant]:
    every = Stack(path, region="us-east-1", partition="aws", **options)
    plain = Stack(path, region="us-east-1", partition="aws")
    names = {f"<{name}>": body["RoleName"] for name, body in every.of_type("AWS::IAM::Role").items()}
    new = {name: body for name, body in every.of_type("AWS::IAM::Policy").items() if name not in plain.resources}
    return [
        grant
        for body in new.values()
        for role in body["Roles"]
        for grant in grants_in(names[role], body["PolicyDocument"])
    ]


def policies_left_out() -> list[str]:
    """Policies under a condition that neither the options here nor the rehearsal bring to life."""
    return [
        name
        for path, options in _OPTIONS.items()
        for name, body in read(path)["Resources"].items()
        if body["Type"] == "AWS::IAM::Policy" and "Condition" in body and name not in _REHEARSED
        if name not in Stack(path, region="us-east-1", partition="aws", **options).resources
    ]
