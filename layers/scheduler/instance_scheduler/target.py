"""Targets: one account, region and service, and what the last sweep of each left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from instance_scheduler.settings import Service, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the stack itself runs."""

    partition: str
    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Target:
    """One account × region × service."""

    account: str
    region: str
    service: Service

    def __str__(self) -> str:
        return f"{self.account}/{self.region}/{self.service}"


def parse_target(text: str) -> Target:
    """Read `<account>/<region>/<service>`, as the tables' keys have it."""
    account, region, service = text.split("/")
    return Target(account=account, region=region, service=Service(service))


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRecord:
    """What the state table says of a target; `swept_at` is the instant of its last complete sweep."""

    target: Target
    swept_at: datetime | None = None
    next_due: datetime | None = None
    config_hash: str = ""
    managed: int = 0
    open_sweeps: int = 0
    """Sweeps in a row that found something under way or gone wrong."""
    failures: int = 0
    """Sweeps in a row that could not look at the target."""
    version: int = 0
    """Of the target's own item: raised whenever its alarm is set there."""
    known: datetime | None = None
    """The sweep that the item of the target's group tells of."""
    reported: Mapping[str, str] = field(default_factory=dict)
    """What was mailed about the target as a whole: the failure's key → the instant of the mail."""


def known_targets(settings: Settings, home: Home) -> tuple[Target, ...]:
    """List every target of the stack, sorted: the stack's own account and the others, each in its regions, × services."""
    regions, own = settings.regions or (home.region,), dict(settings.account_regions)
    return tuple(
        Target(account=account, region=region, service=service)
        for account in sorted({home.account, *settings.accounts} - {*settings.excluded_accounts})
        for region in sorted({*own.get(account, regions)})
        for service in sorted(settings.scheduled_services)
    )
