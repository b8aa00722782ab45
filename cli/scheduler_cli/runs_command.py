"""`scheduler-cli runs` and `runs show`: what runs did, from the state table."""

import json
from itertools import islice

import click

from scheduler_cli.run_report import as_json_object, read_report, report_lines, run_items
from scheduler_cli.stack_access import StackAccess
from scheduler_cli.stack_options import stack_options
from scheduler_cli.words import fitted

_LIMIT = click.option(
    "--limit", "-l", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class _RunsGroup(click.Group):
    """`runs` by itself lists; `runs show` shows one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `runs --stack …` as `runs list --stack …`."""
        if not any(word in self.commands or word in ctx.help_option_names for word in args[:1]):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_RunsGroup,
    epilog="""\b
Examples:
  scheduler-cli runs --stack prod
  scheduler-cli runs show 20261123T1000Z-17 --stack prod
""",
)
def runs() -> None:
    """List the latest runs that had something to tell, or show one. Without a command it lists."""


@runs.command(
    "list",
    epilog="""\b
Example:
  scheduler-cli runs --stack prod --limit 50
""",
)
@_LIMIT
@_JSON
@stack_options
def list_(stack: StackAccess, limit: int, as_json: bool) -> None:
    """List the latest runs that had something to tell, newest first; ticks on which nothing was due leave no trace."""
    items = list(islice(run_items(stack), limit))
    if as_json:
        told = [
            {"run_id": one.id, "at": one.at, "dry_run": one.dry_run, "tick": one.tick, "counts": dict(one.counts)}
            for one in items
        ]
        click.echo(json.dumps(told, indent=2))
        return
    for one in items:
        click.echo(fitted(f"{one.at}  {one.id}  {'dry run: ' if one.dry_run else ''}{one.words}"))
    if not items:
        click.echo("No run had anything to tell yet.")


@runs.command(
    epilog="""\b
Example:
  scheduler-cli runs show 20261123T1000Z-17 --stack prod
"""
)
@click.argument("run", metavar="RUN")
@_JSON
@stack_options
def show(stack: StackAccess, run: str, as_json: bool) -> None:
    """Show what a run decided about each instance, what came of it, and how the run ended."""
    report = read_report(stack, run)
    if as_json:
        click.echo(json.dumps(as_json_object(report), ensure_ascii=False, indent=2))
        return
    for line in report_lines(report):
        click.echo(fitted(line))
