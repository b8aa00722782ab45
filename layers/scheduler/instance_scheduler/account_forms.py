"""How accounts, organizational units and the regions of one account are written in settings and in the config item."""

import json
import re
from collections.abc import Mapping

ACCEPTED_ACCOUNTS = "account ids of 12 digits, or the ARNs of roles in those accounts"
ACCEPTED_REGIONS = "regions by account, as 111122223333=eu-west-1+eu-west-2 or as a JSON object of lists"
MOST_ACCOUNTS = 200
"""Accounts that the setting may name; more come from organizational units or the config item."""
MOST_ROLES = 40
"""The same, where one of them is the ARN of a role: forty fit into a parameter of a stack."""

REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
UNIT = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}")
"""An organizational unit, or the root of an organization (Organizations API reference, ListAccountsForParent)."""
_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/(\S+)")


def read_account(word: str) -> str | None:
    """Read an account's id, or take it out of a role's ARN; None where the word is neither."""
    role = _ROLE.fullmatch(word)
    account = role[2] if role else word
    return account if _ACCOUNT.fullmatch(account) else None


def foreign_partition(word: str, partition: str) -> str:
    """Say why the ARN of another partition is of no use; empty where it is of this one, or `partition` is not known."""
    role = _ROLE.fullmatch(word)
    if role is None or not partition or role[1] == partition:
        return ""
    return f"roles do not cross partitions, and this stack is in {partition}"


def other_role(word: str, namespace: str) -> str:
    """Say that a role is not one of those that are assumed; empty where it is, or the word is an account's id."""
    role = _ROLE.fullmatch(word)
    wanted = (f"{namespace}-reader", f"{namespace}-actor")
    if role is None or role[3] in wanted:
        return ""
    return f"the roles that are assumed are named {' and '.join(wanted)}, without a path, in every account"


def read_account_regions(value: object) -> dict[str, tuple[str, ...]]:
    """Read the regions of single accounts: a mapping, the text of a JSON object, or `id=region+region,id=region`.

    Raises ValueError, whose message is what is wrong.
    """
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("{") else _pairs(value)
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is no mapping of accounts to regions")
    return {_account(key): _regions(str(key), regions) for key, regions in value.items()}


def _pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        account, _, regions = (word.strip() for word in part.partition("="))
        if account in pairs:
            raise ValueError(f"{account} is given twice")
        pairs[account] = regions
    return pairs


def _account(key: object) -> str:
    if not _ACCOUNT.fullmatch(str(key)):
        raise ValueError(f"{key!r} is no account id of 12 digits")
    return str(key)


def _regions(account: str, value: object) -> tuple[str, ...]:
    parts = re.split(r"[+,\s]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple | set | frozenset):
        raise ValueError(f"{value!r} is no list of regions")
    words = tuple(
        dict.fromkeys(str(part) for part in (sorted(parts) if isinstance(parts, set | frozenset) else parts) if part)
    )
    for word in words:
        if not REGION.fullmatch(word):
            raise ValueError(f"{word!r} is no region")
    if not words:
        raise ValueError(f"{account} has no region; to leave an account out, name it in excluded_accounts")
    return words
