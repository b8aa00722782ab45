"""Events on the account's event bus."""

import json
from pathlib import Path

import jsonschema
import pytest
from botocore.exceptions import ClientError
from tests.unit.situations import SITUATIONS
from tests.unit.specimens import DATABASES, MONDAY_NOON, TARGET, make_entry, make_request

from instance_scheduler.action_events import action_events, resource_of
from instance_scheduler.aws import publishing
from instance_scheduler.aws.publishing import put_events
from instance_scheduler.journal import Status
from instance_scheduler.sighting import Kind
from instance_scheduler.summary import Summary

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/events.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


class FakeEvents:
    """EventBridge that refuses some entries a number of times, or every call."""

    def __init__(self, refusals=None, error=None):
        self.calls = []
        self.refusals = dict(refusals or {})
        self.error = error

    def put_events(self, *, Entries):  # noqa: N803  # AWS's own name
        self.calls.append([json.loads(entry["Detail"])["instance"] for entry in Entries])
        if self.error is not None:
            raise ClientError({"Error": {"Code": self.error, "Message": ""}}, "PutEvents")
        return {"Entries": [self._answer(json.loads(entry["Detail"])["instance"]) for entry in Entries]}

    def _answer(self, instance):
        left = self.refusals.get(instance, 0)
        self.refusals[instance] = left - 1
        return {"ErrorCode": "InternalFailure"} if left > 0 else {"EventId": "1"}


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch):
    monkeypatch.setattr(publishing.time, "sleep", lambda seconds: None)


def details(count):
    return [{"instance": f"i-{number}", "arn": f"arn:{number}"} for number in range(count)]


@pytest.mark.parametrize(("count", "calls"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
def test_ten_events_go_in_one_call(count, calls):
    client = FakeEvents()

    assert put_events(client, details(count), MONDAY_NOON) == 0
    assert [len(call) for call in client.calls] == calls


def test_an_event_that_is_not_taken_is_tried_again_and_the_others_are_not():
    client = FakeEvents({"i-1": 2})

    assert put_events(client, details(3), MONDAY_NOON) == 0
    assert client.calls == [["i-0", "i-1", "i-2"], ["i-1"], ["i-1"]]


def test_what_is_never_taken_is_given_up_and_the_rest_goes_on():
    client = FakeEvents({"i-0": 99})

    assert put_events(client, details(11), MONDAY_NOON) == 1
    assert client.calls[-1] == ["i-10"]


def test_a_refused_call_does_not_fail_the_run():
    client = FakeEvents(error="AccessDeniedException")

    assert put_events(client, details(12), MONDAY_NOON) == 12
    assert len(client.calls) == 8


# What an event says.


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_every_event_is_as_the_schema_says(name):
    for detail in action_events(SITUATIONS[name], "prod"):
        VALIDATOR.validate(detail)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("change", [{"action": "none"}, {"status": "planned"}, {"more": 1}, {"arn": "web"}])
def test_the_schema_refuses_what_is_wrong(change):
    (detail,) = action_events(summarize(make_entry("start", status=Status.SUCCEEDED)), "prod")
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(detail | change)


def summarize(*entries, **changes):
    return Summary(request=make_request(**changes), entries=entries, partition="aws-cn")


@pytest.mark.parametrize(
    ("status", "told"),
    [(Status.SUCCEEDED, 1), (Status.FAILED, 1), (Status.PLANNED, 0), (Status.SKIPPED, 0)],
)
def test_an_action_is_told_once_it_was_carried_out_or_failed(status, told):
    assert len(list(action_events(summarize(make_entry("stop", status=status)), "prod"))) == told


def test_what_is_only_told_of_is_no_action():
    assert list(action_events(summarize(make_entry("none", status=Status.SKIPPED, code="E1")), "prod")) == []


def test_a_dry_run_has_no_events():
    assert list(action_events(summarize(make_entry("stop", status=Status.SUCCEEDED), dry_run=True), "prod")) == []


@pytest.mark.parametrize(
    ("entry", "arn"),
    [
        (make_entry(instance="i-1"), "arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-1"),
        (make_entry(instance="orders", target=DATABASES), "arn:aws-cn:rds:cn-north-1:111122223333:db:orders"),
        (
            make_entry(instance="ledger", target=DATABASES, kind=Kind.CLUSTER),
            "arn:aws-cn:rds:cn-north-1:111122223333:cluster:ledger",
        ),
        (
            make_entry(instance="cluster:ledger", target=DATABASES, kind=Kind.CLUSTER),
            "arn:aws-cn:rds:cn-north-1:111122223333:cluster:ledger",
        ),
    ],
    ids=["an instance", "a database", "a cluster", "a cluster beside its namesake"],
)
def test_the_resource_is_what_was_acted_on(entry, arn):
    assert resource_of(entry, "aws-cn") == arn
    assert TARGET.account in arn
