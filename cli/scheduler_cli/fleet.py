"""`scheduler-cli fleet export`: the tagged instances of real accounts as a scenario that `local run` plays."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import click
import yaml

from instance_scheduler.record import InstanceRecord
from instance_scheduler.settings import Service, Settings
from instance_scheduler.sighting import STARTING_WORDS, STOPPING_WORDS, Kind, Sighting
from instance_scheduler.target import Target, known_targets
from scheduler_cli.config_as_code import ConfigDumper, as_document
from scheduler_cli.config_changes import read_snapshot
from scheduler_cli.failures import BadArgument
from scheduler_cli.instance_view import sightings_of
from scheduler_cli.stack_access import StackAccess, aws_calls

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_FULL_SWEEP_MINUTES = 60
"""In a rehearsal nobody changes a tag by hand, which is all that a full sweep is for: more of them would only take time."""
_EPILOG = """\b
Examples:
  scheduler-cli fleet export --stack prod > fleet.yaml
  scheduler-cli fleet export --regions cn-north-1,cn-northwest-1 --tag-key Schedule > fleet.yaml
  scheduler-cli local run fleet.yaml --at 2026-11-23T01:00:00Z
"""


class Regions(click.ParamType):
    """Region names, separated by commas."""

    name = "regions"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Parse the text."""
        words = tuple(dict.fromkeys(word.strip() for word in str(value).split(",") if word.strip()))
        for word in words:
            if not _REGION.fullmatch(word):
                self.fail(f"{word!r} is no region; write names such as cn-north-1, separated by commas", param, ctx)
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One target of the fleet: what AWS and, with a stack, the state table say of its instances."""

    target: Target
    sightings: tuple[Sighting, ...]
    records: Mapping[str, InstanceRecord]


@click.group(
    epilog="""\b
Example:
  scheduler-cli fleet export --stack prod > fleet.yaml
"""
)
def fleet() -> None:
    """Read a real fleet for rehearsals."""


@fleet.command(epilog=_EPILOG)
@click.option("--regions", type=Regions(), metavar="LIST", help="Regions, separated by commas.  [default: the stack's]")
@click.option("--tag-key", metavar="KEY", help="The schedule tag's key.  [default: the stack's, else Schedule]")
@click.option(
    "--stack", "-s", metavar="NAME", help="A stack, whose accounts, config and stored states are taken along."
)
@click.option("--region", "-r", metavar="REGION", help="The stack's region.  [default: the profile's]")
@click.option(
    "--profile-name", "--profile", "-p", "profile", metavar="PROFILE", help="The profile of your AWS credentials."
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of YAML.")
def export(
    regions: tuple[str, ...] | None,
    tag_key: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Write the instances and databases that carry the schedule tag as a scenario file for `local run`.

    AWS is only read. Of each instance its name, type, state, and the tags that the scheduler reads are written, nothing else;
    what cannot be scheduled is left out and counted on stderr. Without --stack your own account is read, and the file needs
    a `config:` before it is played.
    """
    access = StackAccess(name=stack or "", region=region, profile=profile)
    if stack is not None:
        scenario = _of_stack(access, regions, tag_key)
    elif not regions:
        raise BadArgument("give --regions or --stack")
    else:
        scenario = _of_account(access, regions, tag_key or Settings().tag_key)
    if as_json:
        click.echo(json.dumps(scenario, ensure_ascii=False, indent=2))
    else:
        click.echo(yaml.dump(scenario, Dumper=ConfigDumper, sort_keys=False, allow_unicode=True, width=200), nl=False)


def _of_stack(stack: StackAccess, regions: tuple[str, ...] | None, tag_key: str | None) -> dict[str, object]:
    if tag_key not in (None, stack.settings.tag_key):
        raise BadArgument(f"--tag-key: the stack was deployed for {stack.settings.tag_key!r}")
    settings = stack.config().settings
    targets = [one for one in known_targets(settings, stack.home) if regions is None or one.region in regions]
    if not targets:
        raise BadArgument(f"--regions: the stack schedules in none of {', '.join(regions or ())}")
    found = []
    for target in targets:
        with aws_calls():
            records = stack.state.instances(target)
        found.append(Found(target=target, sightings=tuple(sightings_of(stack, target)), records=records))
    return {
        "partition_region": stack.home.region,
        "settings": _settings(settings.default_timezone, settings.tag_key, targets),
        "config": as_document(read_snapshot(stack).items),
        "accounts": _accounts(found, settings.tag_key, first=stack.home.account),
    }


