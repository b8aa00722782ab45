"""Places of moto whose cost grows with the estate or with the runs played: reads of a table, and tags."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from moto.dynamodb.models.table import Table
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from scheduler_local.patching import replaced

_BEFORE_INDEX_NAME = 6
"""Arguments of Table.query between the hash key and the name of the index."""


@contextmanager
def for_long_spans() -> Iterator[None]:
    """Let moto look up what it would search for: a week of runs leaves tens of thousands of items in one table."""
    with ExitStack() as stack:
        stack.enter_context(replaced(Table, query=_partition_query(Table.query)))
        stack.enter_context(replaced(TaggedEC2Resource, get_tags=_tags))
        yield


def _partition_query(original: Any) -> Any:
    """Query a table by its own key within that key's items; moto would sort the whole table first.

    Calls of DynamoDB have to come one at a time, as the front sees to.
    """

    def query(table: Any, hash_key: Any, *arguments: Any, **others: Any) -> Any:
        of_an_index = others.get("index_name") or (
            len(arguments) > _BEFORE_INDEX_NAME and arguments[_BEFORE_INDEX_NAME]
        )
        if of_an_index or table.range_key_attr is None:
            return original(table, hash_key, *arguments, **others)
        items = list(table.items[hash_key].values()) if hash_key in table.items else []
        table.all_items = lambda: items
        try:
            return original(table, hash_key, *arguments, **others)
        finally:
            del table.all_items

    return query


def _tags(resource: Any) -> list[dict[str, str]]:
    """The tags of one resource; moto would go through those of all."""
    found = resource.ec2_backend.tags.get(resource.id) or {}
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource.id), "") if found else ""
    return [
        {"resource_id": resource.id, "key": key, "value": value, "resource_type": kind} for key, value in found.items()
    ]
