"""Reading the attributes of one raw config item, and collecting what is wrong with them.

Raw values come from DynamoDB (strings, sets, numbers as Decimal, BOOL) or from a file (lists, dates). Empty strings, and
lists of nothing but empty strings, count as absent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches

from instance_scheduler.errors import Fault, Severity

COMMON_ATTRIBUTES = frozenset({"type", "name", "description", "configured_in_stack"})
"""What an item of any type may hold."""
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that offers the nearest of the known words, or nothing where none is close."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f"; did you mean {str(close[0])!r}?" if close else ""


@dataclass(slots=True, kw_only=True)
class ItemReader:
    """Reads one item attribute by attribute; what is wrong ends in `faults`, and the reader answers as if it were absent."""

    item: str
    """How faults name the item: `period mornings`."""
    raw: Mapping[str, object]
    faults: list[Fault] = field(default_factory=list)

    @property
    def has_error(self) -> bool:
        """Whether the item is out of use."""
        return any(fault.severity is Severity.ERROR for fault in self.faults)

    def refuse(self, attribute: str | None, message: str, severity: Severity = Severity.ERROR) -> None:
        """Note a fault of an attribute, or of the item as a whole."""
        fault = Fault(item=self.item, attribute=attribute, message=message, severity=severity)
        if fault not in self.faults:
            self.faults.append(fault)

    def warn(self, attribute: str | None, message: str) -> None:
        """Note something that puts nothing out of use."""
        self.refuse(attribute, message, Severity.WARNING)

    def warn_about_unknown(self, known: frozenset[str]) -> None:
        """Note every attribute whose name is not known."""
        for attribute in sorted(str(name) for name in self.raw if name not in known):
            self.warn(attribute, f"{attribute!r} is no attribute that is known here{did_you_mean(attribute, known)}")

    def words(self, attribute: str) -> tuple[str, ...]:
        """The members of a set, a list or a comma-separated string, stripped, without empty ones; a set comes sorted."""
        value = self.raw.get(attribute)
        if value is None:
            return ()
        try:
            return tuple(word for word in map(str.strip, _flat(value)) if word)
        except TypeError:
            self.refuse(attribute, f"{value!r} is not accepted; write a text, a set or a list of texts")
            return ()

    def text(self, attribute: str) -> str | None:
        """A text, stripped; None where absent."""
        value = self.raw.get(attribute)
        if value is None or isinstance(value, str):
            return (value or "").strip() or None
        words = self.words(attribute)
        if len(words) > 1:
            self.refuse(attribute, f"{value!r} is not accepted; write one text")
        return words[0] if len(words) == 1 else None

    def flag(self, attribute: str) -> bool | None:
        """A Boolean, as such or as a word; None where absent."""
        value = self.raw.get(attribute)
        if isinstance(value, bool):
            return value
        words = self.words(attribute)
        if words and (len(words) > 1 or words[0].lower() not in _WORDS):
            self.refuse(attribute, f"{value!r} is not accepted; write true, false, yes, no, on or off")
            return None
        return _WORDS[words[0].lower()] if words else None


def _is_small_integer(value: int | Decimal) -> bool:
    return isinstance(value, int) or (value.is_finite() and abs(value) < 10_000 and value == int(value))


def _flat(value: object) -> list[str]:
    match value:
        case None:
            return []
        case str():
            return value.split(",")
        case bool() | datetime():
            raise TypeError
        case int() | Decimal() if _is_small_integer(value):
            return [str(int(value))]
        case date():
            return [value.isoformat()]
        case set() | frozenset():
            return sorted(word for member in value for word in _flat(member))
        case list() | tuple():
            return [word for member in value for word in _flat(member)]
        case _:
            raise TypeError
