"""What a run publishes: text for people, JSON for programs, never too long."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from tests.unit.situations import FAILED_RUNS, SITUATIONS
from tests.unit.specimens import TARGET, make_entry, make_request

from instance_scheduler.journal import Status, TargetFailure
from instance_scheduler.notification import MOST_BYTES, compose_failure, compose_summary
from instance_scheduler.settings import Language
from instance_scheduler.summary import Summary

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/summary.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FAILED = make_entry("start", status=Status.FAILED, code="Some.Code", reason="Some.Code: words")


def publish(*entries, **changes):
    return compose_summary(Summary(request=make_request(), entries=entries, **changes), "prod")


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_what_programs_get_is_as_the_schema_says(name):
    VALIDATOR.validate(compose_summary(SITUATIONS[name], "prod").details)


@pytest.mark.parametrize("name", list(FAILED_RUNS))
def test_what_programs_get_of_a_failed_run_is_as_the_schema_says(name):
    VALIDATOR.validate(compose_failure(FAILED_RUNS[name]).details)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "change",
    [{"kind": "nothing"}, {"version": "2.0"}, {"counts": {}}, {"run": {}}, {"more": 1}, {"done": [{"account": "1"}]}],
    ids=["another kind", "another version", "no counts", "no run", "an unknown member", "half an entry"],
)
def test_the_schema_refuses_what_is_wrong(change):
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({**publish(FAILED).details, **change})


def test_programs_read_english_whatever_the_language_of_the_mail():
    english, chinese = (publish(FAILED, language=language) for language in Language)
    assert english.details == chinese.details
    assert english.text != chinese.text


def test_programs_are_told_what_was_told_before():
    details = publish(FAILED, told=frozenset({FAILED.key})).details
    assert [one["told_before"] for one in details["failed"]] == [True]


def test_an_account_bears_its_name_where_it_is_known():
    details = publish(FAILED, account_names={TARGET.account: "payments"}).details
    assert details["failed"][0]["account_name"] == "payments"


REGIONS = [f"ap-southeast-{number}" for number in range(1, 18)]
ACCOUNTS = [f"{number:012}" for number in range(1000)]


@pytest.mark.parametrize("language", list(Language))
def test_a_thousand_accounts_in_seventeen_regions_that_fail_everywhere_fit_with_counts(language):
    words = "An error occurred (AccessDenied) when calling the AssumeRole operation: " + "w" * 300
    targets = [replace(TARGET, account=account, region=region) for account in ACCOUNTS for region in REGIONS]
    failures = tuple(TargetFailure(target=target, reason=words, code="AccessDenied") for target in targets)
    entries = tuple(
        replace(
            FAILED,
            target=target,
            instance=f"i-{number:017x}",
            name="名" * 120,
            reason=f"Some.Code: {'字' * 400} {number}",
        )
        for number, target in enumerate(targets)
    )

    told = publish(
        *entries, failures=failures, errors=tuple(f"{t}: Lambda.Unknown" for t in targets[:600]), language=language
    )

    assert told.size <= MOST_BYTES
    assert told.subject == "17000 failed, 1600 errors - prod"
    shown = len(told.details["failed"])
    assert shown + told.details["omitted"]["failed"] == 17000
    VALIDATOR.validate(told.details)


@pytest.mark.parametrize("count", [1, 60, 100])
def test_what_fits_is_not_cut(count):
    entries = [replace(FAILED, instance=f"i-{number}") for number in range(count)]
    assert publish(*entries).details["omitted"]["failed"] == 0


def test_the_workflow_gets_what_it_publishes():
    told = publish(FAILED)
    assert told.to_message() == {"subject": told.subject, "message": told.text, "details": told.details}
