"""`scheduler-cli run`: start a run by hand, and follow it."""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import click

from instance_scheduler.config import Config
from instance_scheduler.decision import Action
from instance_scheduler.errors import InvalidInput
from instance_scheduler.instants import format_instant
from instance_scheduler.messages import one_line
from instance_scheduler.request import Known, read_request
from instance_scheduler.settings import Notify, Service
from instance_scheduler.target import known_targets
from scheduler_cli.failures import AwsFailed, BadArgument
from scheduler_cli.following import follow
from scheduler_cli.moments import moment
from scheduler_cli.run_report import as_json_object, entry_words, execution_arn, read_report, sum_lines
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.words import fitted

_LONGEST_NAME = 80
"""Characters of an execution's name (Step Functions API reference, StartExecution)."""
_MOST_A_SECOND = 10
_EPILOG = """\b
Examples:
  scheduler-cli run --stack prod --wait
  scheduler-cli run --stack prod --dry-run --at 2026-11-27T18:00 --wait
  scheduler-cli run --stack prod --account 111122223333 --region cn-north-1 --service ec2
  scheduler-cli run --stack prod --confirm 20261123T1000Z-17
"""


@click.command("run", epilog=_EPILOG)
@click.option("--dry-run", is_flag=True, help="Decide and report, change nothing.")
@click.option("--account", "accounts", multiple=True, metavar="ID", help="Only this account; may be repeated.")
@click.option("--region", "regions", multiple=True, metavar="REGION", help="Only this region; may be repeated.")
@click.option(
    "--service",
    "services",
    multiple=True,
    type=click.Choice([service.value for service in Service]),
    help="Only this service; may be repeated.",
)
@click.option("--schedule", "schedules", multiple=True, metavar="NAME", help="Only this schedule; may be repeated.")
@click.option(
    "--instance",
    "instances",
    multiple=True,
    metavar="ID",
    help="Only this EC2 id or database identifier; may be repeated.",
)
@click.option(
    "--at",
    metavar="TIME",
    help="With --dry-run: decide for this time, such as 2026-11-27T18:00 in the stack's zone, or with Z or an offset.",
)
@click.option("--confirm", metavar="RUN", help="Carry out the stops that this run withheld.")
@click.option("--notify", type=click.Choice([notify.value for notify in Notify]), help="When the run sends its mail.")
@click.option("--wait", is_flag=True, help="Follow the run to its end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--stack", "-s", "stack_name", required=True, metavar="NAME", help="The stack.")
@click.option("--stack-region", "-r", metavar="REGION", help="Where the stack is.  [default: the profile's region]")
@click.option(
    "--profile-name", "--profile", "-p", "profile", metavar="PROFILE", help="The profile of your AWS credentials."
)
@click.pass_context
def run_(
    context: click.Context,
    /,
    stack_name: str,
    stack_region: str | None,
    profile: str | None,
    wait: bool,
    as_json: bool,
    **asked: object,
) -> None:
    """Start a run at once. Without limits it looks at everything, whether it is due or not.

    With --wait, actions are told as they happen; the exit code is 1 where the run or an action failed, or stops were withheld.
    Here --region limits the run; where the stack is, says --stack-region or the profile.
    """
    stack = StackAccess(name=stack_name, region=stack_region, profile=profile)
    try:
        payload = _payload(stack, asked)
    except BadArgument as error:
        if asked["regions"] and stack_region is None and error.message.startswith("no stack"):
            raise BadArgument(f"{error.message}; --stack-region says where the stack is") from error
        raise
    run = _start(stack, payload)
    if not wait:
        _tell_started(stack, run, as_json)
        return
    if not as_json:
        click.echo(f"Run {run}")
    _wait(stack, run, quiet=as_json)
    report = read_report(stack, run)
    if as_json:
        click.echo(json.dumps(as_json_object(report), ensure_ascii=False, indent=2))
    else:
        for entry in report.entries:
            if asked["dry_run"] or entry.action is Action.NONE or entry.withheld:
                click.echo(fitted(f"  {entry.target}  {entry_words(entry)}"))
        for failure in report.failures:
            click.echo(fitted(f"  {failure.target}  could not be looked at: {one_line(failure.reason)}"))
        for line in sum_lines(report):
            click.echo(fitted(line))
    context.exit(1 if report.is_wrong else 0)


def _payload(stack: StackAccess, asked: Mapping[str, object]) -> dict[str, object]:
    """The execution's input, checked by the core as the run itself will check it; raises BadArgument."""
    if asked["at"] is not None and not asked["dry_run"]:
        raise BadArgument("--at needs --dry-run: a real run decides for now only")
    config = stack.config()
    payload: dict[str, object] = {}
    for key, value in asked.items():
        if key != "at" and value:
            payload[key] = list(value) if isinstance(value, tuple) else value
    if asked["at"] is not None:
        payload["at"] = format_instant(moment(str(asked["at"]), config.settings.default_timezone))
    try:
        read_request(
            payload,
            run_id="adhoc",
            start_time=datetime.now(UTC),
            settings=config.settings,
            known=_known(stack, config),
        )
    except InvalidInput as error:
        raise BadArgument(str(error).rstrip(".")) from error
    return payload


def _known(stack: StackAccess, config: Config) -> Known:
    targets = known_targets(config.settings, stack.home)
    return Known(
        accounts=tuple(sorted({target.account for target in targets})),
        regions=tuple(sorted({target.region for target in targets})),
        services=tuple(sorted({target.service for target in targets})),
        schedules=tuple(sorted({*config.schedules, *config.faulty})),
    )


def _start(stack: StackAccess, payload: Mapping[str, object]) -> str:
    """Start the execution; a name that another run of the same second has gets a number."""
    user = re.sub(r"[^A-Za-z0-9_-]+", "-", getpass.getuser()).strip("-") or "unknown"
    run = f"adhoc-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{user}"[:_LONGEST_NAME]
    client = stack.client("stepfunctions")
    for suffix in ("", *(f"-{number}" for number in range(2, _MOST_A_SECOND))):
        name = f"{run[: _LONGEST_NAME - len(suffix)]}{suffix}"
        with aws_calls(), suppress(client.exceptions.ExecutionAlreadyExists):
            client.start_execution(stateMachineArn=stack.machine, name=name, input=json.dumps(payload))
            return name
    raise AwsFailed(f"AWS refused StartExecution: runs of the name {run} exist already; try again in a second")


def _tell_started(stack: StackAccess, run: str, as_json: bool) -> None:
    if as_json:
        answer = {"run_id": run, "status": "RUNNING", "execution": execution_arn(stack, run)}
        click.echo(json.dumps(answer, indent=2))
    else:
        # On a terminal the command has a line of its own, to be copied whole.
        blank = "\n  " if sys.stdout.isatty() else " "
        click.echo(
            f"Run {run} started; to see what became of it:{blank}scheduler-cli runs show {run} --stack {stack.name}"
        )


def _wait(stack: StackAccess, run: str, *, quiet: bool) -> None:
    try:
        follow(stack, run, quiet=quiet)
    except KeyboardInterrupt:
        click.echo(f"the run goes on; scheduler-cli runs show {run} --stack {stack.name} tells of it", err=True)
        raise click.Abort from None
