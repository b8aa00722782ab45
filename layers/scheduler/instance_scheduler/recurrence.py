"""Which dates the expressions for weekdays, monthdays and months mean.

The values here are made by `expressions.py`, which knows the grammar. They match a date and print themselves in one
canonical spelling, so that two expressions with the same terms are equal and hash alike whatever their order was.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_SATURDAY, _SUNDAY = 5, 6


class Kind(StrEnum):
    """The forms that a term of an expression can have."""

    ALL = "all"
    RANGE = "range"
    """From `first` to `last`, every `step`-th, counted over the wrap where first > last; one value where they are equal."""
    FROM = "from"
    """From `first` to the end, every `step`-th."""
    LAST = "last"
    """Weekdays: the last such day of the month. Month days: the last day."""
    NTH = "nth"
    """The `step`-th weekday `first` of the month."""
    TO_LAST = "to_last"
    """Month days from `first` to the last one."""
    NEAREST = "nearest"
    """The weekday nearest to day `first` of the month."""
    LAST_WEEKDAY = "last_weekday"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Term:
    """One member of a list: a form and its numbers (weekdays 0 = Monday, months 1 = January)."""

    kind: Kind
    first: int = 0
    last: int = 0
    step: int = 1

    def values(self, low: int, high: int) -> Iterator[int]:
        """Name the numbers from `low` to `high` that a term of form all, range or from counts."""
        first, last = self.first, self.last
        if self.kind is Kind.ALL:
            first, last = low, high
        elif self.kind is Kind.FROM:
            last = high
        size = high - low + 1
        for distance in range(0, (last - first) % size + 1, self.step):
            yield low + (first - low + distance) % size


_SPANS = frozenset({Kind.ALL, Kind.RANGE, Kind.FROM})


def _numbers(terms: Iterable[Term], low: int, high: int) -> frozenset[int]:
    return frozenset(value for term in terms if term.kind in _SPANS for value in term.values(low, high))


def _written(term: Term, names: tuple[str, ...] | None) -> str:
    def name(value: int) -> str:
        return names[value][:3] if names else str(value)

    first = name(term.first)
    step = f"/{term.step}" if term.step > 1 else ""
    span = first if term.first == term.last else f"{first}-{name(term.last)}{step}"
    forms = {
        Kind.ALL: f"*{step}",
        Kind.RANGE: span,
        Kind.FROM: f"{first}/{term.step}",
        Kind.LAST: f"{first}L" if names else "L",
        Kind.NTH: f"{first}#{term.step}",
        Kind.TO_LAST: f"{first}-L",
        Kind.NEAREST: f"{first}W",
        Kind.LAST_WEEKDAY: "LW",
        Kind.HOLIDAY: "holiday",
    }
    return forms[term.kind]


@dataclass(frozen=True, slots=True)
class Weekdays:
    """A list of weekdays: names, ranges and steps, last and nth ones, `holiday`."""

    terms: tuple[Term, ...]
    days: frozenset[int]
    """The weekdays that names, ranges and steps count, 0 = Monday."""
    lasts: frozenset[int]
    nths: frozenset[tuple[int, int]]
    holiday: bool

    @classmethod
    def of(cls, terms: Iterable[Term]) -> "Weekdays":
        """Make the union of the terms."""
        unique = tuple(sorted(set(terms)))
        return cls(
            terms=unique,
            days=_numbers(unique, 0, 6),
            lasts=frozenset(term.first for term in unique if term.kind is Kind.LAST),
            nths=frozenset((term.first, term.step) for term in unique if term.kind is Kind.NTH),
            holiday=any(term.kind is Kind.HOLIDAY for term in unique),
        )

    def __str__(self) -> str:
        return ",".join(_written(term, WEEKDAY_NAMES) for term in self.terms)

    def contains(self, day: date, counts_as: int) -> bool:
        """Say whether a date that is no day off counts: `#` and `L` by its real weekday, the rest by the one it `counts_as`."""
        if counts_as in self.days:
            return True
        if not self.lasts and not self.nths:
            return False
        weekday = day.weekday()
        if (weekday, (day.day + 6) // 7) in self.nths:
            return True
        return weekday in self.lasts and day.day + 7 > _length(day)


@dataclass(frozen=True, slots=True)
class Monthdays:
    """A list of days of the month: numbers, ranges and steps, `L`, `28-L`, `25W`, `LW`."""

    terms: tuple[Term, ...]
    days: frozenset[int]
    nearest: frozenset[int]
    last: bool
    last_weekday: bool

    @classmethod
    def of(cls, terms: Iterable[Term]) -> "Monthdays":
        """Make the union of the terms."""
        unique = tuple(sorted(set(terms)))
        to_last = frozenset(day for term in unique if term.kind is Kind.TO_LAST for day in range(term.first, 32))
        return cls(
            terms=unique,
            # A day that is not below a is in a month that has a day a: `a-L` counts what `a-31` counts.
            days=_numbers(unique, 1, 31) | to_last,
            nearest=frozenset(term.first for term in unique if term.kind is Kind.NEAREST),
            last=any(term.kind is Kind.LAST for term in unique),
            last_weekday=any(term.kind is Kind.LAST_WEEKDAY for term in unique),
        )

    def __str__(self) -> str:
        return ",".join(_written(term, None) for term in self.terms)

    def contains(self, day: date) -> bool:
        """Say whether a date counts; `W` goes by real weekdays, whatever a calendar says."""
        if day.day in self.days:
            return True
        if not (self.last or self.last_weekday or self.nearest):
            return False
        length = _length(day)
        if self.last and day.day == length:
            return True
        first_weekday = (day.weekday() - day.day + 1) % 7
        if self.last_weekday and day.day == _nearest_weekday(length, first_weekday, length):
            return True
        return any(day.day == _nearest_weekday(wanted, first_weekday, length) for wanted in self.nearest)


@dataclass(frozen=True, slots=True)
class Months:
    """A list of months: names, numbers, ranges and steps."""

    terms: tuple[Term, ...]
    numbers: frozenset[int]

    @classmethod
    def of(cls, terms: Iterable[Term]) -> "Months":
        """Make the union of the terms."""
        unique = tuple(sorted(set(terms)))
        return cls(terms=unique, numbers=_numbers(unique, 1, 12))

    def __str__(self) -> str:
        return ",".join(_written(term, ("", *MONTH_NAMES)) for term in self.terms)

    def contains(self, day: date) -> bool:
        """Say whether a date's month counts."""
        return day.month in self.numbers


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _nearest_weekday(wanted: int, first_weekday: int, length: int) -> int | None:
    """The day from Monday to Friday nearest to a day of the same month, or None where the month has no such day."""
    if wanted > length:
        return None
    weekday = (first_weekday + wanted - 1) % 7
    if weekday == _SATURDAY:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == _SUNDAY:
        return wanted + 1 if wanted < length else wanted - 2
    return wanted
