"""The table of refusals: every documented error of every call that is made has its treatment."""

import inspect
import re
from collections import Counter

import boto3
import pytest
from botocore import xform_name

from instance_scheduler.aws import ec2, rds
from instance_scheduler.refusals import _CODES, DOCUMENTED, TREATMENTS, Treatment, treatment_of

FOREIGN = {"Blue", "DBProxy", "DBShardGroup", "DBSnapshot", "Integration", "Tenant", "DBCapacity"}
"""Beginnings of AddTagsToResource's errors about resources that are never tagged here."""


def modelled(service, operation):
    model = boto3.Session().client(
        service, region_name="cn-north-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    shapes = model.meta.service_model.operation_model(operation).error_shapes
    return {(shape.metadata.get("error") or {}).get("code") or shape.name for shape in shapes}


@pytest.mark.parametrize("api", sorted(DOCUMENTED))
def test_each_documented_error_of_a_call_has_a_treatment(api):
    assert [code for code in DOCUMENTED[api] if code not in TREATMENTS] == []


@pytest.mark.parametrize("api", sorted(api for api in DOCUMENTED if api.startswith("rds:")))
def test_each_error_that_the_service_model_lists_for_a_call_is_documented_here(api):
    listed = modelled(*api.split(":"))
    own = {code for code in listed if api != "rds:AddTagsToResource" or not code.startswith(tuple(FOREIGN))}

    assert own - set(DOCUMENTED[api]) == set()


def test_a_code_has_one_treatment():
    listed = Counter(code for codes in _CODES.values() for code in codes.split())

    assert [code for code, times in listed.items() if times > 1] == []


def called_by(module):
    """The operations that a module calls on its client, by name or by paginator."""
    text = inspect.getsource(module)
    return set(re.findall(r"_client\.(?:get_paginator\(\")?([a-z_]+)", text)) - {"get_paginator", "meta"}


@pytest.mark.parametrize(("service", "module"), [("ec2", ec2), ("rds", rds)], ids=["ec2", "rds"])
def test_every_call_that_is_made_has_its_documented_errors_in_the_table(service, module):
    assert {f"{service}:{xform_name(one)}" for one in listed_operations(service)} == {
        f"{service}:{name}" for name in called_by(module)
    }


def listed_operations(service):
    return [api.partition(":")[2] for api in DOCUMENTED if api.startswith(f"{service}:")]


@pytest.mark.parametrize(
    ("code", "treatment"),
    [
        ("IncorrectInstanceState", Treatment.WRONG_STATE),
        ("InsufficientInstanceCapacity", Treatment.CAPACITY),
        ("RequestLimitExceeded", Treatment.THROTTLED),
        ("UnauthorizedOperation", Treatment.DENIED),
        ("InternalError", Treatment.UNKNOWN_END),
        ("OperationNotPermitted", Treatment.PROTECTED),
        ("UnsupportedHibernationConfiguration", Treatment.NO_HIBERNATION),
        ("SnapshotQuotaExceeded", Treatment.NO_SNAPSHOT),
        ("InvalidInstanceID.NotFound", Treatment.GONE),
        ("SomethingNew", Treatment.REFUSED),
    ],
)
def test_a_code_is_treated_as_the_table_says(code, treatment):
    assert treatment_of(code) is treatment
