"""Shows runs to a person: what was before and after, the states passed, the mail, and the cost."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from instance_scheduler.messages import one_line
from scheduler_local.estate import Standing
from scheduler_local.recorder import Notification
from scheduler_local.result import Cost, RunResult

DOLLARS_PER_TRANSITION = 0.000025
"""List price of Step Functions Standard in us-east-1."""

ROOM_FOR_COLUMNS = 120
"""Narrower terminals get two columns, and what happened to an instance on lines of its own."""

STATE_STYLES = {"running": "green", "available": "green", "stopped": "dim", "terminated": "dim strike"}
STATUS_STYLES = {"succeeded": "green", "failed": "bold red", "planned": "cyan", "skipped": "yellow"}

_Instance = tuple[Standing, Standing, Mapping[str, str] | None]
"""An instance before and after a run, and what the run said about it."""


def show_run(console: Console, result: RunResult, title: str = "") -> None:
    """Print one run."""
    style = "green" if result.status == "SUCCEEDED" else "bold red"
    wide = console.width >= ROOM_FOR_COLUMNS
    heading = f"{result.at:%a %Y-%m-%d %H:%M} UTC · {title + ' · ' if title and wide else ''}{result.run_id}"
    console.rule(f"[bold]{escape(heading)}[/] · [{style}]{result.status}[/] in {result.seconds:.1f} s", align="left")
    if title and not wide:
        console.print(Text(title, style="bold"))
    console.print(_columns(result) if wide else _lines(result))
    console.print(Text.assemble(("States  ", "bold"), " → ".join(_passed(result.states))))
    _show_mail(console, result.notification)
    console.print(Text.assemble(("Cost    ", "bold"), _cost(result.cost)))
    if result.execution.error:
        console.print(f"[bold red]{escape(result.execution.error)}[/] {escape(_short(result.execution.cause or ''))}")
    console.print()


def _show_mail(console: Console, notification: Notification | None) -> None:
    """The mail between two rules; an address stays on one line, so that a terminal can open it."""
    if notification is None:
        console.print(Text.assemble(("Mail    ", "bold"), "none: nothing happened that needs one"))
        return
    console.rule("[bold]The mail[/]", align="left", style="blue")
    console.print(Text(f"Subject: {notification.subject}", style="bold"), end="\n\n")
    for line in notification.message.rstrip().splitlines():
        console.print(Text(line), soft_wrap=" " not in line.strip())
    console.rule(style="blue")


def _columns(result: RunResult) -> Table:
    """Every instance, by account and region: before, after, and what the run said about it."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("Instance", "Before", "", "After"):
        table.add_column(column, no_wrap=True)
    table.add_column("What the run did", overflow="fold")
    for place, instances in _by_place(result):
        table.add_row(Text(" ".join(place), style="bold cyan"))
        for earlier, standing, outcome in instances:
            changed = _changed(earlier, standing)
            table.add_row(
                f"  {standing.service} {escape(one_line(standing.name))}",
                _standing(earlier),
                "→" if changed else "",
                _standing(standing) if changed else Text("as before", style="dim"),
                _outcome(outcome),
            )
    return table


def _lines(result: RunResult) -> Table:
    """The same for a narrow terminal: what became of an instance beside its name, why below that."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for place, instances in _by_place(result):
        table.add_row(Text(" ".join(place), style="bold cyan"))
        for earlier, standing, outcome in instances:
            text = _standing(earlier)
            if _changed(earlier, standing):
                text = text.append(" → ").append(_standing(standing))
            if outcome is not None:
                text = text.append("\n").append(_outcome(outcome))
            table.add_row(f"  {standing.service} {escape(one_line(standing.name))}", text)
    return table


def _by_place(result: RunResult) -> Iterator[tuple[tuple[str, str], list[_Instance]]]:
    before = {_key(standing): standing for standing in result.before}
    outcomes = {(item["account"], item["region"], item["service"], item["name"]): item for item in result.outcomes}
    for place, standings in groupby(result.after, key=lambda standing: (standing.account, standing.region)):
        yield (
            place,
            [
                (
                    before.get(_key(standing), standing),
                    standing,
                    outcomes.get((*place, standing.service, standing.name)),
                )
                for standing in standings
            ],
        )


def _changed(earlier: Standing, standing: Standing) -> bool:
    return (earlier.state, earlier.type) != (standing.state, standing.type)


def _key(standing: Standing) -> tuple[str, ...]:
    return (standing.account, standing.region, standing.service, standing.id)


def _standing(standing: Standing) -> Text:
    text = Text(standing.state, style=STATE_STYLES.get(standing.state, "yellow"))
    return text if standing.type is None else text.append(f" {standing.type}", style="default")


def _outcome(outcome: Mapping[str, str] | None) -> Text:
    if outcome is None:
        return Text("")
    words = "left alone" if outcome["action"] == "none" else f"{outcome['action']} {outcome['status']}"
    text = Text(words, style=STATUS_STYLES.get(outcome["status"], ""))
    return text.append(f"  {_short(outcome['reason'])}", style="default") if outcome["reason"] else text


def _passed(states: Iterable[str]) -> list[str]:
    """The states in order; what iterations of a Map entered together is counted instead of repeated."""
    passed = []
    for name, group in groupby(states):
        times = len(list(group))
        passed.append(name if times == 1 else f"{name} ×{times}")
    return passed


def _cost(cost: Cost) -> str:
    calls = sum(cost.api_calls.values())
    dollars = cost.state_transitions * DOLLARS_PER_TRANSITION
    return (
        f"{cost.state_transitions} state transitions (${dollars:.6f} in us-east-1), {cost.lambda_invocations} invocations, "
        f"{calls} API calls, {cost.history_events} history events, largest payload {cost.largest_payload_bytes} bytes"
    )


def _short(text: str, length: int = 300) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
