"""What a person can do about a failure."""

import pytest
from tests.unit.specimens import make_entry

from instance_scheduler.advice import advice_on, advice_on_error, advice_on_run, advice_on_target
from instance_scheduler.journal import Status
from instance_scheduler.refusals import TREATMENTS
from instance_scheduler.wording_en import PHRASES

NO_KEY = "Client.InternalError: Client error on launch"
NO_LICENSE = (
    "UnauthorizedOperation: You are not authorized to perform this operation. User: arn is not authorized to perform: "
    "ec2:StartInstances on resource: arn:aws-cn:license-manager:cn-north-1:111122223333:license-configuration:lic-1"
)


def failed(code, action="start", **more):
    return make_entry(action, status=Status.FAILED, code=code, **more)


@pytest.mark.parametrize("code", sorted({*TREATMENTS, "NoAnswer", "ResizeRefused", "ResizeTimedOut", "Whatever.Else"}))
@pytest.mark.parametrize("action", ["start", "stop", "resize"])
def test_every_code_has_its_advice(code, action):
    assert advice_on(failed(code, action)) in PHRASES


@pytest.mark.parametrize(
    ("entry", "advice"),
    [
        (failed("InsufficientInstanceCapacity"), "capacity"),
        (failed("VcpuLimitExceeded"), "quota"),
        (failed("UnauthorizedOperation"), "denied"),
        (failed("OperationNotPermitted", "stop"), "protected"),
        (failed("OutOfTime"), "later"),
        (failed("NoAnswer"), "no_answer"),
        (failed("Unsupported", "resize"), "type"),
        (failed("Unsupported"), "again"),
        (failed("InvalidState"), "again"),
        (make_entry("none", status=Status.SKIPPED, code="E1"), "schedule"),
        (make_entry("start", status=Status.SUCCEEDED, earlier_failure="x"), "broken"),
        (make_entry("start", status=Status.SUCCEEDED, earlier_failure=f"its start did not hold: {NO_KEY}"), "key"),
        (make_entry("none", status=Status.SKIPPED, code="start_broken", reason=f"it did not hold: {NO_KEY}"), "key"),
        (failed("ResizeRefused", "resize", reason=f"ResizeRefused: EC2 stopped it again: {NO_KEY}"), "key"),
        (failed("UnauthorizedOperation", reason=NO_LICENSE), "license"),
        (failed("UnauthorizedOperation", "stop", reason="not authorized to perform: ec2:StopInstances"), "denied"),
        (make_entry("stop", status=Status.SUCCEEDED, code="SnapshotQuotaExceeded"), "snapshot"),
        (make_entry("start", status=Status.SUCCEEDED, code="TagLimitExceeded"), "tags"),
    ],
)
def test_advice_fits_what_happened(entry, advice):
    assert advice_on(entry) == f"advice.{advice}"


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AccessDenied", "role"),
        ("UnauthorizedOperation", "denied"),
        ("OptInRequired", "region"),
        ("EndpointConnectionError", "network"),
    ],
)
def test_a_target_that_cannot_be_looked_at_has_its_advice(code, advice):
    assert advice_on_target(code) == f"advice.{advice}"


@pytest.mark.parametrize(
    ("error", "advice"), [("Lambda.TooManyRequestsException", "concurrency"), ("Sandbox.Timedout", "function")]
)
def test_a_function_that_failed_has_its_advice(error, advice):
    assert advice_on_error(error) == f"advice.{advice}"


@pytest.mark.parametrize(
    ("error", "by_hand", "advice"),
    [("InvalidInput", True, "input"), ("InvalidInput", False, "config"), ("Lambda.Unknown", False, "run")],
)
def test_a_run_that_failed_has_its_advice(error, by_hand, advice):
    assert advice_on_run(error, by_hand=by_hand) == f"advice.{advice}"
