"""A run as the state table and Step Functions know it: its status, its counts and what it decided, for people and machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instance_scheduler.decision import Action
from instance_scheduler.instants import format_instant
from instance_scheduler.journal import Entry, Status, TargetFailure
from instance_scheduler.messages import console_link, one_line
from scheduler_cli.failures import BadArgument
from scheduler_cli.stack_access import StackAccess, aws_calls

if TYPE_CHECKING:
    from instance_scheduler.aws.table import Table

SUCCEEDED, RUNNING = "SUCCEEDED", "RUNNING"
_DONE = {
    Action.START: "started",
    Action.STOP: "stopped",
    Action.HIBERNATE: "hibernated",
    Action.RESIZE: "resized",
}
_WRONG = ("failed", "errors", "withheld")
"""Counts of a run that somebody should look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunItem:
    """A run's item in the state table; only runs that had something to tell have one."""

    id: str
    at: str
    dry_run: bool
    tick: bool
    counts: Mapping[str, int]

    @property
    def words(self) -> str:
        """`3 started, 1 failed`, or `nothing to do`."""
        return counts_words(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """Everything that is known of one run."""

    stack: str
    id: str
    status: str | None
    """Step Functions' word; None where it has forgotten the execution."""
    cause: str
    item: RunItem | None
    entries: tuple[Entry, ...]
    failures: tuple[TargetFailure, ...]
    errors: tuple[str, ...]
    """What failed as a whole, as the run's mail tells it; the journal knows nothing of a shard that died."""
    console: str

    @property
    def is_wrong(self) -> bool:
        """Whether the run failed, or something in it."""
        counts = self.item.counts if self.item is not None else {}
        return self.status not in (SUCCEEDED, RUNNING, None) or any(counts.get(name) for name in _WRONG)


def counts_words(counts: Mapping[str, int]) -> str:
    """Counts that are not 0, in words."""
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing to do"


def run_items(stack: StackAccess) -> Iterator[RunItem]:
    """The items of runs, newest first."""
    with aws_calls():
        yield from run_items_of(stack.state_table)


def run_items_of(table: Table) -> Iterator[RunItem]:
    """The items of runs in a state table, newest first."""
    for item in table.query("pk = :pk", {":pk": "runs"}, newest_first=True):
        at, _, run = str(item["sk"]).partition("/")
        summary = item.get("summary")
        counts = {str(k): int(str(v)) for k, v in summary.items()} if isinstance(summary, Mapping) else {}
        dry_run, tick = item.get("dry_run") is True, item.get("tick") is True
        yield RunItem(id=run, at=at, dry_run=dry_run, tick=tick, counts=counts)


def read_report(stack: StackAccess, run: str) -> RunReport:
    """Read all about a run; raises BadArgument where neither the state table nor Step Functions knows it."""
    arn = execution_arn(stack, run)
    end = execution_end(stack, run)
    with aws_calls():
        entries = tuple(stack.state.entries(run))
        failures = stack.state.target_failures(run)
    item = next((one for one in run_items(stack) if one.id == run), None)
    if end.status is None and item is None and not entries:
        raise BadArgument(
            f"stack {stack.name} knows no run {run!r}; `scheduler-cli runs` lists those that did something"
        )
    link = console_link(arn, stack.home.partition, stack.home.region)
    return RunReport(
        stack=stack.name,
        id=run,
        status=end.status,
        cause=end.cause,
        item=item,
        entries=entries,
        failures=failures,
        errors=failed_lines(end.output) if item is not None and item.counts.get("errors") else (),
        console=link,
    )


def execution_arn(stack: StackAccess, run: str) -> str:
    """The ARN of a run's execution."""
    return f"{stack.machine.replace(':stateMachine:', ':execution:')}:{run}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEnd:
    """How an execution stands."""

    status: str | None
    """Step Functions' word; None where it does not know the run."""
    cause: str = ""
    output: str = ""


def execution_end(stack: StackAccess, run: str) -> ExecutionEnd:
    """Ask Step Functions how a run stands, and why it failed."""
    client = stack.client("stepfunctions")
    with aws_calls():
        try:
            answer = client.describe_execution(executionArn=execution_arn(stack, run))
        except client.exceptions.ExecutionDoesNotExist:
            return ExecutionEnd(status=None)
    cause = one_line(str(answer.get("cause") or answer.get("error") or ""))
    return ExecutionEnd(status=str(answer["status"]), cause=cause, output=str(answer.get("output", "")))


def failed_lines(output: str) -> tuple[str, ...]:
    """The lines of the section FAILED of the mail that an execution ended with; none where it ended without a mail's text."""
    try:
        message = str(json.loads(output)["message"])
    except (ValueError, KeyError, TypeError):
        return ()
    sections = [section.splitlines() for section in message.split("\n\n")]
    return tuple(line.strip() for lines in sections if lines[:1] == ["FAILED"] for line in lines[1:])


def entry_words(entry: Entry) -> str:
    """`started web-1 (i-0…)`, `start of web-1 (i-0…) failed: …`."""
    what, reason, types = one_line(entry.label), one_line(entry.reason), f"{entry.from_type} to {entry.to_type}"
    if entry.resizes and types not in reason:
        what = f"{what}, {types}"
    if entry.action is Action.NONE:
        return f"{what}: {reason}"
    if entry.status is Status.SUCCEEDED:
        return f"{_DONE[entry.action]} {what}: {reason}"
    if entry.withheld:
        return f"{entry.action} of {what} withheld: {reason}"
    if entry.status is Status.PLANNED:
        return f"{entry.action} of {what} planned: {reason}"
    return f"{entry.action} of {what} {entry.status}: {reason}"


def report_lines(report: RunReport) -> Iterator[str]:
    """A run for a person: what became of each instance, then the sum."""
    for entry in report.entries:
        yield f"  {entry.target}  {entry_words(entry)}"
    for failure in report.failures:
        yield f"  {failure.target}  could not be looked at: {one_line(failure.reason)}"
    yield from sum_lines(report)


def sum_lines(report: RunReport) -> Iterator[str]:
    """How a run ended, and where more stands."""
    words = report.item.words if report.item is not None else "nothing to report"
    dry = "dry run, nothing was changed: " if report.item is not None and report.item.dry_run else ""
    for error in report.errors:
        yield f"  failed: {error}"
    status = report.status or "forgotten by Step Functions"
    yield f"Run {report.id} {status}: {dry}{report.cause or words}"
    if report.item is not None and report.item.counts.get("withheld"):
        yield f"Withheld stops are carried out by: scheduler-cli run --confirm {report.id} --stack {report.stack}"
    yield report.console


def as_json_object(report: RunReport) -> dict[str, object]:
    """A run for machines."""
    return {
        "run_id": report.id,
        "status": report.status,
        "cause": report.cause or None,
        "at": report.item.at if report.item is not None else None,
        "dry_run": report.item.dry_run if report.item is not None else None,
        "counts": dict(report.item.counts) if report.item is not None else {},
        "outcomes": [entry_json(entry) for entry in report.entries],
        "failures": [{"target": str(one.target), "reason": one.reason} for one in report.failures],
        "errors": list(report.errors),
        "console": report.console,
    }


def entry_json(entry: Entry) -> dict[str, object]:
    """One decision for machines."""
    target = entry.target
    return {
        "at": format_instant(entry.at),
        "account": target.account,
        "region": target.region,
        "service": target.service,
        "instance": entry.instance,
        "name": entry.name,
        "schedule": entry.schedule,
        "row": entry.row,
        "action": entry.action,
        "status": entry.status,
        "withheld": entry.withheld,
        "reason": entry.reason,
    }
