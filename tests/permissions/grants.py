"""What the deployed roles are given, one action on one kind of resource at a time, and whether anybody used it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from scheduler_local.authorization import Use, documents_of
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.iam.patterns import matches_action, matches_arn

NAMESPACE = "instance-scheduler"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Grant:
    """An action that a role may take on what a pattern matches. Accounts and partitions make no difference."""

    role: str
    """Its name without the namespace: `hub-plan-run`, `reader`."""
    action: str
    on: str
    """The resource without partition, region and account: `instance/*`, `table/StateTable`."""
    patterns: frozenset[str] = field(default=frozenset(), compare=False)

    def covers(self, use: Use) -> bool:
        """Whether this grant is what allowed it."""
        return (
            name_of(use.role) == self.role
            and matches_action(self.action, use.action)
            and any(matches_arn(pattern, use.resource) for pattern in self.patterns)
        )

    def __str__(self) -> str:
        return f"{self.role}: {self.action} on {self.on}"


def name_of(role: str) -> str:
    """A role's name without the namespace, from its ARN or its name."""
    return role.rpartition("/")[2].removeprefix(f"{NAMESPACE}-")


def grants_of(aws: EmbeddedAws) -> list[Grant]:
    """All that the roles of the deployed stacks are given."""
    partition = get_partition(aws.scenario.region)
    roles = [role for account in aws.scenario.accounts for role in iam_backends[account][partition].roles.values()]
    return [grant for role in roles for document in documents_of(role) for grant in grants_in(role.name, document)]


def grants_in(role: str, document: Mapping[str, Any]) -> Iterator[Grant]:
    """What a policy document gives."""
    for statement in _listed(document["Statement"]):
        for action in _listed(statement["Action"]) if statement["Effect"] == "Allow" else ():
            for pattern in _listed(statement["Resource"]):
                yield Grant(role=name_of(role), action=action, on=_short(pattern), patterns=frozenset({pattern}))


def merged(grants: Iterable[Grant]) -> list[Grant]:
    """The same grants of several accounts and stacks as one."""
    patterns: dict[Grant, frozenset[str]] = {}
    for grant in grants:
        patterns[grant] = patterns.get(grant, frozenset()) | grant.patterns
    return sorted(
        Grant(role=one.role, action=one.action, on=one.on, patterns=all_of) for one, all_of in patterns.items()
    )


def unused(grants: Iterable[Grant], used: Iterable[Use]) -> list[Grant]:
    """The grants that no use falls under."""
    uses = list(used)
    return [grant for grant in merged(grants) if not any(grant.covers(use) for use in uses)]


def _short(pattern: str) -> str:
    """Tables bear a name that CloudFormation makes up."""
    last = pattern.split(":", 5)[-1]
    return re.sub(r"^table/.+-(\w+Table)-[A-Z0-9]+$", r"table/\1", last).replace(NAMESPACE, "*")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
