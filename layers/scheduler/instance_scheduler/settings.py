"""The stack's settings: one JSON document of the Parameter Store, parsed once into `Settings`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from instance_scheduler.account_forms import (
    ACCEPTED_ACCOUNTS,
    ACCEPTED_REGIONS,
    MOST_ACCOUNTS,
    MOST_ROLES,
    REGION,
    UNIT,
    foreign_partition,
    other_role,
    read_account,
    read_account_regions,
)
from instance_scheduler.errors import InvalidInput


class Service(StrEnum):
    """The services that are scheduled, as the config table and an execution's input name them."""

    EC2 = "ec2"
    RDS = "rds"


class Notify(StrEnum):
    """When a run publishes its summary."""

    CHANGES = "changes"
    ALWAYS = "always"
    ERRORS = "errors"
    NEVER = "never"


class Language(StrEnum):
    """The languages of mails; subjects are English in both."""

    ENGLISH = "en"
    CHINESE = "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the stack was deployed with. A value of the config item wins where the design allows it (`config.parse_config`)."""

    stack: str = "instance-scheduler"
    """The stack's name, as mails and logs show it; deploy-time only."""
    partition: str = ""
    """Of the stack, so that an ARN of another one is refused; empty = not checked."""
    namespace: str = "instance-scheduler"
    """Prefix of every role's name and of snapshots; deploy-time only."""
    external_id: str = "instance-scheduler"
    """What readers and actors ask of whoever assumes them; deploy-time only."""
    tag_key: str = "Schedule"
    """The tag whose value names the schedule; deploy-time only, case-sensitive."""
    default_timezone: str = "UTC"
    """The time zone of schedules that name none."""
    regions: tuple[str, ...] = ()
    """Regions to schedule in; empty = the stack's own region."""
    scheduled_services: tuple[Service, ...] = (Service.EC2, Service.RDS)
    """The services to schedule; rds covers clusters too."""
    accounts: tuple[str, ...] = ()
    """Further account ids, beside the stack's own."""
    organizational_units: tuple[str, ...] = ()
    """Organizational units, or roots, whose accounts are scheduled too, with all that lies beneath; deploy-time only."""
    excluded_accounts: tuple[str, ...] = ()
    """Accounts that are left out wherever they are named, the stack's own included."""
    account_regions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Accounts with regions of their own in the place of `regions`."""
    started_tags: str = ""
    """Tags written after a start, as key=value separated by commas; macros are replaced."""
    stopped_tags: str = ""
    """Tags written after a stop, in the same form."""
    create_rds_snapshot: bool = False
    """Whether the stop of a database instance takes a snapshot."""
    use_metrics: bool = False
    """Whether runs write CloudWatch metrics."""
    notify: Notify = Notify.CHANGES
    """Which runs publish a summary."""
    language: Language = Language.ENGLISH
    """The language of mails; subjects stay English. Deploy-time only."""
    publish_events: bool = False
    """Whether each action is put on the account's event bus; deploy-time only."""
    interval_minutes: int = 5
    """Minutes between two ticks of the rule."""
    full_sweep_minutes: int = 15
    """After how many minutes a target is looked at even when nothing is due there."""
    targets_per_shard: int = 50
    """Targets that one invocation looks after."""
    target_seconds: int = 60
    """Seconds that the look at one target may take; one that is slower counts as failed and is tried again later."""
    max_concurrent_shards: int = 10
    """Iterations of the sweep's and the actions' Maps at once; Step Functions runs at most 40."""
    max_concurrent_resizes: int = 10
    """Resizes of one run at once."""
    max_unexplained_stops: int = 50
    """Stops in one run that no transition explains before they are withheld; 0 = off."""
    resize_waits: tuple[int, ...] = (15, 15, 30, 60, 120)
    """Seconds before each look at a resize; the last one repeats."""
    resize_polls: int = 8
    """Looks at a resize before it is given up."""


_DEFAULTS = Settings()
_PATTERNS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "namespace": (re.compile(r"[a-z][a-z0-9-]{1,19}"), "2 to 20 of a-z, 0-9 and -, beginning with a letter"),
    "tag_key": (re.compile(r"[\w .:/=+@-]{1,118}"), "1 to 118 letters, digits, spaces and _.:/=+-@"),
}
_ACCOUNT = re.compile(r"[0-9]{12}")
_SERVICE = re.compile("ec2|rds")
_RANGES: Mapping[str, tuple[int, int]] = {
    "interval_minutes": (1, 60),
    "full_sweep_minutes": (1, 1440),
    "targets_per_shard": (1, 200),
    "target_seconds": (1, 120),
    "max_concurrent_shards": (1, 40),
    "max_concurrent_resizes": (1, 40),
    "max_unexplained_stops": (0, 1_000_000),
    "resize_polls": (1, 20),
}


