"""What is asked and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


class UnsupportedPolicyError(ValueError):
    """When a policy holds something that this evaluator does not know, such as an operator or a policy variable."""


class UnknownOperationError(ValueError):
    """When nobody has said which permissions an API operation asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One permission that a call needs; a call may need several.

    `resources` are ARNs, or ("*",) where the action takes none. The condition keys of `context` may be given in any case
    and are kept in lower case.
    """

    action: str
    resources: tuple[str, ...]
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "context", {key.lower(): values for key, values in self.context.items()})

    def with_context(self, context: Mapping[str, tuple[str, ...]]) -> "Request":
        """The same request with more condition keys; those that it has already give way."""
        return replace(self, context={**self.context, **{key.lower(): values for key, values in context.items()}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a request is allowed, and the statement, or the lack of one, that decided."""

    allowed: bool
    reason: str
