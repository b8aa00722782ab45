"""Two places of moto whose cost grows with the estate: large answers in XML, and transactions."""

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from moto.core.serialize import (
    AttributePicker,
    AttributePickerContext,
    EC2Serializer,
    QuerySerializer,
    XFormedAttributePicker,
)
from moto.core.utils import MISSING, get_value
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from scheduler_local.patching import replaced

PROLOGUE = '<?xml version="1.0" encoding="utf-8"?>\n'


@contextmanager
def faster_answers() -> Iterator[None]:
    """Let moto look an attribute's possible names up instead of deriving them: most of the time of a large answer."""
    names: dict[tuple[type, Any, str], tuple[str, ...]] = {}
    transformers: dict[tuple[int, int], dict[str, list[tuple[str, Callable[[Any], Any]]]]] = {}

    def by_last_word(found: dict[str, Callable[[Any], Any]]) -> dict[str, list[tuple[str, Callable[[Any], Any]]]]:
        key = (id(found), len(found))
        if key not in transformers:
            transformers[key] = {}
            for path, transform in found.items():
                transformers[key].setdefault(path.rpartition(".")[2], []).append((path, transform))
        return transformers[key]

    def pick(picker: XFormedAttributePicker, context: AttributePickerContext) -> Any:
        key = (type(context.obj), context.shape, context.key)
        possible = names.get(key)
        if possible is None:
            possible = names[key] = tuple(dict.fromkeys(picker.get_possible_keys(context)))
        value = None
        for name in possible:
            found = get_value(context.obj, name, MISSING)
            if found is not MISSING:
                value = found
                break
        for path, transform in by_last_word(picker.response_transformers).get(context.key, ()):
            if f"{context.key_path}.{context.key}".endswith(path):
                return transform(value)
        return value

    with (
        replaced(AttributePicker, __call__=pick),
        replaced(QuerySerializer, _serialize_body=lambda serializer, body: written(body)),
        replaced(EC2Serializer, _serialize_body=lambda serializer, body: PROLOGUE + written(body)),
    ):
        yield


@contextmanager
def faster_transactions() -> Iterator[None]:
    """Let moto keep only the items that a transaction touches; it copies the whole table once for each of them.

    Calls of DynamoDB have to come one at a time, as the front sees to.
    """
    original = DynamoDBBackend.transact_write_items

    def transact_write_items(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        operations = [operation for item in transact_items for operation in item.values()]
        names = {operation["TableName"] for operation in operations if operation.get("TableName") in backend.tables}
        kept = {name: _kept(backend.tables[name], operations) for name in names}
        # A class attribute, because copy.deepcopy looks nowhere else.
        Table.__deepcopy__ = lambda table, memo: kept[table.name]
        try:
            original(backend, transact_items)
        finally:
            del Table.__deepcopy__

    with replaced(DynamoDBBackend, transact_write_items=transact_write_items):
        yield


def _kept(table: Any, operations: list[dict[str, Any]]) -> Any:
    """The table as it was, should the transaction fail: with copies of the items at stake, and the others themselves."""
    kept = copy.copy(table)
    kept.items = defaultdict(dict, {key: copy.copy(partition) for key, partition in table.items.items()})
    for operation in operations:
        attributes = operation.get("Key") or operation.get("Item") or {}
        if operation.get("TableName") == table.name and table.hash_key_attr in attributes:
            keys = [
                DynamoType(attributes[name])
                for name in (table.hash_key_attr, table.range_key_attr)
                if name in attributes
            ]
            item = table.get_item(*keys)
            if item is not None and len(keys) == 2:
                kept.items[keys[0]][keys[1]] = copy.deepcopy(item)
            elif item is not None:
                kept.items[keys[0]] = copy.deepcopy(item)
    return kept


class Written(str):
    """Children of an element, written already."""


def written(body: Mapping[str, Any]) -> str:
    """A document as XML, from the form that xmltodict knows: `@name` for attributes, `#text` for text beside them."""
    return "".join(_element(name, value) for name, value in body.items())


def _element(name: str, value: Any) -> str:
    match value:
        case list() | tuple():
            return "".join(_element(name, item) for item in value)
        case None:
            return f"<{name}/>"
        case Mapping():
            attributes = "".join(f" {key[1:]}={quoteattr(str(item))}" for key, item in value.items() if key[0] == "@")
            content = children(value)
            return f"<{name}{attributes}>{content}</{name}>" if content else f"<{name}{attributes}/>"
        case Written():
            return f"<{name}>{value}</{name}>"
        case bool():
            return f"<{name}>{str(value).lower()}</{name}>"
    text = escape(str(value))
    return f"<{name}>{text}</{name}>" if text else f"<{name}/>"


def children(value: Mapping[str, Any]) -> str:
    """What stands within an element."""
    return "".join(_child(key, item) for key, item in value.items() if key[0] != "@")


def _child(key: str, value: Any) -> str:
    return escape(str(value)) if key == "#text" else _element(key, value)
