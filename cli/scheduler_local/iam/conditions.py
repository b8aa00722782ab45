"""Condition blocks: operators, their `IfExists` and their quantifiers over keys with several values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt

from scheduler_local.iam.model import UnsupportedPolicyError
from scheduler_local.iam.patterns import matches, matches_arn

_Comparison = Callable[[str, str], bool]
"""(value in the policy, value in the request) → do they agree?"""


def _numeric(compare: Callable[[float, float], bool]) -> _Comparison:
    def comparison(wanted: str, given: str) -> bool:
        try:
            return compare(float(given), float(wanted))
        except ValueError:
            return False

    return comparison


def _same_word(wanted: str, given: str) -> bool:
    return wanted.lower() == given.lower()


_COMPARISONS: Mapping[str, _Comparison] = {
    "StringEquals": eq,
    "StringEqualsIgnoreCase": _same_word,
    "StringLike": matches,
    # AWS treats the two alike: wildcards count in both.
    "ArnEquals": matches_arn,
    "ArnLike": matches_arn,
    "Bool": _same_word,
    "NumericEquals": _numeric(eq),
    "NumericLessThan": _numeric(lt),
    "NumericLessThanEquals": _numeric(le),
    "NumericGreaterThan": _numeric(gt),
    "NumericGreaterThanEquals": _numeric(ge),
}
_NEGATIONS: Mapping[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operator:
    comparison: _Comparison
    negated: bool
    quantifier: str
    if_exists: bool

    def holds(self, wanted: Sequence[str], given: tuple[str, ...] | None) -> bool:
        if not given:
            return self._holds_for_absent_key()
        verdicts = [any(self.comparison(value, word) for value in wanted) != self.negated for word in given]
        if self.quantifier == "ForAllValues" or (self.negated and not self.quantifier):
            return all(verdicts)
        return any(verdicts)

    def _holds_for_absent_key(self) -> bool:
        if self.quantifier:
            return self.quantifier == "ForAllValues" or self.if_exists
        return self.negated or self.if_exists


def _parse_operator(text: str) -> _Operator:
    quantifier, _, name = text.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    positive = _NEGATIONS.get(name, name)
    if positive not in _COMPARISONS or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnsupportedPolicyError(f"The condition operator {text!r} is not known.")
    return _Operator(
        comparison=_COMPARISONS[positive], negated=name in _NEGATIONS, quantifier=quantifier, if_exists=if_exists
    )


def _words(value: object) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    words = [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
    for word in words:
        if "${" in word:
            raise UnsupportedPolicyError(f"The policy variable in {word!r} is not supported.")
    return words


def _null_holds(wanted: Sequence[str], given: tuple[str, ...] | None) -> bool:
    return any(_same_word(value, "false" if given else "true") for value in wanted)


def conditions_hold(block: Mapping[str, Mapping[str, object]], context: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether every key of every operator holds; several values of one key are alternatives.

    The keys of `context` are in lower case; those of the block are compared without regard to case.

    Raises UnsupportedPolicyError for an operator that is not known and for a policy variable.
    """
    for text, keys in block.items():
        for key, value in keys.items():
            given = context.get(key.lower())
            wanted = _words(value)
            holds = _null_holds(wanted, given) if text == "Null" else _parse_operator(text).holds(wanted, given)
            if not holds:
                return False
    return True
