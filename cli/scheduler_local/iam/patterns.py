"""IAM's wildcards: `*` for any run of characters, `?` for exactly one."""

import re
from functools import lru_cache

_ARN_FIELDS = 6
"""arn, partition, service, region, account, resource."""


@lru_cache(maxsize=4096)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Case-sensitive and over the whole text."""
    return _compile(pattern).fullmatch(text) is not None


def matches_action(pattern: str, action: str) -> bool:
    """Actions are compared without regard to case."""
    return matches(pattern.lower(), action.lower())


def matches_arn(pattern: str, arn: str) -> bool:
    """Field by field, so that a wildcard does not reach over a colon, save in the resource, which may hold colons.

    A pattern that ends with `*` before its sixth field matches whatever follows.
    """
    if pattern == "*":
        return True
    wanted = pattern.split(":", _ARN_FIELDS - 1)
    if len(wanted) < _ARN_FIELDS and not pattern.endswith("*"):
        return False
    given = arn.split(":", len(wanted) - 1)
    return len(wanted) == len(given) and all(matches(one, other) for one, other in zip(wanted, given, strict=True))
