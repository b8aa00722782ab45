"""`scheduler-cli history`: what runs decided about an instance or about all, and how many hours they ran."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click

from instance_scheduler.instants import format_instant
from scheduler_cli.arguments import Instant
from scheduler_cli.failures import AwsFailed, BadArgument
from scheduler_cli.figures import figures_json
from scheduler_cli.hours import Tally, hours, tally, timeline_json, total
from scheduler_cli.moments import now
from scheduler_cli.past import KEPT_DAYS, read_timelines, read_timelines_of, span_before
from scheduler_cli.prices import PriceList, money_of_all, read_prices, unpriced
from scheduler_cli.run_report import entry_json, entry_words
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.stack_options import stack_options
from scheduler_cli.timeline import Span, Timeline, Told
from scheduler_cli.words import fitted

DAYS = click.option(
    "--days", type=click.IntRange(1, KEPT_DAYS), default=30, show_default=True, help="Reckon the hours of so many days."
)
PRICES = click.option(
    "--prices", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="A price list, YAML or JSON."
)
UNTIL = click.option("--until", type=Instant(), help="When those days end.  [default: now]")


@click.command(
    epilog="""\b
Examples:
  scheduler-cli history i-0123456789abcdef0 --stack prod
  scheduler-cli history orders --stack prod --limit 5 --json
  scheduler-cli history --stack prod --days 7 --json | jq '.total'
"""
)
@click.argument("instance", metavar="[INSTANCE]", required=False)
@DAYS
@UNTIL
@click.option(
    "--limit", "-l", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first."
)
@PRICES
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@stack_options
def history(
    stack: StackAccess,
    instance: str | None,
    days: int,
    until: datetime | None,
    limit: int,
    prices: Path | None,
    as_json: bool,
) -> None:
    """List what runs decided about INSTANCE (EC2 id or database identifier), newest first, and how many hours it ran.

    Decisions are kept for 35 days. Hours are those of --days: on, saved against always-on, and how many nobody knows, which
    count as on. Without INSTANCE all instances are told.
    """
    listed = read_prices(prices) if prices is not None else None
    span = stack_span(stack, until or now(), days)
    found = read_past(stack, span, instance)
    if instance is not None and not any(one.earlier or one.decisions or one.later for one in found):
        raise BadArgument(
            f"no run of the last {KEPT_DAYS} days decided anything about {instance!r};"
            f" scheduler-cli explain --stack {stack.name} --instance {instance} says how it stands"
        )
    decisions = _newest(found, until)[:limit]
    if as_json:
        click.echo(json.dumps(_as_json(found, span, decisions, listed), ensure_ascii=False, indent=2))
        return
    for one in decisions:
        entry = one.entry
        words = (
            f"{format_instant(entry.at)}  {entry.target}  {entry_words(entry)} (row {entry.row or '-'}, run {one.run})"
        )
        click.echo(fitted(words))
    for line in (*_sums(found, span), *_money(found, listed)):
        click.echo(fitted(line))


def stack_span(stack: StackAccess, end: datetime, days: int) -> Span:
    """The days before an instant in which there was a stack, as far as the caller may ask for that."""
    try:
        with aws_calls():
            table = stack.state_table
            created = table.client.describe_table(TableName=table.name)["Table"]["CreationDateTime"]
    except AwsFailed:
        created = None
    return span_before(end, days, created)


def read_past(stack: StackAccess, span: Span, instance: str | None = None) -> list[Timeline]:
    """The timelines of the instances of this id, or of all."""
    with aws_calls():
        if instance is None:
            return read_timelines(stack.state_table, stack.state, span)
        return read_timelines_of(stack.state_table, stack.state, instance, span)


def _newest(found: list[Timeline], until: datetime | None) -> list[Told]:
    """All decisions that are kept, or those until an instant, newest first."""
    told = [one for timeline in found for one in (*timeline.earlier, *timeline.decisions)]
    told += [] if until is not None else [one for timeline in found for one in timeline.later]
    return sorted(told, key=lambda one: one.entry.at, reverse=True)


def _as_json(found: list[Timeline], span: Span, decisions: list[Told], prices: PriceList | None) -> dict[str, object]:
    told = [{"run_id": one.run} | entry_json(one.entry) for one in decisions]
    return figures_json(found, span, prices, timeline_json) | {"decisions": told}


def _sums(found: list[Timeline], span: Span) -> Iterator[str]:
    days = span.length / timedelta(days=1)
    for one in found if len(found) == 1 else ():
        yield f"{one.label}: {hours_sentence(tally(one), days)}"
    if len(found) > 1:
        yield f"{len(found)} instances: {hours_sentence(total(found), days)}"


def _money(found: list[Timeline], prices: PriceList | None) -> Iterator[str]:
    if prices is None:
        return
    worth, missing = money_of_all(found, prices), ", ".join(unpriced(found, prices))
    if worth is not None:
        yield f"{worth.on:,.2f} {prices.currency} of {worth.always_on:,.2f}, {worth.saved:,.2f} {prices.currency} saved"
    if missing:
        yield f"no price, and left out: {missing}"


def hours_sentence(sums: Tally, days: float) -> str:
    """`on 9 h of 24 h in 1 day, 15 h saved`."""
    words = f"on {hours(sums.on):,.1f} h of {hours(sums.always_on):,.1f} h in {days:.4g} days, {hours(sums.off):,.1f} h saved"
    return f"{words}; of {hours(sums.unknown):,.1f} h nobody knows, they count as on" if sums.unknown else words
