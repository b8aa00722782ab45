"""`scheduler-cli status`: what a stack manages, where, in which state, when that changes, and which settings win."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import click

from instance_scheduler.config import Config
from instance_scheduler.errors import Severity
from instance_scheduler.instants import format_instant
from instance_scheduler.override import Override, parse_override
from instance_scheduler.record import InstanceRecord
from instance_scheduler.schedule import desired_at
from instance_scheduler.target import Target, TargetRecord, known_targets
from instance_scheduler.transition import next_transition
from scheduler_cli.moments import now
from scheduler_cli.pausing import is_paused
from scheduler_cli.run_report import RunItem, run_items
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.stack_options import stack_options
from scheduler_cli.words import breadth, fitted, length_words, state_words, wall_words

_LISTED = 40
"""Targets that are listed whatever they hold; of more, only those that hold something or fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A stack at an instant."""

    stack: StackAccess
    at: datetime
    paused: bool
    config: Config
    targets: Mapping[Target, TargetRecord | None]
    """Every target of the stack; None where it was never looked at."""
    instances: Mapping[Target, Mapping[str, InstanceRecord]]
    latest: RunItem | None

    @property
    def records(self) -> Iterator[tuple[Target, str, InstanceRecord]]:
        """Every instance that the state table knows."""
        for target, members in sorted(self.instances.items()):
            for instance, record in sorted(members.items()):
                yield target, instance, record

    @property
    def settings_that_win(self) -> dict[str, tuple[object, object]]:
        """The settings that the config item sets otherwise than the stack: name → deployed, in force."""
        deployed, in_force = self.stack.settings, self.config.settings
        pairs = {one.name: (getattr(deployed, one.name), getattr(in_force, one.name)) for one in fields(deployed)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    @property
    def errors(self) -> list[str]:
        """The errors of the config."""
        return list(dict.fromkeys(str(one) for one in self.config.faults if one.severity is Severity.ERROR))

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should look: a config with errors, or a target or an instance that keeps failing."""
        failing = any(record is not None and record.failures for record in self.targets.values())
        return bool(self.errors) or failing or any(record.failures for _, _, record in self.records)


