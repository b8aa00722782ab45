"""The table of refusals: every documented error of every call that is made has its treatment."""

import boto3
import pytest

from instance_scheduler.refusals import DOCUMENTED, TREATMENTS, Treatment, treatment_of

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
    listed = [code for api in DOCUMENTED.values() for code in api]

    assert set(listed) <= set(TREATMENTS)
    assert all(len(code.split()) == 1 for code in TREATMENTS)


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
