"""What moto works out anew at every request, remembered or done the short way: two fifths of the processor time of a run."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from moto.core import responses
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.utils import json_path

from scheduler_local.patching import replaced


@contextmanager
def shorter_ways() -> Iterator[None]:
    """Let moto take them."""
    with ExitStack() as stack:
        names_of_class = _remembering(responses.method_names_from_class)
        stack.enter_context(replaced(responses, method_names_from_class=names_of_class))
        for module in (json_path, result_path):
            stack.enter_context(replaced(module, parse=_remembering(module.parse)))
        original = BaseJSONSerializer._serialize_type_structure
        stack.enter_context(replaced(BaseJSONSerializer, _serialize_type_structure=_structures(original)))
        stack.enter_context(replaced(DepthFirstTraverser, traverse=_traverse))
        yield


@cache
def _remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function remember its answers, for all embedded AWS that follow one another in this process."""
    return cache(function)


def _structures(original: Any) -> Any:
    """Write DynamoDB's attribute values as they are: moto holds them in the form of the wire."""

    def serialize(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        short = on_the_wire(value) if shape.name == "AttributeValue" and key else None
        if short is None:
            original(serializer, serialized, value, shape, key)
        else:
            serialized[serializer.get_serialized_name(shape, key)] = short

    return serialize


def on_the_wire(value: Any) -> Mapping[str, Any] | None:
    """An attribute value such as `{"N": 1}` in JSON's form; None for what takes moto's own way, such as bytes."""
    if type(value) is not dict or len(value) != 1:
        return None
    ((kind, content),) = value.items()
    match kind:
        case "S" | "N":
            return {kind: str(content)}
        case "BOOL" | "NULL":
            return {kind: content}
        case "M" if isinstance(content, dict):
            mapped = {name: on_the_wire(item) for name, item in content.items()}
            return None if None in mapped.values() else {kind: mapped}
        case "L" if isinstance(content, list):
            listed = [on_the_wire(item) for item in content]
            return None if None in listed else {kind: listed}
    return None


def _traverse(traverser: Any, node: Any) -> Any:
    """Visit an expression's nodes, bottom up; moto would ask each of them anew which kinds are wanted."""
    processors = traverser._processing_map()
    kinds = traverser.nodes_to_be_processed()
    wanted: dict[type, Any] = {}

    def processor_of(kind: type) -> Any:
        if kind not in wanted:
            found = next((one for base, one in processors.items() if issubclass(kind, base)), None)
            wanted[kind] = found if issubclass(kind, kinds) else None
        return wanted[kind]

    def visit(node: Any, number: int) -> Any:
        parent = node.parent
        for position, child in enumerate(node.children or ()):
            traverser.pre_processing_of_child(node, position)
            if isinstance(child, Node):
                visit(child, position)
        process = processor_of(type(node))
        if process is not None:
            node = process(node)
            node.parent = parent
            if parent:
                parent.children[number] = node
        return node

    return visit(node, -1)
