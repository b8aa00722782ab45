"""The organization of a scenario: the hub is its management account, its units hold the accounts that they name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.organizations.models import organizations_backends
from moto.utilities.utils import get_partition

ROOT = "r-root"
"""The organization's root, unless the scenario names another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An organizational unit, or the root, with what lies beneath it."""

    id: str
    name: str = ""
    accounts: tuple[str, ...] = ()
    units: tuple["Unit", ...] = ()

    def all_accounts(self) -> Iterator[str]:
        """Every account beneath, however deep."""
        yield from self.accounts
        for unit in self.units:
            yield from unit.all_accounts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The organization and how its accounts are called."""

    root: Unit
    names: Mapping[str, str] = field(default_factory=dict)


def parse_organization(raw: Mapping[str, Any]) -> Organization:
    """Read the scenario's key `organization`, which its schema has checked."""
    root = {"id": raw.get("root", ROOT), "name": "Root", "accounts": raw.get("accounts"), "units": raw.get("units")}
    return Organization(root=_unit(root), names=dict(raw.get("names") or {}))


def _unit(raw: Mapping[str, Any]) -> Unit:
    return Unit(
        id=raw["id"],
        name=raw.get("name") or raw["id"],
        accounts=tuple(raw.get("accounts") or ()),
        units=tuple(_unit(unit) for unit in raw.get("units") or ()),
    )


def create_organization(organization: Organization, hub: str, region: str, suspended: frozenset[str]) -> None:
    """Make the organization in moto, with the hub as its management account."""
    backend = organizations_backends[hub][get_partition(region)]
    backend.create_organization(region=region)
    backend.org.root_id = organization.root.id
    root, management = backend.ou[0], backend.accounts[0]
    root.id = organization.root.id
    management.name = organization.names.get(hub, "management")
    management.parent_id = root.id
    _fill(backend, organization, organization.root, hub, suspended)


def _fill(backend: Any, organization: Organization, unit: Unit, hub: str, suspended: frozenset[str]) -> None:
    for account in unit.accounts:
        if account == hub:
            backend.accounts[0].parent_id = unit.id
            continue
        backend.create_account(AccountName=organization.names.get(account, account), Email=f"{account}@example.com")
        member = backend.accounts[-1]
        member.id, member.parent_id = account, unit.id
        if account in suspended:
            member.close()
    for inner in unit.units:
        backend.create_organizational_unit(Name=inner.name, ParentId=unit.id)
        backend.ou[-1].id = inner.id
        _fill(backend, organization, inner, hub, suspended)
