"""Each handler, called with the event that the state machine gives it: the shape of its answer is the next state's input."""

from itertools import count

import boto3
import pytest
from tests.functions.hub import PREFIX, FakeContext

from instance_scheduler.aws import stack
from instance_scheduler.aws.session import hub_client
from instance_scheduler.errors import InvalidInput

NOON = "2026-11-23T12:00:00Z"
LIMITS = {"shards": 10, "resizes": 10}
_numbers = count()


def make_machine(schedule):
    """A stopped instance on a schedule."""
    ec2 = boto3.client("ec2")
    tags = [{"Key": "Schedule", "Value": schedule}, {"Key": "Name", "Value": "web-1"}]
    specification = [{"ResourceType": "instance", "Tags": tags}]
    images = ec2.describe_images(Filters=[{"Name": "virtualization-type", "Values": ["hvm"]}])["Images"]
    started = ec2.run_instances(
        ImageId=images[0]["ImageId"], MinCount=1, MaxCount=1, InstanceType="t3.small", TagSpecifications=specification
    )
    instance = started["Instances"][0]["InstanceId"]
    ec2.stop_instances(InstanceIds=[instance])
    return instance


def look(machine):
    described = hub_client("ec2").describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"][0]
    return described["InstanceType"], described["State"]["Name"]


@pytest.fixture(scope="module")
def machine(hub):
    return make_machine("office")


@pytest.fixture(scope="module")
def database(hub):
    rds = boto3.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t3.medium",
        Engine="mysql",
        AllocatedStorage=10,
        MasterUsername="admin",
        MasterUserPassword="password1",
        Tags=[{"Key": "Schedule", "Value": "office"}],
    )
    rds.stop_db_instance(DBInstanceIdentifier="orders")
    return "orders"


@pytest.fixture
def run():
    return f"run-{next(_numbers)}"


def plan(invoke, run, raw):
    return invoke("plan_run", {"input": raw, "run_id": run, "start_time": "2026-11-23T12:00:31.123Z"})


def decide(invoke, run, service, raw):
    """Plan a run of one service and evaluate its only shard."""
    planned = plan(invoke, run, {**raw, "services": [service]})
    return planned, invoke(f"evaluate_{service}", {"run": planned["run"], "shard": 0})


def gather(invoke, planned, errors=(None,)):
    event = {"run": planned["run"], "limits": planned["limits"], "errors": list(errors), "entered_time": NOON}
    return invoke("gather_actions", event)


def test_plan_run_answers_run_due_shards_and_limits(invoke, run):
    answer = plan(invoke, run, {"at": NOON})

    assert set(answer) == {"run", "due", "report", "shards", "limits"}
    assert (answer["run"]["id"], answer["run"]["at"], answer["run"]["tick"]) == (run, NOON, True)
    assert (answer["due"], answer["limits"]) == (2, LIMITS)
    assert [set(shard) for shard in answer["shards"]] == [{"shard", "function", "label"}] * 2


@pytest.mark.parametrize(
    "raw", [{"hours": 1}, {"accounts": ["999999999999"]}, {"at": "noon"}], ids=["key", "account", "at"]
)
def test_plan_run_raises_what_ends_the_run_in_failed(invoke, run, raw):
    with pytest.raises(InvalidInput):
        plan(invoke, run, raw)


@pytest.mark.parametrize("service", ["ec2", "rds"])
def test_evaluate_answers_shard_report_and_error(invoke, machine, database, run, service):
    _, answer = decide(invoke, run, service, {"dry_run": True})

    assert answer == {"shard": 0, "report": 1, "error": None}


def test_gather_actions_answers_what_the_maps_and_the_summary_need(invoke, machine, run):
    planned, _ = decide(invoke, run, "ec2", {"instances": [machine]})

    answer = gather(invoke, planned, [None, "a shard: Lambda.Unknown"])

    assert set(answer) == {"run", "limits", "errors", "batches", "resizes"}
    assert (answer["limits"], answer["errors"]) == (LIMITS, ["a shard: Lambda.Unknown"])
    handed_over = {name: value for name, value in planned["run"].items() if name != "shards"}
    assert answer["run"] == handed_over | {"batches": [{"targets": "123456789012/cn-north-1/ec2"}]}
    assert answer["batches"] == [{"batch": 0, "function": "arn:start_stop_ec2", "label": "123456789012/cn-north-1/ec2"}]
    assert answer["resizes"] == []


