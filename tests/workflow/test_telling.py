"""What a run tells of something that stands: once a day."""

from __future__ import annotations

from datetime import timedelta

from tests.workflow.conftest import MORNING, Embed, scenario, server


def test_a_failure_that_stands_for_a_day_makes_one_mail(embed: Embed) -> None:
    fault = {"api": "ec2:StartInstances", "instance": "web", "error": "IncorrectInstanceState"}
    aws = embed(scenario(server("web"), faults=[fault]))

    runs = [aws.run(MORNING + timedelta(minutes=5 * tick)) for tick in range(40)]

    mails = [run.notification.subject for run in runs if run.notification is not None]
    assert mails == ["1 failed - instance-scheduler"]
    tries = [run.cost.api_calls.get("ec2:StartInstances", 0) for run in runs]
    assert tries[:4] == [1, 1, 1, 1]
    assert sum(tries[12:36]) <= 8
