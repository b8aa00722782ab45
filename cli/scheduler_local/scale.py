"""Places of moto whose cost grows with the estate or with the runs played: reads of a table, and tags."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import NoneType
from typing import Any

from moto.core.serialize import EC2Serializer
from moto.dynamodb.models.table import Table
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.instances import Instance
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

from scheduler_local.patching import replaced
from scheduler_local.speed import Written, children

_PLAIN = (str, int, float, bool, datetime, NoneType)
_BEFORE_INDEX_NAME = 6
"""Arguments of Table.query between the hash key and the name of the index."""


@contextmanager
def for_long_spans() -> Iterator[None]:
    """Let moto look up what it would search for: a week of runs leaves tens of thousands of items in one table."""
    with ExitStack() as stack:
        stack.enter_context(replaced(Table, query=_partition_query(Table.query)))
        stack.enter_context(replaced(TaggedEC2Resource, get_tags=_tags))
        original = EC2Serializer._serialize_type_structure
        stack.enter_context(replaced(EC2Serializer, _serialize_type_structure=_instances(original)))
        stack.enter_context(replaced(EventManager, get_event_history=lambda events: list(events._history_event_list)))
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


def _instances(original: Any) -> Any:
    """Write an instance once for as long as it stays as it is: most of the time of an answer of DescribeInstances."""
    written_before: dict[str, tuple[Any, str]] = {}

    def serialize(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if not isinstance(value, Instance) or shape.name != "Instance" or not key:
            original(serializer, serialized, value, shape, key)
            return
        name = serializer.get_serialized_name(shape, key)
        traits = _traits(value)
        known = written_before.get(value.id)
        if known is None or known[0] != traits:
            wrapper: dict[str, Any] = {}
            original(serializer, wrapper, value, shape, key)
            known = written_before[value.id] = (traits, Written(children(wrapper[name])))
        serialized[name] = known[1]

    return serialize


def _traits(instance: Any) -> tuple[Any, ...]:
    """All that an instance's answer is made of: its values, its parts by identity, and what changes within the parts."""
    own = tuple(value if isinstance(value, _PLAIN) else id(value) for value in vars(instance).values())
    reason = instance.state_reason
    parts = (instance._state.name, instance._state.code, reason and (reason.code, reason.message))
    return own, parts, tuple(sorted((instance.ec2_backend.tags.get(instance.id) or {}).items()))


def _tags(resource: Any) -> list[dict[str, str]]:
    """The tags of one resource; moto would go through those of all."""
    found = resource.ec2_backend.tags.get(resource.id) or {}
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource.id), "") if found else ""
    return [
        {"resource_id": resource.id, "key": key, "value": value, "resource_type": kind} for key, value in found.items()
    ]
