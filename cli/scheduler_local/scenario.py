"""A scenario file: read, checked against its JSON Schema, and turned into values."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match

from instance_scheduler.attributes import did_you_mean
from instance_scheduler.settings import Settings
from scheduler_cli.plain_yaml import PlainLoader
from scheduler_local.organization import Organization, parse_organization
from scheduler_local.ownership import arn_of_key, arn_of_license, lies_in, role_parameters

SCHEMA_FILE = Path(__file__).with_name("scenario.schema.json")


class InvalidScenario(Exception):
    """When a scenario cannot be read; the message names the file and the path of every fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account and a region."""

    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ec2Seed:
    """An EC2 instance as the scenario begins with it."""

    place: Place
    name: str
    type: str = "t3.micro"
    state: str = "running"
    stored_state: str | None = None
    override: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    lifecycle: str = "on-demand"
    spot_type: str = "one-time"
    auto_scaling_group: str | None = None
    launch_time: datetime | None = None
    hibernation: bool = False
    kms_key: str | None = None
    """ARN of the customer managed key that encrypts its volumes."""
    license: str | None = None
    """ARN of the license configuration that governs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RdsSeed:
    """An RDS instance, or where `members` is not None a cluster, as the scenario begins with it."""

    place: Place
    name: str
    db_class: str | None = None
    engine: str = "mysql"
    state: str = "available"
    stored_state: str | None = None
    override: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    multi_az: bool = False
    replica_of: str | None = None
    maintenance_window: str | None = None
    members: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSeed:
    """Something that goes wrong on purpose when a call matches."""

    api: str
    account: str | None = None
    region: str | None = None
    instance: str | None = None
    error: str | None = None
    message: str | None = None
    times: int | None = None
    delay_seconds: float = 0
    die: str | None = None
    abort: bool = False
    """Whether the execution is stopped as the call arrives; as on AWS, the function that calls goes on to its end."""
    role: str | None = None
    """The role under which the call is made, `*` for any rest."""
    skip: int = 0
    """How many matching calls pass unharmed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How many real seconds a transitional state lasts."""

    stopping_seconds: float = 2
    starting_seconds: float = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that the embedded AWS begins with."""

    region: str
    accounts: tuple[str, ...]
    """The first one is the hub."""
    settings: Mapping[str, Any]
    config_items: tuple[Mapping[str, Any], ...]
    ec2: tuple[Ec2Seed, ...]
    rds: tuple[RdsSeed, ...]
    """Instances, then clusters."""
    faults: tuple[FaultSeed, ...]
    timing: Timing
    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Account → parameters of the template of its roles that are not left at their defaults."""
    suspended: frozenset[str] = frozenset()
    """Accounts that AWS has suspended: their roles cannot be assumed any more."""
    organization: Organization | None = None
    in_force: tuple[Mapping[str, Any], ...] | None = None
    """The config items in force where others are rehearsed: what stored states come from and hours are compared with."""

    @property
    def hub(self) -> str:
        """The account in which the hub stack lies."""
        return self.accounts[0]


class _Loader(PlainLoader):
    """Plain YAML with decimal fractions, which the seconds of `timing` are."""


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789"))


def read_scenario(file: Path) -> Scenario:
    """Read a scenario from a YAML or JSON file; a config file that it names is looked for beside it.

    Raises InvalidScenario.
    """
    return parse_scenario(_read_document(file), beside=file.parent, source=file.name)


def parse_scenario(raw: Any, *, beside: Path = Path(), source: str = "scenario") -> Scenario:
    """Check a scenario document and turn it into values.

    Raises InvalidScenario with one line a fault: where it stands, and what is wrong there.
    """
    raw = _with_text_keys(raw)
    _check(raw, source, _validator())
    accounts = {account: regions or {} for account, regions in raw["accounts"].items()}
    places = [
        (Place(account=account, region=region), estate or {})
        for account, regions in accounts.items()
        for region, estate in regions.items()
    ]
    scenario = Scenario(
        region=raw["partition_region"],
        accounts=tuple(accounts),
        settings=_settings(raw, accounts),
        config_items=tuple(_config_items(_config(raw.get("config"), beside))),
        in_force=tuple(_config_items(_config(raw["config_in_force"], beside))) if raw.get("config_in_force") else None,
        ec2=tuple(_ec2(place, item) for place, estate in places for item in estate.get("ec2") or ()),
        rds=tuple(
            [_rds(place, item) for place, estate in places for item in estate.get("rds") or ()]
            + [_cluster(place, item) for place, estate in places for item in estate.get("clusters") or ()]
        ),
        faults=tuple(FaultSeed(**item) for item in raw.get("faults") or ()),
        timing=Timing(**raw.get("timing", {})),
        roles={account: role_parameters(account, accounts, given or {}) for account, given in _roles(raw).items()},
        suspended=frozenset(raw.get("suspended") or ()),
        organization=parse_organization(raw["organization"]) if raw.get("organization") else None,
    )
    _refuse_doubles(scenario, source)
    _refuse_what_is_elsewhere(scenario, source)
    return scenario


