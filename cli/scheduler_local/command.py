"""`scheduler-cli local`: play runs of the scheduler on the embedded AWS."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from itertools import count, repeat, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler_cli.arguments import Instant, Interval
from scheduler_cli.failures import BadArgument, ExtraIsMissing
from scheduler_cli.prices import PriceList, read_prices
from scheduler_cli.report_command import write_page
from scheduler_cli.timeline import Span
from scheduler_local.playing import Play, compared, playing, read_scenario_file, rehearse, report_of

if TYPE_CHECKING:
    from rich.console import Console

    from scheduler_local.rehearsal import Rehearsal
    from scheduler_local.result import RunResult

_CLONE = Path(__file__).resolve().parents[2]
DEMO = _CLONE / "examples" / "demo" / "scenario.yaml"
MOMENTS = (
    ("2026-11-23T01:00:00Z", "Monday 09:00 in Shanghai: the working day begins"),
    ("2026-11-23T04:00:00Z", "12:00: the busy hours, on a larger instance type"),
    ("2026-11-23T10:00:00Z", "18:00: the working day ends"),
)
"""When the demo looks, and what happens there."""
_NO_CLONE = "template, state machine and handlers stand in a clone of the project, and this installation is none"
_FILE = click.Path(dir_okay=False, path_type=Path)
_EPILOG = """\b
Examples:
  scheduler-cli local run examples/demo/scenario.yaml --at 2026-11-23T01:00:00Z
  scheduler-cli local run fleet.yaml --at 2026-11-23T00:00:00Z --until 2026-11-30T00:00:00Z --config schedules.yaml
"""
_WIDTH_OF_FILES = 160


@click.group(
    epilog="""\b
Examples:
  scheduler-cli local demo
  scheduler-cli local run examples/first/scenario.yaml --at 2026-11-23T01:00:00Z
"""
)
def local() -> None:
    """Play runs on an AWS of your own: no account, no network, the real template, state machine and handlers."""


@local.command(epilog=_EPILOG)
@click.argument("scenario", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--at", "moments", type=Instant(), multiple=True, required=True, help="When a run takes place; may be repeated."
)
@click.option("--until", type=Instant(), help="Play runs from --at until then, one every --every.")
@click.option("--every", type=Interval(), default="5m", show_default=True, help="The step of --until: 5m, 1h, 1d.")
@click.option(
    "--input", "inputs", multiple=True, help="Input of the executions, as JSON: one for all, or one for each --at."
)
@click.option("--config", type=_FILE, metavar="FILE", help="Play this config instead of the scenario's.")
@click.option(
    "--compare-with",
    type=_FILE,
    metavar="FILE",
    help="The config in force, whose hours are compared.  [default: the scenario's, where --config is given]",
)
@click.option(
    "--timeline", is_flag=True, help="Show at the end what ran when, and the hours.  [default with --until, not --json]"
)
@click.option("--report", type=_FILE, metavar="FILE", help="Write the rehearsal as one HTML page, too.")
@click.option("--prices", type=_FILE, metavar="FILE", help="A price list for the report, YAML or JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line per run.")
@click.option("--template", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another template.yaml.")
@click.option("-v", "--verbose", is_flag=True, help="Show what the deployment skips, and the functions' logs.")
def run(
    scenario: Path,
    moments: tuple[datetime, ...],
    until: datetime | None,
    every: timedelta,
    inputs: tuple[str, ...],
    config: Path | None,
    compare_with: Path | None,
    timeline: bool,
    report: Path | None,
    prices: Path | None,
    as_json: bool,
    template: Path | None,
    verbose: bool,
) -> None:
    """Play runs of the scheduler on the estate of a scenario file, one after another.

    Without --until each run is shown whole. With it, runs that did something get a line each, and at the end stands what ran
    when, with the hours on, saved against always-on and, where two configs are known, against the config in force. With --json
    and --timeline the same is one more line, {"rehearsal": …}.

    Exit code 0 when every execution succeeded, 1 when one did not, 2 for a bad scenario or argument.
    """
    _require(template or _CLONE / "template.yaml", "name the template.yaml of one by --template")
    instants = _instants(moments, until, every)
    payloads = _payloads(inputs, len(instants))
    _refuse_going_back(instants, payloads)
    read = read_scenario_file(scenario, config, compare_with)
    listed = _price_list(prices, report)
    _log(verbose)
    play = Play(instants=instants, payloads=payloads, template=template, span=_span(instants, until))
    shown = _Shown(as_json=as_json, in_lines=until is not None, verbose=verbose)
    told = timeline or compare_with is not None or (until is not None and not as_json)
    if told or report is not None:
        rehearsal = compared(rehearse(read, play, shown.show), read, play)
        if told:
            _tell(rehearsal, as_json)
        if report is not None:
            write_page(report_of(rehearsal, _title(scenario), listed), report)
    else:
        with playing(read, play) as (_, results):
            for result in results:
                shown.show(result)
    sys.exit(1 if shown.failed else 0)


@local.command(
    epilog="""\b
