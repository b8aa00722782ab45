"""The shorter ways of the embedded AWS lead to what moto's own would."""

import subprocess
import sys
from contextlib import nullcontext
from typing import Any

import boto3
import pytest
import xmltodict
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from moto import mock_aws

from scheduler_local.scale import for_long_spans
from scheduler_local.shortcuts import shorter_ways
from scheduler_local.speed import faster_answers, written

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


@pytest.mark.parametrize(
    "name",
    ["endpoints", "partitions", "ec2/2016-11-15/service-2", "ec2/2016-11-15/paginators-1", "ec2/2016-11-15/nothing"],
)
def test_a_data_file_is_read_as_botocore_reads_it(name: str) -> None:
    program = f"import json; from botocore.loaders import Loader; print(json.dumps(Loader().load_data({name!r})))"
    # In processes of their own: botocore fills in an end point's defaults once a client uses it.
    own, ours = (
        subprocess.run([sys.executable, "-c", first + program], capture_output=True, text=True, check=False)
        for first in ("", "import scheduler_local; ")
    )
    assert (ours.returncode, ours.stdout) == (own.returncode, own.stdout)
    assert ours.stderr[-200:] == own.stderr[-200:]


def test_what_nobody_cuts_down_is_parsed_once() -> None:
    assert Loader().load_data("partitions") is Loader().load_data("partitions")


def test_who_cuts_a_model_down_cuts_that_of_nobody_else() -> None:
    model = "rds/2014-10-31/service-2"
    Loader().load_data(model)["operations"].clear()
    assert "StopDBInstance" in Loader().load_data(model)["operations"]


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


def _queried(way: Any, **question: Any) -> list[Any]:
    """The items that a query finds in a table of two partitions, with this way of moto."""
    with mock_aws(), way:
        client = boto3.client("dynamodb", region_name="cn-north-1", aws_access_key_id="x", aws_secret_access_key="x")
        client.create_table(
            TableName="items",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "other")],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_other",
                    "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for pk, sk in (("b", "2"), ("a", "3"), ("a", "1"), ("a", "2")):
            client.put_item(TableName="items", Item={"pk": {"S": pk}, "sk": {"S": sk}, "other": {"S": sk}})
        found: list[Any] = client.query(TableName="items", **question)["Items"]
        return found


A = {":pk": {"S": "a"}}


@pytest.mark.parametrize(
    ("question", "count"),
    [
        pytest.param({"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": A}, 3, id="a partition"),
        pytest.param(
            {
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": A,
                "ScanIndexForward": False,
                "Limit": 2,
            },
            2,
            id="backwards, a few",
        ),
        pytest.param(
            {
                "KeyConditionExpression": "pk = :pk AND sk BETWEEN :from AND :to",
                "ExpressionAttributeValues": A | {":from": {"S": "2"}, ":to": {"S": "9"}},
            },
            2,
            id="a range",
        ),
        pytest.param(
            {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "z"}}}, 0, id="nobody"
        ),
        pytest.param(
            {
                "IndexName": "by_other",
                "KeyConditionExpression": "other = :other",
                "ExpressionAttributeValues": {":other": {"S": "2"}},
            },
            2,
            id="an index",
        ),
    ],
)
def test_a_query_within_a_partition_finds_what_a_search_of_the_table_does(question: dict[str, Any], count: int) -> None:
    found = _queried(for_long_spans(), **question)
    assert found == _queried(nullcontext(), **question)
    assert len(found) == count


def test_an_instance_is_written_anew_when_its_state_its_type_or_its_tags_change() -> None:
    with mock_aws(), faster_answers(), for_long_spans():
        client = boto3.client("ec2", region_name="cn-north-1", aws_access_key_id="x", aws_secret_access_key="x")
        run = client.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="t3.small")
        one = run["Instances"][0]["InstanceId"]

        def described() -> dict[str, Any]:
            found: dict[str, Any] = client.describe_instances()["Reservations"][0]["Instances"][0]
            return found

        assert described() == described()
        client.stop_instances(InstanceIds=[one])
        assert described()["State"]["Name"] == "stopped"
        client.modify_instance_attribute(InstanceId=one, InstanceType={"Value": "t3.large"})
        assert described()["InstanceType"] == "t3.large"
        client.create_tags(Resources=[one], Tags=[{"Key": "Schedule", "Value": "office-hours"}])
        assert described()["Tags"] == [{"Key": "Schedule", "Value": "office-hours"}]
        client.start_instances(InstanceIds=[one])
        assert described()["State"]["Name"] == "running"


def test_a_database_is_written_anew_when_its_status_or_its_tags_change() -> None:
    with mock_aws(), faster_answers(), for_long_spans():
        client = boto3.client("rds", region_name="cn-north-1", aws_access_key_id="x", aws_secret_access_key="x")
        made = client.create_db_instance(
            DBInstanceIdentifier="orders", DBInstanceClass="db.t3.medium", Engine="mysql", AllocatedStorage=20
        )["DBInstance"]

        def described() -> dict[str, Any]:
            found: dict[str, Any] = client.describe_db_instances()["DBInstances"][0]
            return found

        assert described() == described()
        client.stop_db_instance(DBInstanceIdentifier="orders")
        assert described()["DBInstanceStatus"] == "stopped"
        client.add_tags_to_resource(ResourceName=made["DBInstanceArn"], Tags=[{"Key": "Schedule", "Value": "always"}])
        assert described()["TagList"] == [{"Key": "Schedule", "Value": "always"}]
        client.start_db_instance(DBInstanceIdentifier="orders")
        assert described()["DBInstanceStatus"] == "available"
