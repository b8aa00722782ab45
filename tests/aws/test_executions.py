"""Whether a run still lives, as Step Functions knows it."""

import pytest
from botocore.exceptions import ClientError

from instance_scheduler.aws.executions import Executions

MACHINE = "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:prod-scheduler"


class Unknown(ClientError):
    pass


class FakeStepFunctions:
    """DescribeExecution of some executions, by their ARNs."""

    class exceptions:  # noqa: N801 - named as boto3 names it
        ExecutionDoesNotExist = Unknown

    def __init__(self, **statuses):
        self.statuses = statuses
        self.asked = []

    def describe_execution(self, executionArn):  # noqa: N803 - named as boto3 names it
        self.asked.append(executionArn)
        name = executionArn.rpartition(":")[2]
        _raise(self.statuses.get(name, Unknown({"Error": {"Code": "ExecutionDoesNotExist"}}, "DescribeExecution")))
        return {"status": self.statuses[name]}


def _raise(answer):
    if isinstance(answer, Exception):
        raise answer


@pytest.mark.parametrize(
    ("status", "alive"),
    [
        ("RUNNING", True),
        ("PENDING_REDRIVE", False),
        ("SUCCEEDED", False),
        ("FAILED", False),
        ("TIMED_OUT", False),
        ("ABORTED", False),
    ],
)
def test_a_run_lives_while_it_runs(status, alive):
    assert Executions(FakeStepFunctions(run=status), MACHINE).is_alive("run") is alive


def test_a_run_that_step_functions_does_not_know_counts_as_dead():
    assert not Executions(FakeStepFunctions(), MACHINE).is_alive("run")


def test_the_execution_is_one_of_the_stacks_own_machine():
    client = FakeStepFunctions(run="RUNNING")

    Executions(client, MACHINE).is_alive("run")

    assert client.asked == ["arn:aws-cn:states:cn-north-1:111122223333:execution:prod-scheduler:run"]


def test_a_dead_run_is_asked_for_once_and_a_living_one_again():
    client = FakeStepFunctions(dead="FAILED", living="RUNNING")
    executions = Executions(client, MACHINE)

    answers = [executions.is_alive(run) for run in ("dead", "dead", "living", "living")]

    assert (answers, len(client.asked)) == ([False, False, True, True], 3)


def test_a_refusal_to_tell_is_raised_and_not_taken_for_a_death():
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeExecution")

    with pytest.raises(ClientError):
        Executions(FakeStepFunctions(run=denied), MACHINE).is_alive("run")
