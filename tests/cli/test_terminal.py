"""Every command on a terminal of 80 columns and for machines; a command that has no line in the table below fails a test."""

import json
import os
import pty
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import click
import pytest
from tests.cli.stack import HOME, HUB, MORNING, PERIODS, SCHEDULES, reached, scenario, server
from tests.cli.test_help import every_command
from tests.cli.tool import tool

from scheduler_cli.main import main
from scheduler_cli.words import breadth, fitted
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.scenario import parse_scenario

LONG = "a-schedule-whose-name-takes-all-of-sixty-four-characters-as-here"
NAMES = (
    "an-instance-with-a-name-" + "that-goes-on-" * 8,
    "办公室的网页服务器一号机器办公室的网页服务器二号机器",
    "[bold]",
)
COLUMNS = 80
COLOUR = re.compile(r"\x1b\[[0-9;]*[1-9][0-9;]*m")
"""A change of colour or weight, as NO_COLOR forbids; going back to plain is none."""
CALLS = {
    "apply": "apply {file} --yes",
    "calendar import": "calendar import CN --years 2026",
    "create-period": "create-period --name {way} --begintime 09:00 --weekdays mon-fri",
    "create-schedule": "create-schedule --name {way} --periods {way} --timezone Asia/Shanghai",
    "update-period": "update-period --name {way} --begintime 10:00",
    "update-schedule": "update-schedule --name {way} --periods {way} --description Anew",
    "delete-schedule": "delete-schedule --name {way}",
    "delete-period": "delete-period --name {way}",
    "describe-periods": "describe-periods",
    "describe-schedules": "describe-schedules",
    "describe-schedule-usage": "describe-schedule-usage --name {long} --startdate 20261123 --enddate 20261129",
    "diff": "diff {file} --prune",
    "evaluate": "evaluate {questions}",
    "explain": "explain {long}",
    "export": "export",
    "expression": "expression 1-15/2 --year 2027",
    "fleet export": "fleet export",
    "history": "history --days 35 --until 2026-11-24T01:00:00Z",
    "import-table": "import-table Old --yes --overwrite",
    "override": "override {instance} --running --for 2h",
    "pause": "pause",
    "preview": "preview {long}",
    "report": "report --until 2026-11-24T01:00:00Z --out {page}",
    "resume": "resume",
    "run": "run --dry-run --wait",
    "runs list": "runs list",
    "runs show": "runs show {run}",
    "schema": "schema",
    "status": "status",
    "validate": "validate {file}",
}
"""Each command, in an order in which they can be called twice."""
WITHOUT_A_STACK = frozenset({"calendar import", "evaluate", "expression", "schema", "validate"})
PLAYED_ELSEWHERE = frozenset({"local demo", "local run"})
"""What deploys an embedded AWS of its own: test_local_command.py and test_rehearsal.py look at its lines and its JSON."""
DOCUMENTS = frozenset(
    {"calendar import", "describe-schedule-usage", "describe-schedules", "export", "fleet export", "schema"}
)
"""What prints a document, in YAML or JSON; its lines are the document's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a command printed."""

    code: int
    screen: str


