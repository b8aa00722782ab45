"""The tables of `docs/configuration.md`, made of the templates and the code: `python -m scheduler_cli.reference_tables`.

A table stands in the page between `<!-- generated: <what> -->` and `<!-- end -->`; everything else there is written by hand.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import yaml

from instance_scheduler import settings as settings_module
from instance_scheduler.attributes import ItemReader
from instance_scheduler.config_item import apply_config_item
from instance_scheduler.request import INPUT_KEYS
from instance_scheduler.settings import Settings
from scheduler_cli.config_items import FLAGS, LISTS
from scheduler_cli.config_schema import ATTRIBUTES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "configuration.md"
_BLOCK = re.compile(r"(?P<head><!-- generated: (?P<what>[^>]+?) -->\n).*?(?P<foot><!-- end -->)", re.DOTALL)
_SAMPLES: Mapping[str, object] = {
    "default_timezone": "Asia/Shanghai",
    "regions": "cn-north-1",
    "scheduled_services": "rds",
    "remote_account_ids": "111122223333",
    "cross_account_roles": "111122223333",
    "account_regions": "111122223333=cn-north-1",
    "started_tags": "a=b",
    "stopped_tags": "a=b",
    "create_rds_snapshot": True,
    "use_metrics": True,
}
"""A value of each setting of the config item that no stack has on its own."""


class _Template(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, of which a reference needs the texts alone."""


_Template.add_multi_constructor(
    "!", lambda loader, suffix, node: loader.construct_scalar(node) if _is_text(node) else None
)


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode)


def filled(page: str) -> str:
    """The page with its generated tables as they should be; raises KeyError for a table that nobody makes."""
    return _BLOCK.sub(lambda found: f"{found['head']}{_made(found['what'])}\n{found['foot']}", page)


def _made(what: str) -> str:
    kind, _, of = what.partition(" of ")
    makers: Mapping[str, Callable[[str], Iterable[str]]] = {
        "parameters": _parameters,
        "settings": lambda _: _settings(),
        "attributes": _attributes,
        "input": lambda _: _input(),
    }
    return "\n".join(makers[kind](of))


def _table(head: str, rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield head
    yield "|" + "---|" * (head.count("|") - 1)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _read(template: str) -> Mapping[str, Any]:
    with (ROOT / template).open(encoding="utf-8") as file:
        read: Mapping[str, Any] = yaml.load(file, Loader=_Template)
    return read


def _parameters(template: str) -> Iterator[str]:
    read = _read(template)
    groups = read["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    for number, group in enumerate(groups):
        yield from [""] if number else []
        yield from (f"**{group['Label']['default']}**", "")
        rows = [_parameter(name, read["Parameters"][name]) for name in group["Parameters"]]
        yield from _table("| parameter | default | accepted | meaning |", rows)


def _parameter(name: str, parameter: Mapping[str, Any]) -> tuple[str, ...]:
    default = parameter.get("Default")
    shown = "–" if default is None else f"`{default}`" if default != "" else "empty"
    return f"`{name}`", shown, _accepted(parameter), parameter["Description"].strip()


def _accepted(parameter: Mapping[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(f"`{value}`" for value in parameter["AllowedValues"])
    if "MinValue" in parameter:
        return f"{parameter['MinValue']} to {parameter['MaxValue']}"
    return str(parameter.get("ConstraintDescription", "any text")).rstrip(".")


def _settings() -> Iterator[str]:
    written = _read("template.yaml")["Resources"]["SettingsParameter"]["Properties"]["Value"]
    sources = dict(re.findall(r'"(\w+)": "?\$\{([\w:]+)\}', written))
    winners = dict(_winners())
    meanings = _docstrings()
    rows = [
        (
            f"`{name}`",
            _default(getattr(Settings(), name)),
            _source(sources.get(name)),
            winners.get(name, "no"),
            meanings[name],
        )
        for name in Settings.__annotations__
    ]
    yield from _table("| setting | default | from the parameter | a value in the config item wins | meaning |", rows)


def _source(parameter: str | None) -> str:
    if parameter is None:
        return "–"
    return "the stack's name" if parameter == "AWS::StackName" else f"`{parameter}`"


def _default(value: object) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case () | "":
            return "empty"
        case tuple():
            return "`" + ", ".join(map(str, value)) + "`"
        case StrEnum():
            return f"`{value.value}`"
        case _:
            return f"`{value}`"


def _winners() -> Iterator[tuple[str, str]]:
    """Which attributes of the config item change which setting, by trying each."""
    for name in Settings.__annotations__:
        changing = [f"`{attribute}`" for attribute, value in _SAMPLES.items() if name in _changed(attribute, value)]
        if changing:
            yield name, f"yes, {' and '.join(changing)}"
    yield "tag_key", "no; another `tagname` there is an error"
    yield "notify", "no; an execution's input does"


def _changed(attribute: str, value: object) -> set[str]:
    reader = ItemReader(item="config scheduler", raw={"type": "config", "name": "scheduler", attribute: value})
    before, after = Settings(), apply_config_item(reader, Settings())
    return {name for name in Settings.__annotations__ if getattr(before, name) != getattr(after, name)}


def _docstrings() -> dict[str, str]:
    """What stands below each setting in its class."""
    (body,) = [node.body for node in ast.parse(inspect.getsource(settings_module)).body if _is_settings(node)]  # type: ignore[attr-defined]  # a class has one
    meanings: dict[str, str] = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            meanings[field.target.id] = " ".join(str(ast.literal_eval(below.value)).split())
    return meanings


def _is_settings(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == Settings.__name__


def _attributes(kind: str) -> Iterator[str]:
    rows = [(f"`{name}`", _form(kind, name), meaning) for name, meaning in ATTRIBUTES[kind].items()]
    yield from _table("| attribute | form | meaning |", rows)


def _form(kind: str, name: str) -> str:
    if name in LISTS[kind]:
        return "list"
    if name in FLAGS[kind]:
        return "flag"
    return {"begintime": "time", "endtime": "time", "override_status": "`running` or `stopped`"}.get(name, "text")


def _input() -> Iterator[str]:
    yield from _table("| key | value |", [(f"`{key}`", meaning) for key, meaning in INPUT_KEYS.items()])


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    click.echo(f"{PAGE.relative_to(ROOT)}: written")
