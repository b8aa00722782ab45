"""The mail about accounts that cannot be looked at: one line each, once a day, until it changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.aws.estate import make_stack
from tests.unit.specimens import DATABASES, MONDAY_NOON, TARGET, make_entry, make_request

from instance_scheduler.account_failure import ACTOR_REFUSED, describe_failure
from instance_scheduler.accounts import Members
from instance_scheduler.aws.telling import tell
from instance_scheduler.journal import Status
from instance_scheduler.settings import Settings

DENIED, THROTTLED, SUSPENDED = "444455556666", "555566667777", "666677778888"
PLACES = [replace(one, region=region) for one in (TARGET, DATABASES) for region in ("cn-north-1", "cn-northwest-1")]
UNITS = ("ou-ab12-cdefgh34",)


def failures(account, code, operation="DescribeInstances"):
    """The same failure in two regions for two services of an account."""
    return [
        describe_failure(replace(place, account=account), code=code, message="in AWS's words", operation=operation)
        for place in PLACES
    ]


THREE = [
    *failures(DENIED, "AccessDenied", "AssumeRole"),
    *failures(SUSPENDED, "AccessDenied", "AssumeRole"),
    *failures(THROTTLED, "RequestLimitExceeded")[:2],
    *failures(THROTTLED, "Throttling", "DescribeDBInstances")[2:],
]


def later(hours):
    at = MONDAY_NOON + timedelta(hours=hours)
    return make_request(id=f"run-{hours}", at=at, start_time=at)


def told(stack, found=(), request=None, entries=()):
    """Play the end of a run that could not look at some targets."""
    request = request or later(0)
    stack.state.write_target_failures(request, found)
    stack.state.write_entries(request, entries)
    return tell(stack, request, (), {}, "arn:aws-cn:states:cn-north-1:111122223333:execution:m:run")


def lines(answer):
    section = str(answer["message"]).partition("FAILED\n")[2].partition("\n\n")[0]
    return [line.strip() for line in section.splitlines() if not line.strip().startswith("What to do")]


def test_three_accounts_that_fail_in_two_regions_for_two_services_are_three_lines(stack):
    answer = told(stack, THREE)

    assert answer["subject"].startswith("3 errors - ")
    assert [line.split(":")[0] for line in sorted(lines(answer))] == [DENIED, THROTTLED, SUSPENDED]


def test_what_was_told_is_not_told_again_that_day_whichever_target_meets_it(stack):
    told(stack, THREE[:1])

    again = told(stack, THREE[1:4], later(5))

    assert (again["mail"], lines(again)) == (False, [])


def test_it_is_told_again_after_a_day(stack):
    told(stack, THREE[:4])

    assert told(stack, THREE[:4], later(24))["mail"]


def test_another_reason_is_told_at_once(stack):
    told(stack, THREE[:4])

    changed = told(stack, failures(DENIED, "RequestLimitExceeded"), later(1))

    assert changed["mail"]
    assert [line for line in lines(changed) if "throttles" in line]


def test_each_region_that_is_not_enabled_is_a_line(stack):
    answer = told(stack, failures(DENIED, "AuthFailure"))

    assert [line.rpartition("region ")[2].split(" ")[0] for line in sorted(lines(answer))] == [
        "cn-north-1",
        "cn-northwest-1",
    ]
    assert all(f"is not enabled in account {DENIED}" in line for line in lines(answer))


def test_an_account_that_refuses_to_act_is_one_line_however_many_instances_wait(stack):
    waiting = [
        make_entry(
            "start",
            target=replace(place, account=DENIED),
            instance=f"i-{number}",
            status=Status.FAILED,
            code=ACTOR_REFUSED,
            reason=f"{ACTOR_REFUSED}: its role cannot be assumed: AccessDenied: in AWS's words",
        )
        for number, place in enumerate(PLACES * 3)
    ]

    first = told(stack, entries=waiting)
    again = told(stack, entries=[replace(one, instance=f"{one.instance}-b") for one in waiting], request=later(1))

    (line,) = lines(first)
    assert line == (
        f"{DENIED}: nothing could be done about 12 instances: its role cannot be assumed: AccessDenied: in AWS's words"
    )
    assert not again["mail"]


def refused(action, place, number, code=ACTOR_REFUSED, reason=f"{ACTOR_REFUSED}: its role cannot be assumed: no"):
    target = replace(place, account=DENIED)
    return make_entry(action, target=target, instance=f"i-{number}", status=Status.FAILED, code=code, reason=reason)


MIX = [
    refused(action, place, f"{action}-{place.region}-{place.service}")
    for place in PLACES
    for action in ("start", "stop", "hibernate", "resize")
]


def test_whatever_was_refused_wherever_is_one_line_of_its_account(stack):
    (line,) = lines(told(stack, entries=MIX))

    assert line == f"{DENIED}: nothing could be done about 16 instances: its role cannot be assumed: no"


def test_an_account_that_refuses_to_act_and_to_be_looked_at_is_one_line(stack):
    answer = told(stack, failures(DENIED, "AccessDenied", "AssumeRole")[1:], entries=MIX[:4])
    again = told(stack, failures(DENIED, "AccessDenied", "AssumeRole"), later(1), entries=MIX[:4])

    (line,) = lines(answer)
    assert line == (
        f"{DENIED}: not all of it could be looked at, and nothing could be done about 4 instances: "
        "its role cannot be assumed: no"
    )
    assert (again["mail"], lines(again)) == (False, [])


def test_an_account_that_refuses_to_be_looked_at_after_it_refused_to_act_has_changed(stack):
    told(stack, entries=MIX)

    (line,) = lines(told(stack, failures(DENIED, "AccessDenied", "AssumeRole"), later(1)))

    assert line.startswith(f"{DENIED}: 4 targets in 2 regions: its role cannot be assumed")


def test_throttled_actions_are_one_line_of_their_account_with_its_throttled_looks_and_told_once(stack):
    busy = [
        refused("start", PLACES[0], 1, "RequestLimitExceeded", "not done, due again: RequestLimitExceeded: slow down"),
        refused("resize", PLACES[2], 2, "RequestLimitExceeded", "not done, due again: RequestLimitExceeded: slow down"),
        refused("stop", PLACES[1], 3, "Throttling", "not done, due again: Throttling: Rate exceeded"),
    ]

    first = told(stack, failures(DENIED, "Throttling")[3:], entries=busy)
    again = told(stack, entries=busy[:1], request=later(1))

    (line,) = lines(first)
    assert line.startswith(f"{DENIED}: not all of it could be looked at, and nothing could be done about 3 instances: ")
    assert not again["mail"]


def test_actions_in_a_region_that_takes_no_credentials_are_one_line_of_that_region(stack):
    waiting = [refused(action, PLACES[1], action, "AuthFailure", "AuthFailure: no") for action in ("start", "resize")]

    (line,) = lines(told(stack, entries=waiting))

    assert line == f"{DENIED}/{PLACES[1].region}: nothing could be done about 2 instances: AuthFailure: no"


@pytest.fixture
def organized(table):
    return make_stack(table, settings=Settings(organizational_units=UNITS))


def test_accounts_are_called_by_their_names_where_the_organization_tells_them(organized):
    organized.state.write_members(Members(read_at=MONDAY_NOON, units=UNITS, names={DENIED: "staging"}))

    answer = told(organized, THREE)

    assert [line for line in lines(answer) if line.startswith(f"staging ({DENIED}): ")]


def test_an_organization_that_cannot_be_read_is_one_line_a_day(organized):
    organized.state.write_unread("run-0", "AccessDeniedException", "You don't have permissions", MONDAY_NOON)
    organized.state.write_unread("run-1", "AccessDeniedException", "You don't have permissions", MONDAY_NOON)

    first, again = told(organized), told(organized, request=later(1))

    (line,) = lines(first)
    assert "You don't have permissions" in line
    assert (first["mail"], again["mail"]) == (True, False)
