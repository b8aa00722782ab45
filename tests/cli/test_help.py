"""Help: quick, with examples to paste, and the same in the docs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.cli.tool import SCHEDULES, answer, complaint, tool

from scheduler_cli.failures import AwsFailed
from scheduler_cli.main import COMMANDS, SUMMARIES, main

ROOT = Path(__file__).parents[2]
HEAVY = ("boto3", "botocore", "rich", "holidays", "moto", "jmespath")
OURS = ("calendar import", "describe-schedule-usage", "explain", "expression", "preview", "validate")


def test_the_page_in_the_docs_is_what_help_says() -> None:
    # In a process of its own: click keeps the help option with which a command was first asked, and other tests ask without -h.
    page = subprocess.run(
        [sys.executable, "-m", "scheduler_cli.help_pages"], capture_output=True, text=True, check=True
    )
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == page.stdout, "make it again: python -m scheduler_cli.help_pages > docs/cli.md"


def test_every_command_has_a_summary() -> None:
    assert sorted(SUMMARIES) == sorted(COMMANDS)


@pytest.mark.parametrize("command", OURS)
def test_help_has_examples_to_paste(command: str) -> None:
    assert f"Examples:\n    scheduler-cli {command}" in answer(*command.split(), "--help")


def every_command(
    command: click.Command, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group below one, with the words that lead to it."""
    for name in command.list_commands(click.Context(command)) if isinstance(command, click.Group) else ():
        found = command.get_command(click.Context(command), name)
        assert found is not None
        yield (*words, name), found
        yield from every_command(found, (*words, name))


@pytest.mark.parametrize(("words", "command"), [pytest.param(*one, id=" ".join(one[0])) for one in every_command(main)])
def test_every_command_and_group_has_an_example_and_what_prints_has_json(
    words: tuple[str, ...], command: click.Command
) -> None:
    options = {option for parameter in command.params for option in parameter.opts}

    assert re.search(rf"^  scheduler-cli .*{words[0]}|\\| scheduler-cli {words[0]}", command.epilog or "", re.MULTILINE)
    assert isinstance(command, click.Group) or "--json" in options


def test_an_unknown_command_is_one_line() -> None:
    assert complaint("explane") == (2, "scheduler-cli: there is no command 'explane'; did you mean 'explain'?\n")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["evaluate", "/dev/null"], id="evaluate"),
        pytest.param(["explain", "shop", "--config", SCHEDULES], id="explain"),
        pytest.param(["validate", SCHEDULES], id="validate"),
    ],
)
def test_what_does_not_need_aws_does_not_import_it(arguments: list[str]) -> None:
    code = (
        "import sys; from scheduler_cli.main import main\n"
        f"try: main({arguments!r})\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    environment = {"PYTHONPATH": f"{ROOT}/layers/scheduler:{ROOT}/cli"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        pytest.param("scheduler-cli expl", ["plain,explain"], id="a-command"),
        pytest.param(
            f"scheduler-cli preview -c {SCHEDULES} st", ["plain,start-of-month", "plain,strict"], id="a-schedule"
        ),
        pytest.param("scheduler-cli preview -c missing.yaml st", [], id="no-config"),
    ],
)
def test_the_tab_key_completes(words: str, completed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_SCHEDULER_CLI_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert tool().stdout.split() == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("page", ["docs/cli.md", "docs/operations.md"])
def test_completion_for_a_shell_is_given_and_documented(shell: str, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_SCHEDULER_CLI_COMPLETE", f"{shell}_source")

    assert f"_SCHEDULER_CLI_COMPLETE={shell}_complete" in tool().stdout
    assert f"{shell}_source" in (ROOT / page).read_text(encoding="utf-8")


def test_a_fault_of_the_tool_is_one_line_without_a_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler_cli.explain.reasons_at", lambda *_: 1 / 0)
    assert complaint("explain", "shop", "--config", SCHEDULES) == (
        1,
        "scheduler-cli: a fault of this tool: ZeroDivisionError: division by zero; set SCHEDULER_CLI_TRACE=1 to see where\n",
    )


def test_a_complaint_of_several_lines_is_told_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AwsFailed("AWS refused Scan: 2 errors\none\ntwo")

    monkeypatch.setattr("scheduler_cli.explain.reasons_at", fail)
    line = "scheduler-cli: AWS refused Scan: 2 errors one two\n"
    assert complaint("explain", "shop", "--config", SCHEDULES) == (3, line)


def test_a_fault_of_the_tool_can_be_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler_cli.explain.reasons_at", lambda *_: 1 / 0)
    monkeypatch.setenv("SCHEDULER_CLI_TRACE", "1")
    assert isinstance(tool("explain", "shop", "--config", SCHEDULES).exception, ZeroDivisionError)


def test_a_module_that_nobody_misses_on_purpose_is_a_fault_without_a_stack_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "scheduler_cli.explain", None)
    code, line = complaint("explain", "shop", "--config", SCHEDULES)

    assert (code, line.count("\n")) == (1, 1)
    assert line.startswith("scheduler-cli: a fault of this tool: ModuleNotFoundError: import of scheduler_cli.explain")
