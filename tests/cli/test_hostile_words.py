"""Names and tags that would forge a line of an answer, or move the cursor of a terminal: each stays one printable line."""

from collections.abc import Iterator

import click
import pytest
from tests.cli.stack import HOME, HUB, MORNING, instance_id, reached, scenario, server, started
from tests.cli.tool import tool

from scheduler_cli.words import folded
from scheduler_local.embedded import EmbeddedAws

HOSTILE = "web\r\n\n[red]FORGED\u2028 line\x85x\u202e\u200b\x9b31m\x9b2J"
RUN = "20261123T0100Z-1"
ESTATE = scenario(server(HOSTILE), server("odd", schedule=f"off{HOSTILE}"))
ESTATE["accounts"][HUB][HOME]["rds"] = [{"name": "orders", "tags": {"Schedule": f"day{HOSTILE}"}}]
ESTATE["faults"] = [{"api": "ec2:StartInstances", "error": "UnsupportedOperation", "message": HOSTILE, "times": 1}]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    for embedded in started(ESTATE):
        embedded.run(MORNING)
        yield embedded


def unprintable(text: str) -> set[str]:
    return {character for character in text if not character.isprintable()} - {"\n"}


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["history"],
        ["history", "{hostile}"],
        ["runs", "show", RUN],
        ["explain", "--instance", "{hostile}"],
        ["override", "{hostile}", "--running", "--for", "1h"],
        ["run", "--dry-run", "--wait"],
    ],
    ids=" ".join,
)
def test_what_is_answered_has_the_lines_and_the_characters_of_the_tool_alone(
    aws: EmbeddedAws, command: list[str]
) -> None:
    hostile = instance_id(aws, HOSTILE)
    with reached(aws) as name:
        result = tool(*[word.format(hostile=hostile) for word in command], "--stack", name)

    assert result.exit_code in (0, 1)
    assert len(result.stdout) > 50
    assert unprintable(result.stdout + result.stderr) == set()
    assert [line for line in result.stdout.splitlines() if line.startswith("[red]FORGED")] == []


def test_the_styles_of_the_tool_itself_are_kept() -> None:
    assert folded(f"{click.style('prod', bold=True)}  a\nb\x1b[2J") == "\x1b[1mprod\x1b[0m  a b [2J"
