"""`scheduler-cli calendar import`: fill a calendar with a country's public holidays."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from instance_scheduler.recurrence import WEEKDAY_NAMES
from scheduler_cli.failures import BadArgument, ConfigIsFaulty
from scheduler_cli.public_holidays import PublicHolidays, public_holidays
from scheduler_cli.stack_access import StackAccess, aws_calls
from scheduler_cli.words import fitted

_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")
_EARLIEST, _LATEST, _MOST_YEARS = 1990, 2100, 20
_SHORT = {name[:3]: name.capitalize() for name in WEEKDAY_NAMES}
_EPILOG = """\b
Examples:
  scheduler-cli calendar import CN --years 2026-2027
  scheduler-cli calendar import DE --subdivision BY --years 2027 --name bavaria --out bavaria.yaml
  scheduler-cli calendar import CN --years 2026-2027 --name cn --stack prod
"""


class Years(click.ParamType):
    """One year, or a range such as 2026-2027."""

    name = "years"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Parse the text."""
        found = _YEARS.fullmatch(str(value).strip())
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not found or not _EARLIEST <= first <= last <= _LATEST or last - first >= _MOST_YEARS:
            accepted = f"write 2026 or 2026-2027, from {_EARLIEST} to {_LATEST}, {_MOST_YEARS} years at most"
            self.fail(f"{value!r} is not accepted; {accepted}", param, ctx)
        return tuple(range(first, last + 1))


@click.group(
    epilog="""\b
Example:
  scheduler-cli calendar import CN --years 2026
"""
)
def calendar() -> None:
    """Make calendars of days off and working days."""


@calendar.command("import", epilog=_EPILOG)
@click.argument("country", metavar="COUNTRY")
@click.option("--years", type=Years(), required=True, metavar="YEARS", help="One year, or a range such as 2026-2027.")
@click.option("--subdivision", metavar="CODE", help="A state or province with holidays of its own, such as BY.")
@click.option("--name", metavar="NAME", help="The calendar's name.  [default: the country's code, small]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a new config file.")
@click.option("--stack", "-s", metavar="NAME", help="Write the item into a stack's config table.")
@click.option("--region", "-r", metavar="REGION", help="The stack's region.  [default: the profile's]")
@click.option(
    "--profile-name", "--profile", "-p", "profile", metavar="PROFILE", help="The profile of your AWS credentials."
)
@click.option("--overwrite", is_flag=True, help="Replace the file, or the stack's calendar of that name.")
@click.option("--json", "as_json", is_flag=True, help="Print the item as one JSON object.")
def import_(
    country: str,
    years: tuple[int, ...],
    subdivision: str | None,
    name: str | None,
    out: Path | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Fill a calendar with the public holidays of COUNTRY (a code such as CN), and with its make-up working days.

    Where a country publishes whole blocks of days off, as China does, the weekends inside them are days off too: a period
    with the weekday `holiday` then means the whole block. A make-up working day counts as the weekday whose day off it
    makes up for. Without --out and --stack the calendar is printed, ready to be pasted into a config file.
    """
    if out is not None and stack is not None:
        raise BadArgument("give --out or --stack, not both")
    found = public_holidays(country, years, subdivision)
    item = calendar_item(found, name or (f"{country}-{subdivision}" if subdivision else country).lower())
    for year in found.unpublished:
        click.echo(
            f"warning: {found.source} does not know the make-up working days of {found.country} in {year} yet; its days off"
            " may be incomplete. Import it again when they are published.",
            err=True,
        )
    if stack is not None:
        _write_to_stack(StackAccess(name=stack, region=region, profile=profile), item, overwrite)
    elif out is not None:
        _write_file(out, item, found, overwrite)
    if as_json:
        click.echo(json.dumps(item, ensure_ascii=False, indent=2))
    elif stack is None and out is None:
        click.echo(calendar_yaml(item, found), nl=False)
    else:
        click.echo(
            fitted(f"calendar {item['name']}: {_counts(found)}, written to {f'stack {stack}' if stack else out}")
        )


def calendar_item(found: PublicHolidays, name: str) -> dict[str, object]:
    """The item of the config table; its lists are sorted."""
    years = str(found.years[0]) if len(found.years) == 1 else f"{found.years[0]}-{found.years[-1]}"
    item: dict[str, object] = {
        "type": "calendar",
        "name": name,
        "description": f"Public holidays of {found.country} {years}, from {found.source}",
        "days_off": [str(one.days) for one in found.days_off],
    }
    if found.working_days:
        item["working_days"] = [f"{day.isoformat()}={weekday}" for day, weekday in found.working_days.items()]
    return item


def calendar_yaml(item: Mapping[str, object], found: PublicHolidays) -> str:
    """The item as a config file, with the names of the holidays and what each working day stands in for beside it."""
    return "\n".join(_yaml_lines(item, found)) + "\n"


def _yaml_lines(item: Mapping[str, object], found: PublicHolidays) -> Iterator[str]:
    yield "calendars:"
    yield f"  - name: {json.dumps(item['name'], ensure_ascii=False)}"
    yield f"    description: {json.dumps(item['description'], ensure_ascii=False)}"
    yield "    days_off:" if found.days_off else "    days_off: []"
    for one in found.days_off:
        yield f"      - {one.days!s:<22}  # {', '.join(one.names)}".rstrip(" #")
    if found.working_days:
        yield "    working_days:"
    for day, weekday in found.working_days.items():
        own = WEEKDAY_NAMES[day.weekday()].capitalize()
        yield f"      - {day.isoformat()}={weekday:<11}  # a {own} that counts as a {_SHORT[weekday]}"


def _counts(found: PublicHolidays) -> str:
    off = sum((one.days.last - one.days.first).days + 1 for one in found.days_off)
    return f"{off} days off and {len(found.working_days)} working days"


def _write_file(out: Path, item: Mapping[str, object], found: PublicHolidays, overwrite: bool) -> None:
    if out.exists() and not overwrite:
        raise BadArgument(
            f"{out} exists; add --overwrite to replace the whole file, or print the calendar and paste it"
        )
    try:
        out.write_text(calendar_yaml(item, found), encoding="utf-8")
    except OSError as error:
        raise BadArgument(f"{out} cannot be written: {error.strerror}") from error


def _write_to_stack(stack: StackAccess, item: Mapping[str, object], overwrite: bool) -> None:
    table = stack.config_table
    with aws_calls():
        if overwrite:
            table.put(item)
        elif not table.put_new(item, "name"):
            raise ConfigIsFaulty(
                f"stack {stack.name} has a calendar {item['name']} already; add --overwrite to replace it"
            )
