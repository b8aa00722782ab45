"""AWS Organizations: which active accounts lie beneath organizational units, read hourly and kept in the state table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.accounts import Members, are_fresh
from instance_scheduler.aws.calls import error_code
from instance_scheduler.settings import Settings

ENDPOINTS = {"aws": "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}
"""The region in which each partition answers for all of Organizations (AWS General Reference, "Organizations endpoints")."""
_ACTIVE = "ACTIVE"


class OrganizationsClient(Protocol):
    """What is asked of boto3's client of Organizations."""

    def get_paginator(self, operation_name: Any) -> Any:
        """Follow the pages of `list_accounts_for_parent` and `list_organizational_units_for_parent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What a run goes by, and what it has to write down or to tell of it."""

    members: Members | None = None
    """None where no organizational unit is asked about, or none could ever be read."""
    is_new: bool = False
    """Whether the members were read just now."""
    code: str = ""
    """Why they could not be read: the error's code; empty where nothing went wrong."""
    reason: str = field(default="")


def read_membership(
    client: OrganizationsClient, settings: Settings, stored: Members | None, at: datetime
) -> Membership:
    """Give the members as of an aware instant: the stored ones for an hour, then read anew.

    Where Organizations cannot be read, the stored ones stay in use, however old, and the answer says why.
    """
    if not settings.organizational_units or are_fresh(stored, settings, at):
        return Membership(members=stored)
    try:
        names = active_accounts(client, settings.organizational_units)
    except (ClientError, BotoCoreError) as error:
        return Membership(members=stored, code=error_code(error), reason=str(error))
    return Membership(members=Members(read_at=at, units=settings.organizational_units, names=names), is_new=True)


def active_accounts(client: OrganizationsClient, units: Sequence[str]) -> dict[str, str]:
    """List the active accounts beneath organizational units, nested ones included: id → name.

    Accounts that are suspended, being closed or not yet activated are left out. Raises ClientError or BotoCoreError.
    """
    waiting, seen = list(units), set(units)
    names: dict[str, str] = {}
    while waiting:
        parent = waiting.pop()
        names |= {
            str(account["Id"]): str(account.get("Name", ""))
            for account in _pages(client, "list_accounts_for_parent", "Accounts", parent)
            if _state(account) == _ACTIVE
        }
        beneath = _pages(client, "list_organizational_units_for_parent", "OrganizationalUnits", parent)
        fresh = [str(unit["Id"]) for unit in beneath if unit["Id"] not in seen]
        seen.update(fresh)
        waiting += fresh
    return names


def _pages(client: OrganizationsClient, operation: str, key: str, parent: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(ParentId=parent):
        yield from page[key]


def _state(account: dict[str, Any]) -> str:
    # `Status` is the older of the two, and goes away in 2026; what a service leaves out is no reason to leave an account out.
    return str(account.get("State") or account.get("Status") or _ACTIVE)
