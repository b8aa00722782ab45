"""`scheduler-cli import-table`: the config table of AWS Instance Scheduler, copied and commented item by item."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import click

from instance_scheduler.config import Config
from instance_scheduler.errors import Severity
from instance_scheduler.settings import Settings
from scheduler_cli.config_changes import MOST_CHANGES, Change, Snapshot, read_snapshot, write
from scheduler_cli.config_items import Item, Key, key_of, normal, same, title
from scheduler_cli.departures import departures
from scheduler_cli.failures import BadArgument
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.stack_options import stack_options
from scheduler_cli.words import fitted

_ORDER = ("config", "calendar", "period", "schedule")
"""What others refer to comes first, so that no transaction leaves a reference into the void."""
_CONFIG: Key = ("config", "scheduler")
_MARKS = {"copy": "+", "replace": "~", "same": "=", "skip": "!"}
_EPILOG = """\b
Examples:
  scheduler-cli import-table instance-scheduler-ConfigTable-1ABC --stack prod
  scheduler-cli import-table instance-scheduler-ConfigTable-1ABC --stack prod --overwrite --yes
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What becomes of one item of the foreign table."""

    key: Key
    fate: str
    """`copy`, `replace`, `same`, `leave` (on purpose) or `skip` (for a reason that somebody should look at)."""
    reason: str
    """Why it is left or skipped; empty otherwise."""
    notes: tuple[str, ...]
    """What it means otherwise here, and what the core warns about."""
    change: Change | None


@click.command("import-table", epilog=_EPILOG)
@click.argument("table", metavar="TABLE")
@click.option("--overwrite", is_flag=True, help="Replace items that the stack has under the same name.")
@click.option(
    "--with-config", is_flag=True, help="Copy the settings of the config item too; they win over the stack's."
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; needs --yes.")
@stack_options
@click.pass_context
def import_table(
    context: click.Context,
    /,
    stack: StackAccess,
    table: str,
    overwrite: bool,
    with_config: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Copy the config TABLE of an AWS Instance Scheduler (versions 1 to 3) of the same account and region into a stack.

    Each item is listed with what it means otherwise here, and why. Items with errors are skipped, and the exit code is then 1;
    so are items that the stack has under the same name, unless --overwrite is given. TABLE itself is only read.
    """
    if as_json and not yes:
        raise BadArgument("--json needs --yes: there is nobody to ask")
    edition, imports = _plan(stack, table, overwrite=overwrite, with_config=with_config)
    changes = [one.change for one in imports if one.change is not None]
    if as_json:
        click.echo(json.dumps(_as_json(imports), ensure_ascii=False, indent=2))
    else:
        for line in _lines(imports):
            click.echo(fitted(line))
    if changes and (yes or _agreed(stack)):
        for start in range(0, len(changes), MOST_CHANGES):
            edition = write(stack, changes[start : start + MOST_CHANGES], edition)
        if not as_json:
            click.echo(f"Imported: {len(changes)} items into stack {stack.name}.")
    context.exit(1 if any(one.fate == "skip" for one in imports) else 0)


def _agreed(stack: StackAccess) -> bool:
    if not sys.stdin.isatty():
        raise BadArgument("nothing was written: there is nobody to ask; add --yes")
    return click.confirm(f"Import into stack {stack.name}?")


def _plan(stack: StackAccess, table: str, *, overwrite: bool, with_config: bool) -> tuple[int, list[Import]]:
    foreign = _foreign_items(stack, table)
    snapshot = read_snapshot(stack)
    reasons = _refused(foreign, with_config=with_config)
    if not overwrite:
        taken = {key for key in foreign if key in snapshot.items and not same(snapshot.items[key], foreign[key])}
        reasons = dict.fromkeys(taken, "the stack has another of this name; --overwrite replaces it") | reasons
    wanted = {key: item for key, item in foreign.items() if key not in reasons}
    settings = stack.settings
    reasons |= _errors(snapshot, wanted, settings)
    wanted = {key: item for key, item in wanted.items() if key not in reasons}
    config = _with(snapshot, wanted).parse(settings)
    zone = str(normal(foreign.get(_CONFIG, {"type": "config"})).get("default_timezone") or "UTC")
    return snapshot.edition, [
        _import(key, foreign[key], snapshot, reasons.get(key, ""), _notes(key, foreign[key], config, settings, zone))
        for key in sorted(foreign, key=lambda key: (_ORDER.index(key[0]) if key[0] in _ORDER else len(_ORDER), key))
    ]


