"""The summary as a person reads it: subject and text of the one mail of a run."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from instance_scheduler.decision import Action
from instance_scheduler.journal import Entry, Status
from instance_scheduler.request import RunRequest
from instance_scheduler.sighting import Kind
from instance_scheduler.summary import Summary
from instance_scheduler.timezones import zone

SUBJECT_LENGTH = 99
"""SNS takes subjects of fewer than 100 ASCII characters (SNS API reference, Publish)."""
_LINES = 60
"""Lines of one section before the rest is counted."""
_DONE = {
    Action.START: "started",
    Action.STOP: "stopped",
    Action.HIBERNATE: "hibernated",
    Action.RESIZE: "resized",
    Action.NONE: "left alone",
}
_ENGINES = {"aurora": "Aurora cluster", "neptune": "Neptune cluster", "docdb": "DocumentDB cluster"}
_OTHER_CLUSTERS = "Multi-AZ cluster"


def compose_subject(summary: Summary, stack: str) -> str:
    """Say it all in one line of ASCII: `3 started, 12 stopped, 2 failed - prod`."""
    counts = summary.counts
    told = [
        (counts.started, "started"),
        (counts.stopped, "stopped"),
        (counts.hibernated, "hibernated"),
        (counts.resized, "resized"),
        (counts.failed, "failed"),
        (counts.withheld, "withheld"),
        (counts.planned, "would change" if summary.request.dry_run else "not done"),
        (counts.errors, "error" if counts.errors == 1 else "errors"),
        (len(summary.noted), "to look at"),
    ]
    words = ", ".join(f"{number} {word}" for number, word in told if number) or "nothing to do"
    text = f"{'Dry run: ' if summary.request.dry_run else ''}{words} - {stack}"
    return one_line(text).encode("ascii", "replace").decode()[:SUBJECT_LENGTH]


def compose_message(summary: Summary, stack: str) -> str:
    """Write the mail: what failed first, then what was done, by schedule, account and region; nothing for idle instances."""
    request = summary.request
    sections = [
        _heading(request, stack),
        _section("FAILED", _failures(summary)),
        _section("WITHHELD", _withheld(summary)),
        _section("TO LOOK AT", _noted(summary)),
        *_done_sections(summary.done),
        _section("WOULD BE DONE" if request.dry_run else "NOT DONE, STILL DUE", _planned(summary)),
    ]
    if summary.console:
        sections.append(f"The run in the console:\n{summary.console}")
    return "\n\n".join(section for section in sections if section) + "\n"


def console_link(execution: str, partition: str, region: str) -> str:
    """Link to an execution in the console of its partition."""
    host = f"{region}.console.amazonaws.cn" if partition == "aws-cn" else f"{region}.console.aws.amazon.com"
    return f"https://{host}/states/home?region={region}#/v2/executions/details/{execution}"


def one_line(text: str) -> str:
    """Fold what came from outside into one line, so that a name or a reason cannot forge a line of the mail."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _heading(request: RunRequest, stack: str) -> str:
    local = request.at.astimezone(zone(request.timezone))
    kind = "A dry run: nothing was changed.\n" if request.dry_run else ""
    return f"{kind}{stack}, {local:%a %Y-%m-%d %H:%M} {request.timezone}\nrun {request.id}"


def _section(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    more = [f"  ... and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
    return "\n".join([title, *lines[:_LINES], *more])


def _failures(summary: Summary) -> list[str]:
    told = [
        f"  {_named(entry)}: {entry.action} failed in {_place(entry)}: {one_line(entry.reason)}"
        for entry in sorted(summary.failed, key=_by_label)
    ]
    told += [
        f"  {_named(entry)}: {one_line(entry.earlier_failure)}" for entry in summary.entries if entry.earlier_failure
    ]
    told += [f"  {failure.target}: {one_line(failure.reason)}" for failure in summary.failures]
    return told + [f"  {one_line(error)}" for error in summary.errors]


def _withheld(summary: Summary) -> list[str]:
    if not summary.withheld:
        return []
    lines = [f"  {_named(entry)} in {_place(entry)}" for entry in sorted(summary.withheld, key=_by_label)]
    how = f'  To stop them, run the state machine with {{"confirm": "{summary.request.id}"}}.'
    return [f"  {len(lines)} stops that no timetable explains were withheld.", how, *lines]


def _noted(summary: Summary) -> list[str]:
    return [
        f"  {_named(entry)} in {_place(entry)}: {one_line(entry.reason)}"
        for entry in sorted(summary.noted, key=_by_label)
    ]


def _done_sections(done: Sequence[Entry]) -> Iterable[str]:
    for action in (Action.START, Action.STOP, Action.HIBERNATE, Action.RESIZE):
        lines: list[str] = []
        entries = sorted(
            (entry for entry in done if entry.action is action), key=lambda entry: (*_group_key(entry), entry.label)
        )
        for group, members in groupby(entries, key=_group_key):
            lines += [
                f"  {' / '.join(one_line(part) for part in group)}",
                *(f"    {_described(entry)}" for entry in members),
            ]
        yield _section(_DONE[action].upper(), lines)


def _planned(summary: Summary) -> list[str]:
    return [
        f"  {entry.action} {_described(entry)} in {_place(entry)}: {one_line(entry.reason)}"
        for entry in summary.planned
    ]


def _by_label(entry: Entry) -> tuple[str, str]:
    return (entry.label, entry.key)


def _group_key(entry: Entry) -> tuple[str, str, str]:
    return (entry.schedule, entry.target.account, entry.target.region)


def _described(entry: Entry) -> str:
    """Name what was done to an instance; where not all went as it should, or AWS had a hand in it, say why as well."""
    told = _named(entry)
    if entry.alternate:
        told += f", {entry.from_type} to {entry.alternate}, for lack of {entry.to_type}"
    elif entry.resizes:
        told += f", {entry.from_type} to {entry.to_type}"
    if entry.status is Status.SUCCEEDED and (entry.code or entry.row == "S5a"):
        told += f": {entry.reason}"
    return one_line(told)


def _named(entry: Entry) -> str:
    kind = next((word for start, word in _ENGINES.items() if entry.engine.startswith(start)), _OTHER_CLUSTERS)
    return one_line(entry.label) + (f", {kind}" if entry.kind is Kind.CLUSTER else "")


def _place(entry: Entry) -> str:
    return f"{entry.target.account}/{entry.target.region}"
