"""How a report's page names places and many instances, and by which words its filter finds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from instance_scheduler.target import Target
from scheduler_cli.timeline import Timeline

_MOST_NAMES = 24


def place_words(target: Target, account_names: Mapping[str, str]) -> str:
    """`111122223333/cn-north-1/ec2`, or with the account's name as mails have it: `staging (111122223333), cn-north-1, ec2`."""
    name = account_names.get(target.account)
    return f"{name} ({target.account}), {target.region}, {target.service}" if name else str(target)


def names_words(instances: Sequence[Timeline]) -> str:
    """The names of the first ones, and how many more there are."""
    names = [one.name or one.instance for one in instances]
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def search_words(schedule: str, instances: Iterable[Timeline], account_names: Mapping[str, str]) -> str:
    """All words by which the filter finds what belongs to a schedule and its instances: names, ids, accounts, regions."""
    words = [schedule]
    for one in instances:
        words += [one.name, one.instance, place_words(one.target, account_names)]
    return " ".join(dict.fromkeys(word for word in words if word))