Example:
  scheduler-cli local demo
"""
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line per run.")
def demo(as_json: bool) -> None:
    """Play a working day of two accounts in two China regions: morning start, resize, evening stop."""
    _require(DEMO, "call make demo in one")
    instants = [datetime.fromisoformat(at) for at, _ in MOMENTS]
    play = Play(instants=instants, payloads=[None] * len(MOMENTS), template=None, span=_span(instants, None))
    failed = False
    with playing(read_scenario_file(DEMO, None, None), play) as (_, results):
        for result, (_, title) in zip(results, MOMENTS, strict=True):
            failed = failed or result.status != "SUCCEEDED"
            if as_json:
                click.echo(json.dumps(result.to_json(), ensure_ascii=False))
            else:
                _show_whole(result, title)
    sys.exit(1 if failed else 0)


def _require(file: Path, advice: str) -> None:
    """Refuse to play where the CLI alone is installed: without the extra, or without the files of a clone."""
    if find_spec("moto") is None:
        raise ExtraIsMissing("local", "local runs play on moto")
    if not file.exists():
        raise BadArgument(f"{_NO_CLONE}; {advice}")


@dataclass(slots=True, kw_only=True)
class _Shown:
    """Shows runs as they come, and remembers whether one did not succeed."""

    as_json: bool
    in_lines: bool
    verbose: bool
    failed: bool = False

    def show(self, result: RunResult) -> None:
        """Show one."""
        self.failed = self.failed or result.status != "SUCCEEDED"
        if self.verbose:
            for invocation in result.invocations:
                for line in invocation.log:
                    click.echo(f"{invocation.function}: {line}", err=True)
        if self.as_json:
            click.echo(json.dumps(result.to_json(), ensure_ascii=False))
        elif self.in_lines:
            from scheduler_local.rehearsal_view import show_run_line

            show_run_line(_console(), result)
        else:
            _show_whole(result)


def _title(scenario: Path) -> str:
    """What a rehearsal is called: its file, or its folder where the file is called scenario as in the examples."""
    return scenario.resolve().parent.name if scenario.stem == "scenario" else scenario.stem


def _price_list(prices: Path | None, report: Path | None) -> PriceList | None:
    if prices is None:
        return None
    if report is None:
        raise BadArgument("--prices goes with --report, which is missing")
    return read_prices(prices)


def _span(instants: list[datetime], until: datetime | None) -> Span:
    return Span(begin=min(instants), end=until or max(instants))


def _instants(moments: tuple[datetime, ...], until: datetime | None, every: timedelta) -> list[datetime]:
    if until is None:
        return list(moments)
    if len(moments) != 1:
        raise BadArgument("--until goes with exactly one --at")
    if until < moments[0]:
        raise BadArgument("--until lies before --at")
    return list(takewhile(lambda at: at <= until, (moments[0] + every * step for step in count())))


def _payloads(inputs: tuple[str, ...], runs: int) -> list[dict[str, Any] | None]:
    if not inputs:
        return [None] * runs
    if len(inputs) not in (1, runs):
        raise BadArgument(f"--input is given {len(inputs)} times for {runs} runs; give it once, or once for each")
    payloads = [_payload(text) for text in inputs]
    return list(payloads if len(payloads) == runs else repeat(payloads[0], runs))


def _payload(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadArgument(f"--input is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise BadArgument("--input is not a JSON object")
    return payload


def _refuse_going_back(instants: list[datetime], payloads: list[dict[str, Any] | None]) -> None:
    for earlier, at, payload in zip(instants, instants[1:], payloads[1:], strict=False):
        if at < earlier and (payload or {}).get("dry_run") is not True:
            raise BadArgument(f"--at {at.isoformat()} lies before the --at before it; only a dry run may go back")


def _log(verbose: bool) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)


def _show_whole(result: RunResult, title: str = "") -> None:
    from scheduler_local.render import show_run

    show_run(_console(), result, title)


def _tell(rehearsal: Rehearsal, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"rehearsal": rehearsal.to_json()}, ensure_ascii=False))
        return
    from scheduler_local.rehearsal_view import show_rehearsal

    show_rehearsal(_console(), rehearsal)


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_FILES)
