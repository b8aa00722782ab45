"""A run that failed as a whole: told once a day, whatever of the stack can still be read or written."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from tests.unit.specimens import HOME, MONDAY_NOON

from instance_scheduler.aws import failed_run
from instance_scheduler.aws.failed_run import TOLD, Teller, parameter_memory, tell_failure
from instance_scheduler.aws.parameter_store import ParameterStore
from instance_scheduler.aws.session import hub_client
from instance_scheduler.settings import Language

EXECUTION = "arn:aws-cn:states:cn-north-1:111122223333:execution:prod-scheduler:run-1"
BAD_CONFIG = "tagname: 'Plan' is not this stack's tag key"
TICKS_OF_A_DAY = 288


def broken(error):
    """A memory that AWS refuses."""

    def mark(code, at):
        raise error

    return mark


DENIED = broken(ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "UpdateItem"))
SILENT = broken(EndpointConnectionError(endpoint_url="https://dynamodb"))


@pytest.fixture(autouse=True)
def cold(monkeypatch):
    """An environment that remembers nothing."""
    monkeypatch.setattr(failed_run, "_told_here", {})


@pytest.fixture
def parameters(aws):
    store = ParameterStore(hub_client("ssm"), "/instance-scheduler/prod/")
    yield store
    store.delete(TOLD)


def teller(*memories):
    return Teller(home=HOME, stack="prod", language=Language.ENGLISH, memories=memories)


def fail(teller, reason=BAD_CONFIG, *, minutes=0, given=None, error="Misconfigured"):
    at = MONDAY_NOON + timedelta(minutes=minutes)
    execution = {
        "Id": EXECUTION,
        "Name": f"run-{minutes}",
        "StartTime": at.isoformat(),
        "Input": {"at": "2026-11-23T12:00:00Z"} if given is None else given,
    }
    return tell_failure(teller, {"error": error, "reason": reason}, execution)


def mails(teller, ticks=TICKS_OF_A_DAY):
    """The ticks, five minutes apart, that make a mail."""
    return [tick for tick in range(ticks) if fail(teller, minutes=5 * tick)["mail"]]


def test_what_keeps_288_ticks_from_running_makes_one_mail(state):
    assert mails(teller(state.mark_failed_run), 2 * TICKS_OF_A_DAY + 1) == [0, TICKS_OF_A_DAY, 2 * TICKS_OF_A_DAY]


@pytest.mark.parametrize("table", [DENIED, SILENT], ids=["denied", "silent"])
def test_without_the_state_table_a_parameter_remembers_what_was_told(parameters, table):
    assert mails(teller(table, parameter_memory(parameters))) == [0]


def test_an_environment_that_is_new_reads_what_an_earlier_one_told(parameters):
    fail(teller(DENIED, parameter_memory(parameters)))

    other = ParameterStore(hub_client("ssm"), parameters.prefix)

    assert fail(teller(DENIED, parameter_memory(other)), minutes=5)["mail"] is False


def test_without_table_and_parameter_the_environment_remembers_what_it_told():
    assert mails(teller(DENIED, DENIED, failed_run._remember_here), TICKS_OF_A_DAY + 1) == [0, TICKS_OF_A_DAY]


def test_where_nothing_remembers_it_is_told():
    assert fail(teller(DENIED, SILENT))["mail"] is True


@pytest.mark.parametrize("which", ["table", "parameter", "environment"])
def test_another_reason_is_told_at_once(state, parameters, which):
    memories = {
        "table": state.mark_failed_run,
        "parameter": parameter_memory(parameters),
        "environment": failed_run._remember_here,
    }
    one = teller(memories[which])
    fail(one)

    assert fail(one, "accounts: '1' is not accepted", minutes=5)["mail"] is True


@pytest.mark.parametrize("which", ["table", "parameter", "environment"])
def test_a_call_that_comes_twice_tells_twice_rather_than_not_at_all(state, parameters, which):
    memories = {
        "table": state.mark_failed_run,
        "parameter": parameter_memory(parameters),
        "environment": failed_run._remember_here,
    }

    assert [fail(teller(memories[which]))["mail"] for _ in range(2)] == [True, True]


@pytest.mark.parametrize("given", [{}, {"regions": ["eu-west-1"]}, "no object"])
def test_a_run_by_hand_is_always_answered(state, given):
    one = teller(state.mark_failed_run)

    assert [fail(one, minutes=minutes, given=given)["mail"] for minutes in (0, 5)] == [True, True]


def test_a_failed_run_says_why_and_what_to_do(state):
    answer = fail(teller(state.mark_failed_run))

    assert answer["subject"] == "Run failed - prod"
    assert f"Misconfigured: {BAD_CONFIG}\n\nWhat to do: correct" in answer["message"]
    assert (answer["details"]["kind"], answer["cause"]) == ("failure", BAD_CONFIG)


def test_a_failure_without_a_word_of_its_own_has_a_cause_in_plain_words(state):
    answer = fail(teller(state.mark_failed_run), "", error="Sandbox.Timedout")

    assert answer["cause"] == "the function ran out of time (Sandbox.Timedout)"
