"""`scheduler-cli evaluate`: JSON lines in, one answer a line out, without AWS and without a clock."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import BinaryIO

import click

from instance_scheduler.attributes import did_you_mean
from instance_scheduler.config import Config, parse_config
from instance_scheduler.decision import Action, Decision, ObservedState, Situation, StoredState, decide
from instance_scheduler.errors import Fault, InvalidInput, Severity
from instance_scheduler.instants import parse_instant
from instance_scheduler.override import parse_override
from instance_scheduler.schedule import Desired, Schedule, desired_at
from instance_scheduler.settings import Service, Settings

_EARLIEST, _LATEST = 1900, 9998
_WITHOUT_TYPE = frozenset({"O4", "M0"})
_NAMELESS = "schedule"
"""What a case's schedule is called where it has no name."""
_INSTANCE_KEYS = (
    *("stored_state", "observed_state", "type", "override", "schedule_tag"),
    *("maintenance_window", "restarted_by_aws"),
)
_OBSERVED = {"running": ObservedState.RUNNING, "stopped": ObservedState.STOPPED}


_EPILOG = """\b
Examples:
  scheduler-cli evaluate cases.jsonl
  echo '{"schedule": {"override_status": "running"}, "at": "2026-11-23T09:00Z"}' | scheduler-cli evaluate
"""


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--json", "as_json", is_flag=True, expose_value=False, help="Accepted for symmetry: the answers are JSON lines."
)
@click.pass_context
def evaluate(context: click.Context, file: BinaryIO) -> None:
    """Say what schedules want, and what would be done with an instance.

    FILE, or standard input, holds one JSON object a line: `schedule`, `periods`, `at`, and where wanted `default_timezone`,
    `calendars`, `service` and `instance`. Each is answered with one JSON object a line. A line that cannot be read, or
    whose schedule, periods or calendars have an error, is answered with `error`, and the exit code is 1 at the end.
    """
    failed = False
    for answer in answer_lines(file):
        failed = failed or "error" in answer
        click.echo(json.dumps(answer))
    context.exit(1 if failed else 0)


def answer_lines(lines: Iterable[bytes]) -> Iterator[dict[str, str | None]]:
    """Answer every line that is not blank."""
    for number, line in enumerate(lines):
        content = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        if content.strip():
            yield answer_line(content)


def answer_line(line: bytes) -> dict[str, str | None]:
    """Answer one line; never raises."""
    try:
        case = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "The line is not JSON."}
    try:
        return answer_case(_object(case, "the line"))
    except InvalidInput as error:
        return {"error": str(error)}


def answer_case(case: Mapping[str, object]) -> dict[str, str | None]:
    """Answer one case; raises InvalidInput with one sentence where something in it cannot be read."""
    schedule = _schedule(case)
    at = _instant(case)
    service = Service(_choice(case, "service", tuple(Service), Service.EC2))
    desired = desired_at(schedule, at)
    if case.get("instance") is None:
        return _desired_answer(desired, None if service is Service.RDS else desired.instance_type)
    situation = _situation(_object(case["instance"], "instance"), at, service)
    decision = decide(situation, schedule)
    is_typed = service is Service.EC2 and decision.row not in _WITHOUT_TYPE
    return {
        **_desired_answer(desired, desired.instance_type if is_typed else None),
        **_decision_answer(decision, situation),
    }


def _desired_answer(desired: Desired, wanted_type: str | None) -> dict[str, str | None]:
    return {"desired_state": desired.state.value, "desired_type": wanted_type, "period": desired.period}


def _decision_answer(decision: Decision, situation: Situation) -> dict[str, str | None]:
    return {
        "effective": "noop" if decision.action is Action.NONE else decision.action.value,
        "new_stored_state": (decision.new_stored or situation.stored).value,
        "reason": decision.row,
    }


