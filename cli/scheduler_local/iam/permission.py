"""What the tables of operations are made of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Parameters = Mapping[str, object]
"""An operation's parameters, named as in botocore's service model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a call is made: the account of its credentials and the region of its endpoint."""

    partition: str
    account: str
    region: str

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """The ARN of a resource here; one that is an ARN already stays as it is."""
        if resource.startswith("arn:"):
            return resource
        where = self.region if region is None else region
        owner = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{where}:{owner}:{resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One action on one resource."""

    action: str
    resource: str = "*"
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Derive = Callable[[Parameters, Scope], Iterable[Permission]]


def without_resource(*actions: str) -> Derive:
    """For actions that know no resource-level permissions."""

    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        return (Permission(action=action) for action in actions)

    return derive


def text(parameters: Parameters, name: str, default: str = "") -> str:
    """A parameter that is one string."""
    return str(parameters.get(name) or default)


def texts(parameters: Parameters, *names: str) -> tuple[str, ...]:
    """Parameters that are strings or lists of strings, one after another."""
    values = [parameters.get(name) or [] for name in names]
    return tuple(str(word) for value in values for word in (value if isinstance(value, list | tuple) else [value]))


def parts(parameters: Parameters, name: str) -> tuple[Parameters, ...]:
    """A parameter that is a list of structures."""
    value = parameters.get(name)
    return tuple(part for part in value if isinstance(part, Mapping)) if isinstance(value, list | tuple) else ()


def part(parameters: Parameters, name: str) -> Parameters:
    """A parameter that is one structure or map."""
    value = parameters.get(name)
    return value if isinstance(value, Mapping) else {}


def tags_in_request(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The condition keys of tags that a call writes."""
    if not tags:
        return {}
    return {"aws:TagKeys": tuple(tags)} | {f"aws:RequestTag/{key}": (value,) for key, value in tags.items()}
