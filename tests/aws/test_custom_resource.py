"""The custom resource: CloudFormation gets an answer in every case, and never hangs."""

import logging
import threading

import pytest
from botocore.exceptions import ClientError
from tests.aws.presigned import SECRET, CloudFormation

from instance_scheduler.aws import custom_resource
from instance_scheduler.aws.custom_resource import answer_cloudformation
from instance_scheduler.errors import InvalidInput, SchedulerError

IDENTITY = {"StackId": "arn:stack", "RequestId": "request-1", "LogicalResourceId": "Configuration"}
TABLE = {"ServiceToken": "arn:function", "ConfigTable": "prod-config"}


@pytest.fixture
def cloudformation(monkeypatch):
    monkeypatch.setattr(custom_resource, "_FIRST_WAIT", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    place = CloudFormation()
    yield place
    place.server.shutdown()
    place.server.server_close()


@pytest.fixture
def event(cloudformation):
    return {"RequestType": "Create", "ResponseURL": cloudformation.url, "ResourceProperties": TABLE, **IDENTITY}


class Samples:
    """What the resource writes, as far as it is told to."""

    def __init__(self, failure=None):
        self.tables = []
        self.failure = failure

    def __call__(self, table):
        self.tables.append(table)
        if self.failure:
            raise self.failure


def plenty():
    return 60_000


def refused(code):
    return ClientError({"Error": {"Code": code, "Message": "in AWS's words"}}, "PutItem")


def test_a_create_writes_the_samples_and_answers_success(cloudformation, event):
    samples = Samples()

    answer_cloudformation(event, samples, plenty)

    assert samples.tables == ["prod-config"]
    assert cloudformation.answer == {
        "Status": "SUCCESS",
        "Reason": "done",
        "PhysicalResourceId": "Configuration-configuration",
        **IDENTITY,
    }


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"RequestType": "Update", "OldResourceProperties": TABLE}, id="an update"),
        pytest.param({"RequestType": "Update"}, id="an update that does not say what was"),
        pytest.param({"RequestType": "Delete"}, id="a delete"),
        pytest.param({"RequestType": "Delete", "ResourceProperties": "none"}, id="a delete of what was malformed"),
    ],
)
def test_nothing_is_written_and_the_resource_keeps_its_id(cloudformation, event, change):
    samples = Samples(ValueError("it was called"))

    answer_cloudformation({**event, **change, "PhysicalResourceId": "as-before"}, samples, plenty)

    assert samples.tables == []
    assert (cloudformation.answer["Status"], cloudformation.answer["PhysicalResourceId"]) == ("SUCCESS", "as-before")


def test_an_update_that_brings_another_table_writes_the_samples_into_it(cloudformation, event):
    samples = Samples()
    before = {**TABLE, "ConfigTable": "the-former"}

    answer_cloudformation({**event, "RequestType": "Update", "OldResourceProperties": before}, samples, plenty)

    assert (samples.tables, cloudformation.answer["Status"]) == (["prod-config"], "SUCCESS")


def test_a_create_without_properties_leaves_the_table_to_the_stacks_parameters(cloudformation, event):
    samples = Samples()
    del event["ResourceProperties"]

    answer_cloudformation(event, samples, plenty)

    assert (samples.tables, cloudformation.answer["Status"]) == ([None], "SUCCESS")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        pytest.param(ValueError("the table is not there"), "ValueError: the table is not there", id="any"),
        pytest.param(refused("AccessDeniedException"), "AccessDeniedException", id="refused"),
        pytest.param(refused("ProvisionedThroughputExceededException"), "ThroughputExceeded", id="throttled"),
        pytest.param(KeyError("PARAMETER_PREFIX"), "PARAMETER_PREFIX", id="environment"),
    ],
)
def test_whatever_goes_wrong_becomes_a_failed_answer_with_the_reason(cloudformation, event, failure, reason):
    answer_cloudformation(event, Samples(failure), plenty)

    assert cloudformation.answer["Status"] == "FAILED"
    assert reason in cloudformation.answer["Reason"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"RequestType": "Rename"}, "'Rename' is not accepted; accepted are Create", id="unknown type"),
        pytest.param({"RequestType": None}, "None is not accepted", id="no type"),
        pytest.param({"ResourceProperties": ["ConfigTable"]}, "['ConfigTable'] is no object", id="properties: a list"),
        pytest.param({"ResourceProperties": {"ConfigTable": 7}}, "7 is no name of a table", id="table: a number"),
        pytest.param({"ResourceProperties": {"ConfigTable": ""}}, "'' is no name of a table", id="table: empty"),
    ],
)
def test_a_malformed_request_is_answered_failed_and_nothing_is_written(cloudformation, event, change, reason):
    samples = Samples()

    answer_cloudformation({**event, **change}, samples, plenty)

    assert (samples.tables, cloudformation.answer["Status"]) == ([], "FAILED")
    assert reason in cloudformation.answer["Reason"]


