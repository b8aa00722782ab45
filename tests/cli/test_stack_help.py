"""Help of the commands that work on a stack: each has an example to paste, and says where the stack is."""

import pytest
from tests.cli.tool import answer, complaint

COMMANDS = (
    "apply",
    "create-period",
    "create-schedule",
    "delete-period",
    "delete-schedule",
    "describe-periods",
    "describe-schedules",
    "diff",
    "export",
    "fleet export",
    "history",
    "import-table",
    "override",
    "pause",
    "resume",
    "run",
    "runs",
    "runs show",
    "schema",
    "status",
    "update-period",
    "update-schedule",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_to_paste(command: str) -> None:
    told = answer(*command.split(), "--help")
    assert "Example" in told
    assert f"\n    scheduler-cli {command}" in told


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("runs", "schema")])
def test_a_stack_and_a_profile_can_be_named(command: str) -> None:
    told = answer(*command.split(), "--help")
    assert "-s, --stack NAME" in told
    assert "-p, --profile-name, --profile PROFILE" in told


def test_runs_by_itself_is_runs_list() -> None:
    assert complaint("runs", "--limit", "0", "--stack", "x") == complaint(
        "runs", "list", "--limit", "0", "--stack", "x"
    )