@dataclass(slots=True)
class _Reader:
    """Reads one JSON object key by key and collects what is wrong with it."""

    partition: str = ""
    namespace: str = ""
    faults: list[str] = field(default_factory=list)

    def refuse(self, key: str, value: object, accepted: str) -> None:
        self.faults.append(f"{key}: {value!r} is not accepted; {accepted}")

    def text(self, key: str, value: object) -> str:
        pattern, accepted = _PATTERNS.get(key, (re.compile(r".*", re.DOTALL), "a string"))
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.refuse(key, value, accepted)
            return ""
        return value

    def number(self, key: str, value: object) -> int:
        low, high = _RANGES[key]
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(key, value, f"a whole number from {low} to {high}")
            return low
        return value

    def flag(self, key: str, value: object) -> bool:
        word = str(value).lower()
        if word not in {"true", "false", "yes", "no"}:
            self.refuse(key, value, "true or false")
        return word in {"true", "yes"}

    def names(self, key: str, value: object, pattern: re.Pattern[str], accepted: str) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            self.refuse(key, value, f"a list of {accepted}")
            return ()
        words = tuple(str(part).strip() for part in parts if str(part).strip())
        for word in words:
            if not pattern.fullmatch(word):
                self.refuse(key, word, accepted)
        return words

    def accounts(self, key: str, value: object) -> tuple[str, ...]:
        words = self.names(key, value, re.compile(".+", re.DOTALL), ACCEPTED_ACCOUNTS)
        most = MOST_ROLES if any(word.startswith("arn:") for word in words) else MOST_ACCOUNTS
        if len(words) > most:
            accepted = f"up to {MOST_ACCOUNTS} account ids, or {MOST_ROLES} where ARNs of roles are among them"
            self.faults.append(f"{key}: {len(words)} accounts are not accepted; {accepted}")
        return tuple(dict.fromkeys(filter(None, (self.account(key, word) for word in words))))

    def account(self, key: str, word: str) -> str:
        account = read_account(word)
        fault = foreign_partition(word, self.partition) or other_role(word, self.namespace)
        if account is None or fault:
            self.refuse(key, word, fault or ACCEPTED_ACCOUNTS)
        return account or ""

    def ids(self, key: str, value: object) -> tuple[str, ...]:
        return self.names(key, value, _ACCOUNT, "account ids of 12 digits")

    def units(self, key: str, value: object) -> tuple[str, ...]:
        return self.names(key, value, UNIT, "ids of organizational units (ou-…) or roots (r-…)")

    def account_regions(self, key: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        try:
            return tuple(sorted(read_account_regions(value).items()))
        except ValueError as error:
            self.refuse(key, value, f"{error}; {ACCEPTED_REGIONS}")
            return ()

    def regions(self, key: str, value: object) -> tuple[str, ...]:
        return self.names(key, value, REGION, "region names such as cn-north-1")

    def services(self, key: str, value: object) -> tuple[Service, ...]:
        words = self.names(key, value, _SERVICE, "ec2 and rds")
        return tuple(Service(word) for word in words if word in list(Service))

    def notify(self, key: str, value: object) -> Notify:
        if value not in list(Notify):
            self.refuse(key, value, f"one of {', '.join(Notify)}")
            return Notify.CHANGES
        return Notify(str(value))

    def language(self, key: str, value: object) -> Language:
        if value not in list(Language):
            self.refuse(key, value, f"one of {', '.join(Language)}")
            return Language.ENGLISH
        return Language(str(value))

    def waits(self, key: str, value: object) -> tuple[int, ...]:
        parts = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or not parts:
            self.refuse(key, value, "a list of seconds")
            return ()
        return tuple(self.wait(key, part) for part in parts)

    def wait(self, key: str, value: object) -> int:
        seconds = int(value) if isinstance(value, str) and value.isdecimal() else value
        if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= 900:
            self.refuse(key, value, "seconds from 0 to 900")
            return 0
        return seconds


_SPECIAL: Mapping[str, Callable[[_Reader, str, object], object]] = {
    "create_rds_snapshot": _Reader.flag,
    "use_metrics": _Reader.flag,
    "accounts": _Reader.accounts,
    "organizational_units": _Reader.units,
    "excluded_accounts": _Reader.ids,
    "account_regions": _Reader.account_regions,
    "regions": _Reader.regions,
    "scheduled_services": _Reader.services,
    "notify": _Reader.notify,
    "language": _Reader.language,
    "publish_events": _Reader.flag,
    "resize_waits": _Reader.waits,
}


def parse_settings(raw: Mapping[str, object]) -> Settings:
    """Parse the `settings` document of the Parameter Store.

    Lists may be JSON lists or comma-separated strings, and numbers decimal strings, since CloudFormation writes both.

    Raises InvalidInput with every fault at once: an unknown key, or a value that is not accepted.
    """
    reader = _Reader(partition=str(raw.get("partition", "")), namespace=str(raw.get("namespace", _DEFAULTS.namespace)))
    values: dict[str, object] = {}
    known = Settings.__annotations__
    for key, value in raw.items():
        if key not in known:
            reader.refuse(key, value, f"known settings are {', '.join(sorted(known))}")
            continue
        read = _SPECIAL.get(key, _Reader.number if key in _RANGES else _Reader.text)
        values[key] = read(reader, key, value)
    if reader.faults:
        raise InvalidInput(f"The settings are not usable: {'; '.join(reader.faults)}.")
    return Settings(**values)  # type: ignore[arg-type]  # each value was parsed for its own key above
