"""The stack of the previous release, updated to this template: nothing that holds data is replaced or removed.

At a release, `template.yaml` and `statemachine/` are copied into `tests/template/previous/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from moto.cloudformation.models import Stack as MotoStack
from moto.cloudformation.models import cloudformation_backends
from moto.dynamodb.models.table import Table
from moto.iam.models import InlinePolicy

from scheduler_local.deploy import STACK_NAME, Stack
from scheduler_local.embedded import REPOSITORY, EmbeddedAws
from scheduler_local.patching import replaced
from scheduler_local.scenario import parse_scenario
from scheduler_local.translation import (
    inline_code,
    leave_out_unsupported,
    take_sources,
    translate,
    with_partition,
)

HUB, HOME = "111122223333", "cn-north-1"
PREVIOUS = Path(__file__).parent / "previous"
KEEPS = ("AWS::DynamoDB::Table", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Logs::LogGroup", "AWS::IAM::Role")
"""What holds data, subscriptions or trust: replaced, it would lose them."""


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    return cloudformation(PREVIOUS / "template.yaml")


@pytest.fixture(scope="module")
def after() -> dict[str, Any]:
    return cloudformation(REPOSITORY / "template.yaml")


@pytest.fixture(scope="module")
def updated(after: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """The tables as they stood before the update and after it, each with an item that was written before."""
    folder = tmp_path_factory.mktemp("previous")
    for name in ("template.yaml", "statemachine"):
        (folder / name).symlink_to(PREVIOUS / name)
    for name in ("spoke", "functions", "layers"):
        (folder / name).symlink_to(REPOSITORY / name)
    scenario = parse_scenario({"partition_region": HOME, "accounts": {HUB: {HOME: {}}}})
    with EmbeddedAws(scenario, template=folder / "template.yaml", at=datetime(2026, 11, 23, tzinfo=UTC)) as aws:
        database = aws.client("dynamodb")
        names = (aws.tables.config_table, aws.tables.state_table)
        aws.tables.put_config_item({"type": "period", "name": "kept", "begintime": "09:00"})
        first = [database.describe_table(TableName=name)["Table"] for name in names]
        template = with_partition(after, HOME)
        leave_out_unsupported(template)
        with replaced(MotoStack, parse_template=staticmethod(json.loads)), as_cloudformation_updates():
            cloudformation_backends[HUB][HOME].update_stack(
                STACK_NAME, template=json.dumps(template), parameters=[], tags=None, role_arn=None
            )
        second = [database.describe_table(TableName=name)["Table"] for name in names]
        yield first, second


@contextmanager
def as_cloudformation_updates() -> Iterator[None]:
    """What moto lacks: a policy is written anew, and a table is replaced exactly where CloudFormation's schema says so."""

    def write_anew(
        original_resource: Any, cloudformation_json: Any, account_id: str, region_name: str, **_: str
    ) -> Any:
        if original_resource is None:  # its condition does not hold
            return SimpleNamespace()
        here = (original_resource.name, cloudformation_json, account_id, region_name)
        InlinePolicy.delete_from_cloudformation_json(*here)
        return InlinePolicy.create_from_cloudformation_json(*here)

    def keep_or_replace(
        original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        if cloudformation_json["Properties"]["KeySchema"] == original_resource.schema:
            return original_resource
        original_resource.delete(account_id, region_name)
        return Table.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)

    with (
        replaced(InlinePolicy, update_from_cloudformation_json=staticmethod(write_anew)),
        replaced(Table, update_from_cloudformation_json=staticmethod(keep_or_replace)),
    ):
        yield


def cloudformation(file: Path) -> dict[str, Any]:
    """A template as it is deployed."""
    template = Stack(file, HUB, HOME).read()
    take_sources(template, file.parent)
    translated = translate(template, HOME)
    inline_code(translated["Resources"])
    translated.pop("Transform", None)
    return translated


def keepers(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: body for name, body in template["Resources"].items() if body["Type"] in KEEPS}


def replacing(kind: str) -> list[str]:
    """The properties whose change makes CloudFormation replace a resource, as its own schema says."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    paths = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    return sorted({path.removeprefix("/properties/").split("/")[0] for path in paths})


def identity(body: dict[str, Any]) -> dict[str, Any]:
    """What decides whether a resource stays the same one."""
    return {"Type": body["Type"]} | {name: body["Properties"].get(name) for name in replacing(body["Type"])}


def test_cloudformation_s_schema_names_what_replaces_a_table() -> None:
    assert {"TableName", "KeySchema"} <= set(replacing("AWS::DynamoDB::Table"))


def test_what_holds_data_is_still_there(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert set(keepers(before)) <= set(keepers(after))


def test_nothing_that_holds_data_is_replaced(before: dict[str, Any], after: dict[str, Any]) -> None:
    kept = {name: body for name, body in keepers(after).items() if name in keepers(before)}

    assert {name: identity(body) for name, body in kept.items()} == {
        name: identity(body) for name, body in keepers(before).items()
    }


def test_the_keys_of_a_table_and_of_its_indexes_are_of_the_same_type(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    attributes = [
        {
            (name, one["AttributeName"], one["AttributeType"])
            for name, body in template["Resources"].items()
            if body["Type"] == "AWS::DynamoDB::Table"
            for one in body["Properties"]["AttributeDefinitions"]
        }
        for template in (before, after)
    ]
    assert attributes[0] <= attributes[1]


def test_a_table_gets_at_most_one_more_index_at_a_time(before: dict[str, Any], after: dict[str, Any]) -> None:
    """DynamoDB makes or deletes one index in one update, and CloudFormation refuses more."""
    indexes = [
        {
            (name, index["IndexName"])
            for name, body in template["Resources"].items()
            for index in body["Properties"].get("GlobalSecondaryIndexes", [])
            if body["Type"] == "AWS::DynamoDB::Table"
        }
        for template in (before, after)
    ]
    assert len(indexes[0] ^ indexes[1]) <= 1


def test_the_embedded_aws_keeps_the_tables_when_it_updates(updated: tuple[Any, Any]) -> None:
    first, second = updated
    assert [(table["TableName"], table["TableArn"], table["ItemCount"]) for table in first] == [
        (table["TableName"], table["TableArn"], table["ItemCount"]) for table in second
    ]
    assert first[0]["ItemCount"] > 0


@pytest.mark.parametrize("table", ["ConfigTable", "StateTable"])
def test_a_table_that_would_be_replaced_or_removed_is_retained(after: dict[str, Any], table: str) -> None:
    body = after["Resources"][table]
    assert (body["DeletionPolicy"], body["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_no_parameter_is_required_that_was_not(before: dict[str, Any], after: dict[str, Any]) -> None:
    new = set(after["Parameters"]) - set(before["Parameters"])
    assert [name for name in sorted(new) if "Default" not in after["Parameters"][name]] == []
    assert set(before["Parameters"]) <= set(after["Parameters"])
