"""The commands that the documentation of AWS Instance Scheduler shows, typed as they stand there.

Sources: "Scheduler CLI" and "Sample schedules" of the implementation guide of Instance Scheduler on AWS.
"""

import json
import shlex
from collections.abc import Iterator

import pytest
from tests.cli.stack import reached, scenario, started
from tests.cli.tool import answer, tool

from instance_scheduler.samples import sample_items
from scheduler_cli.config_items import key_of
from scheduler_cli.stack_access import StackAccess
from scheduler_local.embedded import EmbeddedAws

# RUF001 is off for the project: the en dash of the samples' `-–timezone` is what the guide shows.
MON_9AM_FRI_5PM = (
    "create-period --stack <stackname> --name mon-start-9am --weekdays mon --begintime 9:00 --endtime 23:59",
    "create-period --stack <stackname> --name tue-thu-full-day --weekdays tue-thu",
    "create-period --stack <stackname> --name fri-stop-5pm --weekdays fri --begintime 0:00 --endtime 17:00",
    "create-schedule --stack <stackname> --name mon-9am-fri-5pm "
    "--periods mon-start-9am,tue-thu-full-day,fri-stop-5pm -–timezone America/New_York",
)
LONDON = (
    "create-period --stack <stackname> --name weekdays-9-5 --weekdays mon-fri --begintime 9:00 --endtime 16:59",
    "create-schedule --stack <stackname> --name london-working-hours --periods weekdays-9-5 -–timezone Europe/London",
)
STOP_AT_FIVE = (
    "create-period --stack <stackname> --name stop-5pm --weekdays mon-fri --endtime 16:59",
    "create-schedule --stack <stackname> --name stop-5pm-new-york --periods stop-5pm -–timezone America/New_York",
)
STOP_OVER_THE_WEEKEND = (
    "create-period --stack <stackname> --name monday-to-thursday --weekdays mon-thu",
    "create-period --stack <stackname> --name friday-until-five --weekdays fri --endtime 17:00",
    "create-schedule --stack <stackname> --name stop-over-the-weekend --periods monday-to-thursday,friday-until-five",
)
COMMANDS = (
    'create-period --name "weekdays" --begintime 09:00 --endtime 18:00 --weekdays mon-fri --stack <stackname>',
    "create-schedule --name LondonOfficeHours --periods weekdays,weekends --timezone Europe/London --stack <stackname>",
    "create-schedule --name All --periods weekdays@m5.large --override-status running --do-not-stop-new-instances "
    "--use-maintenance-window --ssm-maintenance-window my-window --retain-running --enforced --hibernate --use-metrics "
    "--description Everything --stack <stackname>",
    "describe-periods --stack <stackname>",
    "describe-periods --name weekdays --stack <stackname>",
    "describe-schedules --stack <stackname>",
    "describe-schedules --stack <stackname> --name running",
    "describe-schedules --stack <stackname> --query Schedules[?Timezone!=null].Name -r cn-north-1",
    "describe-schedule-usage --stack <stackname> --name seattle-office-hours",
    "describe-schedule-usage --stack <stackname> --name seattle-office-hours --startdate 20171204 --enddate 20171206",
    'update-period --name "weekdays" --begintime 09:00 --endtime 18:00 --weekdays mon-fri --stack <stackname>',
    "update-schedule --name LondonOfficeHours --periods weekdays,weekends --timezone Europe/London --stack <stackname>",
    "delete-schedule -n All --stack <stackname>",
    "delete-schedule --name LondonOfficeHours --stack <stackname>",
    "delete-period --name weekdays --stack <stackname>",
)


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    yield from started(scenario())


@pytest.fixture(scope="module")
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        StackAccess(name=name).config_table.put_all(sample_items())
        yield name


def typed(command: str, stack: str) -> str:
    return answer(*shlex.split(command.replace("<stackname>", stack)))


def test_every_command_works_as_it_is_written_in_the_guide(stack: str) -> None:
    told = [tool(*shlex.split(command.replace("<stackname>", stack))) for command in COMMANDS]

    assert [command for command, one in zip(COMMANDS, told, strict=True) if one.exit_code] == []
    assert all(json.loads(one.stdout) is not None for one in told)


@pytest.mark.parametrize(
    "commands",
    [MON_9AM_FRI_5PM, LONDON, STOP_AT_FIVE, STOP_OVER_THE_WEEKEND],
    ids=["monday to friday", "London", "stop at five", "stop over the weekend"],
)
def test_the_sample_schedules_are_made_as_the_guide_says(stack: str, commands: tuple[str, ...]) -> None:
    for_the_last = [typed(command, stack) for command in commands][-1]

    schedule = json.loads(for_the_last)["Schedule"]
    assert schedule["Name"] in json.loads(answer("describe-schedules", "-s", stack, "-q", "Schedules[].Name"))


def test_a_created_period_is_answered_as_the_guide_shows(stack: str) -> None:
    command = 'create-period --name "as-shown" --begintime 09:00 --endtime 18:00 --weekdays mon-fri --stack <stackname>'

    assert json.loads(typed(command, stack)) == {
        "Period": {
            "Name": "as-shown",
            "Endtime": "18:00",
            "Type": "period",
            "Begintime": "09:00",
            "Weekdays": ["mon-fri"],
        }
    }


def test_a_created_schedule_is_answered_as_the_guide_shows(stack: str) -> None:
    command = "create-schedule --name AsShown --periods office --timezone Europe/London --stack <stackname>"

    assert json.loads(typed(command, stack)) == {
        "Schedule": {
            "Enforced": False,
            "Name": "AsShown",
            "StopNewInstances": True,
            "Periods": ["office"],
            "Timezone": "Europe/London",
            "Type": "schedule",
        }
    }


def test_usage_is_answered_as_the_guide_shows(stack: str) -> None:
    command = "describe-schedule-usage --stack <stackname> --name seattle-office-hours --startdate 20171204 --enddate 20171204"

    assert json.loads(typed(command, stack)) == {
        "Usage": {
            "2017-12-04": {
                "BillingHours": 8,
                "RunningPeriods": {
                    "office-hours": {
                        "Begin": "12/04/17 09:00:00",
                        "End": "12/04/17 17:00:00",
                        "BillingHours": 8,
                        "BillingSeconds": 28800,
                    }
                },
                "BillingSeconds": 28800,
            }
        },
        "Schedule": "seattle-office-hours",
    }


def test_the_samples_are_listed_with_the_attributes_that_they_have(stack: str) -> None:
    samples = {key_of(item)[1] for item in sample_items() if item["type"] == "period"}

    assert samples <= set(json.loads(typed("describe-periods --stack <stackname> --query Periods[].Name", stack)))


@pytest.mark.parametrize("option", ["--stack", "—stack", "–-stack", "-–stack", "––stack"])
def test_dashes_may_be_those_of_a_word_processor(stack: str, option: str) -> None:
    assert json.loads(answer("describe-periods", option, stack, "--query", "Periods[?Name=='office'].Name")) == [
        "office"
    ]


def test_help_may_be_asked_for_with_the_dash_of_the_guide() -> None:
    assert answer("–-help").startswith("Usage: scheduler-cli")


def test_a_profile_is_named_by_its_long_and_its_short_form(
    stack: str, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text(
        "[operator]\naws_access_key_id = nobody\naws_secret_access_key = nothing\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    codes = [
        tool("describe-periods", "--stack", stack, option, profile).exit_code
        for option in ("--profile-name", "-p")
        for profile in ("operator", "stranger")
    ]

    # The profile is used, and its keys, which nobody has, are refused; one that does not exist cannot be used.
    assert codes == [3, 3, 3, 3]
