"""`scheduler-cli schema`: the shipped schema is the generated one, and knows what the parser knows."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.cli.tool import SCHEDULES, answer

from instance_scheduler.attributes import COMMON_ATTRIBUTES
from instance_scheduler.config import parse_config
from instance_scheduler.samples import sample_items
from instance_scheduler.settings import Settings
from scheduler_cli.config_as_code import as_document
from scheduler_cli.config_files import read_config_file
from scheduler_cli.config_items import key_of
from scheduler_cli.config_schema import config_schema

SHIPPED = Path(__file__).parents[2] / "docs" / "schedules.schema.json"
VALIDATOR = Draft202012Validator(config_schema())


def document_of(file: str) -> Any:
    """A config file as the sections of one document."""
    return as_document({key_of(item): item for item in read_config_file(Path(file)).items})


def test_the_shipped_schema_is_the_generated_one() -> None:
    assert answer("schema") == SHIPPED.read_text(encoding="utf-8")


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(config_schema())


@pytest.mark.parametrize("kind", ["period", "schedule", "calendar", "config"])
def test_every_attribute_of_the_schema_is_one_that_the_parser_knows(kind: str) -> None:
    definitions: Any = config_schema()["$defs"]
    item = dict.fromkeys(definitions[kind]["properties"], "x") | {"type": kind, "name": "scheduler"}
    faults = parse_config([item], Settings()).faults
    assert [str(fault) for fault in faults if "is no attribute" in fault.message] == []


@pytest.mark.parametrize(
    ("module", "kind"),
    [("period_item", "period"), ("schedule_item", "schedule"), ("calendar_item", "calendar")],
)
def test_every_attribute_that_the_parser_knows_is_in_the_schema(module: str, kind: str) -> None:
    known = __import__(f"instance_scheduler.{module}", fromlist=["_ATTRIBUTES"])._ATTRIBUTES - COMMON_ATTRIBUTES
    definitions: Any = config_schema()["$defs"]
    # `overwrite` is a leftover of AWS Instance Scheduler's tables that nobody should write.
    assert known - {"overwrite"} <= set(definitions[kind]["properties"])


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(document_of(SCHEDULES), id="a-file"),
        pytest.param(
            json.loads(json.dumps(as_document({key_of(item): item for item in sample_items()}))), id="samples"
        ),
        pytest.param({"periods": {"p": {"weekdays": "mon"}}, "config": {"trace": True}}, id="by-name"),
        pytest.param({"periods": None}, id="empty-section"),
    ],
)
def test_good_configs_pass(document: Any) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("perods: []", id="unknown-section"),
        pytest.param("periods: [{weekdays: mon}]", id="no-name"),
        pytest.param("periods: [{name: p, begintime: 9am}]", id="time"),
        pytest.param("periods: [{name: p}]", id="no-condition"),
        pytest.param("schedules: [{name: s, override_status: asleep}]", id="state"),
        pytest.param("schedules: [{name: s, periods: [p], enforcd: true}]", id="misspelt-attribute"),
        pytest.param("schedules: [{name: s, periods: [p], enforced: maybe}]", id="flag"),
    ],
)
def test_bad_configs_do_not_pass(text: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(text))
