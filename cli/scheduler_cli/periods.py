"""`create-period`, `update-period`, `delete-period`, `describe-periods`: named and answered as in AWS Instance Scheduler."""

from collections.abc import Callable
from functools import reduce

import click

from scheduler_cli import config_edits
from scheduler_cli.stack_access import StackAccess
from scheduler_cli.stack_options import answer_options, print_answer, stack_options

_OPTIONS = (
    click.option("--name", required=True, metavar="NAME", help="The period's name."),
    click.option("--begintime", metavar="HH:MM", help="When it begins; on its own it runs until midnight."),
    click.option("--endtime", metavar="HH:MM", help="When it ends; earlier than --begintime means the next day."),
    click.option("--weekdays", metavar="LIST", help="Weekdays, such as mon-fri or mon,wed or friL."),
    click.option("--monthdays", metavar="LIST", help="Days of the month, such as 1-5 or L."),
    click.option("--months", metavar="LIST", help="Months, such as jan/3 or nov-feb."),
    click.option("--description", metavar="TEXT", help="What it is for."),
)


def _period_options(command: Callable[..., None]) -> Callable[..., None]:
    decorated = answer_options(stack_options(command))
    return reduce(lambda inner, option: option(inner), reversed(_OPTIONS), decorated)


@click.command(
    epilog="""\b
Examples:
  scheduler-cli create-period --stack prod --name weekdays --begintime 09:00 --endtime 18:00 --weekdays mon-fri
  scheduler-cli create-period --stack prod --name night --begintime 22:00 --endtime 06:00 --weekdays mon-thu
"""
)
@_period_options
def create_period(stack: StackAccess, query: str | None, **attributes: str | None) -> None:
    """Create a period in the stack's config table; one that exists already is left as it is.

    At least one of --begintime, --endtime, --weekdays, --monthdays and --months is needed; all that are given must hold.
    """
    print_answer(config_edits.create(stack, {"type": "period", **attributes}), query)


@click.command(
    epilog="""\b
Example:
  scheduler-cli update-period --stack prod --name weekdays --begintime 09:00 --endtime 17:00 --weekdays mon-fri
"""
)
@_period_options
def update_period(stack: StackAccess, query: str | None, **attributes: str | None) -> None:
    """Replace a period as a whole: what is not given is removed from it.

    The period must exist, and every schedule that uses it must stay usable; otherwise nothing is written.
    """
    print_answer(config_edits.update(stack, {"type": "period", **attributes}), query)


@click.command(
    epilog="""\b
Example:
  scheduler-cli delete-period --stack prod --name weekdays
"""
)
@click.option("--name", required=True, metavar="NAME", help="The period's name.")
@stack_options
@answer_options
def delete_period(stack: StackAccess, query: str | None, name: str) -> None:
    """Delete a period; one that a schedule refers to stays, and the schedules are named."""
    print_answer(config_edits.delete(stack, "period", name), query)


@click.command(
    epilog="""\b
Examples:
  scheduler-cli describe-periods --stack prod
  scheduler-cli describe-periods --stack prod --query 'Periods[].Name'
"""
)
@click.option("--name", metavar="NAME", help="One period.  [default: all]")
@stack_options
@answer_options
def describe_periods(stack: StackAccess, query: str | None, name: str | None) -> None:
    """List the stack's periods."""
    print_answer(config_edits.describe(stack, "period", name), query)
