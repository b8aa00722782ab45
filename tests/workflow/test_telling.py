"""What a run tells of something that stands: once a day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler_local.embedded import EmbeddedAws
from scheduler_local.result import RunResult
from tests.workflow.conftest import CONFIG, HOME, HUB, LATER, MORNING, SPOKE, Embed, scenario, server

TICKS_OF_A_DAY = 288


def subjects(runs: list[RunResult]) -> list[str]:
    return [run.notification.subject for run in runs if run.notification is not None]


def states_of(run: RunResult) -> list[tuple[str, str]]:
    """Each state's name with its input, and with its output, as the console shows them."""
    return [
        (event[key]["name"], event[key].get("input") or event[key].get("output") or "")
        for event in run.execution.history
        for key in ("stateEnteredEventDetails", "stateExitedEventDetails")
        if key in event
    ]


def test_failures_that_stand_for_288_ticks_make_one_mail(embed: Embed) -> None:
    """An instance that does not start, an account that denies, a schedule that nobody knows."""
    estate = {
        HUB: {HOME: {"ec2": [server("web"), server("odd", "running", "nosuch")]}},
        SPOKE: {HOME: {"ec2": [server("api")]}},
    }
    faults = [
        {"api": "ec2:StartInstances", "instance": "web", "error": "IncorrectInstanceState"},
        {"api": "ec2:DescribeInstances", "account": SPOKE, "error": "UnauthorizedOperation"},
    ]
    always = {"periods": CONFIG["periods"], "schedules": [{"name": "office-hours", "override_status": "running"}]}
    aws = embed(scenario(accounts=estate, faults=faults, config=always))

    runs = [aws.run(MORNING + timedelta(minutes=5 * tick)) for tick in range(TICKS_OF_A_DAY)]

    assert {run.status for run in runs} == {"SUCCEEDED"}
    assert subjects(runs) == ["1 failed, 1 error, 1 to look at - instance-scheduler"]
    tries = [run.cost.api_calls.get("ec2:StartInstances", 0) for run in runs]
    assert tries[:4] == [1, 1, 1, 1]
    assert sum(tries[12:36]) <= 8


def test_a_function_that_dies_at_every_tick_makes_one_mail_a_day(embed: Embed) -> None:
    aws = embed(
        scenario(server("web", "running"), faults=[{"api": "rds:DescribeDBInstances", "die": "before", "times": 100}])
    )

    runs = [aws.run(MORNING + timedelta(minutes=5 * tick)) for tick in (0, 1, 2, 12, 100)]
    after = aws.run(MORNING + timedelta(days=1))

    assert subjects(runs) == ["1 error - instance-scheduler"]
    assert subjects([after]) == ["1 error - instance-scheduler"]


def test_a_config_that_keeps_every_tick_from_running_makes_one_mail_a_day(embed: Embed) -> None:
    aws = embed(scenario(server("web"), config=CONFIG | {"config": {"tagname": "Plan"}}))

    runs = [aws.run(MORNING + timedelta(minutes=5 * tick)) for tick in (0, 1, 2, 12, 100, TICKS_OF_A_DAY - 1)]
    after = aws.run(MORNING + timedelta(days=1))

    assert {run.status for run in runs} == {"FAILED"}
    assert subjects(runs) == ["Run failed - instance-scheduler"]
    assert runs[1].states[-2:] == ("FailureToldToday?", "Failed")
    assert subjects([after]) == ["Run failed - instance-scheduler"]


SETTINGS = "/instance-scheduler/instance-scheduler/settings"


def delete_settings(aws: EmbeddedAws) -> None:
    aws.client("ssm").delete_parameters(Names=[SETTINGS])


def spoil_settings(aws: EmbeddedAws) -> None:
    aws.client("ssm").put_parameter(Name=SETTINGS, Value='{"regions": "Beijing"}', Overwrite=True)


def deny_parameters(aws: EmbeddedAws) -> None:
    aws.inject(api="ssm:GetParametersByPath", error="AccessDeniedException")


def deny_tables(aws: EmbeddedAws) -> None:
    aws.inject(api="dynamodb:*", error="AccessDeniedException")