def _of_account(access: StackAccess, regions: Sequence[str], tag_key: str) -> dict[str, object]:
    from instance_scheduler.aws.ec2 import Ec2
    from instance_scheduler.aws.rds import Rds

    with aws_calls():
        account = str(access.client("sts", region_name=regions[0]).get_caller_identity()["Account"])
    targets = [Target(account=account, region=region, service=service) for region in regions for service in Service]
    found = []
    for target in targets:
        client = access.client(str(target.service), region_name=target.region)
        observer = Ec2 if target.service is Service.EC2 else Rds
        with aws_calls():
            found.append(
                Found(target=target, sightings=tuple(observer(client, target, tag_key).sightings()), records={})
            )
    return {
        "partition_region": regions[0],
        "settings": _settings(Settings().default_timezone, tag_key, targets),
        "accounts": _accounts(found, tag_key, first=account),
    }


def _settings(timezone: str, tag_key: str, targets: Iterable[Target]) -> dict[str, object]:
    settings: dict[str, object] = {
        "regions": sorted({target.region for target in targets}),
        "full_sweep_minutes": _FULL_SWEEP_MINUTES,
    }
    if timezone != Settings().default_timezone:
        settings["default_timezone"] = timezone
    return settings | ({"tag_key": tag_key} if tag_key != Settings().tag_key else {})


def _accounts(found: Sequence[Found], tag_key: str, *, first: str) -> dict[str, object]:
    """The scenario's accounts, the hub's first; regions without instances are left out."""
    accounts: dict[str, dict[str, dict[str, list[object]]]] = {first: {}}
    for one in found:
        for section, member in _members(one, tag_key):
            regions = accounts.setdefault(one.target.account, {})
            regions.setdefault(one.target.region, {}).setdefault(section, []).append(member)
        _tell_left_out(one)
    return dict(accounts)


def _tell_left_out(found: Found) -> None:
    reasons = Counter(sighting.unsupported for sighting in found.sightings if sighting.unsupported)
    for reason, number in sorted(reasons.items()):
        click.echo(f"{found.target}: {number} left out: {reason}", err=True)


def _members(found: Found, tag_key: str) -> Iterator[tuple[str, dict[str, object]]]:
    names = Counter(sighting.name for sighting in found.sightings)
    for sighting in sorted(found.sightings, key=lambda one: (one.name, one.id)):
        if sighting.unsupported:
            continue
        record = found.records.get(sighting.id, InstanceRecord())
        is_own = sighting.name != "" and names[sighting.name] == 1
        member = {"name": sighting.name if is_own else sighting.id, **_traits(sighting), "state": _settled(sighting)}
        member |= {"stored_state": str(record.stored)} if record.version else {}
        member |= {"override": record.override} if record.override else {}
        yield _section(sighting), member | {"tags": _tags(sighting, tag_key)}


def _section(sighting: Sighting) -> str:
    if sighting.kind is Kind.CLUSTER:
        return "clusters"
    return str(sighting.target.service)


def _traits(sighting: Sighting) -> dict[str, object]:
    if sighting.target.service is Service.EC2:
        return {"type": sighting.type}
    traits: dict[str, object] = {"class": sighting.type} if sighting.type.startswith("db.") else {}
    traits |= {"engine": sighting.engine} if sighting.engine else {}
    return traits | ({"maintenance_window": sighting.maintenance_window} if sighting.maintenance_window else {})


def _settled(sighting: Sighting) -> str:
    """The state in which an instance on its way will arrive."""
    if sighting.state in STARTING_WORDS:
        return "running" if sighting.target.service is Service.EC2 else "available"
    return "stopped" if sighting.state in STOPPING_WORDS else sighting.state


def _tags(sighting: Sighting, tag_key: str) -> dict[str, str]:
    from instance_scheduler.aws.ec2 import PREFERRED_TYPES_TAG

    tags = {tag_key: sighting.schedule_tag}
    tags |= {f"{tag_key}Override": sighting.override_tag} if sighting.override_tag else {}
    return tags | ({PREFERRED_TYPES_TAG: ",".join(sighting.preferred_types)} if sighting.preferred_types else {})
