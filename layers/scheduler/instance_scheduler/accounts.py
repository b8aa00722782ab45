"""The accounts of an organization: which of them a stack schedules besides those that are named one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.settings import Settings

READ_AGAIN = timedelta(hours=1)
"""The accounts of organizational units are read again after this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The accounts of the stack's organizational units, as Organizations last listed them."""

    read_at: datetime
    units: tuple[str, ...]
    """The organizational units that were asked about."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Account id → name; suspended and closed accounts are left out."""


def members_to_item(members: Members) -> dict[str, object]:
    """Write members as their item, table keys left out."""
    return {
        "ids": sorted(members.names),
        "names": dict(members.names),
        "units": list(members.units),
        "read_at": format_instant(members.read_at),
    }


def members_from_item(item: Mapping[str, object]) -> Members:
    """Read members from their item."""
    names, ids, units = (item.get(key) for key in ("names", "ids", "units"))
    known = {str(key): str(name) for key, name in names.items()} if isinstance(names, Mapping) else {}
    return Members(
        read_at=parse_instant(str(item["read_at"])),
        units=tuple(str(unit) for unit in units) if isinstance(units, list) else (),
        names={str(one): known.get(str(one), "") for one in ids} if isinstance(ids, list) else known,
    )


def are_fresh(members: Members | None, settings: Settings, at: datetime) -> bool:
    """Say whether the members need not be read again at an aware instant: the same units, less than an hour ago."""
    return members is not None and members.units == settings.organizational_units and at < members.read_at + READ_AGAIN


def with_members(settings: Settings, members: Members | None) -> Settings:
    """Add the accounts of organizational units to those that are named one by one."""
    if members is None or not settings.organizational_units:
        return settings
    return replace(settings, accounts=tuple(dict.fromkeys((*settings.accounts, *sorted(members.names)))))


def label(account: str, names: Mapping[str, str]) -> str:
    """Give an account's id, with its name where it is known: `444455556666 (staging)`."""
    name = names.get(account, "")
    return f"{account} ({name})" if name else account