@pytest.mark.parametrize(
    ("break_it", "why", "advice"),
    [
        pytest.param(delete_settings, f"Misconfigured: {SETTINGS} is missing", "put it back", id="settings deleted"),
        pytest.param(spoil_settings, "Misconfigured: The settings are not usable", "correct", id="settings invalid"),
        pytest.param(deny_parameters, "GetParametersByPath: AccessDeniedException", "role", id="parameters denied"),
        pytest.param(deny_tables, "AccessDeniedException", "role", id="tables denied"),
    ],
)
def test_what_takes_away_what_a_run_stands_on_is_explained_once_a_day(
    embed: Embed, break_it: Callable[[EmbeddedAws], None], why: str, advice: str
) -> None:
    aws = embed(scenario(server("web")))
    break_it(aws)

    runs = [aws.run(MORNING + timedelta(minutes=5 * tick)) for tick in (0, 1, 2, 100, TICKS_OF_A_DAY)]
    by_hand = aws.run(MORNING + timedelta(days=1, minutes=5), {})

    assert {run.status for run in runs} == {"FAILED"}
    assert [run.notification is not None for run in [*runs, by_hand]] == [True, False, False, False, True, True]
    assert runs[0].notification is not None
    assert why in runs[0].notification.message
    assert advice in runs[0].notification.message.partition("What to do: ")[2]
    assert "QuoteFailure" not in [state for run in runs for state in run.states]


def test_a_run_that_cannot_even_be_explained_publishes_its_bare_cause(embed: Embed) -> None:
    aws = embed(scenario(server("web"), config=CONFIG | {"config": {"tagname": "Plan"}}))
    aws.inject(api="dynamodb:UpdateItem", role="*summarize-run", die="before")

    run = aws.run(MORNING)

    assert run.states[-4:] == ("ExplainFailure", "QuoteFailure", "PublishFailure", "Failed")
    assert run.notification is not None
    assert run.notification.subject == "Run failed - instance-scheduler"
    assert "Misconfigured: The config table is not usable" in run.notification.message


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        ("en", "A run of instance-scheduler failed: ", "What is due stays due: the next tick looks at it."),
        ("zh", "instance-scheduler 有一次运行失败了：", "待处理的工作不会丢失，下次定时运行会再查看。"),
    ],
)
def test_the_bare_cause_stands_between_words_of_the_language(
    embed: Embed, language: str, first: str, last: str
) -> None:
    settings = {"regions": [HOME], "language": language}
    aws = embed(scenario(server("web"), settings=settings, config=CONFIG | {"config": {"tagname": "Plan"}}))
    aws.inject(api="dynamodb:UpdateItem", role="*summarize-run", die="before")

    run = aws.run(MORNING)

    assert run.notification is not None
    lines = run.notification.message.splitlines()
    assert (lines[0].startswith(first), lines[-1]) == (True, last)


def test_a_failed_run_shows_its_reason_in_plain_words_in_the_console(embed: Embed) -> None:
    aws = embed(scenario(server("web")))

    run = aws.run(MORNING, {"regions": ["eu-west-1"]})

    assert run.execution.error == "RunFailed"
    assert run.execution.cause == f"regions: 'eu-west-1' is not accepted; the stack knows {HOME}."


def test_a_function_that_dies_shows_why_in_plain_words_too(embed: Embed) -> None:
    aws = embed(scenario(server("web")))
    aws.inject(api="dynamodb:Scan", role="*plan-run", die="before")

    run = aws.run(MORNING)

    assert "ReadCause" in run.states
    assert run.execution.cause.startswith("RequestId: ")
    assert "{" not in run.execution.cause
    assert run.notification is not None
    assert "errorType" not in run.notification.message


def test_every_state_of_a_run_has_short_input_and_output(embed: Embed) -> None:
    aws = embed(scenario(server("web"), server("big", "running", "scaled")))

    run = aws.run(MORNING + timedelta(hours=3))

    texts = [text for _, text in states_of(run)]
    assert max(map(len, texts)) < 2500
    assert not [text for text in texts if '""' in text or '"shards":[]' in text or '"schedules":[]' in text]
    assert all(json.loads(text) is not None for text in texts if text)


def test_a_run_that_waits_for_a_resize_says_so(embed: Embed) -> None:
    aws = embed(scenario(server("big", "running", "scaled")))

    run = aws.run(MORNING + timedelta(hours=3))

    waits = {name: json.loads(text).get("waiting_for", "") for name, text in states_of(run) if name.startswith("Wait")}
    assert set(waits) == {"WaitForStopped", "WaitForRunning"}
    assert all(f"{HUB}/{HOME}/ec2 big (i-" in text and "m5.large" in text for text in waits.values())
    assert " to be stopped, so that it can become m5.large instead of t3.small" in waits["WaitForStopped"]
    assert " to run as m5.large" in waits["WaitForRunning"]


def test_by_default_there_are_neither_metrics_nor_events_and_an_idle_tick_stays_what_it_was(embed: Embed) -> None:
    aws = embed(scenario(server("web")))

    first, _, idle = aws.run(MORNING), aws.run(LATER), aws.run(LATER)

    lines = [line for run in (first, idle) for one in run.record.invocations for line in one.log]
    assert not [line for line in lines if "CloudWatchMetrics" in line]
    assert "events:PutEvents" not in first.cost.api_calls
    assert len(idle.states) == 3
    assert sum(idle.cost.api_calls.values()) == 2
    assert sum(len(line) for one in idle.record.invocations for line in one.log) < 1024