def _schedule(case: Mapping[str, object]) -> Schedule:
    """Parse the case's schedule with the stack's own parser; raises InvalidInput with every error."""
    item = _object(case.get("schedule"), "schedule")
    name = item.get("name") or _NAMELESS
    zone = case.get("default_timezone")
    if zone is not None and not isinstance(zone, str):
        raise InvalidInput(f"default_timezone is {zone!r}, which is no text.")
    items: list[Mapping[str, object]] = [{**item, "type": "schedule", "name": name}]
    for kind, key in (("period", "periods"), ("calendar", "calendars")):
        for member, raw in _members(case, key):
            items.append({**_object(raw, f"{key}.{member}"), "type": kind, "name": member})
    config = parse_config(items, Settings(default_timezone=zone or "UTC"))
    schedule = next(iter(config.schedules.values()), None)
    errors = _errors(config, schedule)
    if schedule is None or errors:
        raise InvalidInput(f"{'; '.join(errors)}.")
    return schedule


def _errors(config: Config, schedule: Schedule | None) -> list[str]:
    """List the errors of a case; while a schedule's state is overridden those of periods are only warnings."""
    periods_matter = schedule is None or schedule.override_status is None
    errors = [
        fault
        for fault in config.faults
        if fault.severity is Severity.ERROR and (periods_matter or not fault.item.startswith("period "))
    ]
    faulty = {fault.item for fault in errors}
    # That a schedule cannot use what has an error follows from the error.
    return [
        _told(fault) for fault in errors if not any(fault.message.endswith(f"{item} has an error") for item in faulty)
    ]


def _told(fault: Fault) -> str:
    return (
        f"the {fault}".replace(f"schedule {_NAMELESS}", "schedule", 1)
        if fault.item == f"schedule {_NAMELESS}"
        else str(fault)
    )


def _situation(instance: Mapping[str, object], at: datetime, service: Service) -> Situation:
    for key in instance:
        if key not in _INSTANCE_KEYS:
            accepted = f"accepted are {', '.join(_INSTANCE_KEYS)}{did_you_mean(key, _INSTANCE_KEYS)}"
            raise InvalidInput(f"instance.{key} is not known; {accepted}")
    override = instance.get("override")
    if override is not None and not isinstance(override, str):
        raise InvalidInput(f"instance.override is {override!r}, which is no text.")
    return Situation(
        at=at,
        service=service,
        stored=StoredState(_choice(instance, "stored_state", tuple(StoredState), StoredState.UNKNOWN)),
        observed=_OBSERVED.get(_word(instance, "observed_state") or "", ObservedState.TRANSITIONAL),
        instance_type=_word(instance, "type"),
        schedule_tag=_word(instance, "schedule_tag") or "schedule",
        override=None if override is None else parse_override(override),
        claimed=False,
        retry_at=None,
        maintenance_window_open=_flag(instance, "maintenance_window"),
        restarted_by_aws=_flag(instance, "restarted_by_aws"),
    )


def _instant(case: Mapping[str, object]) -> datetime:
    text = case.get("at")
    if not isinstance(text, str):
        raise InvalidInput(f"at is {text!r}; write an instant with an offset such as 2026-11-23T09:00:00+08:00.")
    at = parse_instant(text)
    if not _EARLIEST <= at.year <= _LATEST:
        raise InvalidInput(f"at is {text!r}, which is not between the years {_EARLIEST} and {_LATEST}.")
    return at


def _object(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{place} is {value!r:.80}, which is no JSON object.")
    return value


def _members(case: Mapping[str, object], key: str) -> Iterable[tuple[str, object]]:
    value = case.get(key)
    return _object(value, key).items() if value is not None else ()


def _word(fields: Mapping[str, object], key: str) -> str | None:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"instance.{key} is {value!r}, which is no text.")
    if key == "observed_state" and not value:
        raise InvalidInput("instance.observed_state is missing; write running, stopped, or what else AWS says.")
    return value or None


def _choice(fields: Mapping[str, object], key: str, accepted: tuple[str, ...], default: str) -> str:
    value = fields.get(key)
    if value is None:
        return default
    if value not in accepted:
        raise InvalidInput(f"{key} is {value!r}; accepted are {', '.join(accepted)}.")
    return str(value)


def _flag(fields: Mapping[str, object], key: str) -> bool:
    value = fields.get(key)
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(f"instance.{key} is {value!r}; write true or false.")
    return bool(value)
