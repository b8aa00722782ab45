"""moto's serializer, remembering what it works out anew for every attribute of every instance that it describes."""

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
            children = "".join(_child(key, item) for key, item in value.items() if key[0] != "@")
            return f"<{name}{attributes}>{children}</{name}>" if children else f"<{name}{attributes}/>"
        case bool():
            return f"<{name}>{str(value).lower()}</{name}>"
    text = escape(str(value))
    return f"<{name}>{text}</{name}>" if text else f"<{name}/>"


def _child(key: str, value: Any) -> str:
    return escape(str(value)) if key == "#text" else _element(key, value)
