"""Plain dicts in and out of a DynamoDB table: pages followed, batches cut, what was left unprocessed sent again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = 25
"""Items of one BatchWriteItem (DynamoDB API reference)."""
TRANSACTION = 100
"""Items of one TransactWriteItems (DynamoDB API reference)."""
_TRIES = 6

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()

Item = Mapping[str, object]


def to_attributes(item: Item) -> dict[str, Any]:
    """Write a plain dict in DynamoDB's typed form."""
    return {name: _serializer.serialize(value) for name, value in item.items()}


def from_attributes(attributes: Mapping[str, Any]) -> dict[str, object]:
    """Read DynamoDB's typed form as a plain dict; numbers become int where they are whole."""
    return {name: _read(value) for name, value in attributes.items()}


class Table:
    """One table under the stack's own credentials."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self.client = client
        self.name = name

    def scan(self, *, index: str | None = None) -> Iterator[dict[str, object]]:
        """Go through every item, read consistently, or through those of an index, which may lag behind by a moment."""
        arguments: Any = {"IndexName": index} if index else {"ConsistentRead": True}
        pages = self.client.get_paginator("scan").paginate(TableName=self.name, **arguments)
        return (from_attributes(item) for page in pages for item in page["Items"])

    def query(
        self,
        condition: str,
        values: Item,
        *,
        names: Mapping[str, str] | None = None,
        index: str | None = None,
        newest_first: bool = False,
    ) -> Iterator[dict[str, object]]:
        """Go through the items under a key condition, in the order of the sort key or against it.

        The table is read consistently; an index cannot be, and may lag behind by a moment.
        """
        arguments: Any = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": to_attributes(values),
            "ScanIndexForward": not newest_first,
        }
        arguments |= {"ExpressionAttributeNames": names} if names else {}
        arguments |= {"IndexName": index} if index else {"ConsistentRead": True}
        pages = self.client.get_paginator("query").paginate(**arguments)
        return (from_attributes(item) for page in pages for item in page["Items"])

    def get(self, key: Item) -> dict[str, object] | None:
        """Read one item consistently, or None where there is none."""
        answer = self.client.get_item(TableName=self.name, Key=to_attributes(key), ConsistentRead=True)
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def put_all(self, items: Iterable[Item]) -> None:
        """Write items without a condition, 25 a call; raises ClientError where some stay unprocessed."""
        requests = [{"PutRequest": {"Item": to_attributes(item)}} for item in items]
        for start in range(0, len(requests), BATCH):
            left: Any = {self.name: requests[start : start + BATCH]}
            for attempt in range(_TRIES):
                left = self.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
                if not left:
                    break
                time.sleep(random.uniform(0, 0.1 * 2**attempt))
            else:
                count = sum(len(requests) for requests in left.values())
                raise ClientError(
                    {
                        "Error": {
                            "Code": "UnprocessedItems",
                            "Message": f"{count} items of {self.name} were not written",
                        }
                    },
                    "BatchWriteItem",
                )

    def put_together(self, items: Iterable[Item]) -> None:
        """Write items without a condition, up to 100 in a transaction: fewer calls than `put_all`, at twice the write units."""
        puts: list[Any] = [{"Put": {"TableName": self.name, "Item": to_attributes(item)}} for item in items]
        for start in range(0, len(puts), TRANSACTION):
            self.commit(puts[start : start + TRANSACTION])

    def put(self, item: Item) -> None:
        """Write one item without a condition."""
        self.client.put_item(TableName=self.name, Item=to_attributes(item))

    def put_new(self, item: Item, key: str) -> bool:
        """Write an item unless one with its key exists; `key` is a key attribute. False where one does."""
        try:
            self.client.put_item(
                TableName=self.name,
                Item=to_attributes(item),
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": key},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def update(self, key: Item, change: Update) -> bool:
        """Update one item on its condition; False where the condition did not hold.

        An update in conflict with a transaction is tried again, with full jitter.
        """
        for attempt in range(_TRIES):
            try:
                self.client.update_item(TableName=self.name, Key=to_attributes(key), **change.arguments())
            except self.client.exceptions.ConditionalCheckFailedException:
                return False
            except self.client.exceptions.TransactionConflictException:
                if attempt == _TRIES - 1:
                    raise
                time.sleep(random.uniform(0, 0.1 * 2**attempt))
            else:
                return True
        return False

    def transact(self, changes: Sequence[tuple[Item, Update]]) -> list[int]:
        """Update up to 100 items as one transaction; the indexes whose conditions did not hold: then nothing was written.

        A transaction refused for a conflict with another one is tried again, with full jitter.
        """
        return self.commit(
            [
                {"Update": {"TableName": self.name, "Key": to_attributes(key), **change.arguments()}}
                for key, change in changes
            ]
        )

    def commit(self, parts: Sequence[Mapping[str, Any]]) -> list[int]:
        """Send up to 100 parts (Put, Update, Delete), written as DynamoDB takes them, as one transaction; as `transact`."""
        items: Any = list(parts)
        for attempt in range(_TRIES):
            try:
                self.client.transact_write_items(TransactItems=items)
            except self.client.exceptions.TransactionCanceledException as error:
                codes = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
                failed = [index for index, code in enumerate(codes) if code == "ConditionalCheckFailed"]
                if failed:
                    return failed
                if "TransactionConflict" not in codes or attempt == _TRIES - 1:
                    raise
                time.sleep(random.uniform(0, 0.1 * 2**attempt))
            else:
                return []
        return []


class Update:
    """An update expression, built attribute by attribute."""

    def __init__(self) -> None:
        self._sets: dict[str, object] = {}
        self._removes: list[str] = []
        self._within: dict[tuple[str, str], object] = {}
        self._adds: dict[str, int] = {}
        self._conditions: list[str] = []
        self._values: dict[str, object] = {}
        self._names: dict[str, str] = {}

    def set(self, **attributes: object) -> Update:
        """Set attributes; None removes its one."""
        for name, value in attributes.items():
            if value is None:
                self._removes.append(name)
            else:
                self._sets[name] = value
        return self

    def set_within(self, attribute: str, key: str, value: object) -> Update:
        """Set one key of a map that the item holds."""
        self._within[attribute, key] = value
        return self

    def add(self, **numbers: int) -> Update:
        """Add to numbers; an absent one counts as 0."""
        self._adds.update(numbers)
        return self

    def when(self, condition: str, names: Mapping[str, str], values: Item) -> Update:
        """Add a condition over names (`#x`) and values (`:x`); several are ANDed."""
        self._conditions.append(condition)
        self._names.update(names)
        self._values.update(values)
        return self

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of UpdateItem, or of the Update part of a transaction."""
        names = dict(self._names)
        values = dict(self._values)

        def named(name: str) -> str:
            # DynamoDB's placeholders take letters, digits and _, attributes' names anything: a mark's has an error code in it.
            placeholder = f"#n{len(names)}"
            names[placeholder] = name
            return placeholder

        def valued(value: object) -> str:
            placeholder = f":v{len(values)}"
            values[placeholder] = value
            return placeholder

        sets = [f"{named(name)} = {valued(value)}" for name, value in self._sets.items()]
        sets += [
            f"{named(attribute)}.{named(key)} = {valued(value)}" for (attribute, key), value in self._within.items()
        ]
        adds = [f"{named(name)} {valued(number)}" for name, number in self._adds.items()]
        removes = [named(name) for name in self._removes]
        sections = (("SET", sets), ("ADD", adds), ("REMOVE", removes))
        expression = " ".join(f"{verb} {', '.join(parts)}" for verb, parts in sections if parts)
        arguments: dict[str, Any] = {"UpdateExpression": expression, "ExpressionAttributeNames": names}
        if values:
            arguments["ExpressionAttributeValues"] = to_attributes(values)
        if self._conditions:
            arguments["ConditionExpression"] = " AND ".join(f"({condition})" for condition in self._conditions)
        return arguments


def _read(value: Any) -> Any:
    # The short way for what a plan of a large estate reads hundreds of thousands of: strings and whole numbers.
    if "S" in value:
        return value["S"]
    if "N" in value and value["N"].isdecimal():
        return int(value["N"])
    return _plain(_deserializer.deserialize(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value
