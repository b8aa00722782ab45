"""Walks through a state machine's definition, and the grammar of its intrinsic functions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

State = Mapping[str, Any]
TRANSIENT_LAMBDA_ERRORS = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A set of states that may lead to one another: the machine's own, or those of a Map's processor."""

    start: str
    states: Mapping[str, State]
    in_map: bool


def scopes(machine: State) -> Iterator[Scope]:
    yield Scope(start=machine["StartAt"], states=machine["States"], in_map=False)
    for state in machine["States"].values():
        if state["Type"] == "Map":
            processor = state["ItemProcessor"]
            yield Scope(start=processor["StartAt"], states=processor["States"], in_map=True)


def all_states(machine: State) -> dict[str, State]:
    return {name: state for scope in scopes(machine) for name, state in scope.states.items()}


def targets(state: State) -> set[str]:
    """The states to which one may lead."""
    routes = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {route["Next"] for route in routes if "Next" in route} | (
        {state["Default"]} if "Default" in state else set()
    )


def reachable(scope: Scope) -> set[str]:
    found: set[str] = set()
    ahead = {scope.start}
    while ahead:
        found |= ahead
        ahead = {target for name in ahead for target in targets(scope.states.get(name, {}))} - found
    return found


def intrinsics(value: object) -> Iterator[str]:
    """The calls of intrinsic functions in a definition: values of keys that end with `.$`, and not paths."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key.endswith(".$") and isinstance(inner, str) and not inner.startswith("$"):
                yield inner
            yield from intrinsics(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from intrinsics(inner)


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<call>States\.[A-Za-z0-9]+)\s*\(
    | (?P<path>\${1,2}[^\s,()']*)
    | '(?P<text>(?:[^'\\]|\\.)*)'
    | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    | (?P<null>null\b)
    )\s*""",
    re.VERBOSE | re.DOTALL,
)


def call_faults(call: str) -> list[str]:
    """What the grammar of Amazon States Language has against a call; empty when it is sound."""
    try:
        end = _parse(call, 0, must_be_call=True)
    except ValueError as error:
        return [str(error)]
    return [f"{call[end:]!r} follows the call"] if end != len(call) else []


def _parse(text: str, start: int, *, must_be_call: bool = False) -> int:
    token = _TOKEN.match(text, start)
    if token is None or (must_be_call and not token["call"]):
        raise ValueError(f"{text[start:]!r} is no string, number, null, path or intrinsic")
    if not token["call"]:
        return token.end()
    position, template, arguments = token.end(), "", 0
    while text[position : position + 1] != ")":
        first = _TOKEN.match(text, position)
        template = template or (first["text"] or "" if first and not arguments else "")
        position = _parse(text, position)
        arguments += 1
        if text[position : position + 1] == ",":
            position += 1
        elif text[position : position + 1] != ")":
            raise ValueError(f"{text[position:]!r} where a comma or a bracket belongs")
    if token["call"] == "States.Format" and template.count("{}") != arguments - 1:
        raise ValueError(f"{template!r} takes {template.count('{}')} values and is given {arguments - 1}")
    return position + 1
