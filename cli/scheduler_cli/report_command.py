"""`scheduler-cli report`: what a stack did, as one HTML page; and the page of a rehearsal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from scheduler_cli.arguments import Instant
from scheduler_cli.failures import AwsFailed, BadArgument, ExtraIsMissing
from scheduler_cli.figures import figures_json
from scheduler_cli.history_command import hours_sentence, read_past, stack_span
from scheduler_cli.hours import total
from scheduler_cli.moments import Day, local_day, now
from scheduler_cli.past import KEPT_DAYS
from scheduler_cli.prices import PriceList, prices_from_aws, read_prices
from scheduler_cli.report import Report, make_report
from scheduler_cli.run_report import run_items
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.stack_options import stack_options
from scheduler_cli.timeline import Timeline
from scheduler_cli.waiting import waiting
from scheduler_cli.words import fitted

_PRICING_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-northwest-1"}
"""Where AWS's price list is asked (AWS Billing user guide, Price List Query API)."""


@click.command(
    epilog="""\b
Examples:
  scheduler-cli report --stack prod
  scheduler-cli report --stack prod --days 7 --out week.html --prices prices.yaml
"""
)
@click.option(
    "--days", type=click.IntRange(1, KEPT_DAYS), default=30, show_default=True, help="How many days back it looks."
)
@click.option("--until", type=Instant(), help="When those days end.  [default: now]")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), default="report.html", show_default=True, help="The file."
)
@click.option("--week", type=Day(), metavar="DATE", help="First day of the schedules' week.  [default: this Monday]")
@click.option(
    "--prices", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="A price list, YAML or JSON."
)
@click.option(
    "--prices-from-aws", "ask_aws", is_flag=True, help="Ask AWS for list prices; without an answer, hours only."
)
@click.option("--json", "as_json", is_flag=True, help="Print the page's figures as one JSON object, too.")
@stack_options
def report(
    stack: StackAccess,
    days: int,
    until: datetime | None,
    out: Path,
    week: date | None,
    prices: Path | None,
    ask_aws: bool,
    as_json: bool,
) -> None:
    """Write what a stack did as one HTML page that loads nothing from anywhere.

    It shows a week of each schedule, what really ran when, the hours on and saved (and the money, with a price list), failures
    and how they ended, and what comes next. Decisions are kept for 35 days.
    """
    if prices is not None and ask_aws:
        raise BadArgument("give --prices or --prices-from-aws, not both")
    listed = read_prices(prices) if prices is not None else None
    end = until or now()
    config = stack.config()
    span = stack_span(stack, end, days)
    timelines = read_past(stack, span)
    runs = [run for run in run_items(stack) if span.begin <= datetime.fromisoformat(run.at) <= span.end]
    today = local_day(end, config.settings.default_timezone)
    with aws_calls():
        members = stack.state.members()
    made = make_report(
        title=stack.name,
        made_at=end,
        config=config,
        timelines=timelines,
        span=span,
        first_day=week or today - timedelta(days=today.weekday()),
        runs=runs,
        prices=_from_aws(stack, timelines) if ask_aws else listed,
        account_names=members.names if members is not None else {},
    )
    write_page(made, out)
    if as_json:
        figures = {"page": str(out)} | figures_json(made.timelines, made.span, made.prices)
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    words = hours_sentence(total(timelines), span.length / timedelta(days=1))
    click.echo(fitted(f"{out}: {len(timelines)} instances, {words}."))


def write_page(made: Report, out: Path) -> None:
    """Write a report's page; raises BadArgument where the file cannot be written, or where Jinja2 is missing."""
    try:
        from scheduler_cli.report_page import render
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        raise ExtraIsMissing("report", "a report is written by Jinja2") from error
    try:
        with waiting("drawing the page"):
            out.write_text(render(made), encoding="utf-8")
    except OSError as error:
        raise BadArgument(f"{out}: {error.strerror or error}") from error


def _from_aws(stack: StackAccess, timelines: Sequence[Timeline]) -> PriceList | None:
    partition = stack.home.partition
    try:
        client = stack.client("pricing", region_name=_PRICING_REGIONS.get(partition, "us-east-1"))
        with aws_calls():
            return prices_from_aws(client, timelines, china=partition == "aws-cn")
    except AwsFailed as error:
        click.echo(f"No prices, hours only: {error.message}", err=True)
        return None
