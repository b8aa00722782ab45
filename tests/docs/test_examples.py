"""What the pages show can be used as it stands: commands, inputs, config, scenarios."""

import json
import re
import shlex
from datetime import UTC, datetime, timedelta

import click
import pytest
import yaml
from tests.docs.pages import PAGES, ROOT, Block, blocks, commands, text_of

from instance_scheduler.config import parse_config
from instance_scheduler.request import Known, read_request
from instance_scheduler.settings import Service, Settings
from scheduler_cli.main import main
from scheduler_local.scenario import parse_scenario, read_scenario

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
KNOWN = Known(
    accounts=("111122223333",),
    regions=("cn-north-1",),
    services=tuple(Service),
    schedules=("office-hours", "cn-office-hours"),
)
JSON = blocks("json")
SHELL = blocks("sh")
OTHERS = ("Version", "source")
"""Keys of a policy, and of a rule's event pattern: JSON that is no input of an execution."""
INPUTS = [block for block in JSON if not any(f'"{key}":' in block.text for key in OTHERS)]
SHELL_INPUTS = sorted({found for block in SHELL for found in re.findall(r"--input '([^']*)'", block.text)})
ITEMS = [found for block in SHELL for found in re.findall(r"--item '([^']*)'", block.text)]
YAML = blocks("yaml")
CONFIGS = [block for block in YAML if "partition_region" not in block.text]
SCENARIOS = [block for block in YAML if "partition_region" in block.text]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def read_input(text: str) -> None:
    read_request(
        json.loads(text), run_id="run", start_time=START + timedelta(minutes=1), settings=Settings(), known=KNOWN
    )


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """Follow the words into groups as far as they lead; what is left are options and arguments."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"there is no command {words[0]!r}"
        command, words = found, words[1:]
    # `runs` by itself lists.
    if isinstance(command, click.Group) and "list" in command.commands:
        command = command.commands["list"]
    return command, words


@pytest.mark.parametrize("line", commands("make"))
def test_a_make_command_names_a_target_of_the_makefile(line: str) -> None:
    targets = [word for word in shlex.split(line)[1:] if "=" not in word]

    assert set(targets) <= TARGETS


@pytest.mark.parametrize("line", commands("scheduler-cli"))
def test_a_scheduler_cli_command_and_its_options_exist(line: str) -> None:
    words = re.split(r"\s+", re.sub(r"[\[\]]", " ", re.split(r"[|>]", line)[0]).strip())[1:]
    command, rest = command_of(words)
    known = {option for parameter in command.params for option in parameter.opts}

    assert {word for word in rest if re.match(r"--?[a-z]", word)} <= known | {"--help", "-h"}


@pytest.mark.parametrize("block", INPUTS, ids=str)
def test_an_execution_input_in_a_block_is_accepted(block: Block) -> None:
    read_input(block.text)


@pytest.mark.parametrize("text", SHELL_INPUTS)
def test_an_execution_input_in_a_command_is_accepted(text: str) -> None:
    read_input(text)


@pytest.mark.parametrize("block", JSON, ids=str)
def test_a_json_block_parses(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", CONFIGS, ids=str)
def test_a_config_in_a_block_has_no_fault(block: Block) -> None:
    raw = yaml.safe_load(block.text)
    extra = raw.pop("config", {})
    items = [{"type": kind.removesuffix("s"), **item} for kind in raw for item in raw[kind]]

    assert parse_config([*items, {"type": "config", "name": "scheduler", **extra}], Settings()).faults == ()


@pytest.mark.parametrize("block", SCENARIOS, ids=str)
def test_a_scenario_in_a_block_is_accepted_and_its_config_has_no_fault(block: Block) -> None:
    scenario = parse_scenario(yaml.safe_load(block.text))

    assert parse_config(scenario.config_items, Settings()).faults == ()


@pytest.mark.parametrize("file", sorted((ROOT / "docs" / "examples").glob("*.yaml")), ids=lambda file: file.name)
def test_a_scenario_in_a_file_is_accepted_and_its_config_has_no_fault(file) -> None:
    assert parse_config(read_scenario(file).config_items, Settings()).faults == ()


@pytest.mark.parametrize("text", ITEMS)
def test_an_item_in_a_command_is_written_in_dynamodbs_form(text: str) -> None:
    item = json.loads(text)

    assert {"type", "name"} <= set(item)
    assert all(next(iter(value)) in ("S", "SS", "BOOL") for value in item.values())


EXECUTED = {
    "json": "inputs are read, policies and patterns parsed: here",
    "jsonl": "cases are evaluated and compared with the answers: tests/unit/test_documentation.py",
    "python": "run on moto: test_python_examples.py",
    "sh": "run against a stack: test_shell_examples.py",
    "yaml": "configs and scenarios are parsed, those of migrations evaluated: here and test_migration.py",
}
NOT_EXECUTED = {
    "": "what a command prints: cli.md is compared with --help by tests/cli/test_help.py",
    "text": "what a mail or a terminal shows",
    "mermaid": "a picture of the states, compared with the state machine by test_pages.py",
}


def test_every_kind_of_block_is_executed_or_has_its_reason_not_to_be() -> None:
    shown = {found for page in PAGES for found in re.findall(r"^ *```([\w-]*)\n(?:.*\n)*? *```$", text_of(page), re.M)}

    assert shown <= set(EXECUTED) | set(NOT_EXECUTED)
    assert shown >= set(EXECUTED)
