"""The custom resource: CloudFormation gets an answer in every case, and never hangs."""

import io
import json

import pytest

from instance_scheduler.aws import custom_resource
from instance_scheduler.aws.custom_resource import answer_cloudformation
from instance_scheduler.errors import SchedulerError

EVENT = {
    "RequestType": "Create",
    "ResponseURL": "https://cloudformation.example/answer?signature=x",
    "StackId": "arn:stack",
    "RequestId": "request-1",
    "LogicalResourceId": "Configuration",
}


class FakeHttp:
    """What CloudFormation's presigned URL gets."""

    def __init__(self):
        self.requests = []

    @property
    def body(self):
        (request,) = self.requests
        return json.loads(request.data)


class _Answer(io.BytesIO):
    status = 200


@pytest.fixture
def http(monkeypatch):
    http = FakeHttp()

    def urlopen(request, timeout):
        http.requests.append(request)
        return _Answer()

    monkeypatch.setattr(custom_resource.urllib.request, "urlopen", urlopen)
    return http


def refuse(message="the table is not there"):
    def act():
        raise ValueError(message)

    return act


def test_a_create_acts_and_answers_success(http):
    acted = []

    answer_cloudformation(EVENT, lambda: acted.append(True))

    assert acted == [True]
    assert http.body["Status"] == "SUCCESS"
    assert {key: http.body[key] for key in ("StackId", "RequestId", "LogicalResourceId")} == {
        "StackId": "arn:stack",
        "RequestId": "request-1",
        "LogicalResourceId": "Configuration",
    }


@pytest.mark.parametrize("kind", ["Update", "Delete"])
def test_an_update_or_a_delete_changes_nothing_and_keeps_the_resources_id(http, kind):
    acted = []

    answer_cloudformation({**EVENT, "RequestType": kind, "PhysicalResourceId": "as-before"}, lambda: acted.append(True))

    assert (acted, http.body["Status"], http.body["PhysicalResourceId"]) == ([], "SUCCESS", "as-before")


def test_whatever_goes_wrong_becomes_a_failed_answer_with_the_reason(http):
    answer_cloudformation(EVENT, refuse())

    assert (http.body["Status"], http.body["Reason"]) == ("FAILED", "ValueError: the table is not there")


def test_an_event_without_a_type_is_answered_too(http):
    answer_cloudformation({key: value for key, value in EVENT.items() if key != "RequestType"}, lambda: None)

    assert http.body["Status"] == "FAILED"


def test_an_answer_stays_within_the_4096_bytes_that_cloudformation_takes(http):
    answer_cloudformation(EVENT, refuse("因" * 5000))

    assert len(http.requests[0].data) <= 4096


def test_the_answer_is_put_without_a_content_type_as_the_signature_has_it(http):
    answer_cloudformation(EVENT, lambda: None)

    (request,) = http.requests
    assert (request.get_method(), request.full_url, request.get_header("Content-type")) == (
        "PUT",
        EVENT["ResponseURL"],
        "",
    )


@pytest.mark.parametrize("url", ["http://cloudformation.example", "file:///etc/passwd"])
def test_only_an_https_address_is_answered(http, url):
    with pytest.raises(SchedulerError, match="is not an https address"):
        answer_cloudformation({**EVENT, "ResponseURL": url}, lambda: None)
    assert http.requests == []
