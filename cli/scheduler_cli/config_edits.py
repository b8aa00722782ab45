"""What the commands named after AWS Instance Scheduler's have in common: one item created, updated, deleted, described."""

from collections.abc import Callable

import click

from scheduler_cli.config_changes import Snapshot, judge, read_snapshot, write
from scheduler_cli.config_items import Item, normal, title, users_of
from scheduler_cli.failures import BadArgument, ConfigIsFaulty, SomebodyWasFaster
from scheduler_cli.stack_access import StackAccess

Answer = dict[str, object]
_TRIES = 4


def create(stack: StackAccess, item: Item) -> Answer:
    """Write an item that is not there yet; answer it as the CLI of AWS Instance Scheduler does."""
    return _edit(stack, lambda snapshot: _create(stack, snapshot, normal(item)))


def update(stack: StackAccess, item: Item) -> Answer:
    """Replace an item that is there, as a whole; answer it as the CLI of AWS Instance Scheduler does."""
    return _edit(stack, lambda snapshot: _update(stack, snapshot, normal(item)))


def delete(stack: StackAccess, kind: str, name: str) -> Answer:
    """Delete an item; a period that schedules refer to stays, and they are named."""
    return _edit(stack, lambda snapshot: _delete(stack, snapshot, kind, name))


def _edit(stack: StackAccess, edit: Callable[[Snapshot], Answer]) -> Answer:
    """Look and edit, anew where somebody changed the config in between: what was asked for is judged by what there is then."""
    for _ in range(_TRIES - 1):
        try:
            return edit(read_snapshot(stack))
        except SomebodyWasFaster:
            continue
    return edit(read_snapshot(stack))


def _create(stack: StackAccess, snapshot: Snapshot, new: Item) -> Answer:
    key = _named(new)
    if key in snapshot.items:
        raise ConfigIsFaulty(f"{title(key)} exists already; nothing was written; use update-{key[0]} to replace it")
    return _put(stack, snapshot, new)


def _update(stack: StackAccess, snapshot: Snapshot, new: Item) -> Answer:
    key = _named(new)
    if key not in snapshot.items:
        raise ConfigIsFaulty(f"{title(key)} does not exist; nothing was written; use create-{key[0]} to create it")
    return _put(stack, snapshot, new)


def _delete(stack: StackAccess, snapshot: Snapshot, kind: str, name: str) -> Answer:
    key = (kind, name.strip())
    if key not in snapshot.items:
        raise ConfigIsFaulty(f"{title(key)} does not exist; nothing was deleted")
    users = users_of(key[1], snapshot.items.values()) if kind == "period" else []
    if users:
        of = "schedule" if len(users) == 1 else "schedules"
        raise ConfigIsFaulty(f"{title(key)} is in use by {of} {', '.join(users)}; nothing was deleted")
    write(stack, [snapshot.change(key, None)], snapshot.edition)
    return {kind.capitalize(): key[1]}


def describe(stack: StackAccess, kind: str, name: str | None) -> Answer:
    """List the items of a kind, or the one of a name, sorted by name."""
    items = read_snapshot(stack).items
    name = name.strip() if name is not None else None
    if name is not None and (kind, name) not in items:
        raise ConfigIsFaulty(f"{title((kind, name))} does not exist")
    wanted = [key for key in sorted(items) if key[0] == kind and name in (None, key[1])]
    return {f"{kind.capitalize()}s": [_pascal(normal(items[key])) for key in wanted]}


def _named(item: Item) -> tuple[str, str]:
    kind, name = str(item["type"]), str(item["name"])
    if not name:
        raise BadArgument("--name: give a name")
    return kind, name


def _put(stack: StackAccess, snapshot: Snapshot, item: Item) -> Answer:
    change = snapshot.change((str(item["type"]), str(item["name"])), item)
    settings = stack.settings
    after = snapshot.with_changes([change]).parse(settings)
    warnings = judge(snapshot.parse(settings), after, [change])
    write(stack, [change], snapshot.edition)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    return {str(item["type"]).capitalize(): _pascal(item)}


def _pascal(item: Item) -> dict[str, object]:
    return {"".join(part.capitalize() for part in name.split("_")): value for name, value in item.items()}
