"""A run that failed, told by the function itself when its parameters cannot be read."""

from itertools import count

import pytest
from botocore.exceptions import ClientError
from tests.functions.hub import PREFIX, FakeContext

from instance_scheduler.aws import failed_run
from instance_scheduler.aws.session import hub_client
from instance_scheduler.aws.stack import open_stack, stack_parameters
from instance_scheduler.errors import Misconfigured

EXECUTION = "arn:aws-cn:states:cn-north-1:123456789012:execution:prod-scheduler:run-1"
_reasons = count()


@pytest.fixture
def fail(invoke):
    """Tell of one failure at ticks of one day."""
    reason = f"reason {'abcdefghij'[next(_reasons)]}"

    def fail(minutes):
        start = f"2026-11-23T{12 + minutes // 60}:{minutes % 60:02}:03.5Z"
        execution = {"Id": EXECUTION, "Name": "run-1", "StartTime": start, "Input": {"at": "2026-11-23T12:00:00Z"}}
        return invoke("summarize_run", {"failed": {"error": "Misconfigured", "reason": reason}, "execution": execution})

    return fail


@pytest.fixture(params=["missing", "no JSON", "an unknown setting", "denied"])
def broken_settings(request, hub, monkeypatch):
    values = {"no JSON": {"settings": "{"}, "an unknown setting": {"settings": '{"colour": 1}'}}
    parameters = stack_parameters()

    def refresh():
        if request.param == "denied":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParametersByPath")
        parameters._values = dict(values.get(request.param, {}))

    monkeypatch.setattr(parameters, "refresh", refresh)
    monkeypatch.setattr(parameters, "_ttl", 0)


@pytest.fixture
def denied_table(hub, monkeypatch):
    def refuse(**_):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "UpdateItem")

    monkeypatch.setattr(hub_client("dynamodb"), "update_item", refuse)
    monkeypatch.setattr(failed_run, "_told_here", {})


def test_a_run_is_not_planned_without_settings(broken_settings):
    with pytest.raises((Misconfigured, ClientError)):
        open_stack(FakeContext("any"))


def test_settings_that_cannot_be_read_are_told_once_a_day_in_the_language_of_the_template(broken_settings, fail):
    answers = [fail(minutes) for minutes in (0, 5, 10, 300)]

    assert [answer["mail"] for answer in answers] == [True, False, False, False]
    assert answers[0]["subject"] == "Run failed - prod"
    assert "处理" in answers[0]["message"]


def test_a_state_table_that_cannot_be_written_leaves_it_to_a_parameter(denied_table, fail):
    assert [fail(minutes)["mail"] for minutes in (0, 5, 300)] == [True, False, False]
    told = hub_client("ssm").get_parameter(Name=f"{PREFIX}told")["Parameter"]["Value"]
    assert "2026-11-23T12:00:03Z" in told


def test_settings_that_can_be_read_decide_about_the_language(hub, fail):
    assert "What to do: " in fail(0)["message"]
