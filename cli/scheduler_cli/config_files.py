"""Config files → raw items of the config table: YAML or JSON, in any of the forms that people have them in.

{periods: […], schedules: […], calendars: […], config: {…}}     each list may also be a mapping of names to items
[{type: period, name: …, …}, …]                                 the items as the table holds them
{"Items": [{"type": {"S": "period"}, …}]}, {"Item": {…}} lines  what `aws dynamodb scan` and an export to S3 write
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from instance_scheduler.errors import Fault
from scheduler_cli.plain_yaml import PlainLoader

_LISTS = {"periods": "period", "schedules": "schedule", "calendars": "calendar"}
_SECTIONS = (*_LISTS, "config")
_DYNAMODB_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"})


class UnreadableFile(Exception):
    """When a file cannot be read at all; the message is one clause without the file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """What a config file holds."""

    name: str
    items: tuple[Mapping[str, object], ...]
    faults: tuple[Fault, ...]
    """What is wrong with the form of the file; what is wrong with the items is for `parse_config` to say."""
    lines: Mapping[tuple[str, str | None], int] = field(default_factory=dict)
    """(`period mornings`, attribute or None) → the line where it stands, where the format tells."""

    def line_of(self, fault: Fault) -> int | None:
        """The line that a fault belongs to, if it is known."""
        return self.lines.get((fault.item, fault.attribute), self.lines.get((fault.item, None)))


class _Mapping(dict[Any, Any]):
    """A mapping that knows the line of each of its keys, and which keys were given twice."""

    def __init__(self) -> None:
        super().__init__()
        self.line = 0
        self.lines: dict[str, int] = {}
        self.doubles: list[str] = []


