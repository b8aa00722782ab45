"""`create-`, `update-`, `delete-schedule` and `describe-schedules`, as AWS Instance Scheduler's documentation has them."""

import json
from collections.abc import Iterator

import pytest
from tests.cli.stack import reached, scenario, started
from tests.cli.tool import answer, complaint, tool

from scheduler_cli.config_changes import read_snapshot, write
from scheduler_cli.failures import ConfigIsFaulty
from scheduler_cli.stack_access import StackAccess
from scheduler_local.embedded import EmbeddedAws


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    yield from started(scenario())


@pytest.fixture
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        yield name


def described(stack: str, name: str) -> object:
    return json.loads(answer("describe-schedules", "--stack", stack, "--name", name))["Schedules"][0]


def test_a_schedule_is_created_described_updated_and_deleted_as_documented(stack: str) -> None:
    asked = ("--name", "LondonOfficeHours", "--periods", "weekend,office", "--timezone", "Europe/London")
    told = json.loads(answer("create-schedule", *asked, "--stack", stack))
    assert told == {
        "Schedule": {
            "Enforced": False,
            "Name": "LondonOfficeHours",
            "StopNewInstances": True,
            "Periods": ["weekend", "office"],
            "Timezone": "Europe/London",
            "Type": "schedule",
        }
    }
    assert described(stack, "LondonOfficeHours") == told["Schedule"] | {"Periods": ["office", "weekend"]}
    answer("update-schedule", "-s", stack, "--name", "LondonOfficeHours", "--override-status", "stopped")
    assert described(stack, "LondonOfficeHours") == {
        "Type": "schedule",
        "Name": "LondonOfficeHours",
        "OverrideStatus": "stopped",
        "Enforced": False,
        "StopNewInstances": True,
    }
    deleted = answer("delete-schedule", "-n", "LondonOfficeHours", "--stack", stack)
    assert json.loads(deleted) == {"Schedule": "LondonOfficeHours"}
    assert complaint("describe-schedules", "-s", stack, "--name", "LondonOfficeHours")[0] == 1


@pytest.mark.parametrize(
    ("options", "attributes"),
    [
        pytest.param(("--do-not-stop-new-instances",), {"StopNewInstances": False}, id="new-instances"),
        pytest.param(("--retain-running", "--enforced"), {"RetainRunning": True, "Enforced": True}, id="alone"),
        pytest.param(("--hibernate", "true"), {"Hibernate": True}, id="true"),
        pytest.param(("--use-maintenance-window", "false"), {"UseMaintenanceWindow": False}, id="false"),
        pytest.param(("--use-metrics",), {"UseMetrics": True}, id="metrics"),
    ],
)
def test_flags_stand_alone_or_with_a_word(stack: str, options: tuple[str, ...], attributes: dict[str, bool]) -> None:
    asked = ("update-schedule", *options, "--name", "always", "--override-status", "running", "--stack", stack)
    told = json.loads(answer(*asked))["Schedule"]
    assert {name: told[name] for name in attributes} == attributes


def test_warnings_are_told_and_do_not_stop_a_write(stack: str) -> None:
    asked = ("--name", "windowed", "--periods", "office@t3.large", "--ssm-maintenance-window", "patching")
    result = tool("create-schedule", *asked, "--stack", stack)
    assert (result.exit_code, json.loads(result.stdout)["Schedule"]["SsmMaintenanceWindow"]) == (0, "patching")
    assert result.stderr == (
        "warning: schedule windowed, ssm_maintenance_window: SSM maintenance windows are not yet supported; the attribute"
        " has no effect\n"
    )
    answer("delete-schedule", "--name", "windowed", "--stack", stack)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ("create-schedule", "--name", "always", "--periods", "office"),
            "schedule always exists already; nothing was written; use update-schedule to replace it",
            id="create-does-not-overwrite",
        ),
        pytest.param(
            ("update-schedule", "--name", "never", "--override-status", "stopped"),
            "schedule never does not exist; nothing was written; use create-schedule to create it",
            id="update-needs-existence",
        ),
        pytest.param(
            ("create-schedule", "--name", "late", "--periods", "offices"),
            "nothing was written: schedule late, periods: 'offices' refers to a period that does not exist; did you mean"
            " 'office'?",
            id="unknown-period",
        ),
        pytest.param(
            ("create-schedule", "--name", "off", "--override-status", "stopped"),
            "nothing was written: schedule off, name: 'off' is no name for a schedule: the tag values ignore, none, off take"
            " an instance out of scheduling",
            id="reserved-name",
        ),
        pytest.param(
            ("update-period", "--name", "office", "--weekdays", "someday"),
            "nothing was written: period office, weekdays: 'someday' is not accepted:",
            id="period-that-would-break-its-schedules",
        ),
    ],
)
def test_what_would_do_harm_is_refused_in_one_line(stack: str, arguments: tuple[str, ...], message: str) -> None:
    code, line = complaint(*arguments, "--stack", stack)
    assert (code, line.count("\n")) == (1, 1)
    assert line.startswith(f"scheduler-cli: {message}")


def test_a_write_is_refused_where_somebody_was_faster(stack: str) -> None:
    access = StackAccess(name=stack)
    snapshot = read_snapshot(access)
    key = ("schedule", "office-hours")
    mine = snapshot.change(key, {**snapshot.items[key], "enforced": True})
    new = snapshot.change(("period", "fresh"), {"type": "period", "name": "fresh", "weekdays": ["mon"]})
    asked = ("--name", "office-hours", "--periods", "office", "--timezone", "Asia/Shanghai", "--hibernate")
    answer("update-schedule", *asked, "--stack", stack)
    with pytest.raises(ConfigIsFaulty, match="schedule office-hours was changed by somebody else meanwhile"):
        write(access, [new, mine], snapshot.edition)
    assert ("period", "fresh") not in read_snapshot(access).items


def test_an_unknown_word_for_override_status_is_a_bad_argument() -> None:
    code, line = complaint("create-schedule", "-s", "x", "--name", "a", "--override-status", "asleep")
    assert (code, line.count("\n")) == (2, 1)
