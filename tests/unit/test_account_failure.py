"""What keeps a run from an account: one code and one cause, however many of its targets meet it."""

from dataclasses import replace

import pytest
from tests.unit.specimens import DATABASES, TARGET, make_entry

from instance_scheduler.account_failure import (
    ACTOR_REFUSED,
    BLOCKED,
    NOT_ALLOWED,
    REGION_NOT_ENABLED,
    ROLE_REFUSED,
    THROTTLED,
    TOO_SLOW,
    cause_of,
    cause_of_entry,
    describe_failure,
    mark_of_account,
    mark_of_entry,
    spoils,
)
from instance_scheduler.journal import Status

ELSEWHERE = replace(TARGET, region="cn-northwest-1")
OTHER = replace(TARGET, account="444455556666")


def failure(code, operation="DescribeInstances", target=TARGET):
    return describe_failure(target, code=code, message="in AWS's words", operation=operation)


@pytest.mark.parametrize(
    ("code", "operation", "told", "reason"),
    [
        ("AccessDenied", "AssumeRole", ROLE_REFUSED, "its role cannot be assumed: AccessDenied: in AWS's words"),
        ("RegionDisabledException", "AssumeRole", ROLE_REFUSED, "its role cannot be assumed: RegionDisabledException"),
        ("Throttling", "AssumeRole", THROTTLED, "AWS throttles its calls: Throttling: in AWS's words"),
        ("RequestLimitExceeded", "DescribeInstances", THROTTLED, "AWS throttles its calls: RequestLimitExceeded"),
        ("Throttling", "DescribeDBInstances", THROTTLED, "AWS throttles its calls: Throttling"),
        ("Blocked", "DescribeInstances", BLOCKED, "AWS has blocked the account: Blocked: in AWS's words"),
        ("PendingVerification", "DescribeInstances", BLOCKED, "AWS has blocked the account: PendingVerification"),
        ("ReadTimeoutError", "", TOO_SLOW, "AWS does not answer in time: in AWS's words"),
        ("ConnectTimeoutError", "", TOO_SLOW, "AWS does not answer in time"),
        (
            "UnauthorizedOperation",
            "DescribeInstances",
            NOT_ALLOWED,
            "An error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: in AWS's words",
        ),
        ("EndpointConnectionError", "", "EndpointConnectionError", "in AWS's words"),
    ],
)
def test_a_failure_is_told_by_its_kind(code, operation, told, reason):
    found = failure(code, operation)

    assert (found.code, found.reason[: len(reason)]) == (told, reason)


@pytest.mark.parametrize(
    "code", ["AuthFailure", "OptInRequired", "UnrecognizedClientException", "InvalidClientTokenId"]
)
def test_credentials_that_a_region_does_not_take_mean_that_the_account_has_not_enabled_it(code):
    found = failure(code, target=ELSEWHERE)

    assert found.code == REGION_NOT_ENABLED
    assert found.reason == f"region cn-northwest-1 is not enabled in account 111122223333 ({code})"


@pytest.mark.parametrize("code", ["AuthFailure", "InvalidClientTokenId"])
def test_sts_refusing_our_own_credentials_is_not_about_a_region(code):
    assert failure(code, "AssumeRole").code == ROLE_REFUSED


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (failure("AccessDenied", "AssumeRole"), failure("AccessDenied", "AssumeRole", ELSEWHERE), True),
        (failure("AccessDenied", "AssumeRole"), failure("AccessDenied", "AssumeRole", OTHER), False),
        (failure("RequestLimitExceeded"), failure("Throttling", "DescribeDBInstances", DATABASES), True),
        (failure("RequestLimitExceeded"), failure("Throttling", "AssumeRole", ELSEWHERE), True),
        (failure("AuthFailure"), failure("InvalidClientTokenId", "DescribeDBInstances", DATABASES), True),
        (failure("AuthFailure"), failure("AuthFailure", target=ELSEWHERE), False),
        (failure("AuthFailure"), failure("UnauthorizedOperation"), False),
        (failure("UnauthorizedOperation"), failure("AccessDenied", "DescribeDBInstances", DATABASES), True),
    ],
    ids=["role", "two accounts", "two services", "two regions", "one region", "two regions off", "two kinds", "denied"],
)
def test_failures_of_one_cause_are_one(one, other, same):
    assert (cause_of(one) == cause_of(other)) is same


@pytest.mark.parametrize(
    ("found", "mark"),
    [
        (failure("AccessDenied", "AssumeRole"), "RoleRefused"),
        (failure("AuthFailure"), "RegionNotEnabled_cn-north-1"),
        (failure("UnauthorizedOperation"), "NotAllowed"),
        (failure("InvalidFilter"), ""),
    ],
    ids=["of the account", "of a region in it", "not allowed", "of the target alone"],
)
def test_what_is_of_an_account_is_marked_there(found, mark):
    assert mark_of_account(found) == mark


@pytest.mark.parametrize(
    ("found", "other", "spoilt"),
    [
        (failure("AccessDenied", "AssumeRole"), ELSEWHERE, True),
        (failure("AccessDenied", "AssumeRole"), OTHER, False),
        (failure("ReadTimeoutError", ""), DATABASES, True),
        (failure("ReadTimeoutError", ""), ELSEWHERE, False),
        (failure("AuthFailure"), DATABASES, True),
        (failure("AuthFailure"), ELSEWHERE, False),
        (failure("RequestLimitExceeded"), DATABASES, False),
        (failure("UnauthorizedOperation"), DATABASES, False),
    ],
    ids=[
        "role",
        "other account",
        "silence",
        "silence elsewhere",
        "region off",
        "another region",
        "throttled",
        "denied",
    ],
)
def test_what_must_fail_alike_is_not_tried(found, other, spoilt):
    assert spoils(found, other) is spoilt


@pytest.mark.parametrize(
    ("code", "kind", "mark"),
    [
        (ACTOR_REFUSED, ROLE_REFUSED, ACTOR_REFUSED),
        ("RequestLimitExceeded", THROTTLED, THROTTLED),
        ("Throttling", THROTTLED, THROTTLED),
        ("Blocked", BLOCKED, BLOCKED),
        ("ConnectTimeoutError", TOO_SLOW, TOO_SLOW),
    ],
)
def test_an_action_that_the_account_refused_has_the_cause_of_a_look_that_it_refused(code, kind, mark):
    entry = make_entry("start", status=Status.FAILED, code=code)

    assert cause_of_entry(entry) == (TARGET.account, kind, "")
    assert cause_of_entry(replace(entry, target=replace(DATABASES, region="cn-northwest-1"))) == cause_of_entry(entry)
    assert mark_of_entry(entry) == mark


def test_an_action_in_a_region_that_is_not_enabled_is_of_that_region():
    entry = make_entry("start", status=Status.FAILED, code="AuthFailure")

    assert cause_of_entry(entry) == (TARGET.account, REGION_NOT_ENABLED, TARGET.region)
    assert mark_of_entry(entry) == mark_of_account(failure("AuthFailure"))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("InsufficientInstanceCapacity", Status.FAILED),
        ("OutOfTime", Status.FAILED),
        ("UnauthorizedOperation", Status.FAILED),
        ("", Status.PLANNED),
        ("Throttling", Status.SUCCEEDED),
    ],
)
def test_what_concerns_the_instance_or_the_run_is_not_of_the_account(code, status):
    entry = make_entry("start", status=status, code=code)

    assert (cause_of_entry(entry), mark_of_entry(entry)) == (None, "")
