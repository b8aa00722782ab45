"""`scheduler-cli validate`: an offline check of config files, with every fault at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from instance_scheduler.config import parse_config
from instance_scheduler.errors import Fault, Severity
from scheduler_cli.config_changes import read_snapshot
from scheduler_cli.config_files import ConfigFile, UnreadableFile, read_config_file
from scheduler_cli.failures import BadArgument
from scheduler_cli.sources import settings_for
from scheduler_cli.stack_access import StackAccess
from scheduler_cli.words import fitted

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
_EPILOG = """\b
Examples:
  scheduler-cli validate schedules.yaml
  scheduler-cli validate --json config/*.yaml
  scheduler-cli validate --stack prod
  aws dynamodb scan --table-name CONFIG_TABLE > table.json && scheduler-cli validate table.json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is wrong in one file."""

    file: ConfigFile
    faults: tuple[Fault, ...]
    """In the order of the file, as far as lines are known."""

    def count(self, severity: Severity) -> int:
        """How many faults are of a severity."""
        return sum(fault.severity is severity for fault in self.faults)


@click.command(epilog=_EPILOG)
@click.argument("files", nargs=-1, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--together", is_flag=True, help="Check the files as one config, whose items may refer to each other.")
@click.option("--stack", "-s", metavar="NAME", help="Check a deployed stack's config instead of files.")
@click.option("--region", "-r", metavar="REGION", help="The stack's region.  [default: the profile's]")
@click.option(
    "--profile-name", "--profile", "-p", "profile", metavar="PROFILE", help="The profile of your AWS credentials."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def validate(
    context: click.Context,
    files: tuple[Path, ...],
    together: bool,
    stack: str | None,
    region: str | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Check config files and list every fault, each with its file, line, item and attribute.

    A FILE is YAML or JSON: lists of periods, schedules and calendars, a list of items, or what DynamoDB exports. Each file
    is checked by itself, unless --together is given. The exit code is 1 where a file has an error; warnings alone leave it at 0.
    """
    if stack is not None and files:
        raise click.UsageError("Give --stack or FILEs, not both.", ctx=context)
    if stack is None and not files:
        raise click.UsageError("Missing argument 'FILE…', or option '--stack'.", ctx=context)
    if stack is not None:
        verdicts = [_judge_stack(StackAccess(name=stack, region=region, profile=profile))]
    else:
        read = [_read(path) for path in files]
        verdicts = [_judge((file,)) for file in read] if not together else [_judge(read)]
    if as_json:
        click.echo(json.dumps(_as_json(verdicts), ensure_ascii=False, indent=2))
    else:
        _print(verdicts)
    context.exit(1 if any(verdict.count(Severity.ERROR) for verdict in verdicts) else 0)


def _read(path: Path) -> ConfigFile:
    try:
        return read_config_file(path)
    except UnreadableFile as error:
        if not path.is_file():
            raise BadArgument(f"{path} cannot be read: {error}") from error
        fault = Fault(item="the file", attribute=None, message=str(error))
        return ConfigFile(name=str(path), items=(), faults=(fault,))


def _judge_stack(stack: StackAccess) -> Verdict:
    """A stack's table, judged by its own settings."""
    snapshot = read_snapshot(stack)
    file = ConfigFile(name=f"stack {stack.name}", items=tuple(snapshot.items.values()), faults=())
    return Verdict(file=file, faults=snapshot.parse(stack.settings).faults)


def _judge(files: Sequence[ConfigFile]) -> Verdict:
    items = [item for file in files for item in file.items]
    found = [fault for file in files for fault in file.faults]
    # A file without items is judged by its form alone.
    found += parse_config(items, settings_for(items)).faults if items else ()
    file = files[0] if len(files) == 1 else _joined(files)
    return Verdict(file=file, faults=tuple(sorted(dict.fromkeys(found), key=lambda fault: file.line_of(fault) or 0)))


def _joined(files: Sequence[ConfigFile]) -> ConfigFile:
    """Several files as one; lines mean nothing any more."""
    return ConfigFile(
        name=" + ".join(file.name for file in files),
        items=tuple(item for file in files for item in file.items),
        faults=tuple(fault for file in files for fault in file.faults),
    )


def _print(verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        for fault in verdict.faults:
            line = verdict.file.line_of(fault)
            place = f"{verdict.file.name}:{line}" if line is not None else verdict.file.name
            severity = click.style(fault.severity, fg=_COLOURS[fault.severity], bold=True)
            click.echo(fitted(f"{place}: {severity}: {fault}"))
        click.echo(fitted(f"{verdict.file.name}: {_summary(verdict)}"))


def _summary(verdict: Verdict) -> str:
    kinds = [str(item.get("type")) for item in verdict.file.items]
    held = [_counted(kinds.count(kind), kind) for kind in ("schedule", "period", "calendar") if kind in kinds]
    errors, warnings = verdict.count(Severity.ERROR), verdict.count(Severity.WARNING)
    found = [_counted(errors, "error")] if errors else []
    found += [_counted(warnings, "warning")] if warnings else []
    return f"{', '.join(found) or 'ok'} ({', '.join(held) or 'no items'})"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _as_json(verdicts: Sequence[Verdict]) -> dict[str, object]:
    return {
        "ok": not any(verdict.count(Severity.ERROR) for verdict in verdicts),
        "files": [
            {
                "file": verdict.file.name,
                "items": len(verdict.file.items),
                "errors": verdict.count(Severity.ERROR),
                "warnings": verdict.count(Severity.WARNING),
                "faults": [
                    {
                        "severity": fault.severity,
                        "item": fault.item,
                        "attribute": fault.attribute,
                        "line": verdict.file.line_of(fault),
                        "message": fault.message,
                    }
                    for fault in verdict.faults
                ],
            }
            for verdict in verdicts
        ],
    }
