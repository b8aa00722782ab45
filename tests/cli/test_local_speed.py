"""The shorter ways of the embedded AWS lead to what moto's own would."""

from typing import Any

import boto3
import pytest
import xmltodict
from botocore.exceptions import ClientError
from moto import mock_aws

from scheduler_local.shortcuts import shorter_ways
from scheduler_local.speed import written

DOCUMENTS = [
    pytest.param({"a": {"b": "text", "c": None, "d": ""}}, id="text and nothing"),
    pytest.param(
        {"a": {"@xmlns": "http://example.com/?a&b", "b": {"#text": "x < y & z", "@kind": 'say "so"'}}}, id="attributes"
    ),
    pytest.param({"a": {"item": [{"id": 1}, {"id": 2}]}}, id="a list"),
    pytest.param({"a": {"item": []}}, id="an empty list"),
    pytest.param({"a": {"on": True, "off": False, "price": 1.5}}, id="booleans and numbers"),
    pytest.param({"a": {"b": {}}}, id="an empty element"),
    pytest.param({"a": {"b": "值班 – 上海"}}, id="Chinese"),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_written_as_xmltodict_writes_it(document: dict[str, Any]) -> None:
    assert written(document) == xmltodict.unparse(document, full_document=False, short_empty_elements=True)


KEY = {"pk": {"S": "one"}}
ITEM = KEY | {
    "text": {"S": "值班"},
    "number": {"N": "7"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "bytes": {"B": b"\x00\xff"},
    "words": {"SS": ["a", "b"]},
    "map": {"M": {"deep": {"L": [{"N": "1"}, {"M": {"bytes": {"B": b"x"}}}]}, "empty": {"M": {}}}},
}
NAMES = {"#n": "number", "#m": "map", "#t": "text"}
UPDATES = [
    pytest.param("SET #n = #n + :one", id="a sum"),
    pytest.param("SET #n = :one REMOVE #m.deep, #t", id="a path removed"),
    pytest.param("SET #m.deep[0] = :one, #t = if_not_exists(missing, :text)", id="a function"),
    pytest.param("ADD #n :one DELETE words :words", id="a set made smaller"),
    pytest.param("SET #n = #n + :text", id="refused: a text as a number"),
    pytest.param("SET #m.missing.deep = :one", id="refused: no such path"),
    pytest.param("SET #n = :one REMOVE #n", id="refused: two paths overlap"),
    pytest.param("SET pk = :text", id="refused: the key"),
]


def _updated(expression: str) -> Any:
    """The item after an update, or how it was refused."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="cn-north-1", aws_access_key_id="x", aws_secret_access_key="x")
        client.create_table(
            TableName="items",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName="items", Item=ITEM)
        values = {":one": {"N": "1"}, ":text": {"S": "new"}, ":words": {"SS": ["b"]}}
        try:
            client.update_item(
                TableName="items",
                Key=KEY,
                UpdateExpression=expression,
                ExpressionAttributeNames={name: key for name, key in NAMES.items() if name in expression},
                ExpressionAttributeValues={name: value for name, value in values.items() if name in expression},
            )
        except ClientError as refused:
            return refused.response["Error"]
        return client.get_item(TableName="items", Key=KEY)["Item"]


@pytest.mark.parametrize("expression", UPDATES)
def test_an_item_is_updated_and_written_as_moto_does_it(expression: str) -> None:
    expected = _updated(expression)

    with shorter_ways():
        assert _updated(expression) == expected
