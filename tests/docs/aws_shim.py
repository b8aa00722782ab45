"""`aws` for the examples of the pages: reads a command line as the AWS CLI does, as far as they need it, and calls boto3.

The AWS CLI itself is no dependency. What only it can do (`cloudformation deploy`, `configure`) is checked by its words alone.
"""

import json
import sys
from typing import Any
from uuid import uuid4

import boto3
import jmespath
from botocore import xform_name

GLOBAL = ("query", "output", "profile", "region", "max-items")
BY_WORDS = {
    ("cloudformation", "deploy"): {
        *("template-file", "stack-name", "capabilities", "parameter-overrides"),
    },
    ("configure", ""): set(),
}


def main(words: list[str]) -> None:
    """Call what the words say and print the answer."""
    service, operation = words[0], words[1] if len(words) > 1 and not words[1].startswith("--") else ""
    options = _options(words[2 if operation else 1 :])
    chosen = {name: options.pop(name)[0] for name in GLOBAL if name in options}
    if (service, operation) in BY_WORDS:
        assert set(options) <= BY_WORDS[service, operation], f"unknown options: {sorted(options)}"
        return
    session = boto3.Session(profile_name=chosen.get("profile"), region_name=chosen.get("region"))
    client = session.client(service)
    method = operation.replace("-", "_")
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape
    arguments = dict(_argument(shape, name, values) for name, values in options.items())
    if method == "start_execution":
        # AWS names an execution that has no name; moto calls them all None.
        arguments.setdefault("name", str(uuid4()))
    answer = getattr(client, method)(**arguments)
    answer.pop("ResponseMetadata")
    found = jmespath.search(chosen["query"], answer) if "query" in chosen else answer
    sys.stdout.write("\t".join(_flat(found)) if chosen.get("output") == "text" else json.dumps(found, default=str))


def _options(words: list[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name = word.removeprefix("--")
            options[name] = []
        else:
            options[name].append(word)
    return options


def _argument(shape: Any, option: str, values: list[str]) -> tuple[str, Any]:
    is_off = option.startswith("no-")
    for member, of in shape.members.items():
        if xform_name(member, "-") == option.removeprefix("no-"):
            if of.type_name == "boolean":
                return member, not is_off
            return member, _value(of, values)
    raise SystemExit(f"there is no option --{option}")


def _value(shape: Any, values: list[str]) -> Any:
    if values[0].startswith(("{", "[")) and shape.type_name != "string":
        return json.loads(values[0])
    match shape.type_name:
        case "list" if shape.member.type_name == "structure":
            return [_short(shape.member, value) for value in values]
        case "list":
            return values
        case "structure":
            return _short(shape, values[0])
        case "integer" | "long":
            return int(values[0])
        case _:
            return values[0]


def _short(shape: Any, text: str) -> dict[str, Any]:
    """`Name=tag-key,Values=Schedule` → the structure."""
    pairs = (part.split("=", 1) for part in text.split(","))
    return {name: [value] if shape.members[name].type_name == "list" else value for name, value in pairs}


def _flat(found: Any) -> list[str]:
    if isinstance(found, list):
        return [word for member in found for word in _flat(member)]
    return [] if found is None else [str(found)]


if __name__ == "__main__":
    main(sys.argv[1:])
