"""The templates as values: read, with every function of CloudFormation resolved as a deployment would."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
NO_VALUE = object()


def read(path: str) -> dict[str, Any]:
    """The template with its short tags (`!Ref`) written out; the caller may change it."""
    return deepcopy(_parse(path))


@cache
def _parse(path: str) -> dict[str, Any]:
    template: dict[str, Any] = yaml_parse((ROOT / path).read_text())
    return template


def read_state_machine() -> dict[str, Any]:
    machine: dict[str, Any] = json.loads((ROOT / "statemachine/scheduler.asl.json").read_text())
    return machine


def strings(value: object) -> Iterator[str]:
    """Every string in a document, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


class Stack:
    """A template deployed in thought: parameters at their defaults, save those given; resources stand for themselves.

    A reference to a resource gives `<LogicalId>`, an attribute `<LogicalId.Attribute>`.
    """

    def __init__(self, path: str, region: str = "cn-north-1", partition: str = "aws-cn", **parameters: str) -> None:
        self.template = read(path)
        defaults = {name: str(body.get("Default", "")) for name, body in self.template["Parameters"].items()}
        self.values = defaults | {
            "AWS::AccountId": "111122223333",
            "AWS::Partition": partition,
            "AWS::Region": region,
            "AWS::StackName": "timetable",
            "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        }
        self.values |= parameters
        self.resources = {
            name: self.resolve(body)
            for name, body in self.template["Resources"].items()
            if "Condition" not in body or self.condition(body["Condition"])
        }

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Logical id → properties of the resources of one type."""
        return {name: body["Properties"] for name, body in self.resources.items() if body["Type"] == kind}

    def policies_of(self, role: str) -> list[dict[str, Any]]:
        """The policy documents of a role: its own, and those that name it."""
        documents = [policy["PolicyDocument"] for policy in self.resources[role]["Properties"].get("Policies", [])]
        attached = self.of_type("AWS::IAM::Policy").values()
        documents += [policy["PolicyDocument"] for policy in attached if f"<{role}>" in policy["Roles"]]
        return [json.loads(document) if isinstance(document, str) else document for document in documents]

    def condition(self, name: str) -> bool:
        return bool(self.resolve(self.template["Conditions"][name]))

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [inner for inner in map(self.resolve, value) if inner is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            function = getattr(self, "_" + name.removeprefix("Fn::").lower(), None)
            if name == "Ref" or (name.startswith("Fn::") and function):
                return function(argument) if function else None
        resolved = {key: self.resolve(inner) for key, inner in value.items()}
        return {key: inner for key, inner in resolved.items() if inner is not NO_VALUE}

    def _ref(self, name: str) -> Any:
        return NO_VALUE if name == "AWS::NoValue" else self.values.get(name, f"<{name}>")

    def _getatt(self, argument: str | list[str]) -> str:
        return f"<{argument if isinstance(argument, str) else '.'.join(argument)}>"

    def _sub(self, argument: str | list[Any]) -> str:
        text, extra = (argument, {}) if isinstance(argument, str) else argument
        known = self.values | {name: self.resolve(value) for name, value in extra.items()}
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(known.get(found[1], f"<{found[1]}>")), text)

    def _if(self, argument: list[Any]) -> Any:
        return self.resolve(argument[1] if self.condition(argument[0]) else argument[2])

    def _equals(self, argument: list[Any]) -> bool:
        first, second = self.resolve(argument)
        return bool(first == second)

    def _not(self, argument: list[Any]) -> bool:
        return not self.resolve(argument[0])

    def _and(self, argument: list[dict[str, Any]]) -> bool:
        return all(
            self.condition(inner["Condition"]) if "Condition" in inner else self.resolve(inner) for inner in argument
        )

    def _join(self, argument: list[Any]) -> str:
        separator, words = self.resolve(argument)
        return str(separator).join(words)

    def _split(self, argument: list[Any]) -> list[str]:
        separator, text = self.resolve(argument)
        return str(text).split(separator)

    def _findinmap(self, argument: list[Any]) -> Any:
        mapping, first, second = self.resolve(argument)
        return self.template["Mappings"][mapping][first][second]
