"""`scheduler-cli pause` and `resume`: the rule that starts a run with every tick."""

import json

import click

from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.stack_options import stack_options

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def tick_rule(stack: StackAccess) -> str:
    """The name of the stack's rule."""
    return f"{stack.name}-tick"


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

    The rule is disabled. A deployment that changes the rule sets it again as the stack's parameter Enabled says.
    """
    _ = stack.settings  # a stack that does not exist is told as such
    with aws_calls():
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
    """Resume a paused stack: the next tick starts a run, and everything that became due meanwhile is looked at."""
    _ = stack.settings  # a stack that does not exist is told as such
    with aws_calls():
        stack.client("events").enable_rule(Name=tick_rule(stack))
    _tell(stack, as_json, "ENABLED", "is resumed: the next tick looks at everything that is due")


def _tell(stack: StackAccess, as_json: bool, state: str, words: str) -> None:
    if as_json:
        click.echo(json.dumps({"stack": stack.name, "rule": tick_rule(stack), "state": state}, indent=2))
    else:
        click.echo(f"Stack {stack.name} {words}.")
