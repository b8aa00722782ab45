"""What the state table holds of accounts: those of the organization, and what was told of each one as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from instance_scheduler.accounts import Members, members_from_item, members_to_item
from instance_scheduler.aws.table import Item, Table, Update
from instance_scheduler.errors import InvalidInput
from instance_scheduler.instants import format_instant
from instance_scheduler.mark import PREFIX, TELL_AGAIN, is_news, marks_of

UNREAD = "organization"
"""In a run's journal: why the organization could not be read."""
_MEMBERS: Item = {"pk": "organization", "sk": "accounts"}
_KEEP_MARKS = timedelta(days=35)
_KEEP_JOURNAL = timedelta(days=35)


class AccountStore:
    """The items about accounts."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def members(self) -> Members | None:
        """Read the accounts of the organizational units; None where they were never read, or the item cannot be."""
        item = self._item(_MEMBERS)
        if item is None or "read_at" not in item:
            return None
        try:
            return members_from_item(item)
        except InvalidInput:
            return None

    def write_members(self, members: Members) -> None:
        """Keep the accounts of the organizational units; what was told about reading them is forgotten."""
        self._table.put_all([{**_MEMBERS, **members_to_item(members)}])

    def organization_marks(self) -> dict[str, str]:
        """Read what was told about reading the organization: code → instant."""
        return marks_of(self._item(_MEMBERS) or {})

    def mark_organization(self, code: str, at: datetime) -> bool:
        """Mark a failure to read the organization as told; False where it was told within the last day."""
        return self._table.update(_MEMBERS, marking(code, at))

    def write_unread(self, run: str, code: str, reason: str, at: datetime) -> None:
        """Journal that a run could not read the organization."""
        expires = int((at + _KEEP_JOURNAL).timestamp())
        self._table.put_all([{**_unread_key(run), "code": code, "reason": reason, "expires_at": expires}])

    def is_news_of_account(self, account: str, code: str, at: datetime) -> bool:
        """Say whether something about an account as a whole was last told more than a day ago, or never."""
        return is_news(marks_of(self._item(_account_key(account)) or {}), code, at)

    def mark_account(self, account: str, code: str, at: datetime) -> bool:
        """Mark something as told about an account as a whole; False where it was told within the last day."""
        expires = int((at + _KEEP_MARKS).timestamp())
        return self._table.update(_account_key(account), marking(code, at).set(expires_at=expires))

    def _item(self, key: Item) -> dict[str, object] | None:
        # A query, which every function that plans, sweeps or tells may make anyway, while not each may get items.
        found = self._table.query("pk = :pk AND sk = :sk", {f":{name}": value for name, value in key.items()})
        return next(found, None)


def marking(code: str, at: datetime) -> Update:
    """Give the change that marks something as told, on the condition that it was not told within the last day.

    A mark of this very instant is the run's own: its summary was interrupted and is written again.
    """
    name = f"{PREFIX}{code}"
    return (
        Update()
        .set(**{name: format_instant(at)})
        .when(
            "attribute_not_exists(#mark) OR #mark <= :limit OR #mark = :at",
            {"#mark": name},
            {":limit": format_instant(at - TELL_AGAIN), ":at": format_instant(at)},
        )
    )


def _account_key(account: str) -> Mapping[str, object]:
    return {"pk": "accounts", "sk": account}


def _unread_key(run: str) -> Mapping[str, object]:
    return {"pk": f"run/{run}", "sk": UNREAD}
