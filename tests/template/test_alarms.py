"""The alarms: what each watches, whom it tells, and which a stack has."""

import pytest
from tests.template.stack import Stack

from scheduler_cli.pausing import missing_runs_alarm
from scheduler_cli.stack_access import StackAccess

ALARM = "AWS::CloudWatch::Alarm"
ESSENTIAL = {"MissingRunsAlarm", "DeadLettersAlarm"}
SECONDS_IN_A_DAY = 86_400


def alarms(**parameters):
    return Stack("template.yaml", **parameters).of_type(ALARM)


@pytest.mark.parametrize(
    ("chosen", "made"),
    [
        ("none", set()),
        ("essential", ESSENTIAL),
        ("all", ESSENTIAL | {"RunFailedAlarm", "RunTimedOutAlarm"}),
    ],
)
def test_a_stack_has_the_alarms_that_were_chosen(chosen, made):
    assert set(alarms(Alarms=chosen)) == made


@pytest.mark.parametrize(
    ("parameters", "watched"),
    [
        ({"Alarms": "all", "UseMetrics": "true"}, True),
        ({"Alarms": "all"}, False),
        ({"UseMetrics": "true"}, False),
    ],
    ids=["metrics are written", "nobody writes metrics", "not chosen"],
)
def test_failed_actions_are_watched_where_somebody_counts_them(parameters, watched):
    assert ("FailedActionsAlarm" in alarms(**parameters)) is watched


def test_by_default_a_stack_has_those_that_tell_what_no_run_can_tell():
    assert set(alarms()) == ESSENTIAL


EVERY = alarms(Alarms="all", UseMetrics="true")


@pytest.mark.parametrize("name", sorted(EVERY))
def test_an_alarm_tells_the_topic_in_words_of_a_person(name):
    alarm = EVERY[name]
    assert alarm["AlarmActions"] == ["<NotificationTopic>"]
    assert 50 < len(alarm["AlarmDescription"]) <= 1024
    assert alarm["AlarmDescription"].endswith(".")


@pytest.mark.parametrize("interval", ["1", "2", "5", "10", "15", "30", "60"])
def test_runs_are_missing_when_three_intervals_saw_none(interval):
    alarm = alarms(ScheduleInterval=interval)["MissingRunsAlarm"]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ExecutionsStarted", "Sum")
    assert alarm["Period"] == 60 * int(interval)
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 3)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    # A machine of which nothing is heard has started nothing.
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("name", sorted(EVERY))
def test_cloudwatch_evaluates_at_most_a_day(name):
    alarm = alarms(Alarms="all", UseMetrics="true", ScheduleInterval="60")[name]
    assert alarm["Period"] % 60 == 0
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= SECONDS_IN_A_DAY


@pytest.mark.parametrize(("enabled", "told"), [("true", True), ("false", False)])
def test_a_stack_whose_clock_is_off_misses_no_run(enabled, told):
    assert alarms(Enabled=enabled)["MissingRunsAlarm"]["ActionsEnabled"] is told


def test_silence_is_no_alarm_but_for_missing_runs():
    others = [alarm for name, alarm in EVERY.items() if name != "MissingRunsAlarm"]
    assert {alarm["TreatMissingData"] for alarm in others} == {"notBreaching"}


def test_the_tool_silences_the_alarm_by_the_name_that_it_has():
    assert alarms()["MissingRunsAlarm"]["AlarmName"] == missing_runs_alarm(StackAccess(name="timetable"))
