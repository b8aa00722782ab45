"""Places of moto whose cost grows with the estate or with the runs played: reads of a table, tags, answers about many."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import NoneType
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.serialize import EC2Serializer, QuerySerializer
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.instances import Instance, InstanceState, StateReason
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix
from moto.rds.models import DBInstance
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

from scheduler_local.front import CURRENT_CALL
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
        for serializer, kind in ((EC2Serializer, Instance), (QuerySerializer, DBInstance)):
            structures = _written_once(serializer._serialize_type_structure, kind)
            stack.enter_context(replaced(serializer, _serialize_type_structure=structures))
        stack.enter_context(replaced(DynamoHandler, parse_parameters=_parameters(DynamoHandler.parse_parameters)))
        stack.enter_context(replaced(BaseResponse, _enrich_response=_enriched(BaseResponse._enrich_response)))
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


def _written_once(original: Any, kind: type) -> Any:
    """Write an instance or a database once for as long as it stays as it is: most of the time of describing many."""
    written_before: dict[Any, tuple[Any, str]] = {}

    def serialize(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if not isinstance(value, kind) or shape.name != kind.__name__ or not key:
            original(serializer, serialized, value, shape, key)
            return
        name = serializer.get_serialized_name(shape, key)
        traits = _traits(value)
        known = written_before.get(value)
        if known is None or known[0] != traits:
            wrapper: dict[str, Any] = {}
            original(serializer, wrapper, value, shape, key)
            known = written_before[value] = (traits, Written(children(wrapper[name])))
        serialized[name] = known[1]

    return serialize


def _traits(thing: Any) -> tuple[Any, ...]:
    """All that an answer is made of: plain values, collections by what is in them, other parts by identity and their values."""
    tags = thing.ec2_backend.tags.get(thing.id) if isinstance(thing, Instance) else None
    return (*map(_trait, vars(thing).values()), repr(tags))


def _trait(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | dict | set | tuple):
        return repr(value)
    if isinstance(value, InstanceState | StateReason):
        return tuple(vars(value).values())
    return id(value)


def _parameters(original: Any) -> Any:
    """Take over what the front has read of a request; moto would read it once more."""

    def parse(handler: Any, request: Any) -> None:
        call = CURRENT_CALL.get()
        if call is None or call.service != "dynamodb":
            original(handler, request)
        else:
            # A copy, because moto changes what it is given, and the record of the call is to stay as it is.
            handler.params = _copied(call.parameters)

    return parse


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _enriched(original: Any) -> Any:
    """Put the request's id where there is a place for it; moto would look for one in the whole of every answer."""

    def enrich(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        has_a_place = isinstance(body, str) and "<RequestId>" in body
        headers, found = original(headers, body if has_a_place else "")
        return headers, found if has_a_place else body

    return staticmethod(enrich)


def _tags(resource: Any) -> list[dict[str, str]]:
    """The tags of one resource; moto would go through those of all."""
    found = resource.ec2_backend.tags.get(resource.id) or {}
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource.id), "") if found else ""
    return [
        {"resource_id": resource.id, "key": key, "value": value, "resource_type": kind} for key, value in found.items()
    ]