def _roles(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return raw.get("roles") or {}


def _config(config: Any, beside: Path) -> Mapping[str, Any]:
    """A config as it stands in the scenario, or in the file that the scenario names."""
    if isinstance(config, str):
        file = beside / config
        config = _with_text_keys(_read_document(file))
        _check(config, file.name, _validator("config"))
    return config or {}


def _read_document(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidScenario(f"{file}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InvalidScenario(f"{file}: not UTF-8 text") from error
    try:
        if file.suffix == ".json":
            return json.loads(text)
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise InvalidScenario(f"{file}: {' '.join(str(error).split())}") from error


def _with_text_keys(value: Any) -> Any:
    """Turn numeric keys, which account ids become when they are not quoted, into text."""
    if isinstance(value, dict):
        return {_account(key): _with_text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_text_keys(item) for item in value]
    return value


def _account(key: object) -> str:
    return f"{key:012d}" if isinstance(key, int) and not isinstance(key, bool) else str(key)


@cache
def _validator(definition: str | None = None) -> Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    if definition is not None:
        schema = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{definition}"}
    else:
        schema["properties"]["settings"]["propertyNames"] = {"enum": sorted(Settings.__annotations__)}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def _check(raw: Any, source: str, validator: Draft202012Validator) -> None:
    errors = list(validator.iter_errors(raw))
    misspelt = {_path(error): set(_unknown(error)) for error in errors if _unknown(error)}
    faults = [
        _sentence(source, error)
        for error in errors
        # Where a key that is not known stands for the one that is missing, that is one mistake.
        if not any(did_you_mean(word, _missing(error)) for word in misspelt.get(_path(error), ()))
    ]
    if faults:
        raise InvalidScenario("; ".join(faults))


def _path(error: ValidationError) -> tuple[str | int, ...]:
    return tuple(error.absolute_path)


def _unknown(error: ValidationError) -> list[str]:
    """The keys that a mapping should not have."""
    if error.validator != "additionalProperties" or not isinstance(error.instance, dict):
        return []
    return [key for key in error.instance if key not in error.schema.get("properties", {})]


def _missing(error: ValidationError) -> list[str]:
    """The key that a mapping lacks."""
    if error.validator != "required":
        return []
    return [key for key in error.validator_value if f"{key!r} is a required" in error.message]


def _sentence(source: str, error: ValidationError) -> str:
    if error.context:
        error = best_match(error.context) or error
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    unknown = _unknown(error)
    if unknown:
        nearest = did_you_mean(unknown[0], error.schema.get("properties", {}))
        return f"{source}: {path.lstrip('.') or 'the document'}: {', '.join(map(repr, unknown))} is not known{nearest}"
    wanted = error.schema.get("description", "") if error.validator == "pattern" else ""
    explained = f", {wanted[0].lower()}{wanted[1:].rstrip('.')}" if wanted else ""
    return f"{source}: {path.lstrip('.') or 'the document'}: {error.message}{explained}"


def _settings(raw: Mapping[str, Any], accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Settings of the scenario; spokes and regions are those of its estate where it does not say.

    A spoke of the organization is for the setting `organizational_units` to find.
    """
    organization = raw.get("organization")
    members = set(parse_organization(organization).root.all_accounts()) if organization else set()
    spokes = [account for account in list(accounts)[1:] if account not in members]
    regions = sorted({region for regions in accounts.values() for region in regions})
    return {"accounts": spokes, "regions": regions, "resize_waits": [0, 1]} | dict(raw.get("settings") or {})


def _config_items(config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for plural, kind in (("periods", "period"), ("schedules", "schedule"), ("calendars", "calendar")):
        for item in config.get(plural) or ():
            yield {"type": kind} | item
    yield {"type": "config", "name": "scheduler"} | (config.get("config") or {})


def _ec2(place: Place, item: Mapping[str, Any]) -> Ec2Seed:
    values = dict(item) | {"tags": item.get("tags") or {}}
    if "launch_time" in values:
        values["launch_time"] = parse_instant(values["launch_time"])
    for key, complete in (("kms_key", arn_of_key), ("license", arn_of_license)):
        if key in values:
            values[key] = complete(values[key], place.account, place.region)
    return Ec2Seed(place=place, **values)


def _rds(place: Place, item: Mapping[str, Any]) -> RdsSeed:
    values = dict(item) | {"tags": item.get("tags") or {}}
    return RdsSeed(place=place, db_class=values.pop("class", "db.t3.medium"), **values)


def _cluster(place: Place, item: Mapping[str, Any]) -> RdsSeed:
    values = {"engine": "aurora-mysql"} | dict(item) | {"tags": item.get("tags") or {}}
    members = tuple(values.pop("members", ()))
    return RdsSeed(place=place, db_class=values.pop("class", None), members=members, **values)


def _refuse_doubles(scenario: Scenario, source: str) -> None:
    seen: set[tuple[Place, str, str, bool]] = set()
    keys = [(seed.place, "ec2", seed.name, False) for seed in scenario.ec2]
    keys += [(seed.place, "rds", seed.name, seed.members is not None) for seed in scenario.rds]
    for key in keys:
        place, service, name, _ = key
        if key in seen:
            raise InvalidScenario(f"{source}: accounts.{place.account}.{place.region}: {service} names {name} twice")
        seen.add(key)


def _refuse_what_is_elsewhere(scenario: Scenario, source: str) -> None:
    """Refuse roles of accounts that are not there, and keys and licenses that no instance of their place can have."""
    for account in scenario.roles:
        if account not in scenario.accounts:
            raise InvalidScenario(f"{source}: roles: {account} is none of the scenario's accounts")
    for seed in scenario.ec2:
        for key, arn in (("kms_key", seed.kms_key), ("license", seed.license)):
            if arn is not None and not lies_in(arn, seed.place.region):
                place = f"accounts.{seed.place.account}.{seed.place.region}"
                raise InvalidScenario(
                    f"{source}: {place}: {seed.name}: the {key} {arn} is not of the region of its instance"
                )


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant; without an offset it is UTC. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
