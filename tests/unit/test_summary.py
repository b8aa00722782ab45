"""What a run did, counted, and whether it is worth a mail."""

import pytest
from tests.unit.specimens import TARGET, make_entry, make_request

from instance_scheduler.journal import Status, TargetFailure
from instance_scheduler.settings import Notify
from instance_scheduler.summary import Summary, split_errors, told_code, worth_a_mail

DONE = make_entry("start", status=Status.SUCCEEDED)
FAILED = make_entry("stop", status=Status.FAILED, code="Some.Code")
LOST = make_entry("start", status=Status.SKIPPED)
WITHHELD = make_entry("stop", status=Status.SKIPPED, withheld=True)
NOTED = make_entry("none", status=Status.SKIPPED, code="E1")
PLANNED = make_entry("stop")
BROKEN = make_entry("start", status=Status.SUCCEEDED, earlier_failure="its start did not hold: x")
FAILURE = TargetFailure(target=TARGET, reason="not allowed", code="AccessDenied")


def summarize(*entries, news=(), notify=Notify.CHANGES, **changes):
    return Summary(request=make_request(notify=notify), entries=entries, news=frozenset(news), **changes)


def test_instances_are_counted_by_what_became_of_them():
    done = [make_entry(action, status=Status.SUCCEEDED) for action in ("start", "stop", "stop", "hibernate", "resize")]

    counts = summarize(*done, FAILED, PLANNED, WITHHELD, LOST, NOTED, errors=("a", "b"), failures=(FAILURE,)).counts

    assert (counts.started, counts.stopped, counts.hibernated, counts.resized) == (1, 2, 1, 1)
    assert (counts.failed, counts.planned, counts.withheld, counts.errors) == (1, 1, 1, 3)


def test_a_withheld_stop_is_not_counted_as_skipped_too():
    assert (summarize(WITHHELD).counts.skipped, summarize(LOST).counts.skipped) == (0, 1)


def test_a_start_on_another_type_is_a_start():
    counts = summarize(make_entry("start", to_type="m5.large", status=Status.SUCCEEDED)).counts

    assert (counts.started, counts.resized) == (1, 0)


def test_counts_are_written_by_name():
    assert summarize(DONE).counts.as_dict()["started"] == 1


@pytest.mark.parametrize("notify", list(Notify))
@pytest.mark.parametrize(
    ("summary", "wanted_by"),
    [
        ({}, {"always"}),
        ({"entries": (DONE,)}, {"always", "changes"}),
        ({"entries": (LOST,)}, {"always"}),
        ({"entries": (PLANNED,)}, {"always"}),
        ({"entries": (FAILED,), "news": {FAILED.key}}, {"always", "changes", "errors"}),
        ({"entries": (FAILED,)}, {"always"}),
        ({"entries": (NOTED,), "news": {NOTED.key}}, {"always", "changes", "errors"}),
        ({"entries": (WITHHELD,), "news": {WITHHELD.key}}, {"always", "changes", "errors"}),
        ({"entries": (DONE, FAILED)}, {"always", "changes"}),
        ({"failures": (FAILURE,), "news": {str(TARGET)}}, {"always", "changes", "errors"}),
        ({"failures": (FAILURE,)}, {"always"}),
        ({"errors": ("a shard: Lambda.Unknown",)}, {"always", "changes", "errors"}),
        ({"entries": (BROKEN,), "news": {BROKEN.key}}, {"always", "changes", "errors"}),
        ({"entries": (BROKEN,), "told": {BROKEN.key}}, {"always"}),
    ],
    ids=[
        "nothing",
        "something done",
        "a lost claim",
        "something left",
        "a new failure",
        "a failure told today",
        "a new condition",
        "new withheld stops",
        "something done and a failure told today",
        "a new failure of a target",
        "a failure of a target told today",
        "a dead shard",
        "a start after one that did not hold",
        "a start after one that did not hold and was told today",
    ],
)
def test_a_mail_is_worth_sending(summary, wanted_by, notify):
    entries = summary.get("entries", ())
    rest = {key: value for key, value in summary.items() if key != "entries"}

    assert worth_a_mail(summarize(*entries, notify=notify, **rest)) is (notify in wanted_by)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (DONE, ""),
        (FAILED, "stop_Some.Code"),
        (WITHHELD, "withheld"),
        (NOTED, "E1"),
        (LOST, ""),
        (PLANNED, ""),
        (BROKEN, "start_broken"),
    ],
    ids=["done", "failed", "withheld", "noted", "lost", "planned", "broken before"],
)
def test_what_is_told_once_a_day_has_a_code(entry, code):
    assert told_code(entry) == code


def test_a_start_after_one_that_did_not_hold_counts_as_a_failure_that_stands_once_it_was_told():
    assert [summarize(BROKEN, told=told).standing for told in ((), (BROKEN.key,))] == [0, 1]


def test_two_different_failures_are_told_apart():
    other = make_entry("stop", status=Status.FAILED, code="Another.Code")

    assert told_code(FAILED) != told_code(other)


def test_a_null_among_the_answers_of_a_map_is_no_error():
    assert split_errors([None, "a: Lambda.Unknown", None, ""]) == ("a: Lambda.Unknown", "")


@pytest.mark.parametrize(
    ("notify", "worth"), [("changes", True), ("always", True), ("errors", False), ("never", False)]
)
def test_a_dry_run_that_was_asked_for_a_mail_tells_what_it_would_do(notify, worth):
    request = make_request(notify=Notify(notify), dry_run=True)

    assert worth_a_mail(Summary(request=request, entries=(make_entry("stop"),))) is worth
