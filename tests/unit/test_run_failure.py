"""Runs that fail as a whole: known again by what does not change, told once a day, each with what to do."""

from datetime import timedelta

import pytest
from tests.unit.specimens import MONDAY_NOON

from instance_scheduler.run_failure import (
    advice_on_failure,
    failure_code,
    is_untold,
    names_itself,
    read_told,
    write_told,
)
from instance_scheduler.wording_en import PHRASES


def refused(code, call="GetParametersByPath"):
    return f"An error occurred ({code}) when calling the {call} operation: User: arn:aws-cn:sts::111122223333:x is not"


def told_at(hours, told=None, code="x"):
    return read_told(write_told(told or {}, code, MONDAY_NOON + timedelta(hours=hours)))


def test_the_same_failure_is_known_again_by_what_does_not_change():
    first, second = (f"RequestId: {number * 8} Error: Task timed out after 60.0{number} seconds" for number in "12")

    assert failure_code("Lambda.Unknown", first) == failure_code("Lambda.Unknown", second)


@pytest.mark.parametrize(
    ("error", "reason"),
    [("Another", "the same"), ("Error", "another")],
    ids=["another error", "another reason"],
)
def test_another_failure_has_another_name(error, reason):
    assert failure_code(error, reason) != failure_code("Error", "the same")


@pytest.mark.parametrize(
    ("error", "reason", "by_hand", "advice"),
    [
        pytest.param("InvalidInput", "regions: no", True, "input", id="a bad input"),
        pytest.param("Misconfigured", "The settings are not usable", False, "config", id="bad settings"),
        pytest.param("Misconfigured", "The settings are not usable", True, "config", id="bad settings, by hand"),
        pytest.param("Misconfigured", "/x/settings is missing in the Parameter Store.", False, "hub_gone", id="gone"),
        pytest.param("ResourceNotFoundException", refused("ResourceNotFoundException"), False, "hub_gone", id="table"),
        pytest.param("ClientError", refused("AccessDeniedException"), False, "hub_denied", id="denied"),
        pytest.param("ClientError", refused("KMSAccessDeniedException"), True, "hub_denied", id="key"),
        pytest.param("Lambda.AccessDeniedException", "no", False, "hub_denied", id="invocation denied"),
        pytest.param("ClientError", refused("ThrottlingException"), False, "later", id="throttled"),
        pytest.param("EndpointConnectionError", "Could not connect", False, "network", id="network"),
        pytest.param("Lambda.TooManyRequestsException", "Rate exceeded", False, "concurrency", id="concurrency"),
        pytest.param("Lambda.Unknown", "", False, "run", id="anything else"),
    ],
)
def test_a_run_that_failed_has_its_advice(error, reason, by_hand, advice):
    found = advice_on_failure(error, reason, by_hand=by_hand)

    assert found == f"advice.{advice}"
    assert found in PHRASES


@pytest.mark.parametrize(
    ("error", "reason", "named"),
    [
        pytest.param("ClientError", refused("AccessDeniedException"), True, id="AWS refused"),
        pytest.param(
            "Sandbox.Timedout", "the function ran out of time (Sandbox.Timedout)", True, id="the name is there"
        ),
        pytest.param("Misconfigured", "The settings are not usable: x", False, id="a sentence of ours"),
    ],
)
def test_the_name_of_an_error_is_left_out_where_the_reason_tells_as_much(error, reason, named):
    assert names_itself(error, reason) is named


@pytest.mark.parametrize(("hours", "untold"), [(0, True), (1, False), (23, False), (24, True)])
def test_what_was_told_is_told_again_after_a_day_or_by_a_repeated_call(hours, untold):
    assert is_untold(told_at(0), "x", MONDAY_NOON + timedelta(hours=hours)) is untold


def test_what_was_told_more_than_a_day_ago_is_forgotten():
    assert set(told_at(25, told_at(2, told_at(0), "later"), "latest")) == {"later", "latest"}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"x": "yesterday"}', '{"x": 1}'])
def test_a_memory_that_cannot_be_read_is_empty(text):
    assert read_told(text) == {}


def test_the_memory_fits_into_a_parameter():
    told = {}
    for number in range(300):
        told = told_at(number / 60, told, failure_code("Lambda.TooManyRequestsException", "x" * (number + 1)))

    assert len(write_told(told, "x", MONDAY_NOON + timedelta(hours=6))) < 4096
