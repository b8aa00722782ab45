"""Plays the runs of a command on the embedded AWS; whatever goes wrong ends in one line, and nothing is left running."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scheduler_cli.failures import BadArgument
from scheduler_cli.moments import local_day
from scheduler_cli.prices import PriceList
from scheduler_cli.report import Report, make_report
from scheduler_cli.timeline import Span
from scheduler_cli.waiting import waiting

if TYPE_CHECKING:
    from scheduler_local.embedded import EmbeddedAws
    from scheduler_local.rehearsal import Rehearsal
    from scheduler_local.result import RunResult
    from scheduler_local.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Which runs are played."""

    instants: list[datetime]
    payloads: list[dict[str, Any] | None]
    """One for each instant; None is a tick."""
    template: Path | None
    span: Span
    """What a rehearsal reckons."""


def read_scenario_file(file: Path, config: Path | None, in_force: Path | None) -> Scenario:
    """Read a scenario, and the configs to play and to compare with where they are not the scenario's own.

    Raises BadArgument.
    """
    from scheduler_local.scenario import InvalidScenario, read_scenario

    try:
        scenario = read_scenario(file)
    except InvalidScenario as error:
        raise BadArgument(str(error)) from error
    if in_force is not None:
        scenario = replace(scenario, in_force=_items(in_force))
    if config is not None:
        own = scenario.config_items if len(scenario.config_items) > 1 else None
        scenario = replace(scenario, config_items=_items(config), in_force=scenario.in_force or own)
    return scenario


@contextmanager
def playing(scenario: Scenario, play: Play, *, words: str = "") -> Iterator[tuple[EmbeddedAws, Iterable[RunResult]]]:
    """The embedded AWS, and the runs, played as they are asked for."""
    from scheduler_local.embedded import EmbeddedAws
    from scheduler_local.scenario import InvalidScenario
    from scheduler_local.translation import DeploymentFailed

    signal.signal(signal.SIGTERM, _end)
    try:
        with ExitStack() as stack:
            with waiting(f"deploying the stack on the embedded AWS{words}"):
                aws = stack.enter_context(EmbeddedAws(scenario, template=play.template, at=play.instants[0]))
            yield aws, (_run(aws, *one, words) for one in zip(play.instants, play.payloads, strict=True))
    except InvalidScenario as error:
        raise BadArgument(str(error)) from error
    except DeploymentFailed as error:
        raise click.ClickException(str(error)) from error
    except BrokenPipeError:
        sys.exit(1)
    except click.ClickException:
        raise
    except Exception as error:
        if logging.getLogger().isEnabledFor(logging.INFO):
            raise
        summary = " ".join(f"{type(error).__name__}: {error}".split())
        raise click.ClickException(f"the embedded AWS broke down ({summary}); -v shows where") from error


def rehearse(scenario: Scenario, play: Play, show: Callable[[RunResult], None], *, words: str = "") -> Rehearsal:
    """Play the runs, show each, and read what came of the span."""
    from scheduler_local.rehearsal import read_rehearsal

    with playing(scenario, play, words=words) as (aws, results):
        first = last = None
        for result in results:
            show(result)
            first, last = first or result, result
        assert first is not None
        assert last is not None
        with waiting("reading what the runs did"):
            return read_rehearsal(aws, play.span, first, last)


def compared(rehearsal: Rehearsal, scenario: Scenario, play: Play) -> Rehearsal:
    """Add the hours of the same span, played under the config in force, where the scenario knows one."""
    from scheduler_local.rehearsal import hours_by_name

    if scenario.in_force is None:
        return rehearsal
    today = replace(scenario, config_items=scenario.in_force)
    in_force = rehearse(today, play, lambda result: None, words=", with the config in force")
    return replace(rehearsal, in_force=hours_by_name(in_force))


def report_of(rehearsal: Rehearsal, title: str, prices: PriceList | None) -> Report:
    """The report of a rehearsal; the schedules' week is the first of the span."""
    zone = rehearsal.config.settings.default_timezone
    return make_report(
        title=title,
        made_at=rehearsal.span.end,
        config=rehearsal.config,
        timelines=rehearsal.timelines,
        span=rehearsal.span,
        first_day=local_day(rehearsal.span.begin, zone),
        runs=rehearsal.runs,
        prices=prices,
        in_force=rehearsal.total_in_force,
        account_names=rehearsal.account_names,
    )


def _run(aws: EmbeddedAws, at: datetime, payload: dict[str, Any] | None, words: str) -> RunResult:
    with waiting(f"playing the run of {at.isoformat()}{words}"):
        return aws.run(at, payload)


def _items(file: Path) -> tuple[Any, ...]:
    """The items of a config file, in any form that `validate` takes."""
    from scheduler_cli.config_files import UnreadableFile, read_config_file

    try:
        read = read_config_file(file)
    except UnreadableFile as error:
        raise BadArgument(f"{file} cannot be read: {error}") from error
    if read.faults:
        raise BadArgument(f"{file} has errors: {'; '.join(map(str, read.faults))}")
    has_config = any(item.get("type") == "config" for item in read.items)
    return (*read.items, *(() if has_config else ({"type": "config", "name": "scheduler"},)))


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)
