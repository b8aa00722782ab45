"""Calling `scheduler-cli` in a test, with the two streams apart."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from scheduler_cli.main import main

FILES = Path(__file__).parent / "files"
SCHEDULES = str(FILES / "schedules.yaml")


def tool(*arguments: str) -> Result:
    """Call the tool."""
    return CliRunner(mix_stderr=False).invoke(main, arguments)


def answer(*arguments: str) -> str:
    """What the tool prints where all is well."""
    result = tool(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def answer_json(*arguments: str) -> Any:
    """What the tool prints with --json where all is well."""
    return json.loads(answer(*arguments, "--json"))


def complaint(*arguments: str) -> tuple[int, str]:
    """The exit code and what stands on stderr; nothing may stand on stdout."""
    result = tool(*arguments)
    assert result.stdout == ""
    return result.exit_code, result.stderr
