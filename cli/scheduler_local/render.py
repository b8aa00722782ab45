"""Shows runs to a person: what was before and after, the states passed, the mail, and the cost."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from scheduler_local.estate import Standing
from scheduler_local.result import Cost, RunResult

DOLLARS_PER_TRANSITION = 0.000025
"""List price of Step Functions Standard in us-east-1."""

STATE_STYLES = {"running": "green", "available": "green", "stopped": "dim", "terminated": "dim strike"}
STATUS_STYLES = {"succeeded": "green", "failed": "bold red", "planned": "cyan", "skipped": "yellow"}


def show_run(console: Console, result: RunResult, title: str = "") -> None:
    """Print one run."""
    style = "green" if result.status == "SUCCEEDED" else "bold red"
    heading = f"{result.at:%a %Y-%m-%d %H:%M} UTC · {title + ' · ' if title else ''}{result.run_id}"
    console.rule(f"[bold]{escape(heading)}[/] · [{style}]{result.status}[/] in {result.seconds:.1f} s", align="left")
    console.print(_instances(result))
    console.print(Text.assemble(("States  ", "bold"), " → ".join(_passed(result.states))))
    if result.notification is not None:
        subject, message = escape(result.notification.subject), escape(result.notification.message.rstrip())
        mail = f"[bold]Subject: {subject}[/]\n\n{message}"
        console.print(Panel(mail, title="The mail", title_align="left", border_style="blue"))
    else:
        console.print(Text.assemble(("Mail    ", "bold"), "none: nothing happened that needs one"))
    console.print(Text.assemble(("Cost    ", "bold"), _cost(result.cost)))
    if result.execution.error:
        console.print(f"[bold red]{escape(result.execution.error)}[/] {escape(_short(result.execution.cause or ''))}")
    console.print()


def _instances(result: RunResult) -> Table:
    """Every instance, by account and region: before, after, and what the run said about it."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("Instance", "Before", "", "After"):
        table.add_column(column, no_wrap=True)
    table.add_column("What the run did", overflow="fold")
    before = {_key(standing): standing for standing in result.before}
    outcomes = {(item["account"], item["region"], item["service"], item["name"]): item for item in result.outcomes}
    for place, standings in groupby(result.after, key=lambda standing: (standing.account, standing.region)):
        table.add_row(Text(" ".join(place), style="bold cyan"))
        for standing in standings:
            earlier = before.get(_key(standing), standing)
            changed = (earlier.state, earlier.type) != (standing.state, standing.type)
            table.add_row(
                f"  {standing.service} {standing.name}",
                _standing(earlier),
                "→" if changed else "",
                _standing(standing) if changed else Text("as before", style="dim"),
                _outcome(outcomes.get((*place, standing.service, standing.name))),
            )
    return table


def _key(standing: Standing) -> tuple[str, ...]:
    return (standing.account, standing.region, standing.service, standing.id)


def _standing(standing: Standing) -> Text:
    text = Text(standing.state, style=STATE_STYLES.get(standing.state, "yellow"))
    return text.append(f" {standing.type or ''}", style="default")


def _outcome(outcome: Mapping[str, str] | None) -> Text:
    if outcome is None:
        return Text("")
    text = Text(f"{outcome['action']} {outcome['status']}", style=STATUS_STYLES.get(outcome["status"], ""))
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
        f"{cost.state_transitions} state transitions (${dollars:.6f}), {cost.lambda_invocations} invocations, "
        f"{calls} API calls, {cost.history_events} history events, largest payload {cost.largest_payload_bytes} bytes"
    )


def _short(text: str, length: int = 300) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
