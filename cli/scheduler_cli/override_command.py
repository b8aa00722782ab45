"""`scheduler-cli override`: hold one instance running or stopped, whatever its schedule says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import click

from instance_scheduler.instants import format_instant
from instance_scheduler.override import Override
from instance_scheduler.record import expiry
from instance_scheduler.schedule import DesiredState
from scheduler_cli.failures import BadArgument, ConfigIsFaulty
from scheduler_cli.instance_view import FoundInstance, find_instance
from scheduler_cli.moments import moment, now
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.stack_options import stack_options
from scheduler_cli.words import fitted, moment_words

_LENGTH = re.compile(r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?")
_EPILOG = """\b
Examples:
  scheduler-cli override i-0123456789abcdef0 --running --for 3h --stack prod
  scheduler-cli override orders --stopped --until 2026-11-30T08:00 --stack prod
  scheduler-cli override i-0123456789abcdef0 --clear --stack prod
"""


class Length(click.ParamType):
    """A length of time such as 3h, 90m, 2d or 1h30m."""

    name = "length"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse the text."""
        found = _LENGTH.fullmatch(str(value).strip().lower())
        days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        length = timedelta(days=days, hours=hours, minutes=minutes)
        if not length:
            self.fail(f"{value!r} is no length of time; write 3h, 90m, 2d or 1h30m", param, ctx)
        return length


@click.command(epilog=_EPILOG)
@click.argument("instance", metavar="INSTANCE")
@click.option("--running", is_flag=True, help="Start it, and keep it running.")
@click.option("--stopped", is_flag=True, help="Stop it, and keep it stopped.")
@click.option("--until", metavar="TIME", help="When it ends: 2026-11-30T08:00 in the stack's zone, or with an offset.")
@click.option("--for", "length", type=Length(), metavar="LENGTH", help="How long it lasts: 3h, 90m, 2d.")
@click.option("--clear", is_flag=True, help="Remove the override; the schedule holds again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@stack_options
def override(
    stack: StackAccess,
    instance: str,
    running: bool,
    stopped: bool,
    until: str | None,
    length: timedelta | None,
    clear: bool,
    as_json: bool,
) -> None:
    """Hold INSTANCE (an EC2 id or a database's identifier) running or stopped; the next tick carries it out.

    Without --until and --for it holds until it is cleared. An override tag on the instance wins over this one.
    """
    if running + stopped + clear != 1:
        raise BadArgument("give one of --running, --stopped and --clear")
    at = now()
    state = None if clear else DesiredState.RUNNING if running else DesiredState.STOPPED
    held = _override(stack, state, until, length, at)
    found = find_instance(stack, instance)
    if held is None and not found.record.override:
        raise ConfigIsFaulty(f"{instance} has no override in the state table{_tag_words(stack, found, '; but ')}")
    _write(stack, found, str(held) if held is not None else None, at)
    if as_json:
        click.echo(json.dumps(_as_json(found, held), indent=2))
        return
    zone = stack.config().settings.default_timezone
    click.echo(fitted(_sentence(found, held, zone)))
    tag = _tag_words(stack, found, "But ")
    if tag:
        click.echo(fitted(f"{tag}."))


def _override(
    stack: StackAccess, state: DesiredState | None, until: str | None, length: timedelta | None, at: datetime
) -> Override | None:
    """The override that is asked for; None where it is to be cleared, with a state of None. Raises BadArgument."""
    if until is not None and length is not None:
        raise BadArgument("give --until or --for, not both")
    if state is None:
        if until is not None or length is not None:
            raise BadArgument("--clear takes neither --until nor --for")
        return None
    end = at + length if length is not None else _end(stack, until)
    if end is not None and end <= at:
        raise BadArgument(f"--until: {format_instant(end)} is over already")
    return Override(state=state, until=end)


def _end(stack: StackAccess, until: str | None) -> datetime | None:
    if until is None:
        return None
    try:
        return moment(until, stack.config().settings.default_timezone)
    except BadArgument as error:
        raise BadArgument(error.message.replace("--at", "--until", 1).replace("schedule's", "stack's")) from error


def _write(stack: StackAccess, found: FoundInstance, text: str | None, at: datetime) -> None:
    """Write the override on the instance's item, and make its target due, so that the next tick looks at it."""
    from instance_scheduler.aws.table import Update

    change = Update().set(override=text, expires_at=expiry(at)).add(version=1)
    with aws_calls():
        stack.state_table.update({"pk": str(found.target), "sk": found.id}, change)
        # To the second: an alarm of this very minute may be the one that a sweep under way goes by.
        due = datetime.now(UTC)
        stack.state.lower_alarm(found.target, due, due)


def _sentence(found: FoundInstance, held: Override | None, zone: str) -> str:
    label = found.sighting.label if found.sighting is not None else found.id
    if held is None:
        return f"{label} in {found.target}: the override is cleared; the next tick follows its schedule again."
    end = f"until {moment_words(held.until, zone)}" if held.until is not None else "until the override is cleared"
    return f"{label} in {found.target} is held {held.state} {end}; the next tick carries it out."


def _tag_words(stack: StackAccess, found: FoundInstance, start: str) -> str:
    tag = found.sighting.override_tag if found.sighting is not None else ""
    return f"{start}its tag {stack.settings.tag_key}Override says {tag!r}, and a tag wins" if tag else ""


def _as_json(found: FoundInstance, held: Override | None) -> dict[str, object]:
    return {
        "instance": found.id,
        "target": str(found.target),
        "override": str(held) if held is not None else None,
        "override_tag": (found.sighting.override_tag or None) if found.sighting is not None else None,
    }
