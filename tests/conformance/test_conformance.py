"""Every sample case through the code of `scheduler-cli evaluate`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler_cli.evaluate import answer_line, evaluate

FOLDER = Path(__file__).parent
FILES = ("desired_state.jsonl", "decisions.jsonl")
CASES = [
    pytest.param(line, id=f"{name.removesuffix('.jsonl')}:{number}")
    for name in FILES
    for number, line in enumerate((FOLDER / name).read_bytes().splitlines(), start=1)
]


@pytest.mark.parametrize("line", CASES)
def test_case_is_answered_as_expected(line: bytes) -> None:
    expected = json.loads(line)["expect"]
    answer = answer_line(line)
    assert {key: answer.get(key) for key in expected} == expected


@pytest.mark.parametrize("name", FILES)
def test_command_answers_every_line_of_a_file_in_order(name: str) -> None:
    result = CliRunner().invoke(evaluate, [str(FOLDER / name)])
    answered = [json.loads(line)["desired_state"] for line in result.output.splitlines()]
    expected = [json.loads(line)["expect"]["desired_state"] for line in (FOLDER / name).read_bytes().splitlines()]
    assert (result.exit_code, answered) == (0, expected)