def test_gather_actions_hands_over_nothing_of_a_dry_run(invoke, machine, run):
    planned, _ = decide(invoke, run, "ec2", {"dry_run": True})

    answer = gather(invoke, planned)

    assert (answer["batches"], answer["resizes"]) == ([], [])


@pytest.mark.parametrize("service", ["ec2", "rds"])
def test_start_stop_starts_what_is_due_and_answers_batch_and_error(invoke, opened, machine, database, run, service):
    instance = {"ec2": machine, "rds": database}[service]
    planned, _ = decide(invoke, run, service, {"instances": [instance]})
    gathered = gather(invoke, planned)

    answer = invoke(f"start_stop_{service}", {"run": gathered["run"], "batch": 0, "entered_time": NOON})

    (entry,) = opened.state.entries(run)
    assert answer == {"batch": 0, "error": None}
    assert (entry.action, entry.status) == ("start", "succeeded")


def hand_over_resize(invoke, run):
    """A stopped instance that is due to start on another type, handed over by GatherActions."""
    machine = make_machine("large-by-day")
    planned, _ = decide(invoke, run, "ec2", {"instances": [machine]})
    (resize,) = gather(invoke, planned)["resizes"]
    return machine, {"run": planned["run"], "resize": resize, "entered_time": NOON, "poll": 0}


def test_resize_takes_each_step_by_its_name(invoke, run):
    machine, event = hand_over_resize(invoke, run)

    answers = [
        invoke("resize", {**event, "step": step})
        for step in ("stop", "check_stopped", "modify", "start", "check_running")
    ]

    assert [answer["progress"] for answer in answers] == ["wait", "ready", "ready", "wait", "over"]
    assert all(set(answer) - {"waiting_for"} == {"run", "resize", "progress", "wait", "poll"} for answer in answers)
    assert all(answer["resize"] == event["resize"] for answer in answers)
    assert look(machine) == ("m5.large", "running")


def test_resize_says_what_the_run_waits_for(invoke, run):
    machine, event = hand_over_resize(invoke, run)

    answers = [invoke("resize", {**event, "step": step}) for step in ("stop", "check_stopped", "modify", "start")]

    label = f"123456789012/cn-north-1/ec2 web-1 ({machine})"
    assert [answer.get("waiting_for") for answer in answers] == [
        f"{label} to be stopped, so that it can become m5.large instead of t3.small",
        None,
        None,
        f"{label} to run as m5.large, or as an alternate where AWS has no room, instead of t3.small",
    ]


def test_what_shards_and_batches_hold_does_not_travel_through_a_resize(invoke, run):
    _, event = hand_over_resize(invoke, run)

    answer = invoke("resize", {**event, "step": "stop"})

    assert "shards" in event["run"]
    assert answer["run"] == {name: value for name, value in event["run"].items() if name != "shards"}


def test_resize_rolls_back_by_what_the_workflow_caught(invoke, opened, run):
    machine, event = hand_over_resize(invoke, run)

    answer = invoke("resize", {**event, "step": "roll_back", "caught": {"Error": "States.Timeout", "Cause": ""}})

    (entry,) = opened.state.entries(run)
    assert (answer["progress"], entry.status, entry.reason) == ("over", "failed", "States.Timeout")
    assert look(machine) == ("t3.small", "running")


def test_summarize_run_answers_mail_subject_message_and_counts(invoke, hub, run):
    message = {
        "run": plan(invoke, run, {})["run"],
        "errors": ["a shard: Lambda.Unknown"],
        "failed_batches": [None, "a batch: Lambda.Unknown"],
        "resized": [{"instance": "i-1", "error": None}, {"instance": "i-2", "error": "a resize: Lambda.Unknown"}],
        "execution": f"arn:aws-cn:states:cn-north-1:123456789012:execution:prod-scheduler:{run}",
    }

    answer = invoke("summarize_run", message)

    assert set(answer) == {"mail", "subject", "message", "details", "counts"}
    assert (answer["mail"], answer["subject"], answer["counts"]["errors"]) == (True, "3 errors - prod", 3)


@pytest.mark.parametrize(
    ("value", "text"),
    [("{", "settings is not JSON"), ("[]", "settings is not a JSON object"), ('{"colour": 1}', "colour")],
    ids=["no JSON", "no object", "an unknown setting"],
)
def test_settings_that_cannot_be_read_are_named(hub, monkeypatch, value, text):
    monkeypatch.setitem(stack._parameters(PREFIX)._current(), "settings", value)

    with pytest.raises(InvalidInput, match=text):
        stack.open_stack(FakeContext("prod-any"))
