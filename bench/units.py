"""DynamoDB's request units of recorded calls, reckoned from the items as AWS does (DynamoDB developer guide, on-demand)."""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from scheduler_local.recorder import RecordedCall

_WRITE, _READ = 1024, 4096


def write_units(calls: Iterable[RecordedCall]) -> int:
    """Write request units: one for each begun kilobyte of an item, twice that in a transaction."""
    return sum(_of_call(one.call.operation, one.call.parameters) for one in calls if one.call.service == "dynamodb")


def _of_call(operation: str, parameters: Mapping[str, Any]) -> int:
    match operation:
        case "PutItem":
            return _units(parameters["Item"])
        case "UpdateItem":
            return _units(_updated(parameters))
        case "BatchWriteItem":
            requests = [one for table in parameters["RequestItems"].values() for one in table]
            return sum(_units(one["PutRequest"]["Item"]) for one in requests)
        case "TransactWriteItems":
            return 2 * sum(_units(_part(part)) for part in parameters["TransactItems"])
    return 0


def _part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    [(kind, body)] = part.items()
    return body["Item"] if kind == "Put" else _updated(body)  # type: ignore[no-any-return]  # a DynamoDB item


def _updated(update: Mapping[str, Any]) -> dict[str, Any]:
    """The item as far as an update tells; ours set every attribute that has a size worth counting."""
    return dict(update["Key"]) | dict(update.get("ExpressionAttributeValues", {}))


def _units(item: Mapping[str, Any]) -> int:
    return max(1, ceil(item_size(item) / _WRITE))


def item_size(item: Mapping[str, Any]) -> int:
    """Bytes of an item: names and values, three more for each list or map and one for each member."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            return len(str(content)) // 2 + 2
        case "L":
            return 3 + sum(1 + _size(one) for one in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(one) for name, one in content.items())
    return 1


def read_units(size: int) -> int:
    """Read request units of one consistent read of so many bytes."""
    return max(1, ceil(size / _READ))
