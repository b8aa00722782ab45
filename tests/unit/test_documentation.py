"""The examples of the page about schedules are correct."""

import json
import re
from pathlib import Path

import pytest
import yaml

from instance_scheduler.config import parse_config
from instance_scheduler.decision import decide
from instance_scheduler.expressions import parse_month_term, parse_monthday_term, parse_weekday_term
from instance_scheduler.settings import Settings
from scheduler_cli.evaluate import answer_line

PAGE = (Path(__file__).parents[2] / "docs" / "schedules.md").read_text(encoding="utf-8")
CONFIGS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
CASES, ANSWERS = (block.splitlines() for block in re.findall(r"```jsonl\n(.*?)```", PAGE, re.DOTALL))
PARSERS = {"weekdays": parse_weekday_term, "monthdays": parse_monthday_term, "months": parse_month_term}
EXPRESSIONS = [
    (attribute, expression)
    for attribute in PARSERS
    for row in PAGE.split(f"| `{attribute}` | counts |\n")[1].split("\n\n")[0].splitlines()[1:]
    for expression in re.findall(r"`([^`]+)`", row.split("|")[1])
]


@pytest.mark.parametrize("text", CONFIGS, ids=[str(number) for number in range(len(CONFIGS))])
def test_config_on_the_page_has_no_fault(text: str) -> None:
    raw = yaml.safe_load(text)
    items = [{"type": kind.removesuffix("s"), **item} for kind in raw for item in raw[kind]]
    config = parse_config(items, Settings())
    assert (config.faults, len(config.schedules)) == ((), len(raw["schedules"]))


@pytest.mark.parametrize(
    ("case", "expected"), list(zip(CASES, ANSWERS, strict=True)), ids=[str(number) for number in range(len(CASES))]
)
def test_case_on_the_page_is_answered_as_the_page_says(case: str, expected: str) -> None:
    assert answer_line(case.encode()) == json.loads(expected)


@pytest.mark.parametrize(("attribute", "expression"), EXPRESSIONS, ids=lambda value: value)
def test_expression_on_the_page_is_accepted(attribute: str, expression: str) -> None:
    PARSERS[attribute](expression)


def test_error_on_the_page_is_the_one_that_is_given() -> None:
    config = parse_config([{"type": "period", "name": "pay-day", "monthdays": "L-3"}], Settings())
    assert f"\n{config.faults[0]}\n" in PAGE


def test_page_names_every_row_of_the_decision_table() -> None:
    source = Path(decide.__code__.co_filename).read_text(encoding="utf-8")
    rows = set(re.findall(r'"([A-Z][0-9]a?)"', source))
    assert rows == set(re.findall(r"^\| ([A-Z][0-9]a?) \|", PAGE, re.MULTILINE))
