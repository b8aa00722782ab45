"""Following an execution while it runs: states passed, shards done, and each action as it is recorded."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click

from instance_scheduler.decision import Action
from instance_scheduler.journal import Status
from scheduler_cli.run_report import RUNNING, entry_words, execution_arn, execution_end
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.waiting import silence
from scheduler_cli.words import fitted

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 3.0
_MAPS = {"EvaluateTargets": "shards", "ApplyActions": "batches", "ResizeInstances": "resizes"}
_SHOWN = 3
"""States that a line of progress has room for."""
_ACTING = frozenset({"ApplyActions", "ResizeInstances", "SummarizeRun"})


@dataclass(slots=True)
class Progress:
    """How far an execution has come, as its history tells."""

    last_event: int = 0
    states: list[str] = field(default_factory=list)
    """The states that were entered outside the Maps' iterations, in order."""
    totals: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    _open_map: str = ""

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take further events of the history, in their order."""
        for event in events:
            self.last_event = max(self.last_event, int(event["id"]))
            self._take_one(event)

    def _take_one(self, event: Mapping[str, Any]) -> None:
        kind = str(event["type"])
        if kind == "MapStateStarted":
            self._open_map = self.states[-1]
            self.totals[self._open_map] = int(event["mapStateStartedEventDetails"]["length"])
        elif kind in ("MapIterationSucceeded", "MapIterationFailed"):
            name = str(event[f"{kind[0].lower()}{kind[1:]}EventDetails"]["name"])
            self.done[name] = self.done.get(name, 0) + 1
        elif kind == "MapStateExited":
            self._open_map = ""
        elif kind.endswith("StateEntered") and not self._open_map:
            self.states.append(str(event["stateEnteredEventDetails"]["name"]))

    @property
    def is_acting(self) -> bool:
        """Whether actions may have been recorded."""
        return bool(_ACTING & set(self.states))

    def __str__(self) -> str:
        """The latest states: `… › AnythingDue? › EvaluateTargets, 3 of 7 shards`."""
        earlier = "… › " if len(self.states) > _SHOWN else ""
        return earlier + (" › ".join(self._state_words(name) for name in self.states[-_SHOWN:]) or "starting")

    def _state_words(self, name: str) -> str:
        total = self.totals.get(name)
        return f"{name}, {self.done.get(name, 0)} of {total} {_MAPS.get(name, 'items')}" if total else name


def follow(stack: StackAccess, run: str, *, quiet: bool) -> None:
    """Wait for the end of a run, and tell each action as it is recorded; progress goes to a terminal only."""
    progress = Progress()
    told: set[tuple[str, str]] = set()
    pause = _FIRST_PAUSE
    with silence(), _screen(quiet) as screen:
        while True:
            status = execution_end(stack, run).status
            progress.take(_new_events(stack, run, progress.last_event))
            screen.show(str(progress))
            if not quiet and progress.is_acting:
                _tell_actions(stack, run, told, screen.say)
            if status != RUNNING:
                return
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class _Screen:
    """Where a run is followed: progress goes to a terminal on stderr, actions to stdout, into a file too."""

    show: Callable[[str], None]
    say: Callable[[str], None]


@contextmanager
def _screen(quiet: bool) -> Iterator[_Screen]:
    if quiet:
        yield _Screen(_nothing, _nothing)
        return
    if not sys.stderr.isatty():
        yield _Screen(_nothing, click.echo)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("dots", "starting")
    console = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(line: str) -> None:
        # On one terminal both go through rich, or the line would land in the middle of the progress.
        if sys.stdout.isatty():
            console.print(fitted(line), markup=False)
        else:
            click.echo(line)

    with Live(spinner, console=console, transient=True, redirect_stdout=False, redirect_stderr=False):
        yield _Screen(lambda text: spinner.update(text=text), say)


def _nothing(text: str) -> None:
    """Say nothing."""


def _new_events(stack: StackAccess, run: str, last: int) -> list[Mapping[str, Any]]:
    """The events after the last one seen, in order; read from the end, as a long history takes many pages."""
    found: list[Mapping[str, Any]] = []
    arguments: dict[str, Any] = {"executionArn": execution_arn(stack, run), "reverseOrder": True}
    client = stack.client("stepfunctions")
    with aws_calls():
        for page in client.get_paginator("get_execution_history").paginate(**arguments, includeExecutionData=False):
            found += [event for event in page["events"] if event["id"] > last]
            if any(event["id"] <= last for event in page["events"]):
                break
    return sorted(found, key=lambda event: int(event["id"]))


def _tell_actions(stack: StackAccess, run: str, told: set[tuple[str, str]], say: Callable[[str], None]) -> None:
    with aws_calls():
        entries = list(stack.state.entries(run))
    for entry in entries:
        mark = (entry.key, str(entry.status))
        # What the guard withheld is no action; the end of the run tells it.
        is_told = entry.action is Action.NONE or entry.status is Status.PLANNED or entry.withheld or mark in told
        if not is_told:
            told.add(mark)
            say(f"  {entry.target}  {entry_words(entry)}")
