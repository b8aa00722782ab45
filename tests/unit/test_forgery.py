"""Nothing that comes from outside adds a line to a mail, or hides in one: names, tags, reasons, errors, inputs."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.specimens import TARGET, make_entry, make_request

from instance_scheduler.errors import InvalidInput
from instance_scheduler.journal import Status, TargetFailure
from instance_scheduler.messages import compose_message, compose_subject
from instance_scheduler.request import INPUT_KEYS, Known, read_request
from instance_scheduler.settings import Service, Settings
from instance_scheduler.summary import Summary

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
KNOWN = Known(
    accounts=("111122223333",), regions=("cn-north-1",), services=(Service.EC2, Service.RDS), schedules=("office",)
)
BREAKS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""All that str.splitlines takes for the end of a line."""
HIDING = "\x00\x07\x1b\u200b\u200e\u202e\u2066\ufeff\U000e0041"
"""Controls, directions, what has no width, tags."""
outside = st.text(st.sampled_from("ab -/:" + BREAKS + HIDING) | st.characters(), max_size=40)


def summary(name, schedule, reason, error, run="run", account=""):
    return Summary(
        request=make_request(id=run),
        account_names={TARGET.account: account},
        console=f"https://console/{run}",
        entries=(
            make_entry("start", status=Status.SUCCEEDED, instance="i-1", name=name, schedule=schedule),
            make_entry("stop", status=Status.FAILED, instance="i-2", name=name, schedule=schedule, reason=reason),
            make_entry("none", status=Status.SKIPPED, instance="i-3", name=name, reason=reason, code="E1"),
            make_entry("stop", status=Status.SKIPPED, withheld=True, instance="i-4", name=name),
            make_entry("stop", instance="i-5", name=name, schedule=schedule, reason=reason),
        ),
        failures=(TargetFailure(target=TARGET, reason=reason, code="AccessDenied"),),
        errors=(error,),
    )


def unprintable(text):
    return {character for character in text.replace("\n", "") if not character.isprintable()}


@settings(deadline=None, max_examples=60)
@given(name=outside, schedule=outside, reason=outside, error=outside, run=outside, account=outside)
def test_a_mail_has_the_lines_that_it_has_with_harmless_words(name, schedule, reason, error, run, account):
    words = {"name": name, "schedule": schedule, "reason": reason, "error": error, "run": run, "account": account}
    told = compose_message(summary(**{key: f"{key[0]}{word}" for key, word in words.items()}), "prod")
    harmless = compose_message(summary(**{key: key[0] for key in words}), "prod")

    assert len(told.splitlines()) == len(harmless.splitlines())
    assert unprintable(told) == set()


@settings(deadline=None, max_examples=30)
@given(stack=outside)
def test_a_subject_is_one_line_of_printable_ascii(stack):
    subject = compose_subject(summary("n", "s", "r", "e"), stack)
    assert subject.isascii()
    assert subject.isprintable()


@settings(deadline=None, max_examples=100)
@given(key=st.sampled_from(sorted(INPUT_KEYS)), word=outside, listed=st.booleans())
def test_an_input_that_is_refused_is_quoted_on_one_line(key, word, listed):
    bad = f"\n{word}"
    raw = {key: [bad] if listed else bad}
    with pytest.raises(InvalidInput) as refused:
        read_request(raw, run_id="run", start_time=START, settings=Settings(), known=KNOWN)
    assert len(str(refused.value).splitlines()) == 1
    assert unprintable(str(refused.value)) == set()


@settings(deadline=None)
@given(word=outside)
def test_an_unknown_key_is_quoted_on_one_line(word):
    with pytest.raises(InvalidInput) as refused:
        read_request({f"x{word}": 1}, run_id="run", start_time=START, settings=Settings(), known=KNOWN)
    assert unprintable(str(refused.value)) == set()


@pytest.mark.parametrize("hidden", [*BREAKS, *HIDING])
@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("instances", "i-0123456789abcdef0"),
        ("instances", "orders"),
        ("accounts", "111122223333"),
        ("regions", "cn-north-1"),
        ("services", "ec2"),
        ("schedules", "office"),
        ("confirm", "run-1"),
    ],
)
def test_a_known_word_with_something_hidden_behind_it_is_not_that_word(key, word, hidden):
    value = f"{word}{hidden}"
    with pytest.raises(InvalidInput):
        read_request(
            {key: value if key == "confirm" else [value]},
            run_id="run",
            start_time=START,
            settings=Settings(),
            known=KNOWN,
        )
