"""Write units are reckoned as DynamoDB does."""

import pytest
from bench.units import item_size, read_units, write_units
from tests.unit.specimens import MONDAY_NOON

from scheduler_local.recorder import Call, Caller, RecordedCall

SMALL = {"pk": {"S": "a"}, "sk": {"S": "b"}}
LARGE = SMALL | {"text": {"S": "x" * 2000}}


def recorded(operation, **parameters):
    call = Call(
        service="dynamodb",
        operation=operation,
        parameters=parameters,
        account="111122223333",
        region="us-east-1",
        prefix="dynamodb",
        caller=Caller(account="111122223333"),
    )
    return RecordedCall(at=MONDAY_NOON, call=call, status=200)


@pytest.mark.parametrize(
    ("call", "units"),
    [
        pytest.param(recorded("PutItem", Item=SMALL), 1, id="a small item"),
        pytest.param(recorded("PutItem", Item=LARGE), 2, id="two begun kilobytes"),
        pytest.param(
            recorded("BatchWriteItem", RequestItems={"t": [{"PutRequest": {"Item": SMALL}}] * 3}), 3, id="a batch"
        ),
        pytest.param(
            recorded("TransactWriteItems", TransactItems=[{"Put": {"Item": LARGE}}, {"Update": {"Key": SMALL}}]),
            6,
            id="a transaction costs double",
        ),
        pytest.param(
            recorded("UpdateItem", Key=SMALL, ExpressionAttributeValues={":a": {"N": "1"}}), 1, id="an update"
        ),
        pytest.param(recorded("Query", KeyConditionExpression="pk = :a"), 0, id="a read"),
    ],
)
def test_a_call_takes_the_write_units_of_its_items(call, units):
    assert write_units([call]) == units


def test_an_item_is_as_large_as_its_names_and_values():
    item = {
        "ab": {"S": "cde"},
        "n": {"N": "12"},
        "m": {"M": {"k": {"S": "v"}}},
        "l": {"L": [{"S": "x"}]},
        "b": {"BOOL": True},
    }

    assert item_size(item) == 2 + 3 + 1 + 3 + 1 + 3 + 1 + 1 + 1 + 1 + 3 + 1 + 1 + 1 + 1


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_four_kilobytes_are_one_unit_of_a_consistent_read(size, units):
    assert read_units(size) == units