@pytest.mark.parametrize("missing", sorted(IDENTITY))
def test_a_request_without_part_of_its_identity_is_answered_too(cloudformation, event, missing):
    del event[missing]

    answer_cloudformation(event, Samples(), plenty)

    assert cloudformation.answer["Status"] == "SUCCESS"


def test_writing_that_hangs_is_answered_failed_before_the_functions_time_ends(cloudformation, event):
    release = threading.Event()

    answer_cloudformation(event, lambda table: release.wait(30), lambda: 1_000)
    release.set()

    assert cloudformation.answer["Status"] == "FAILED"
    assert "were not written within" in cloudformation.answer["Reason"]


@pytest.mark.parametrize(
    ("left", "seconds"), [(60_000, 40.0), (40_000, 20.0), (10_000, 5.0)], ids=["60 s", "40 s", "10 s"]
)
def test_time_for_the_answer_is_kept(left, seconds):
    assert custom_resource._work_seconds(lambda: left) == seconds


@pytest.mark.parametrize("reason", ["因" * 5000, "😀" * 5000, '"\\\n' * 3000], ids=["chinese", "astral", "escapes"])
def test_an_answer_stays_within_the_4096_bytes_that_cloudformation_takes(cloudformation, event, reason):
    answer_cloudformation(event, Samples(ValueError(reason)), plenty)

    assert 3000 < len(cloudformation.puts[0][2]) <= 4096
    assert cloudformation.answer["Reason"].startswith("ValueError: " + reason[:100])


def test_the_answer_is_put_without_a_content_type_as_the_signature_has_it(cloudformation, event):
    answer_cloudformation(event, Samples(), plenty)

    ((path, headers, _),) = cloudformation.puts
    assert (path, headers["Content-Type"]) == (f"/answer?{SECRET}", "")


def test_an_answer_that_is_not_taken_is_put_again_and_the_samples_are_written_once(cloudformation, event):
    cloudformation.codes = [500, 503, 429]
    samples = Samples()

    answer_cloudformation(event, samples, plenty)

    assert len({body for _, _, body in cloudformation.puts}) == 1
    assert (len(cloudformation.puts), len(samples.tables)) == (4, 1)


@pytest.mark.parametrize(
    ("codes", "tries"), [([403], 1), ([500] * 9, 6)], ids=["an expired address", "one that never answers"]
)
def test_an_answer_that_cannot_be_given_fails_the_invocation(cloudformation, event, codes, tries):
    cloudformation.codes = codes

    with pytest.raises(SchedulerError, match=f"CloudFormation could not be answered: HTTP {codes[0]}"):
        answer_cloudformation(event, Samples(), plenty)
    assert len(cloudformation.puts) == tries


def test_the_answer_is_not_tried_again_when_the_functions_time_is_over(cloudformation, event):
    cloudformation.codes = [500] * 9

    with pytest.raises(SchedulerError, match="HTTP 500"):
        answer_cloudformation(event, Samples(), lambda: 1_500)
    assert len(cloudformation.puts) == 1


@pytest.mark.parametrize(
    "url", ["http://cloudformation.example/", "file:///etc/passwd", "", "ftp://127.0.0.1/"], ids=str
)
def test_only_an_https_address_is_answered(cloudformation, event, url):
    samples = Samples()

    with pytest.raises(InvalidInput, match="is no https address"):
        answer_cloudformation({**event, "ResponseURL": url}, samples, plenty)
    assert (samples.tables, cloudformation.puts) == ([], [])


@pytest.mark.parametrize("codes", [[], [500], [403]], ids=["taken", "put again", "refused"])
def test_the_presigned_address_is_in_no_log_and_no_message(cloudformation, event, caplog, capsys, codes):
    cloudformation.codes = codes

    with caplog.at_level(logging.DEBUG):
        told = _message_of(answer_cloudformation, event, Samples(ValueError("no")), plenty)

    output = capsys.readouterr()
    assert SECRET not in caplog.text + output.out + output.err + told


def _message_of(call, *arguments):
    try:
        call(*arguments)
    except SchedulerError as error:
        return f"{error!r} {error.__cause__!r}"
    return ""