@click.command(
    epilog="""\b
Examples:
  scheduler-cli status --stack prod
  scheduler-cli status --stack prod --json | jq '.schedules'
"""
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@stack_options
@click.pass_context
def status(context: click.Context, /, stack: StackAccess, as_json: bool) -> None:
    """Show what a stack manages, where, in which state, when it changes next, and which settings win.

    All of it is what the state table knows: AWS is not asked what instances are at this moment. The exit code is 1 where the
    config has an error, or a target or an instance keeps failing.
    """
    found = read_status(stack, now())
    if as_json:
        click.echo(json.dumps(as_json_object(found), ensure_ascii=False, indent=2, default=str))
    else:
        for line in _lines(found):
            click.echo(fitted(line))
    context.exit(1 if found.is_wrong else 0)


def read_status(stack: StackAccess, at: datetime) -> Status:
    """Read all that the stack knows of itself."""
    config = stack.config()
    with aws_calls():
        records = stack.state.targets()
        targets = {target: records.get(target) for target in (*known_targets(config.settings, stack.home), *records)}
        instances = {target: stack.state.instances(target) for target in targets}
    return Status(
        stack=stack,
        at=at,
        paused=is_paused(stack),
        config=config,
        targets=dict(sorted(targets.items())),
        instances=instances,
        latest=next(run_items(stack), None),
    )


def _lines(found: Status) -> Iterator[str]:
    home = found.stack.home
    pace = "paused" if found.paused else f"a tick every {found.config.settings.interval_minutes} min"
    yield f"{click.style(found.stack.name, bold=True)} in {home.account}/{home.region}: {pace}"
    if found.latest is not None:
        yield f"  Latest run with something to tell: {found.latest.at}  {found.latest.id}  {found.latest.words}"
    yield ""
    yield from _target_lines(found)
    yield ""
    yield from _schedule_lines(found)
    for title, lines in (("To look at", _notable(found)), ("Settings of the config item that win", _settings(found))):
        listed = list(lines)
        if listed:
            yield ""
            yield title
            yield from (f"  {line}" for line in listed)


def _target_lines(found: Status) -> Iterator[str]:
    rows = [("Targets", "managed", "last look", "next look")]
    idle = 0
    for target, record in found.targets.items():
        if len(found.targets) > _LISTED and (record is None or not (record.managed or record.failures)):
            idle += 1
            continue
        seen = record.swept_at if record is not None else None
        due = record.next_due if record is not None else None
        rows.append(
            (
                f"  {target}",
                str(record.managed) if record is not None and seen is not None else "-",
                f"{length_words(found.at - seen)} ago" if seen is not None else "never",
                "next tick" if due is None or due <= found.at else f"in {length_words(due - found.at)}",
            )
        )
    yield from _columns(rows)
    if idle:
        yield f"  and {idle} more that hold nothing managed; --json lists all"


def _schedule_lines(found: Status) -> Iterator[str]:
    rows = [("Schedules", "instances", "wants now", "changes")]
    rows += [
        (f"  {name}", _states_words(states), *_timetable(found, name)) for name, states in _by_schedule(found).items()
    ]
    yield from _columns(rows)


def _by_schedule(found: Status) -> dict[str, Counter[str]]:
    """Schedule → how many of its instances are in which stored state; schedules without instances too."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*found.config.schedules, *found.config.faulty)}
    for _, _, record in found.records:
        if record.schedule:
            counts.setdefault(record.schedule, Counter())[str(record.stored)] += 1
    return dict(sorted(counts.items()))


def _states_words(states: Counter[str]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(states.items())) or "none"


def _timetable(found: Status, name: str) -> tuple[str, str]:
    schedule = found.config.schedules.get(name)
    if schedule is None:
        return ("error", "never: its instances are left alone") if name in found.config.faulty else ("unknown", "never")
    coming = next_transition(schedule, found.at)
    wanted = state_words(desired_at(schedule, found.at))
    if coming is None:
        return wanted, "never"
    when = f"{wall_words(coming.at, schedule.timezone)} {schedule.timezone}, in {length_words(coming.at - found.at)}"
    return wanted, f"{when}: {state_words(coming.desired)}"


def _notable(found: Status) -> Iterator[str]:
    yield from found.errors
    for target, record in found.targets.items():
        if record is not None and record.failures:
            yield f"{target} could not be looked at, {record.failures} times in a row"
    for target, instance, one in found.records:
        if one.failures:
            yield f"{target}/{instance}: {one.stored}, {one.failures} times in a row"
        if one.claim is not None:
            yield f"{target}/{instance}: held by run {one.claim.run} for a {one.claim.action}"
        held = parse_override(one.override) if one.override else None
        if isinstance(held, Override) and held.is_in_force(found.at):
            end = f" until {format_instant(held.until)}" if held.until is not None else ""
            yield f"{target}/{instance}: an override holds it {held.state}{end}"


def _settings(found: Status) -> Iterator[str]:
    for name, (deployed, in_force) in found.settings_that_win.items():
        yield f"{name}: {_value_words(in_force)} instead of {_value_words(deployed)}"


def _value_words(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value) or "nothing"


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(breadth(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell + " " * (width - breadth(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()


def as_json_object(found: Status) -> dict[str, object]:
    """The status for machines."""
    return {
        "stack": found.stack.name,
        "account": found.stack.home.account,
        "region": found.stack.home.region,
        "at": format_instant(found.at),
        "paused": found.paused,
        "latest_run": found.latest.id if found.latest is not None else None,
        "targets": [_target_json(target, record) for target, record in found.targets.items()],
        "schedules": [_schedule_json(found, name, states) for name, states in _by_schedule(found).items()],
        "instances": [_instance_json(*one) for one in found.records],
        "settings": {
            name: {"deployed": deployed, "in_force": in_force}
            for name, (deployed, in_force) in found.settings_that_win.items()
        },
        "errors": found.errors,
    }


def _target_json(target: Target, record: TargetRecord | None) -> dict[str, object]:
    read = record or TargetRecord(target=target)
    return {
        "target": str(target),
        "managed": read.managed,
        "swept_at": format_instant(read.swept_at) if read.swept_at is not None else None,
        "next_due": format_instant(read.next_due) if read.next_due is not None else None,
        "failures": read.failures,
    }


def _schedule_json(found: Status, name: str, states: Counter[str]) -> dict[str, object]:
    schedule = found.config.schedules.get(name)
    coming = next_transition(schedule, found.at) if schedule is not None else None
    return {
        "schedule": name,
        "usable": schedule is not None,
        "instances": dict(states),
        "desired_state": desired_at(schedule, found.at).state if schedule is not None else None,
        "next_change": format_instant(coming.at) if coming is not None else None,
        "next_state": coming.desired.state if coming is not None else None,
    }


def _instance_json(target: Target, instance: str, record: InstanceRecord) -> dict[str, object]:
    return {
        "target": str(target),
        "instance": instance,
        "schedule": record.schedule,
        "stored_state": record.stored,
        "override": record.override or None,
        "failures": record.failures,
        "run": record.claim.run if record.claim is not None else None,
    }
