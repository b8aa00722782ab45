"""What a stack tells with everything on: metrics, the dashboard and alarms on them, events, and the mail for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from instance_scheduler.action_events import DETAIL_TYPE, SOURCE
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.recorder import Recorder
from scheduler_local.result import RunResult
from scheduler_local.scenario import parse_scenario
from tests.template.stack import Stack
from tests.workflow.conftest import EVENING, HOME, HUB, MORNING, NOON, database, scenario, server

DOCS = Path(__file__).parents[2] / "docs"
NAME = "instance-scheduler"
STACK = Stack("template.yaml", Alarms="all", UseMetrics="true", Dashboard="true", **{"AWS::StackName": NAME})
OF_AWS = {
    ("AWS/States", "ExecutionsStarted"): ("StateMachineArn",),
    ("AWS/States", "ExecutionsFailed"): ("StateMachineArn",),
    ("AWS/States", "ExecutionsTimedOut"): ("StateMachineArn",),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ("QueueName",),
}
"""Metrics that AWS documents for Step Functions and SQS → their dimensions."""

Emitted = dict[tuple[str, str, tuple[tuple[str, str], ...]], list[float]]
"""Namespace, metric and dimensions → the values that were emitted."""


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    settings = {"regions": [HOME], "default_timezone": "Asia/Shanghai", "use_metrics": True, "publish_events": True}
    estate = {
        HUB: {
            HOME: {
                "ec2": [server("web"), server("api"), server("stuck"), server("big", "running", "scaled")],
                "rds": [database("orders")],
            }
        }
    }
    fault = {"api": "ec2:StartInstances", "instance": "stuck", "error": "IncorrectInstanceState"}
    with EmbeddedAws(parse_scenario(scenario(accounts=estate, settings=settings, faults=[fault]))) as aws:
        yield aws


@pytest.fixture(scope="module")
def runs(aws: EmbeddedAws) -> list[RunResult]:
    """The morning, three ticks after it, noon, the evening, and two ticks after that."""
    after = [MORNING + timedelta(minutes=5 * tick) for tick in (1, 2, 3)]
    late = [EVENING + timedelta(minutes=5 * tick) for tick in (1, 2)]
    return [aws.run(at) for at in (MORNING, *after, NOON, EVENING, *late)]


def metric_lines(record: Recorder) -> Iterator[dict[str, Any]]:
    """The lines in the embedded metric format among the functions' logs."""
    for invocation in record.invocations:
        for line in invocation.log:
            if '"CloudWatchMetrics"' in line:
                yield json.loads(line)


def emitted(*runs: RunResult) -> Emitted:
    """What CloudWatch makes of the logs of runs."""
    found: Emitted = {}
    for run in runs:
        for line in metric_lines(run.record):
            for directive in line["_aws"]["CloudWatchMetrics"]:
                for names in directive["Dimensions"]:
                    dimensions = tuple(sorted((name, line[name]) for name in names))
                    for metric in directive["Metrics"]:
                        key = (directive["Namespace"], metric["Name"], dimensions)
                        found.setdefault(key, []).extend(line[metric["Name"]])
    return found


def of_stack(found: Emitted, metric: str) -> list[float]:
    return found[("InstanceScheduler", metric, (("Stack", NAME),))]


def of_schedule(found: Emitted, metric: str, schedule: str, service: str) -> list[float]:
    dimensions = (("Schedule", schedule), ("Service", service), ("Stack", NAME))
    return found[("InstanceScheduler", metric, dimensions)]


