"""`scheduler-cli pause` and `resume`: the rule that starts a run with every tick, and the alarm that misses them."""

import json

import click

from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.stack_options import stack_options
from scheduler_cli.words import fitted

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def tick_rule(stack: StackAccess) -> str:
    """The name of the stack's rule."""
    return f"{stack.name}-tick"


def missing_runs_alarm(stack: StackAccess) -> str:
    """The name of the alarm that rings when no run was started in three intervals; a stack may be deployed without it."""
    return f"{stack.name}-missing-runs"


def is_paused(stack: StackAccess) -> bool:
    """Say whether the rule is disabled."""
    with aws_calls():
        return str(stack.client("events").describe_rule(Name=tick_rule(stack))["State"]) == "DISABLED"


@click.command(
    epilog="""\b
Example:
  scheduler-cli pause --stack prod
"""
)
@_JSON
@stack_options
def pause(stack: StackAccess, as_json: bool) -> None:
    """Pause a stack: no tick starts a run until it is resumed. Runs by hand still work, and a run under way goes on.

    The rule is disabled, and so is the mail of the alarm that watches for missing runs. A deployment that changes the rule or
    the alarm sets it again as the stack's parameter Enabled says.
    """
    _ = stack.settings  # a stack that does not exist is told as such
    with aws_calls():
        # The alarm first: whatever fails in between, nobody is woken by a pause. CloudWatch passes over a name that it has not.
        stack.client("cloudwatch").disable_alarm_actions(AlarmNames=[missing_runs_alarm(stack)])
        stack.client("events").disable_rule(Name=tick_rule(stack))
    _tell(stack, as_json, "DISABLED", "is paused: no tick starts a run until `scheduler-cli resume`")


@click.command(
    epilog="""\b
Example:
  scheduler-cli resume --stack prod
"""
)
@_JSON
@stack_options
def resume(stack: StackAccess, as_json: bool) -> None:
    """Resume a paused stack: the next tick starts a run, and everything that became due meanwhile is looked at.

    The rule is enabled, and so is the mail of the alarm that watches for missing runs.
    """
    _ = stack.settings  # a stack that does not exist is told as such
    with aws_calls():
        stack.client("events").enable_rule(Name=tick_rule(stack))
        stack.client("cloudwatch").enable_alarm_actions(AlarmNames=[missing_runs_alarm(stack)])
    _tell(stack, as_json, "ENABLED", "is resumed: the next tick looks at everything that is due")


def _tell(stack: StackAccess, as_json: bool, state: str, words: str) -> None:
    if as_json:
        told = {"stack": stack.name, "rule": tick_rule(stack), "alarm": missing_runs_alarm(stack), "state": state}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(fitted(f"Stack {stack.name} {words}."))
