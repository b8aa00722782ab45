"""Where a command's config comes from: a file or a stack, by the same options everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from instance_scheduler.attributes import did_you_mean
from instance_scheduler.config import Config, parse_config
from instance_scheduler.errors import Fault, Severity
from instance_scheduler.schedule import Schedule
from instance_scheduler.settings import Settings
from scheduler_cli.failures import BadArgument, ConfigIsFaulty
from scheduler_cli.stack_access import StackAccess

if TYPE_CHECKING:
    from scheduler_cli.config_files import ConfigFile

DEFAULT_FILE = Path("schedules.yaml")

Item = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Config files, or a stack."""

    files: tuple[Path, ...]
    stack: StackAccess | None

    def config(self) -> Config:
        """Read and parse the config; its faults are for the caller to look at."""
        if self.stack is not None:
            return self.stack.config()
        return read_config(self.files)


_OPTIONS = (
    click.option(
        "--config",
        "-c",
        "files",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE",
        help="A config file, YAML or JSON; several are read as one.  [default: ./schedules.yaml]",
    ),
    click.option("--stack", "-s", metavar="NAME", help="A deployed stack, instead of a file."),
    click.option("--region", "-r", metavar="REGION", help="The stack's region.  [default: the profile's]"),
    click.option(
        "--profile-name", "--profile", "-p", "profile", metavar="PROFILE", help="The profile of your AWS credentials."
    ),
)


def source_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --config, --stack, --region and --profile-name to a command, which gets them as one argument, `source`."""

    @functools.wraps(command)
    def with_source(
        *arguments: Any,
        files: tuple[Path, ...],
        stack: str | None,
        region: str | None,
        profile: str | None,
        **others: Any,
    ) -> None:
        command(*arguments, source=make_source(files, stack, region, profile), **others)

    return functools.reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), with_source)


def make_source(files: tuple[Path, ...], stack: str | None, region: str | None, profile: str | None) -> Source:
    """Choose between file and stack; raises BadArgument where both or neither are there."""
    if stack is not None and files:
        raise BadArgument("give --config or --stack, not both")
    if stack is not None:
        return Source(files=(), stack=StackAccess(name=stack, region=region, profile=profile))
    if region is not None or profile is not None:
        raise BadArgument("--region and --profile-name go with --stack, which is missing")
    if not files and not DEFAULT_FILE.exists():
        raise BadArgument(f"there is no ./{DEFAULT_FILE}; give --config FILE or --stack NAME")
    return Source(files=files or (DEFAULT_FILE,), stack=None)


def complete_schedule(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Schedule names for tab completion, of the files on the command line or ./schedules.yaml; nothing where none can be read."""
    del parameter
    try:
        config = read_config(context.params.get("files") or (DEFAULT_FILE,))
    except click.ClickException:
        return []
    return sorted(name for name in config.schedules if name.startswith(incomplete))


def read_config(files: Sequence[Path]) -> Config:
    """Read config files as one, with the settings of a stack that was deployed without any.

    Raises BadArgument, or ConfigIsFaulty where a file's form has an error.
    """
    items: list[Item] = []
    for path in files:
        file = _read(path)
        if file.faults:
            raise ConfigIsFaulty(f"{path} has errors: {_listed(file.faults)}")
        items += file.items
    return parse_config(items, settings_for(items))


def _read(path: Path) -> ConfigFile:
    from scheduler_cli.config_files import UnreadableFile, read_config_file

    try:
        return read_config_file(path)
    except UnreadableFile as error:
        raise BadArgument(f"{path} cannot be read: {error}") from error


def settings_for(items: Sequence[Item]) -> Settings:
    """The settings that a file is judged by: its own tag key is taken as the one that the stack was deployed with."""
    keys = [item.get("tagname") for item in items if item.get("type") == "config"]
    named = next((key for key in keys if isinstance(key, str) and key.strip()), None)
    return Settings(tag_key=named.strip()) if named is not None else Settings()


def pick_schedule(config: Config, name: str) -> Schedule:
    """Find a schedule by its name; raises BadArgument where there is none, ConfigIsFaulty where it has an error."""
    schedule = config.schedules.get(name)
    wrong = [fault for fault in config.faults if fault.severity is Severity.ERROR and fault.item.startswith("config ")]
    if schedule is not None and not wrong:
        return schedule
    faults = [*config.faulty.get(name, ()), *wrong]
    if faults:
        raise ConfigIsFaulty(f"schedule {name} cannot be used: {_listed(_with_causes(config, faults))}")
    known = sorted({*config.schedules, *config.faulty})
    listed = f"there are {', '.join(known)}" if known else "there are none at all"
    raise BadArgument(f"there is no schedule {name!r}; {listed}{did_you_mean(name, known)}")


def refusal_of(config: Config, name: str) -> str:
    """Why a schedule cannot be used, in the words of `pick_schedule`; empty where it can."""
    try:
        pick_schedule(config, name)
    except (BadArgument, ConfigIsFaulty) as refusal:
        return refusal.message
    return ""


def _with_causes(config: Config, faults: list[Fault]) -> list[Fault]:
    """Add the errors of the periods and calendars that a schedule's own errors refer to."""
    text = " ".join(fault.message for fault in faults)
    causes = [
        fault
        for fault in config.faults
        if fault.severity is Severity.ERROR
        and (fault.item in text or (fault.item.startswith("calendar ") and fault.item.split(" ", 1)[1] in text))
    ]
    return [*faults, *(cause for cause in causes if cause not in faults)]


def _listed(faults: Iterable[Fault]) -> str:
    return "; ".join(map(str, faults))
