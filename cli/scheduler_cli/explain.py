"""`scheduler-cli explain`: what a schedule wants, why, what a run would do, and what comes next."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

import click

from instance_scheduler.config import Config
from instance_scheduler.decision import Action, Decision, ObservedState, StoredState, decide
from instance_scheduler.period import Wish
from instance_scheduler.schedule import DesiredState, Schedule, desired_at
from instance_scheduler.settings import Service
from instance_scheduler.transition import transitions
from scheduler_cli.explanation import Explanation, as_json_object
from scheduler_cli.failures import BadArgument, ConfigIsFaulty
from scheduler_cli.forecast import forecast
from scheduler_cli.instance_view import FoundInstance, InstanceView, find_instance, imagined
from scheduler_cli.moments import local_day, moment
from scheduler_cli.reasons import PeriodReason, because, reasons_at
from scheduler_cli.sources import Source, complete_schedule, pick_schedule, refusal_of, source_options
from scheduler_cli.words import (
    fitted,
    length_words,
    moment_words,
    period_words,
    special_day_words,
    state_words,
    utc_words,
    wall_words,
)

_COLOURS = {DesiredState.RUNNING: "green", DesiredState.STOPPED: "red", DesiredState.ANY: "yellow"}
_USUAL = (
    ("running, new to the scheduler", StoredState.UNKNOWN, "running"),
    ("running, recorded running", StoredState.RUNNING, "running"),
    ("running, recorded stopped", StoredState.STOPPED, "running"),
    ("stopped, recorded running", StoredState.RUNNING, "stopped"),
    ("stopped, recorded stopped", StoredState.STOPPED, "stopped"),
)
_DOES = {
    Action.NONE: "is left alone",
    Action.START: "is started",
    Action.STOP: "is stopped",
    Action.RESIZE: "is resized",
}
_IMAGINED = ("stored", "observed", "instance_type", "override", "service", "window")
_EPILOG = """\b
Examples:
  scheduler-cli explain office-hours
  scheduler-cli explain office-hours --at "2026-10-01 10:00"
  scheduler-cli explain office-hours --stored running --observed stopped
  scheduler-cli explain --stack prod --instance i-0123456789abcdef0
