"""`scheduler-cli export`, `diff` and `apply`: a stack's config as a file that is kept under version control."""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
import yaml

from scheduler_cli.config_changes import read_snapshot, write
from scheduler_cli.config_diff import Comparison, as_json_object, compare, lines
from scheduler_cli.config_items import Item, Key, normal
from scheduler_cli.failures import BadArgument
from scheduler_cli.moments import now
from scheduler_cli.stack_access import StackAccess
from scheduler_cli.stack_options import stack_options
from scheduler_cli.words import fitted

_SECTIONS = {"periods": "period", "schedules": "schedule", "calendars": "calendar"}
_ORDER = ("name", "description", "timezone", "periods", "begintime", "endtime", "weekdays", "monthdays", "months")
_TIME = re.compile(r"\d{1,2}:\d{2}")
_FILE = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
_PRUNE = click.option("--prune", is_flag=True, help="Also delete periods, schedules and calendars that FILE lacks.")


class ConfigDumper(yaml.SafeDumper):
    """YAML as people write it: lists within one line, texts quoted only where YAML would take them for something else."""


def _list(dumper: yaml.SafeDumper, value: list[object]) -> yaml.Node:
    is_short = all(not isinstance(member, dict | list) for member in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=is_short)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    # YAML 1.1 reads some times of day as numbers; all of them are quoted, so that a column of times looks alike.
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if _TIME.fullmatch(value) else None)


ConfigDumper.add_representer(list, _list)
ConfigDumper.add_representer(str, _text)


@click.command(
    epilog="""\b
Examples:
  scheduler-cli export --stack prod > schedules.yaml
  scheduler-cli export --stack prod --json | jq '.schedules[].name'
"""
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of YAML.")
@stack_options
def export(stack: StackAccess, as_json: bool) -> None:
    """Write a stack's periods, schedules, calendars and config item as a config file.

    What is exported can be applied as it is: `apply` then finds no differences.
    """
    document = as_document(read_snapshot(stack).items)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
        return
    text = yaml.dump(document, Dumper=ConfigDumper, sort_keys=False, allow_unicode=True, width=120)
    click.echo(text, nl=False)


def as_document(items: Mapping[Key, Item]) -> dict[str, object]:
    """Items as the sections of a config file, sorted by name; sections without items are left out."""
    document: dict[str, object] = {}
    for section, kind in _SECTIONS.items():
        members = [_member(items[key]) for key in sorted(items) if key[0] == kind]
        if members:
            document[section] = members
    config = items.get(("config", "scheduler"))
    attributes = {name: value for name, value in _member(config).items() if name != "name"} if config else {}
    return document | ({"config": attributes} if attributes else {})


def _member(item: Item) -> dict[str, object]:
    plain = normal(item)
    known = [name for name in _ORDER if name in plain]
    return {name: _plain(plain[name]) for name in [*known, *sorted(plain.keys() - {*known, "type"})]}


def _plain(value: object) -> object:
    """A value as YAML and JSON have it."""
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


@click.command(
    epilog="""\b
Examples:
  scheduler-cli diff schedules.yaml --stack prod
  scheduler-cli diff schedules.yaml --stack prod --prune --exit-code
"""
)
@_FILE
@_PRUNE
@click.option("--exit-code", is_flag=True, help="End with exit code 1 where there are differences.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@stack_options
@click.pass_context
def diff(context: click.Context, stack: StackAccess, file: Path, prune: bool, exit_code: bool, as_json: bool) -> None:
    """Show what applying FILE to a stack would change, item by item, and what instances would notice of it.

    The coming year is compared day by day; hours a week are the average of the next four weeks.
    """
    comparison = compare(stack, file, prune, now())
    _show(comparison, as_json)
    context.exit(1 if exit_code and comparison.changes else 0)


@click.command(
    epilog="""\b
Examples:
  scheduler-cli apply schedules.yaml --stack prod
  scheduler-cli apply schedules.yaml --stack prod --prune --yes
"""
)
@_FILE
@_PRUNE
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; needs --yes.")
@stack_options
def apply(stack: StackAccess, file: Path, prune: bool, yes: bool, as_json: bool) -> None:
    """Write FILE into a stack's config table, after showing what changes and asking.

    Everything is written as one transaction, or nothing: up to 100 changed items. Without --prune, what FILE lacks stays. A
    config that has an error is refused, and so is a table that somebody else changed meanwhile.
    """
    if as_json and not yes:
        raise BadArgument("--json needs --yes: there is nobody to ask")
    comparison = compare(stack, file, prune, now())
    _show(comparison, as_json)
    if comparison.changes and (yes or _agreed(stack)):
        write(stack, comparison.changes, comparison.edition)
        if not as_json:
            click.echo(f"Applied: {len(comparison.changes)} items of stack {stack.name}.")


def _agreed(stack: StackAccess) -> bool:
    if not sys.stdin.isatty():
        raise BadArgument("nothing was written: there is nobody to ask; add --yes")
    return click.confirm(f"Apply to stack {stack.name}?")


def _show(comparison: Comparison, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(as_json_object(comparison), ensure_ascii=False, indent=2, default=str))
        return
    _warn(map(str, comparison.warnings))
    for line in lines(comparison):
        click.echo(fitted(line))


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
