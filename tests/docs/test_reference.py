"""The reference tables are those of the templates, the settings, the scenario schema, the tables and the roles."""

import json
import re

import pytest
from tests.docs.pages import ROOT, rows, text_of
from tests.template.stack import read
from tests.unit.specimens import MONDAY_NOON, make_claim, make_entry, make_last_action

from instance_scheduler.journal import entry_to_item
from instance_scheduler.record import claim_to_item, last_action_to_item
from instance_scheduler.settings import Settings, parse_settings
from scheduler_local.scenario import SCHEMA_FILE

CONFIGURATION = "docs/configuration.md"
ARCHITECTURE = "docs/architecture.md"
SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def documented(after: str, before: str) -> dict[str, list[str]]:
    """The parameter tables between two sentences of the page about configuration."""
    text = text_of(ROOT / CONFIGURATION).split(after, 1)[1].split(before, 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if "| `" in line]
    return {row[0].strip("| `"): row[1:] for row in cells}


HUB = documented("Of `template.yaml`", "`StartedTags` and `StoppedTags`")
SPOKE = documented("Of `spoke/template.yaml`", "`Namespace`, `ExternalId`")


def default_of(parameter: dict[str, str]) -> str:
    default = parameter.get("Default")
    return "–" if default is None else f"`{default}`" if default != "" else "empty"


@pytest.mark.parametrize(
    ("path", "page"), [("template.yaml", HUB), ("spoke/template.yaml", SPOKE)], ids=["hub", "spoke"]
)
def test_parameters_are_those_of_the_template_with_default_and_meaning(path, page) -> None:
    parameters = read(path)["Parameters"]

    assert {name: (row[0], row[-1].rstrip(" |")) for name, row in page.items()} == {
        name: (default_of(parameter), parameter["Description"].strip()) for name, parameter in parameters.items()
    }


@pytest.mark.parametrize(
    ("path", "page"), [("template.yaml", HUB), ("spoke/template.yaml", SPOKE)], ids=["hub", "spoke"]
)
def test_accepted_values_are_those_of_the_template(path, page) -> None:
    chosen = {
        name: [str(value) for value in parameter["AllowedValues"]]
        for name, parameter in read(path)["Parameters"].items()
        if "AllowedValues" in parameter
    }

    assert {name: re.findall(r"`([^`]+)`", page[name][1]) for name in chosen} == chosen


def test_settings_are_those_of_the_document_and_their_parameters_exist() -> None:
    table = rows(CONFIGURATION, "## Settings")

    assert list(table) == list(Settings.__annotations__)
    assert {name for row in table.values() for name in re.findall(r"^`(\w+)`$", row[1])} <= set(HUB)


def test_defaults_of_settings_are_those_of_the_code() -> None:
    table = rows(CONFIGURATION, "## Settings")
    shown = {name: row[0].replace("`", "") for name, row in table.items() if "empty" not in row[0]}
    raw = {
        name: [int(word) for word in text.split(",")] if name == "resize_waits" else text
        for name, text in shown.items()
    }

    assert parse_settings(raw) == Settings()


def test_keys_of_the_input_are_those_that_are_read() -> None:
    shown = {name for row in rows(CONFIGURATION, "## Execution input") for name in re.findall(r"\w+", row)}

    assert shown == {"at", "dry_run", "accounts", "regions", "services", "schedules", "instances", "notify", "confirm"}


@pytest.mark.parametrize("kind", ["ec2", "rds", "cluster"])
def test_keys_of_an_instance_in_a_scenario_are_those_of_the_schema(kind: str) -> None:
    row = rows("docs/local.md", "## Scenario files")["clusters" if kind == "cluster" else kind]

    assert set(re.findall(r"`(\w+)`", row[0])) == set(SCHEMA["$defs"][kind]["properties"])


def test_keys_of_a_scenario_and_of_a_fault_are_those_of_the_schema() -> None:
    scenario = set(rows("docs/local.md", "## Scenario files")) - {"ec2", "rds", "clusters"}
    fault = {name for cell in rows("docs/local.md", "## Faults") for name in re.findall(r"\w+", cell)}

    assert scenario == set(SCHEMA["properties"])
    assert fault == set(SCHEMA["$defs"]["fault"]["properties"])


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(entry_to_item(make_entry()), id="decision"),
        pytest.param(claim_to_item(make_claim(at=MONDAY_NOON)), id="claim"),
        pytest.param(last_action_to_item(make_last_action()), id="last action"),
    ],
)
def test_every_attribute_of_the_state_table_is_described(item) -> None:
    section = text_of(ROOT / ARCHITECTURE).split("## The state table")[1].split("\n## ")[0]

    assert set(item) <= set(re.findall(r"`([\w]+)`", section))


def test_every_role_is_described() -> None:
    page = text_of(ROOT / "docs" / "security.md").replace(", `-", "`, `<namespace>-hub-")
    names = [
        body["Properties"]["RoleName"]
        for path in ("template.yaml", "spoke/template.yaml")
        for body in read(path)["Resources"].values()
        if body["Type"] == "AWS::IAM::Role"
    ]
    texts = [next(iter(name.values())) if isinstance(name, dict) else str(name) for name in names]
    last_words = {text.rpartition("hub-")[2].rpartition("}-")[2] for text in texts}

    assert len(last_words) == len(texts)
    assert all(re.search(rf"-{word}`", page) for word in last_words)