"""


@click.command(epilog=_EPILOG)
@click.argument("schedule_name", metavar="[SCHEDULE]", required=False, shell_complete=complete_schedule)
@click.option(
    "--at",
    metavar="TIME",
    help="When: 2026-10-01T10:00 in the schedule's zone, or with Z or an offset.  [default: now]",
)
@click.option("--instance", metavar="ID", help="An instance of the stack: an EC2 id, or a database's identifier.")
@click.option(
    "--stored",
    type=click.Choice([state.value for state in StoredState]),
    help="What the scheduler last recorded for an instance.",
)
@click.option("--observed", metavar="STATE", help="What AWS says that it is: running, stopped, or another word.")
@click.option("--type", "instance_type", metavar="TYPE", help="Its instance type.")
@click.option("--override", metavar="TEXT", help="Its override tag, such as running@2026-11-22T22:00+08:00.")
@click.option(
    "--service", type=click.Choice([service.value for service in Service]), help="Its service.  [default: ec2]"
)
@click.option(
    "--maintenance-window", "window", metavar="TEXT", help="A database's window, such as sun:05:00-sun:05:30."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@source_options
def explain(
    source: Source,
    schedule_name: str | None,
    at: str | None,
    instance: str | None,
    as_json: bool,
    **imagined_as: str | None,
) -> None:
    """Say what SCHEDULE wants, which period decided, what a run would do with an instance, and the next three changes.

    Describe an instance by --stored, --observed and so on, or name a real one by --stack and --instance; then the answer
    says why it is as it is, and when it starts and stops next.
    """
    given = {key: value for key, value in imagined_as.items() if value is not None}
    found = _find(source, instance, given) if instance is not None else None
    config = source.config()
    name = schedule_name or (found.schedule_tag if found is not None else None)
    if name is None:
        raise BadArgument("name a SCHEDULE, or an instance by --stack and --instance")
    if found is not None and schedule_name is None and name not in config.schedules:
        _tell_unscheduled(found, at, config, as_json)
        return
    explanation = _explain(pick_schedule(config, name), at, found, given)
    if as_json:
        click.echo(json.dumps(as_json_object(explanation), ensure_ascii=False, indent=2))
    else:
        for line in _lines(explanation):
            click.echo(fitted(line))


def _find(source: Source, instance: str, given: Mapping[str, str]) -> FoundInstance:
    if source.stack is None:
        raise BadArgument("--instance needs --stack; on a file, describe the instance by --stored and --observed")
    if given:
        raise BadArgument("--instance is a real one; leave --stored, --observed and the like out")
    return find_instance(source.stack, instance)


def _tell_unscheduled(found: FoundInstance, at: str | None, config: Config, as_json: bool) -> None:
    """Tell of an instance whose tag names no usable schedule; exit code 1 unless the tag takes it out on purpose."""
    view = found.view(moment(at, config.settings.default_timezone), None)
    decision = decide(view.situation, None)
    tag = found.schedule_tag
    if as_json:
        answer = {"schedule": tag, "label": view.label, "row": decision.row, "explanation": decision.explanation}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        told = f"{view.label} is left alone, row {decision.row}: {decision.explanation} (its schedule tag is {tag!r})."
        click.echo(fitted(told))
    if decision.row == "E1":
        raise ConfigIsFaulty(refusal_of(config, tag))


def _explain(schedule: Schedule, at: str | None, found: FoundInstance | None, given: Mapping[str, str]) -> Explanation:
    when = moment(at, schedule.timezone)
    if found is not None:
        return _assemble(schedule, when, found.view(when, schedule))
    return _assemble(schedule, when, _imagined(when, given) if given else None)


def _imagined(at: datetime, given: Mapping[str, str]) -> InstanceView:
    stored = given.get("stored")
    return imagined(
        at=at,
        service=Service(given.get("service", Service.EC2)),
        stored=StoredState(stored) if stored is not None else None,
        observed=given.get("observed"),
        instance_type=given.get("instance_type"),
        override=given.get("override"),
        window=given.get("window"),
    )


def _assemble(schedule: Schedule, at: datetime, view: InstanceView | None) -> Explanation:
    return Explanation(
        schedule=schedule,
        at=at,
        reasons=reasons_at(schedule, at),
        transitions=tuple(islice(transitions(schedule, at), 3)),
        view=view,
        forecast=forecast(view.situation, schedule, view.window) if view is not None and not view.unsupported else None,
    )


def _lines(explanation: Explanation) -> Iterator[str]:
    schedule, at = explanation.schedule, explanation.at
    desired = desired_at(schedule, at)
    state = click.style(state_words(desired), fg=_COLOURS[desired.state], bold=True)
    yield f"{click.style(schedule.name, bold=True)} wants instances {state}: {because(schedule, at)}."
    yield f"  {moment_words(at, schedule.timezone)}"
    special = special_day_words(local_day(at, schedule.timezone), schedule.calendar)
    if special:
        yield f"  {special}"
    yield from _period_lines(explanation.reasons)
    yield ""
    yield from _transition_lines(explanation)
    yield ""
    yield from _usual_lines(explanation) if explanation.view is None else _instance_lines(explanation, explanation.view)


def _period_lines(reasons: tuple[PeriodReason, ...]) -> Iterator[str]:
    if len(reasons) == 1:
        yield f"  {reasons[0].reference} is {period_words(reasons[0].reference)}"
    if len(reasons) < 2:
        return
    yield ""
    yield "Periods"
    marks = {Wish.RUNNING: "runs", Wish.ANY: "leaves", Wish.STOPPED: "does not run"}
    for one in reasons:
        yield f"  {one.reference} ({period_words(one.reference)})"
        verb = "decides" if one.decides else marks[one.wish]
        yield f"    {verb}: {one.reason}"


def _transition_lines(explanation: Explanation) -> Iterator[str]:
    yield "Next changes"
    zone = explanation.schedule.timezone
    if not explanation.transitions:
        yield "  none: what it wants never changes"
    for transition in explanation.transitions:
        year = local_day(transition.at, zone).year != local_day(explanation.at, zone).year
        when = f"{wall_words(transition.at, zone, year=year)} ({utc_words(transition.at, zone)})"
        ahead = f"in {length_words(transition.at - explanation.at)}"
        yield f"  {when:<32} {ahead:<16} {state_words(transition.desired)}"


def _usual_lines(explanation: Explanation) -> Iterator[str]:
    yield "What a run would do now with an EC2 instance that is"
    for label, stored, observed in _USUAL:
        view = imagined(
            at=explanation.at,
            service=Service.EC2,
            stored=stored,
            observed=observed,
            instance_type=None,
            override=None,
            window=None,
        )
        decision = decide(view.situation, explanation.schedule)
        what = "nothing" if decision.action is Action.NONE else str(decision.action)
        yield f"  {label:<30} {decision.row:<3} {what}: {decision.explanation}"


def _instance_lines(explanation: Explanation, view: InstanceView) -> Iterator[str]:
    situation = view.situation
    seen = "on its way" if situation.observed is ObservedState.TRANSITIONAL else str(situation.observed)
    of_type = f", {situation.instance_type}" if situation.instance_type else ""
    yield f"{click.style(view.label, bold=True)}: {seen}{of_type}, recorded as {situation.stored}"
    for note in view.notes:
        yield f"  {note}"
    if view.unsupported:
        yield f"  It is never started or stopped: it is {view.unsupported}."
        return
    decision = decide(situation, explanation.schedule)
    to_type = f" to {decision.desired_type}" if decision.desired_type else ""
    yield f"  Now: it {_DOES[decision.action]}{to_type}, row {decision.row}: {decision.explanation}."
    assert explanation.forecast is not None
    yield f"  Next start: {_coming(explanation, explanation.forecast.start)}"
    yield f"  Next stop:  {_coming(explanation, explanation.forecast.stop)}"


def _coming(explanation: Explanation, coming: tuple[datetime, Decision] | None) -> str:
    if coming is None:
        return "none in sight"
    at, decision = coming
    row = f"row {decision.row}: {decision.explanation}"
    if at == explanation.at:
        return f"with the next run ({row})"
    zone = explanation.schedule.timezone
    year = local_day(at, zone).year != local_day(explanation.at, zone).year
    return f"{wall_words(at, zone, year=year)}, in {length_words(at - explanation.at)} ({row})"
