"""Injected faults: which calls they hit, how often, and in what words."""

from typing import Any

import pytest

from scheduler_local.faults import Faults
from scheduler_local.recorder import Call, Caller
from scheduler_local.scenario import FaultSeed

HUB = "111122223333"
WEB = "i-00000000000000001"
OTHER = "i-00000000000000002"


def start(*ids: str, **changes: Any) -> Call:
    """A StartInstances call of these ids."""
    values: dict[str, Any] = {
        "service": "ec2",
        "operation": "StartInstances",
        "parameters": {"InstanceIds": list(ids)},
        "account": HUB,
        "region": "cn-north-1",
        "prefix": "ec2",
        "caller": Caller(account=HUB),
    }
    return Call(**values | changes)


def faults(**seed: Any) -> Faults:
    """One fault on StartInstances."""
    return Faults(
        [FaultSeed(**{"api": "ec2:StartInstances"} | seed)],
        lambda call, name: frozenset({WEB} if name == "web" else ()),
    )


@pytest.mark.parametrize(
    ("seed", "call", "hits"),
    [
        pytest.param({"error": "X"}, start(WEB), True, id="any call of the API"),
        pytest.param({"error": "X"}, start(WEB, operation="StopInstances"), False, id="another operation"),
        pytest.param({"error": "X", "api": "ec2:*"}, start(WEB, operation="StopInstances"), True, id="any operation"),
        pytest.param({"error": "X", "account": "444455556666"}, start(WEB), False, id="another account"),
        pytest.param({"error": "X", "region": "cn-northwest-1"}, start(WEB), False, id="another region"),
        pytest.param({"error": "X", "instance": "web"}, start(OTHER, WEB), True, id="instance by name"),
        pytest.param({"error": "X", "instance": WEB}, start(WEB), True, id="instance by id"),
        pytest.param({"error": "X", "instance": "web"}, start(OTHER), False, id="a call without the instance"),
        pytest.param(
            {"error": "X", "api": "dynamodb:*", "instance": "web"},
            start(prefix="dynamodb", parameters={"Key": {"sk": {"S": f"{HUB}/cn-north-1/ec2/{WEB}"}}}),
            True,
            id="a table's key that names the instance",
        ),
    ],
)
def test_a_fault_hits_the_calls_that_it_describes(seed: dict[str, Any], call: Call, hits: bool) -> None:
    assert (faults(**seed).take(call) is not None) is hits


@pytest.mark.parametrize(
    ("seed", "hits"),
    [
        pytest.param({"error": "X"}, [True, True, True], id="an error every time"),
        pytest.param({"error": "X", "times": 2}, [True, True, False], id="an error twice"),
        pytest.param({"die": "before"}, [True, False, False], id="a death once"),
        pytest.param({"die": "after", "times": 2}, [True, True, False], id="a death twice"),
    ],
)
def test_a_fault_hits_as_often_as_it_says(seed: dict[str, Any], hits: list[bool]) -> None:
    injected = faults(**seed)
    assert [injected.take(start(WEB)) is not None for _ in range(3)] == hits


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        pytest.param(
            {"error": "IncorrectInstanceState", "instance": "web"},
            f"The instance '{WEB}' is not in a state from which it can be started.",
            id="EC2's words name the id",
        ),
        pytest.param({"error": "InsufficientInstanceCapacity"}, "Insufficient capacity.", id="capacity names none"),
        pytest.param({"error": "Strange", "instance": "web"}, f"The instance '{WEB}' cannot be started.", id="unknown"),
        pytest.param({"error": "Strange", "message": "as told"}, "as told", id="the scenario's own words"),
    ],
)
def test_a_fault_speaks_as_aws_does(seed: dict[str, Any], message: str) -> None:
    fault = faults(**seed).take(start(WEB))
    assert fault is not None
    assert fault.message_for(start(WEB)) == message