class _Loader(PlainLoader):
    """Plain YAML that remembers lines and doubled keys."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[_Mapping]:
    mapping = _Mapping()
    mapping.line = node.start_mark.line + 1
    yield mapping
    loader.flatten_mapping(node)
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, list | dict):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a text", key_node.start_mark)
        if key in mapping:
            mapping.doubles.append(str(key))
        mapping.lines[str(key)] = key_node.start_mark.line + 1
        mapping[key] = loader.construct_object(value_node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_config_file(path: Path) -> ConfigFile:
    """Read a config file; raises UnreadableFile where it is no text, no YAML and no JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableFile(error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile("it is not UTF-8 text") from error
    return config_of_document(str(path), _document(text))


def _document(text: str) -> object:
    """Parse YAML, which JSON is a part of, or JSON lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith('{"Item"') for line in lines):
        return [_json(line) for line in lines]
    if text.lstrip().startswith(("{", "[")) and "\t" in text:
        return _json(text)
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
        raise UnreadableFile(f"it is neither YAML nor JSON: {error.problem or error.context}{place}") from error
    except yaml.YAMLError as error:
        raise UnreadableFile(f"it is neither YAML nor JSON: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise UnreadableFile("it is nested too deeply") from error


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"it is no JSON: {error}") from error


def config_of_document(name: str, document: object) -> ConfigFile:
    """Make the items of a document in any of the accepted forms."""
    reader = _DocumentReader()
    items = tuple(_plain(item) for item in reader.items(document))
    for number, item in enumerate(items, start=1):
        reader.note_lines(number, item)
    return ConfigFile(name=name, items=items, faults=tuple(reader.faults), lines=reader.lines)


def _plain(item: Mapping[str, object]) -> Mapping[str, object]:
    return _from_dynamodb(item) if _is_dynamodb(item) else item


@dataclass(slots=True)
class _DocumentReader:
    faults: list[Fault] = field(default_factory=list)
    lines: dict[tuple[str, str | None], int] = field(default_factory=dict)

    def refuse(self, place: str, message: str) -> None:
        self.faults.append(Fault(item=place, attribute=None, message=message))

    def items(self, document: object) -> Iterator[Mapping[str, object]]:
        match document:
            case None:
                self.refuse("the file", "it is empty")
            case list():
                yield from self._listed(document)
            case dict() if isinstance(document.get("Items"), list):
                yield from self._listed(document["Items"])
            case dict() if "type" in document and "name" in document:
                yield document
            case dict():
                yield from self._sections(document)
            case _:
                self.refuse("the file", f"it holds {document!r:.60} instead of lists of periods and schedules")

    def _listed(self, members: Iterable[object]) -> Iterator[Mapping[str, object]]:
        for number, member in enumerate(members, start=1):
            item = member.get("Item", member) if isinstance(member, dict) else member
            if isinstance(item, dict):
                yield item
            else:
                self.refuse(f"item {number}", f"{item!r:.60} is no item; write a mapping with type and name")

    def _sections(self, document: Mapping[Any, object]) -> Iterator[Mapping[str, object]]:
        self._note_doubles("the file", document)
        for key, value in document.items():
            if key in _LISTS:
                yield from self._section(str(key), value)
            elif key == "config":
                yield from self._config(value)
            else:
                self.refuse("the file", f"{key!r} is no section; accepted are {', '.join(_SECTIONS)}")

    def _section(self, key: str, value: object) -> Iterator[Mapping[str, object]]:
        kind = _LISTS[key]
        named = value.items() if isinstance(value, dict) else ((None, member) for member in _list(value))
        if value is not None and not isinstance(value, dict | list):
            self.refuse(key, f"{value!r:.60} is no list of {key}")
        for number, (name, member) in enumerate(named, start=1):
            if not isinstance(member, dict):
                self.refuse(f"{key}[{number}]", f"{member!r:.60} is no {kind}; write a mapping with a name")
                continue
            if member.get("type", kind) != kind:
                self.refuse(f"{key}[{number}]", f"its type is {member['type']!r}, but it stands among the {key}")
            yield self._with(member, {"type": kind} | ({"name": name} if name is not None else {}))

    def _config(self, value: object) -> Iterator[Mapping[str, object]]:
        if isinstance(value, dict):
            yield self._with(value, {"type": "config", "name": "scheduler"})
        elif value is not None:
            self.refuse("config", f"{value!r:.60} is no mapping of settings")

    def _with(self, member: Mapping[str, object], added: Mapping[str, object]) -> Mapping[str, object]:
        item = _Mapping()
        if isinstance(member, _Mapping):
            item.line, item.lines, item.doubles = member.line, member.lines, member.doubles
        item.update({**added, **member, "type": added["type"]})
        return item

    def note_lines(self, number: int, item: Mapping[str, object]) -> None:
        """Remember where an item stands, under the names that faults of `parse_config` have for it."""
        kind, name = item.get("type"), item.get("name")
        place = f"{kind} {name.strip()}" if isinstance(name, str) else f"item {number}"
        self._note_doubles(place, item)
        if isinstance(item, _Mapping) and item.line:
            for key in (place, f"item {number}"):
                self.lines.setdefault((key, None), item.line)
                for attribute, line in item.lines.items():
                    self.lines.setdefault((key, attribute), line)

    def _note_doubles(self, place: str, mapping: Mapping[Any, object]) -> None:
        for key in mapping.doubles if isinstance(mapping, _Mapping) else ():
            self.faults.append(Fault(item=place, attribute=key, message=f"{key!r} is given twice"))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _is_dynamodb(item: Mapping[str, object]) -> bool:
    return bool(item) and all(
        isinstance(value, dict) and len(value) == 1 and set(value) <= _DYNAMODB_TYPES for value in item.values()
    )


def _from_dynamodb(item: Mapping[str, object]) -> dict[str, object]:
    return {name: _value(value) for name, value in item.items()}


def _value(typed: object) -> object:
    """Read one of DynamoDB's typed values; what does not fit its type comes back as it is, for the item's parser to refuse."""
    if not isinstance(typed, dict) or len(typed) != 1:
        return typed
    kind, value = next(iter(typed.items()))
    match kind, value:
        case "NULL", _:
            return None
        case "N", str():
            return _number(value)
        case (("SS" | "NS"), list()):
            return {str(member) for member in value}
        case "L", list():
            return [_value(member) for member in value]
        case "M", dict():
            return _from_dynamodb(value)
        case _:
            return value


def _number(text: str) -> object:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
