"""The one mail of a run, as a person reads it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.specimens import DATABASES, ID, TARGET, make_entry, make_request

from instance_scheduler.journal import Status, TargetFailure
from instance_scheduler.messages import compose_message, compose_subject, console_link, one_line
from instance_scheduler.sighting import Kind
from instance_scheduler.summary import Summary

STARTED = make_entry("start", status=Status.SUCCEEDED)
STOPPED = make_entry("stop", status=Status.SUCCEEDED, instance="i-2", name="web-2")
FAILED = make_entry(
    "start", status=Status.FAILED, instance="i-3", name="web-3", reason="InsufficientInstanceCapacity: none"
)
NOTED = make_entry(
    "none", status=Status.SKIPPED, instance="i-4", name="web-4", reason="its schedule is unknown", code="E1"
)
WITHHELD = make_entry("stop", status=Status.SKIPPED, withheld=True, instance="i-5", name="web-5")
PLANNED = make_entry("stop", instance="i-6", name="web-6", reason="the schedule wants it stopped")
RESIZED = make_entry("resize", status=Status.SUCCEEDED, to_type="m5.large")
FAILURE = TargetFailure(target=TARGET, reason="not authorized to assume the role", code="AccessDenied")
FORGED = "web\r\n\nWITHHELD\u2028  all of them\u0085\x1b[31m\x00\u202e"


def summarize(*entries, **changes):
    return Summary(request=changes.pop("request", make_request()), entries=entries, **changes)


def message(*entries, **changes):
    return compose_message(summarize(*entries, **changes), "prod")


def line_of(text, word):
    return next(line for line in text.splitlines() if word in line)


# The subject.


@pytest.mark.parametrize(
    ("summary", "subject"),
    [
        (summarize(), "nothing to do - prod"),
        (summarize(STARTED, STOPPED), "1 started, 1 stopped - prod"),
        (summarize(RESIZED, FAILED), "1 resized, 1 failed - prod"),
        (summarize(WITHHELD, NOTED), "1 withheld, 1 to look at - prod"),
        (summarize(PLANNED), "1 not done - prod"),
        (summarize(failures=(FAILURE,), errors=("a",)), "2 errors - prod"),
        (summarize(PLANNED, request=make_request(dry_run=True)), "Dry run: 1 would change - prod"),
        (summarize(STOPPED, FAILED, told=frozenset({FAILED.key})), "1 stopped, 1 still failing - prod"),
    ],
    ids=["idle", "done", "failed", "to look at", "left", "errors", "dry run", "standing"],
)
def test_a_subject_counts_what_happened(summary, subject):
    assert compose_subject(summary, "prod") == subject


@settings(deadline=None, max_examples=30)
@given(stack=st.text(max_size=200))
def test_a_subject_is_what_sns_takes(stack):
    subject = compose_subject(summarize(STARTED, STOPPED, FAILED, NOTED, WITHHELD, PLANNED, RESIZED), stack)

    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()


# The text.


def test_a_mail_tells_where_and_when_in_the_stacks_own_zone():
    request = make_request(timezone="Asia/Shanghai")

    assert message(request=request).startswith("prod, Mon 2026-11-23 20:00 Asia/Shanghai\nrun run-1\n")


def test_failures_come_first_then_what_to_look_at_then_what_was_done():
    text = message(STARTED, STOPPED, FAILED, NOTED, WITHHELD)

    titles = [line for line in text.splitlines() if line.isupper()]
    assert titles == ["FAILED", "WITHHELD", "TO LOOK AT", "STARTED", "STOPPED"]


def test_a_failure_names_instance_place_action_and_reason():
    assert line_of(message(FAILED), "web-3") == (
        "  web-3 (i-3): start failed in 111122223333/cn-north-1: InsufficientInstanceCapacity: none"
    )


def test_failed_targets_and_dead_shards_are_failures():
    text = message(failures=(FAILURE,), errors=("111122223333/cn-north-1/rds: Lambda.Unknown",))

    assert line_of(text, "assume") == f"  {TARGET}: not authorized to assume the role"
    assert line_of(text, "Lambda.Unknown") == (
        "  111122223333/cn-north-1/rds: the function ended without an answer (Lambda.Unknown)"
    )


def test_targets_of_an_account_that_fail_alike_are_told_in_one_line():
    failures = tuple(
        replace(FAILURE, target=replace(TARGET, region=region)) for region in ("cn-north-1", "cn-northwest-1")
    )

    assert line_of(message(failures=failures), "assume") == (
        "  111122223333: 2 targets in 2 regions: not authorized to assume the role"
    )


def test_every_failure_comes_with_what_to_do_about_it():
    refused = replace(FAILED, code="InsufficientInstanceCapacity")
    lines = message(refused, failures=(FAILURE,)).splitlines()

    assert lines[lines.index("FAILED") + 2].startswith("  What to do: nothing yet. AWS has no room")
    advice = [line.removeprefix("  What to do: ").split()[0] for line in lines if "What to do" in line]
    assert advice == ["nothing", "deploy"]


def test_an_account_goes_by_its_name_where_it_is_known():
    text = message(STARTED, FAILED, account_names={TARGET.account: "payments"})

    assert "  office / payments (111122223333) / cn-north-1" in text.splitlines()
    assert "start failed in payments (111122223333), cn-north-1: " in text


def test_a_schedule_in_another_zone_tells_its_own_time():
    abroad = replace(STARTED, timezone="Europe/London")
    text = message(abroad, request=make_request(timezone="Asia/Shanghai"))

    assert "  office / 111122223333 / cn-north-1, Mon 12:00 Europe/London" in text.splitlines()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "", "Nowhere/Land"], ids=["the same", "none", "unknown"])
def test_no_time_of_its_own_is_told_where_there_is_none(zone):
    text = message(replace(STARTED, timezone=zone), request=make_request(timezone="Asia/Shanghai"))

    assert "  office / 111122223333 / cn-north-1" in text.splitlines()


@pytest.mark.parametrize("tries", ["", " (reached max retries: 4)"], ids=["at once", "after retries"])
def test_the_frame_that_boto3_puts_around_a_refusal_is_left_out(tries):
    reason = f"An error occurred (AccessDenied) when calling the AssumeRole operation{tries}: User is not authorized"

    assert line_of(message(failures=(replace(FAILURE, reason=reason),)), "User") == (
        f"  {TARGET}: AssumeRole: AccessDenied: User is not authorized"
    )


# What stands is told once a day.


def test_what_was_told_within_the_day_is_counted_only():
    text = message(STARTED, FAILED, NOTED, WITHHELD, told=frozenset({FAILED.key, NOTED.key, WITHHELD.key}))

    assert [line for line in text.splitlines() if line.isupper()] == ["STARTED"]
    assert "3 failures that stand were told within the last day and are not repeated." in text


def test_what_was_told_of_targets_and_shards_is_counted_only():
    error = "111122223333/cn-north-1/rds: Lambda.Unknown"
    text = message(failures=(FAILURE,), errors=(error,), told=frozenset({str(TARGET), error}))

    assert "FAILED" not in text
    assert "2 failures that stand" in text


def test_a_start_that_did_not_hold_is_told_beside_its_new_try():
    entry = replace(STARTED, earlier_failure="its start did not hold: EC2's own words")

    assert line_of(message(entry), "hold") == (
        f"  web-1 ({ID}) in 111122223333/cn-north-1: its start did not hold: EC2's own words"
    )


def test_what_was_done_is_grouped_by_schedule_account_and_region():
    other = replace(STARTED, instance="i-9", name="web-9")
    elsewhere = replace(STARTED, instance="i-8", name="web-8", target=replace(TARGET, region="cn-northwest-1"))

    lines = message(elsewhere, STARTED, other).splitlines()

    start = lines.index("STARTED")
    assert lines[start + 1 : start + 6] == [
        "  office / 111122223333 / cn-north-1",
        f"    web-1 ({ID})",
        "    web-9 (i-9)",
        "  office / 111122223333 / cn-northwest-1",
        "    web-8 (i-8)",
    ]


def test_a_resize_names_both_types():
    assert line_of(message(RESIZED), "m5.large") == f"    web-1 ({ID}), t3.small to m5.large"


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("aurora-mysql", "Aurora cluster"),
        ("neptune", "Neptune cluster"),
        ("docdb", "DocumentDB cluster"),
        ("mysql", "Multi-AZ cluster"),
    ],
)
def test_a_cluster_says_what_it_is(engine, kind):
    entry = make_entry(
        "stop", status=Status.SUCCEEDED, target=DATABASES, instance="orders", name="orders", kind=Kind.CLUSTER
    )

    assert line_of(message(replace(entry, engine=engine)), "orders") == f"    orders, {kind}"


def test_withheld_stops_come_with_the_input_that_confirms_them():
    text = message(WITHHELD)

    assert '{"confirm": "run-1"}' in text
    assert "  web-5 (i-5) in 111122223333/cn-north-1" in text.splitlines()


def test_a_dry_run_says_so_and_lists_what_it_would_do():
    text = message(PLANNED, request=make_request(dry_run=True))

    assert text.startswith("A dry run: nothing was changed.\n")
    assert "WOULD BE DONE" in text.splitlines()
    assert line_of(text, "web-6") == "  stop web-6 (i-6) in 111122223333/cn-north-1: the schedule wants it stopped"


def test_what_a_dead_batch_left_is_told_as_still_due():
    assert "NOT DONE, STILL DUE" in message(PLANNED).splitlines()


def test_a_long_section_ends_in_a_count():
    many = [replace(FAILED, instance=f"i-{number:04}") for number in range(500)]

    lines = message(*many).splitlines()

    assert "  ... and 440 more" in lines
    assert len(lines) < 80


def test_a_mail_fits_what_sns_takes_however_much_happened():
    entries = [
        replace(STARTED, instance=f"i-{number:017x}", name="n" * 200, schedule=f"s{number}") for number in range(3000)
    ]

    assert len(message(*entries).encode()) < 256 * 1024


def test_the_run_is_linked():
    assert message(console="https://console/run-1").endswith("The run in the console:\nhttps://console/run-1\n")


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_the_console_is_that_of_the_partition(partition, region, host):
    link = console_link("arn:x:execution:m:run-1", partition, region)

    assert link.startswith(host)
    assert link.endswith("arn:x:execution:m:run-1")


# Nothing from outside can forge a line.


@pytest.mark.parametrize(
    "entry",
    [STARTED, STOPPED, RESIZED, FAILED, NOTED, WITHHELD, PLANNED, replace(STARTED, earlier_failure="x")],
    ids=["started", "stopped", "resized", "failed", "noted", "withheld", "planned", "broken before"],
)
@pytest.mark.parametrize("attribute", ["name", "schedule", "reason", "from_type", "to_type", "earlier_failure"])
def test_no_text_of_an_instance_forges_a_line(entry, attribute):
    tame = replace(entry, **{attribute: getattr(entry, attribute) and "tame"})
    forged = replace(entry, **{attribute: getattr(entry, attribute) and FORGED})

    text = message(forged)

    assert len(text.splitlines()) == len(message(tame).splitlines())
    assert [character for character in text if character != "\n" and not character.isprintable()] == []


@pytest.mark.parametrize(
    ("forged", "tame"),
    [
        ({"errors": (FORGED,)}, {"errors": ("tame",)}),
        ({"failures": (replace(FAILURE, reason=FORGED),)}, {"failures": (FAILURE,)}),
    ],
    ids=["a caught error", "a target's failure"],
)
def test_no_error_forges_a_line(forged, tame):
    assert len(message(**forged).splitlines()) == len(message(**tame).splitlines())


@settings(deadline=None)
@given(st.text())
def test_one_line_is_one_printable_line(text):
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert line.isprintable()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"])))
def test_one_line_leaves_ordinary_words_alone(word):
    assert one_line(f"{word} 中文 {word}").split() == f"{word} 中文 {word}".split()
