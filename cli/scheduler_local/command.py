"""`scheduler-cli local`: play runs of the scheduler on the embedded AWS."""

import json
import logging
import re
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import count, repeat, takewhile
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scheduler_cli.waiting import waiting

if TYPE_CHECKING:
    from scheduler_local.embedded import EmbeddedAws
    from scheduler_local.result import RunResult
    from scheduler_local.scenario import Scenario

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "scenario.yaml"
MOMENTS = (
    ("2026-11-23T01:00:00Z", "Monday 09:00 in Shanghai: the working day begins"),
    ("2026-11-23T04:00:00Z", "12:00: the busy hours, on a larger instance type"),
    ("2026-11-23T10:00:00Z", "18:00: the working day ends"),
)
"""When the demo looks, and what happens there."""


class BadArgument(click.ClickException):
    """When an argument or the scenario cannot be used; one line, exit code 2."""

    exit_code = 2


class Instant(click.ParamType):
    """An ISO 8601 instant with an offset or Z."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse the text; refuse one without an offset, since nobody could say which zone is meant."""
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant such as 2026-11-23T01:00:00Z", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no offset; write 2026-11-23T01:00:00Z or …+08:00", param, ctx)
        return instant


class Interval(click.ParamType):
    """A length of time such as 5m."""

    name = "interval"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse a number and a unit."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", value)
        if found is None:
            self.fail(f"{value!r} is not an interval such as 5m or 1h", param, ctx)
        return timedelta(**{UNITS[found[2]]: int(found[1])})


@click.group()
def local() -> None:
    """Play runs on an AWS of your own: no account, no network, the real template, state machine and handlers."""


@local.command()
@click.argument("scenario", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--at", "moments", type=Instant(), multiple=True, required=True, help="When a run takes place; may be repeated."
)
@click.option("--until", type=Instant(), help="Play runs from --at until then, one every --every.")
@click.option("--every", type=Interval(), default="5m", show_default=True, help="The step of --until: 5m, 1h, 1d.")
@click.option(
    "--input", "inputs", multiple=True, help="Input of the executions, as JSON: one for all, or one for each --at."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line per run.")
@click.option("--template", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another template.yaml.")
@click.option("-v", "--verbose", is_flag=True, help="Show what the deployment skips, and the functions' logs.")
def run(
    scenario: Path,
    moments: tuple[datetime, ...],
    until: datetime | None,
    every: timedelta,
    inputs: tuple[str, ...],
    as_json: bool,
    template: Path | None,
    verbose: bool,
) -> None:
    """Play runs of the scheduler on the estate of a scenario file, one after another.

    Exit code 0 when every execution succeeded, 1 when one did not, 2 for a bad scenario or argument.
    """
    instants = _instants(moments, until, every)
    payloads = _payloads(inputs, len(instants))
    _refuse_going_back(instants, payloads)
    read = _read(scenario)
    _log(verbose)
    failed = False
    with _playing(read, instants, payloads, template) as results:
        for result in results:
            failed = failed or result.status != "SUCCEEDED"
            _print_logs(result, verbose)
            if as_json:
                click.echo(json.dumps(result.to_json(), ensure_ascii=False))
            else:
                _show(result)
    sys.exit(1 if failed else 0)


@local.command()
def demo() -> None:
    """Play a working day of two accounts in two China regions: morning start, resize, evening stop."""
    instants = [datetime.fromisoformat(at) for at, _ in MOMENTS]
    failed = False
    with _playing(_read(DEMO), instants, [None] * len(MOMENTS), None) as results:
        for result, (_, title) in zip(results, MOMENTS, strict=True):
            failed = failed or result.status != "SUCCEEDED"
            _show(result, title)
    sys.exit(1 if failed else 0)


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


def _read(file: Path) -> "Scenario":
    from scheduler_local.scenario import InvalidScenario, read_scenario

    try:
        return read_scenario(file)
    except InvalidScenario as error:
        raise BadArgument(str(error)) from error


@contextmanager
def _playing(
    scenario: "Scenario", instants: list[datetime], payloads: list[dict[str, Any] | None], template: Path | None
) -> "Iterator[Iterable[RunResult]]":
    """The runs, played as they are asked for; whatever goes wrong ends in one line, and nothing is left running."""
    from scheduler_local.embedded import EmbeddedAws
    from scheduler_local.scenario import InvalidScenario
    from scheduler_local.translation import DeploymentFailed

    signal.signal(signal.SIGTERM, _end)
    try:
        with ExitStack() as stack:
            with waiting("deploying the stack on the embedded AWS"):
                aws = stack.enter_context(EmbeddedAws(scenario, template=template, at=instants[0]))
            yield (_play(aws, at, payload) for at, payload in zip(instants, payloads, strict=True))
    except InvalidScenario as error:
        raise BadArgument(str(error)) from error
    except DeploymentFailed as error:
        raise click.ClickException(str(error)) from error
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        if logging.getLogger().isEnabledFor(logging.INFO):
            raise
        summary = " ".join(f"{type(error).__name__}: {error}".split())
        raise click.ClickException(f"the embedded AWS broke down ({summary}); -v shows where") from error


def _play(aws: "EmbeddedAws", at: datetime, payload: dict[str, Any] | None) -> "RunResult":
    with waiting(f"playing the run of {at.isoformat()}"):
        return aws.run(at, payload)


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)


def _log(verbose: bool) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)


def _print_logs(result: "RunResult", verbose: bool) -> None:
    if verbose:
        for invocation in result.invocations:
            for line in invocation.log:
                click.echo(f"{invocation.function}: {line}", err=True)


def _show(result: "RunResult", title: str = "") -> None:
    from rich.console import Console

    from scheduler_local.render import show_run

    console = Console(highlight=False, soft_wrap=False)
    show_run(console if console.is_terminal else Console(highlight=False, width=160), result, title)
