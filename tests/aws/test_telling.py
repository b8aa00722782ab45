"""The end of a run: counted, written down, and put into a mail where it is worth one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.aws.estate import make_stack
from tests.unit.specimens import ID, MONDAY_NOON, TARGET, make_entry, make_request

from instance_scheduler.aws.telling import tell
from instance_scheduler.journal import Status, TargetFailure
from instance_scheduler.settings import Notify, Settings

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


def test_a_dead_shard_is_told_every_time(stack):
    errors = ("111122223333/cn-north-1/rds: Lambda.Unknown",)

    assert [run(stack, errors=errors, request=later(hours))["mail"] for hours in (0, 1)] == [True, True]


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
