"""`create-schedule`, `update-schedule`, `delete-schedule`, `describe-schedules`: as in AWS Instance Scheduler."""

from collections.abc import Callable
from functools import reduce

import click

from scheduler_cli import config_edits
from scheduler_cli.stack_access import StackAccess
from scheduler_cli.stack_options import answer_options, print_answer, stack_options


def _flag(name: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option that may stand alone, which means true, or be followed by true or false; absent it stays unset."""
    return click.option(name, is_flag=False, flag_value="true", type=click.BOOL, metavar="[true|false]", help=text)


_OPTIONS = (
    click.option("--name", required=True, metavar="NAME", help="The schedule's name: the value of the instances' tag."),
    click.option("--periods", metavar="LIST", help="Periods, separated by commas, each as name or name@instance-type."),
    click.option("--timezone", metavar="ZONE", help="A time zone such as Asia/Shanghai.  [default: the stack's]"),
    click.option(
        "--override-status",
        type=click.Choice(["running", "stopped"]),
        help="Keep instances in this state, whatever the periods say.",
    ),
    click.option(
        "--do-not-stop-new-instances",
        is_flag=True,
        help="Leave an instance alone that runs outside its periods when it is tagged.",
    ),
    _flag("--use-maintenance-window", "Start databases for their maintenance window.  [default: true]"),
    click.option(
        "--ssm-maintenance-window", metavar="NAME", help="Kept for AWS Instance Scheduler's tables; without effect."
    ),
    _flag("--retain-running", "Do not stop at a period's end what a person started before its begin."),
    _flag("--enforced", "Undo manual starts and stops with the next run."),
    _flag("--hibernate", "Hibernate EC2 instances where that is possible."),
    _flag("--use-metrics", "Write CloudWatch metrics.  [default: the stack's]"),
    click.option("--calendar", metavar="NAME", help="A calendar of days off and working days."),
    click.option("--description", metavar="TEXT", help="What it is for."),
)


def _schedule_options(command: Callable[..., None]) -> Callable[..., None]:
    decorated = answer_options(stack_options(command))
    return reduce(lambda inner, option: option(inner), reversed(_OPTIONS), decorated)


@click.command(
    epilog="""\b
Examples:
  scheduler-cli create-schedule --stack prod --name LondonOfficeHours --periods weekdays,weekends --timezone Europe/London
  scheduler-cli create-schedule --stack prod --name scaled --periods weekdays@m5.large,weekends@t3.small --enforced
"""
)
@_schedule_options
def create_schedule(
    stack: StackAccess, query: str | None, do_not_stop_new_instances: bool, **attributes: object
) -> None:
    """Create a schedule in the stack's config table; one that exists already is left as it is.

    At least one of --periods and --override-status is needed, and every period must exist.
    """
    print_answer(config_edits.create(stack, _item(do_not_stop_new_instances, attributes)), query)


@click.command(
    epilog="""\b
Example:
  scheduler-cli update-schedule --stack prod --name LondonOfficeHours --periods weekdays --timezone Europe/London
"""
)
@_schedule_options
def update_schedule(
    stack: StackAccess, query: str | None, do_not_stop_new_instances: bool, **attributes: object
) -> None:
    """Replace a schedule as a whole: what is not given is removed from it.

    The schedule must exist. `scheduler-cli diff` shows what a change means before it is made.
    """
    print_answer(config_edits.update(stack, _item(do_not_stop_new_instances, attributes)), query)


@click.command(
    epilog="""\b
Example:
  scheduler-cli delete-schedule --stack prod --name LondonOfficeHours
"""
)
@click.option("--name", "-n", required=True, metavar="NAME", help="The schedule's name.")
@stack_options
@answer_options
def delete_schedule(stack: StackAccess, query: str | None, name: str) -> None:
    """Delete a schedule; instances that carry its name are left alone from then on, and reported."""
    print_answer(config_edits.delete(stack, "schedule", name), query)


@click.command(
    epilog="""\b
Examples:
  scheduler-cli describe-schedules --stack prod
  scheduler-cli describe-schedules --stack prod --name running --query 'Schedules[0].OverrideStatus'
"""
)
@click.option("--name", metavar="NAME", help="One schedule.  [default: all]")
@stack_options
@answer_options
def describe_schedules(stack: StackAccess, query: str | None, name: str | None) -> None:
    """List the stack's schedules."""
    print_answer(config_edits.describe(stack, "schedule", name), query)


def _item(do_not_stop_new_instances: bool, attributes: dict[str, object]) -> dict[str, object]:
    # AWS Instance Scheduler's CLI always writes these two, so that whoever reads the table sees them.
    always = {"enforced": attributes.get("enforced") or False, "stop_new_instances": not do_not_stop_new_instances}
    return {"type": "schedule", **attributes, **always}
