"""The end of a run: counted, written down, and put into a mail where it is worth one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.aws.estate import make_stack
from tests.unit.specimens import ID, MONDAY_NOON, TARGET, make_entry, make_request

from instance_scheduler.accounts import Members
from instance_scheduler.aws.telling import tell
from instance_scheduler.journal import Status, TargetFailure
from instance_scheduler.settings import Language, Notify, Settings

EXECUTION = "arn:aws-cn:states:cn-north-1:111122223333:execution:prod-scheduler:run-1"
STARTED = make_entry("start", status=Status.SUCCEEDED)
FAILED = make_entry("start", status=Status.FAILED, code="InvalidInstanceID.NotFound", reason="EC2's own words")
NOTED = make_entry("none", status=Status.SKIPPED, code="E1", reason="its schedule is unknown")
LOST = make_entry("start", status=Status.SKIPPED, reason="run run-0 was faster")
FAILURE = TargetFailure(target=TARGET, reason="not authorized", code="AccessDenied")


def run(stack, *entries, failures=(), errors=(), resizes=None, request=None):
    """Journal what a run came to, and tell it."""
    request = request or make_request()
    stack.state.write_entries(request, entries)
    stack.state.write_target_failures(request, failures)
    return tell(stack, request, errors, resizes or {}, EXECUTION)


def later(hours, **changes):
    at = MONDAY_NOON + timedelta(hours=hours)
    return make_request(id=f"run-{hours}", at=at, start_time=at, **changes)


def test_the_answer_is_what_the_workflow_publishes(table):
    stack = make_stack(table, settings=Settings(stack="prod"))

    answer = run(stack, STARTED)

    assert (answer["mail"], answer["subject"], answer["counts"]["started"]) == (True, "1 started - prod", 1)
    assert f"web-1 ({ID})" in answer["message"]
    assert (
        f"https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/v2/executions/details/{EXECUTION}"
        in answer["message"]
    )


def test_the_run_is_written_down_with_its_counts(stack, table):
    answer = run(stack, STARTED, FAILED)

    item = table.get({"pk": "runs", "sk": "2026-11-23T12:00:00Z/run-1"})
    assert item["summary"] == answer["counts"]


def test_a_run_that_did_nothing_sends_no_mail(stack):
    assert run(stack)["mail"] is False


def test_a_lost_claim_is_no_reason_for_a_mail(stack):
    assert run(stack, LOST)["mail"] is False


@pytest.mark.parametrize(
    ("entries", "failures"),
    [((FAILED,), ()), ((NOTED,), ()), ((), (FAILURE,)), ((replace(NOTED, action="stop", withheld=True),), ())],
    ids=["a failed start", "a condition", "a failed target", "a withheld stop"],
)
def test_a_standing_condition_is_told_once_a_day(stack, entries, failures):
    mails = [run(stack, *entries, failures=failures, request=later(hours))["mail"] for hours in (0, 1, 23, 24, 25)]

    assert mails == [True, False, False, True, False]


def test_another_failure_of_the_same_instance_is_told_at_once(stack):
    run(stack, FAILED)

    assert run(stack, replace(FAILED, code="Another"), request=later(1))["mail"] is True


def test_the_same_failure_of_another_instance_is_told_at_once(stack):
    run(stack, FAILED)

    assert run(stack, replace(FAILED, instance="i-2"), request=later(1))["mail"] is True


@pytest.mark.parametrize(
    "label",
    ["111122223333/cn-north-1/rds", "50 ec2 targets from 111122223333/cn-north-1/ec2"],
    ids=["a target by name", "many targets"],
)
def test_a_shard_that_keeps_dying_is_told_once_a_day(stack, label):
    errors = (f"{label}: Lambda.Unknown",)

    mails = [run(stack, errors=errors, request=later(hours))["mail"] for hours in (0, 1, 23, 24)]

    assert mails == [True, False, False, True]


def test_a_shard_that_dies_of_something_else_is_told_at_once(stack):
    run(stack, errors=("111122223333/cn-north-1/rds: Lambda.Unknown",))

    assert run(stack, errors=("111122223333/cn-north-1/rds: Sandbox.Timedout",), request=later(1))["mail"] is True


def test_a_failure_that_was_told_today_is_not_repeated_in_a_mail_about_something_else(stack):
    run(stack, FAILED)

    second = run(stack, FAILED, replace(STARTED, instance="i-2", name="web-2"), request=later(1))

    assert (second["mail"], second["subject"]) == (True, "1 started, 1 still failing - instance-scheduler")
    assert "EC2's own words" not in second["message"]
    assert "1 failure that stands was told within the last day" in second["message"]


def test_what_a_silenced_run_kept_to_itself_is_told_by_the_next_one(stack):
    assert run(stack, FAILED, request=make_request(notify=Notify.NEVER))["mail"] is False

    assert run(stack, FAILED, request=later(1))["mail"] is True


def test_a_stack_that_never_tells_anything_marks_all_the_same(table):
    stack = make_stack(table, settings=Settings(notify=Notify.NEVER))
    run(stack, NOTED, request=make_request(notify=Notify.NEVER))

    assert set(stack.state.instance(TARGET, ID).reported) == {"E1"}


def test_a_stack_that_speaks_chinese_mails_in_chinese_under_an_english_subject(table):
    stack = make_stack(table, settings=Settings(stack="prod", language=Language.CHINESE))

    answer = run(stack, STARTED)

    assert answer["subject"] == "1 started - prod"
    assert "已启动" in answer["message"]


def test_a_dry_run_writes_its_run_item_and_marks_nothing(stack, table):
    request = make_request(tick=False, dry_run=True, notify=Notify.ALWAYS)
    stack.state.write_entries(request, [FAILED, NOTED])
    stack.state.write_target_failures(request, [FAILURE])
    before = list(table.scan())

    answer = tell(stack, request, (), {}, EXECUTION)

    assert (answer["mail"], answer["subject"].startswith("Dry run: ")) == (True, True)
    assert [item["pk"] for item in table.scan() if item not in before] == ["runs"]


@pytest.mark.parametrize(
    ("notify", "mail"), [(Notify.CHANGES, True), (Notify.ALWAYS, True), (Notify.ERRORS, False), (Notify.NEVER, False)]
)
def test_notify_decides(stack, notify, mail):
    assert run(stack, STARTED, request=make_request(notify=notify))["mail"] is mail


def test_a_failed_resize_that_its_roll_back_recorded_is_told_once(stack):
    resize = make_entry(
        "resize", to_type="m5.large", status=Status.FAILED, reason="Unsupported: no", code="Unsupported"
    )

    answer = run(stack, resize, resizes={ID: f"{TARGET} web-1 ({ID}): CallRefused"})

    assert (answer["counts"]["failed"], answer["counts"]["errors"]) == (1, 0)
    assert "CallRefused" not in answer["message"]


def test_a_resize_that_nothing_recorded_is_told_by_what_the_workflow_caught(stack):
    resize = make_entry("resize", to_type="m5.large")

    answer = run(stack, resize, resizes={ID: f"{TARGET} web-1 ({ID}): Lambda.Unknown"})

    assert (answer["mail"], answer["counts"]["errors"]) == (True, 1)
    assert "Lambda.Unknown" in answer["message"]


def test_an_error_code_with_a_dot_does_not_lose_the_mail(stack):
    assert run(stack, FAILED)["mail"] is True


def test_the_mail_tells_its_time_in_the_stacks_zone(stack):
    request = make_request(timezone="Asia/Shanghai", notify=Notify.ALWAYS)

    assert "Mon 2026-11-23 20:00 Asia/Shanghai" in run(stack, request=request)["message"]


# Accounts and the organization.

UNITS = Settings(organizational_units=("ou-ab12-teams000",))


def test_an_account_goes_by_the_name_that_the_organization_gives_it(table):
    stack = make_stack(table, settings=UNITS)
    stack.state.write_members(Members(read_at=MONDAY_NOON, units=(), names={TARGET.account: "payments"}))

    assert "office / payments (111122223333) / cn-north-1" in run(stack, STARTED)["message"]


def test_a_failure_of_a_whole_account_is_told_once_a_day_whichever_target_meets_it(stack):
    refused = TargetFailure(target=TARGET, reason="its role cannot be assumed: AccessDenied: no", code="RoleRefused")
    elsewhere = replace(refused, target=replace(TARGET, region="cn-northwest-1"))

    mails = [
        run(stack, failures=failures, request=later(hours))["mail"]
        for hours, failures in enumerate([[refused], [elsewhere]])
    ]

    assert mails == [True, False]


def test_an_organization_that_cannot_be_read_is_told_once_a_day(table):
    stack = make_stack(table, settings=UNITS)
    answers = []
    for hours in (0, 1, 24):
        stack.state.write_unread(f"run-{hours}", "AccessDeniedException", "no", later(hours).at)
        answers.append(run(stack, request=later(hours)))

    assert [answer["mail"] for answer in answers] == [True, False, True]
    assert "the organization could not be read: no" in answers[0]["message"]
    assert answers[0]["subject"] == "1 error - instance-scheduler"