def watched() -> Iterator[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """What the dashboard's widgets and the alarms look at; searches aside."""
    (dashboard,) = STACK.of_type("AWS::CloudWatch::Dashboard").values()
    for widget in json.loads(dashboard["DashboardBody"])["widgets"]:
        for metric in widget["properties"]["metrics"]:
            if isinstance(metric[0], str):
                namespace, name, *rest = [part for part in metric if isinstance(part, str)]
                yield namespace, name, tuple(sorted(zip(rest[::2], rest[1::2], strict=True)))
    for alarm in STACK.of_type("AWS::CloudWatch::Alarm").values():
        dimensions = tuple(sorted((one["Name"], one["Value"]) for one in alarm["Dimensions"]))
        yield alarm["Namespace"], alarm["MetricName"], dimensions


WATCHED = sorted(set(watched()))


# Metrics, and what looks at them.


@pytest.mark.parametrize("metric", WATCHED, ids=[f"{namespace} {name}" for namespace, name, _ in WATCHED])
def test_every_widget_and_every_alarm_looks_at_a_metric_that_somebody_emits(
    runs: list[RunResult], metric: tuple[str, str, tuple[tuple[str, str], ...]]
) -> None:
    namespace, name, dimensions = metric
    of_aws = OF_AWS.get((namespace, name)) == tuple(key for key, _ in dimensions)
    assert of_aws or metric in emitted(*runs)


def test_everything_that_is_emitted_for_the_stack_is_on_the_dashboard(runs: list[RunResult]) -> None:
    whole = {key for key in emitted(*runs) if key[2] == (("Stack", NAME),)}
    assert whole <= set(WATCHED)


def test_the_search_of_the_dashboard_names_the_dimensions_that_are_emitted(runs: list[RunResult]) -> None:
    (dashboard,) = STACK.of_type("AWS::CloudWatch::Dashboard").values()
    assert "{InstanceScheduler,Stack,Schedule,Service}" in dashboard["DashboardBody"]
    dimensions = {tuple(name for name, _ in key[2]) for key in emitted(*runs)}
    assert dimensions == {("Stack",), ("Schedule", "Service", "Stack")}


def test_actions_are_counted_by_schedule_and_service(runs: list[RunResult]) -> None:
    found = emitted(*runs)
    assert of_schedule(found, "Started", "office-hours", "ec2") == [2.0]
    assert of_schedule(found, "Started", "office-hours", "rds") == [1.0]
    assert of_schedule(found, "Failed", "office-hours", "ec2")[0] == 1.0
    assert of_schedule(found, "Resized", "scaled", "ec2") == [1.0]
    assert sum(of_schedule(found, "Stopped", "office-hours", "ec2")) == 2.0


def test_instances_are_counted_as_sweeps_last_saw_them(runs: list[RunResult]) -> None:
    found = emitted(runs[3])
    assert (of_stack(found, "Managed"), of_stack(found, "Running")) == ([5.0], [4.0])
    assert of_schedule(found, "Managed", "office-hours", "rds") == [1.0]


def test_hours_avoided_are_those_of_one_interval_for_each_instance_that_rests(runs: list[RunResult]) -> None:
    assert of_stack(emitted(runs[7]), "HoursAvoided") == [pytest.approx(5 * 5 / 60)]


def test_an_instance_that_does_not_start_avoids_no_hours(runs: list[RunResult]) -> None:
    assert of_stack(emitted(runs[3]), "HoursAvoided") == [0.0]


def test_targets_are_swept_or_skipped(runs: list[RunResult]) -> None:
    found = emitted(runs[0])
    assert (of_stack(found, "TargetsSwept"), of_stack(found, "TargetsSkipped")) == ([2.0], [0.0])


def test_no_metric_is_put_by_a_call(runs: list[RunResult]) -> None:
    assert not [api for run in runs for api in run.cost.api_calls if api.startswith("cloudwatch:")]


# Events.


def events(*runs: RunResult) -> list[dict[str, Any]]:
    calls = [call.call for run in runs for call in run.calls if call.api == "events:PutEvents"]
    return [entry for call in calls for entry in call.parameters["Entries"]]


def test_each_action_is_an_event_as_the_schema_says(runs: list[RunResult]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads((DOCS / "events.schema.json").read_text()))
    put = events(runs[0])
    details = [json.loads(one["Detail"]) for one in put]
    for detail in details:
        validator.validate(detail)
    assert sorted((one["name"], one["action"], one["status"]) for one in details) == [
        ("api", "start", "succeeded"),
        ("orders", "start", "succeeded"),
        ("stuck", "start", "failed"),
        ("web", "start", "succeeded"),
    ]
    assert {(one["Source"], one["DetailType"]) for one in put} == {(SOURCE, DETAIL_TYPE)}
    assert {one["Resources"][0].split(":")[1] for one in put} == {"aws-cn"}


def test_a_resize_is_an_event_with_both_types(runs: list[RunResult]) -> None:
    details = [json.loads(one["Detail"]) for one in events(runs[4])]
    (resize,) = [one for one in details if one["action"] == "resize"]
    assert (resize["from_type"], resize["to_type"]) == ("t3.small", "m5.large")


def test_a_dry_run_puts_no_event_and_counts_nothing(aws: EmbeddedAws, runs: list[RunResult]) -> None:
    dry = aws.run(EVENING, {"dry_run": True})
    assert (events(dry), emitted(dry)) == ([], {})


# The mail for programs, and for people.


def test_programs_get_json_in_the_place_of_the_mails_text(aws: EmbeddedAws, runs: list[RunResult]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads((DOCS / "summary.schema.json").read_text()))
    (call,) = [one.call for one in runs[0].record.calls if one.api == "sns:Publish"]
    message = json.loads(call.parameters["Message"])
    notification = runs[0].notification
    assert notification is not None
    assert call.parameters["MessageStructure"] == "json"
    assert message["default"] == message["email"] == notification.message
    assert message["sqs"] == message["lambda"] == message["http"] == message["https"]
    validator.validate(json.loads(message["sqs"]))