def _foreign_items(stack: StackAccess, name: str) -> dict[Key, Item]:
    from instance_scheduler.aws.table import Table

    table = Table(stack.client("dynamodb"), name)
    with aws_calls():
        items: dict[Key, Item] = {key_of(item): item for item in table.scan() if "type" in item and "name" in item}
    if not items:
        raise BadArgument(
            f"table {name} has no items with type and name; it is no config table of AWS Instance Scheduler"
        )
    return items


def _refused(foreign: Mapping[Key, Item], *, with_config: bool) -> dict[Key, str]:
    reasons = {key: f"items of type {key[0]!r} have no meaning here" for key in foreign if key[0] not in _ORDER}
    if not with_config and _CONFIG in foreign:
        reasons[_CONFIG] = "settings are parameters of the stack here; --with-config copies them"
    return reasons


def _errors(snapshot: Snapshot, wanted: Mapping[Key, Item], settings: Settings) -> dict[Key, str]:
    """The errors of the items to copy; a schedule has one where a period of it has."""
    faults = _with(snapshot, wanted).parse(settings).faults
    errors: dict[Key, str] = {}
    for key in wanted:
        own = [one for one in faults if one.item == title(key) and one.severity is Severity.ERROR]
        if own:
            errors[key] = "; ".join(f"{one.attribute}: {one.message}" if one.attribute else one.message for one in own)
    return errors


def _with(snapshot: Snapshot, wanted: Mapping[Key, Item]) -> Snapshot:
    return snapshot.with_changes(snapshot.change(key, item) for key, item in wanted.items())


def _notes(key: Key, item: Item, config: Config, settings: Settings, foreign_zone: str) -> tuple[str, ...]:
    own = [one for one in config.faults if one.item == title(key) and one.severity is Severity.WARNING]
    warnings = [f"{one.attribute}: {one.message}" if one.attribute else one.message for one in own]
    named = list(departures(item, foreign_zone, settings if key == _CONFIG else config.settings))
    return (*named, *(one for one in warnings if not one.startswith("ssm_maintenance_window")))


def _import(key: Key, item: Item, snapshot: Snapshot, reason: str, notes: tuple[str, ...]) -> Import:
    before = snapshot.items.get(key)
    after = {name: value for name, value in normal(item).items() if name != "configured_in_stack"}
    fate = "skip" if reason else "same" if same(before, after) else "copy" if before is None else "replace"
    # What is left out on purpose is no reason to worry.
    if key[0] not in _ORDER or (key == _CONFIG and "--with-config" in reason):
        fate = "leave"
    change = snapshot.change(key, after) if fate in ("copy", "replace") else None
    told = notes if fate != "skip" and key[0] in _ORDER else ()
    return Import(key=key, fate=fate, reason=reason, notes=told, change=change)


def _lines(imports: Sequence[Import]) -> Iterator[str]:
    for one in imports:
        what = (
            f": not copied: {one.reason}" if one.reason else ": the stack has it already" if one.fate == "same" else ""
        )
        yield f"{_MARKS.get(one.fate, '-')} {title(one.key)}{what}"
        for note in one.notes:
            yield f"    {note}"


def _as_json(imports: Sequence[Import]) -> dict[str, object]:
    return {
        "items": [
            {
                "type": one.key[0],
                "name": one.key[1],
                "fate": one.fate,
                "reason": one.reason or None,
                "notes": list(one.notes),
            }
            for one in imports
        ]
    }