def on_a_terminal(arguments: list[str]) -> Shown:
    """Call the tool with its standard output on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    chunks: list[bytes] = []
    reader = Thread(target=lambda: chunks.extend(iter(lambda: read(ours), b"")))
    reader.start()
    with pytest.MonkeyPatch.context() as patch, os.fdopen(theirs, "w", encoding="utf-8") as screen:
        patch.setattr("sys.stdout", screen)
        patch.setenv("COLUMNS", str(COLUMNS))
        patch.setenv("NO_COLOR", "1")
        patch.setenv("TERM", "xterm-256color")
        with pytest.raises(SystemExit) as ended:
            main(arguments)
    reader.join()
    os.close(ours)
    return Shown(code=int(ended.value.code or 0), screen=b"".join(chunks).decode().replace("\r", ""))


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the terminal's other end is closed
        return b""


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    long = {"name": LONG, "timezone": "America/Argentina/ComodRivadavia", "periods": ["office@t3.small", "weekend"]}
    servers = [server(name, schedule=LONG) for name in NAMES]
    databases = [{"name": "orders", "state": "stopped", "stored_state": "stopped", "tags": {"Schedule": LONG}}]
    estate = scenario(
        config={"periods": PERIODS, "schedules": [*SCHEDULES, long]},
        accounts={HUB: {HOME: {"ec2": servers, "rds": databases}}},
    )
    with EmbeddedAws(parse_scenario(estate), at=MORNING) as played:
        for hours in (0, 5, 14):
            played.run(MORNING + timedelta(hours=hours))
        yield played


@pytest.fixture(scope="module")
def words(aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What stands for the names in braces."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "schedules.json").write_text(json.dumps({"periods": PERIODS, "schedules": SCHEDULES[:1]}))
    question = {"schedule": {"override_status": "running"}, "at": "2026-11-23T01:00:00Z"}
    (folder / "questions.jsonl").write_text(json.dumps(question) + "\n")
    with reached(aws) as stack:
        old_table(aws)
        [run, *_] = json.loads(tool("runs", "list", "--stack", stack, "--json").stdout)
        yield {
            "stack": stack,
            "long": LONG,
            "file": str(folder / "schedules.json"),
            "questions": str(folder / "questions.jsonl"),
            "page": str(folder / "page.html"),
            "run": run["run_id"],
            "instance": "orders",
        }


def old_table(aws: EmbeddedAws) -> None:
    """A config table of AWS Instance Scheduler, in the account of the hub."""
    client = aws.client("dynamodb")
    keys = [{"AttributeName": "type", "KeyType": "HASH"}, {"AttributeName": "name", "KeyType": "RANGE"}]
    kinds = [{"AttributeName": name, "AttributeType": "S"} for name in ("type", "name")]
    client.create_table(TableName="Old", KeySchema=keys, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST")
    client.put_item(TableName="Old", Item={"type": {"S": "period"}, "name": {"S": "old"}, "begintime": {"S": "09:00"}})


def arguments(command: str, words: dict[str, str], way: str) -> list[str]:
    stack = [] if command in WITHOUT_A_STACK else ["--stack", words["stack"]]
    return [*(word.format(**words, way=way) for word in shlex.split(CALLS[command])), *stack]


def leaves() -> set[str]:
    """Every command that does something; `runs` by itself is `runs list`."""
    return {" ".join(words) for words, command in every_command(main) if not isinstance(command, click.Group)}


def test_every_command_stands_in_the_table() -> None:
    assert leaves() == set(CALLS) | PLAYED_ELSEWHERE


@pytest.mark.parametrize("command", CALLS)
def test_on_a_terminal_a_command_fits_80_columns_and_no_color_keeps_it_plain(
    command: str, words: dict[str, str]
) -> None:
    shown = on_a_terminal(arguments(command, words, "terminal"))
    lines = [line for line in shown.screen.splitlines() if "://" not in line and command not in DOCUMENTS]

    assert shown.code == 0
    assert shown.screen
    assert [line for line in lines if breadth(line) > COLUMNS] == []
    assert COLOUR.findall(shown.screen) == []


@pytest.mark.parametrize("command", CALLS)
def test_for_a_machine_a_command_prints_json_and_nothing_else(command: str, words: dict[str, str]) -> None:
    told = tool(*arguments(command, words, "machine"), "--json")

    assert (told.exit_code, told.stderr) == (0, "")
    assert "\x1b" not in told.stdout
    assert parsed(told.stdout) is not None


def parsed(text: str) -> Any:
    """One JSON value, as all of these commands print: `evaluate` was asked one question."""
    return json.loads(text)


@pytest.mark.parametrize("command", sorted(leaves()))
def test_a_bad_argument_is_one_line_on_stderr_whether_or_not_json_is_asked_for(command: str) -> None:
    told = tool(*command.split(), "--no-such-option", "--json")

    assert (told.exit_code, told.stdout, told.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("one two " + "x" * 90, ["one two", "  " + "x" * 78, "  " + "x" * 12], id="a long word"),
        pytest.param("机" * 45, ["机" * 40, "  " + "机" * 5], id="wide characters"),
        pytest.param("a " + "1234567,89/" * 9, ["a", "  " + "1234567,89/" * 7, "  " + "1234567,89/" * 2], id="a list"),
        pytest.param("https://" + "x" * 90, ["https://" + "x" * 90], id="an address"),
        pytest.param("e\u0301" * 80, ["e\u0301" * 80], id="combining characters"),
    ],
)
def test_a_line_is_broken_at_the_width_of_the_terminal(
    line: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    assert fitted(line).splitlines() == expected


def test_the_page_that_a_report_wrote_is_named(words: dict[str, str]) -> None:
    told = json.loads(tool(*arguments("report", words, "machine"), "--json").stdout)

    assert told["page"] == words["page"]
    assert Path(told["page"]).read_text(encoding="utf-8").startswith("<!doctype html>")
