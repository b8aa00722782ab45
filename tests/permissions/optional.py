"""The grants of policies that stand in the templates under a condition, and that the rehearsal does not deploy."""

from __future__ import annotations

from functools import cache

from tests.permissions.grants import Grant, grants_in
from tests.template.stack import Stack

_KEY = "arn:aws-cn:kms:cn-north-1:111122223333:key/{}"
_OPTIONS = {
    "template.yaml": {"KmsKeyArn": _KEY.format("KmsKeyArn")},
    "spoke/template.yaml": {"VolumeKmsKeyArns": _KEY.format("VolumeKmsKeyArns"), "UseLicenseManager": "true"},
}


@cache
def optional_grants() -> tuple[Grant, ...]:
    """What every option adds over the defaults; the tags that actors write are part of the rehearsal."""
    return tuple(grant for path, options in _OPTIONS.items() for grant in _added(path, options))


def _added(path: str, options: dict[str, str]) -> list[Grant]:
    every, plain = Stack(path, **options), Stack(path)
    names = {f"<{name}>": body["RoleName"] for name, body in every.of_type("AWS::IAM::Role").items()}
    new = {name: body for name, body in every.of_type("AWS::IAM::Policy").items() if name not in plain.resources}
    return [
        grant
        for body in new.values()
        for role in body["Roles"]
        for grant in grants_in(names[role], body["PolicyDocument"])
    ]
