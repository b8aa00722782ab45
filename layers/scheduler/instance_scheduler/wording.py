"""The words of a mail in its language: phrases by key, and reasons that journals hold in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module

from instance_scheduler.recognition import Catalogue
from instance_scheduler.settings import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language."""

    language: Language

    def say(self, key: str, **values: object) -> str:
        """Give a phrase with its braces filled in; raises KeyError where the catalogue has none of that key."""
        return _phrases(self.language)[key].format(**values)

    def reason(self, text: str) -> str:
        """Give a journaled reason in this language; what AWS said, and what no catalogue knows, stays as it is."""
        return text if self.language is Language.ENGLISH else _reasons(self.language).tell(text)

    def instant(self, local: datetime) -> str:
        """Write a local instant, `Mon 2026-11-23 09:00` in English."""
        return self.say("frame.instant", date=f"{local:%Y-%m-%d}", weekday=self.weekday(local), time=f"{local:%H:%M}")

    def weekday(self, local: datetime) -> str:
        """Name the weekday of a local instant, whatever the locale of the process is."""
        return self.say("frame.weekdays").split()[local.weekday()]


@cache
def _phrases(language: Language) -> Mapping[str, str]:
    """Load the phrases of a language; the other one's are not loaded."""
    phrases: Mapping[str, str] = import_module(f"instance_scheduler.wording_{language}").PHRASES
    return phrases


@cache
def _reasons(language: Language) -> Catalogue:
    """Compile what reasons are in a language that is not the journals'."""
    return Catalogue(import_module(f"instance_scheduler.wording_{language}_reasons").REASONS)
