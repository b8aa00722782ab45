"""The words of a mail in its language: phrases by key, and reasons that journals hold in English."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from instance_scheduler import wording_en, wording_zh
from instance_scheduler.settings import Language

PHRASES: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: wording_en.PHRASES,
    Language.CHINESE: wording_zh.PHRASES,
}
REASONS: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: wording_en.REASONS,
    Language.CHINESE: wording_zh.REASONS,
}
_FORMS = {
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "most": r"\d+",
    "new_type": r"[\w-]+(?:\.[\w-]+)+",
    "number": r"\d+",
    "old_type": r"[\w-]+(?:\.[\w-]+)+",
    "run": r"[\w-]+",
}
"""What a brace of that name takes, where anything would take too much."""
_NESTED = frozenset({"why", "details"})
"""Braces that hold a reason of their own, or else words of AWS, which stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language."""

    language: Language

    def say(self, key: str, **values: object) -> str:
        """Give a phrase with its braces filled in; raises KeyError where the catalogue has none of that key."""
        return PHRASES[self.language][key].format(**values)

    def reason(self, text: str) -> str:
        """Give a journaled reason in this language; what AWS said, and what no catalogue knows, stays as it is."""
        if self.language is Language.ENGLISH:
            return text
        key, values = recognize(text)
        if not key:
            return text
        told = {name: self.reason(value) if name in _NESTED else value for name, value in values.items()}
        return REASONS[self.language][key].format(**told)

    def instant(self, local: datetime) -> str:
        """Write a local instant: `Mon 2026-11-23 09:00`."""
        return f"{self.weekday(local)} {local:%Y-%m-%d %H:%M}"

    def weekday(self, local: datetime) -> str:
        """Name the weekday of a local instant, whatever the locale of the process is."""
        return self.say("frame.weekdays").split()[local.weekday()]


def recognize(text: str) -> tuple[str, Mapping[str, str]]:
    """Find the catalogue's key of an English reason and what stands in its braces; an empty key where it is none of them."""
    for key, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return key, found.groupdict()
    return "", {}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Compile the English reasons, those with the most words of their own first."""
    by_words = sorted(wording_en.REASONS.items(), key=lambda item: -len(re.sub(r"\{\w+\}", "", item[1])))
    return tuple((key, re.compile(_pattern(template), re.DOTALL)) for key, template in by_words)


def _pattern(template: str) -> str:
    pieces = re.split(r"\{(\w+)\}", template)
    return "".join(
        re.escape(piece) if number % 2 == 0 else f"(?P<{piece}>{_FORMS.get(piece, '.+?')})"
        for number, piece in enumerate(pieces)
    )
