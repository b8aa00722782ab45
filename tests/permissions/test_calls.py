"""Every call that the functions make is held against botocore's full service models."""

from __future__ import annotations

import subprocess
import sys

import pytest

from instance_scheduler.aws.models import _OPERATIONS
from tests.permissions.checks import CHECKED
from tests.permissions.rehearsal import Rehearsal, rehearse

WRONG = """
import sys, types
sys.modules["app"] = types.SimpleNamespace(handler=None)
import checked, boto3
from botocore.config import Config
client = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1").client(
    "ec2", endpoint_url="http://127.0.0.1:9", config=Config(parameter_validation=False, retries={"total_max_attempts": 1})
)
client.start_instances(InstanceId=["i-1"])
"""


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    return rehearse()


def test_a_call_that_the_model_does_not_know_fails_before_it_is_sent() -> None:
    done = subprocess.run([sys.executable, "-c", WRONG], cwd=CHECKED, capture_output=True, text=True, check=False)
    assert "ParamValidationError" in done.stderr
    assert 'Unknown parameter in input: "InstanceId"' in done.stderr


def test_no_call_of_the_rehearsal_fails_its_check(rehearsal: Rehearsal) -> None:
    assert [line for line in rehearsal.logs if "ParamValidation" in line] == []


def test_every_operation_that_the_functions_can_ask_for_was_called(rehearsal: Rehearsal) -> None:
    called = {(one.call.service, one.call.operation) for one in rehearsal.calls if one.call.caller.origin == "worker"}
    possible = {(service, operation) for service, operations in _OPERATIONS.items() for operation in operations}

    assert possible - called == set()
    assert {service for service, _ in called} >= {"ssm", "dynamodb", "sts", "stepfunctions"}
