"""The grammar of the day expressions: text → the terms that `recurrence.py` matches.

    weekdays    mon  monday  0–6, 7 = Sunday   fri-mon  mon/2  mon-fri/2  */2   friL  L = Sunday   mon#1   holiday
    monthdays   1–31                           25-5     5/7    1-15/2     */2   L  28-L            25W  LW
    months      jan  january  1–12             nov-feb  mar/3  jan-jun/2  */2

Any case; spaces only around `-`; `?` is `*`. Whatever is not in this table is refused with the place where reading stopped.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from instance_scheduler.recurrence import MONTH_NAMES, WEEKDAY_NAMES, Kind, Monthdays, Months, Term, Weekdays

WEEKDAY_FORMS = (
    "mon or monday, 0-6 (0 = Monday, 7 = Sunday), fri-mon, mon/2, mon-fri/2, */2, friL, L, mon#1, holiday, *"
)
MONTHDAY_FORMS = "1-31, 25-5, 5/7, 1-15/2, */2, L, 28-L, 25W, LW, *"
MONTH_FORMS = "jan or january, 1-12, nov-feb, mar/3, jan-jun/2, */2, *"

_WORD = re.compile(r"[0-9]+|[^\W\d_]+")
_DASH = re.compile(r" *- *")
_NUMBER = re.compile(r"[0-9]+")
_BEYOND = 999
"""A step as long as any list; longer ones mean the same."""


class ExpressionError(ValueError):
    """When a term is none of the accepted forms; the message is a clause without a full stop."""

    def __init__(self, text: str, position: int, problem: str, forms: str) -> None:
        super().__init__(f"{text!r} is not accepted: {problem} (position {position + 1}); accepted are {forms}")


@dataclass(slots=True)
class _Reader:
    """Reads one term from left to right; the subclass knows what a value is and which suffixes it takes."""

    text: str
    forms: str
    unit: str
    low: int
    high: int
    names: tuple[str, ...]
    place: int = 0

    def fail(self, problem: str, position: int | None = None) -> ExpressionError:
        return ExpressionError(self.text, self.place if position is None else position, problem, self.forms)

    def rest(self) -> str:
        return self.text[self.place :].lower()

    def take(self, text: str) -> bool:
        """Skip a text that comes next, whatever its case, and say whether it was there."""
        if not self.rest().startswith(text):
            return False
        self.place += len(text)
        return True

    def take_word(self, word: str) -> bool:
        """Skip a word that comes next and does not go on, whatever its case, and say whether it was there."""
        found = _WORD.match(self.text, self.place)
        return found is not None and found.group().lower() == word and self.take(word)

    def ends(self) -> bool:
        return self.place == len(self.text)

    def finish(self, term: Term) -> Term:
        if not self.ends():
            raise self.fail(f"{self.text[self.place :]!r} cannot follow {self.text[: self.place]!r}")
        return term

    def value(self, suffixes: str = "") -> int:
        """Read a number or a name; a name may be followed by one of the suffix letters without a gap."""
        found = _WORD.match(self.text, self.place)
        if found is None:
            after = f" after {self.text[: self.place]!r}" if self.place else ""
            raise self.fail(f"{self.unit} is missing{after}")
        word = found.group().lower()
        if word.isdecimal():
            return self._numbered(word, found.end())
        for candidate in (word, word[:-1] if word[-1] in suffixes else word):
            value = self._named(candidate)
            if value is not None:
                self.place += len(candidate)
                return value
        raise self.fail(
            f"{found.group()!r} is no name of {self.unit}" if self.names else f"{found.group()!r} is no number"
        )

    def _numbered(self, digits: str, end: int) -> int:
        number = int(digits) if len(digits.lstrip("0")) <= 3 else _BEYOND
        if not self.low <= number <= self.high:
            raise self.fail(f"{digits[:20]} is not between {self.low} and {self.high}")
        self.place = end
        # Names are counted like the numbers, so that 7, which has no name of its own, is Sunday.
        return min(number, len(self.names) - 1) if self.names else number

    def _named(self, word: str) -> int | None:
        for value, name in enumerate(self.names):
            if name and word in (name, name[:3]):
                return value
        return None

    def step(self) -> int | None:
        """Read `/n` where it comes next: the step, or None without one."""
        if not self.take("/"):
            return None
        found = _NUMBER.match(self.text, self.place)
        if found is None:
            raise self.fail(f"a step is missing after {self.text[: self.place]!r}")
        digits = found.group().lstrip("0")
        if not digits:
            raise self.fail("a step is 1 or more")
        self.place = found.end()
        return int(digits) if len(digits) <= 3 else _BEYOND

    def takes_dash(self) -> bool:
        """Skip `-` and the spaces around it, and say whether it was there."""
        dash = _DASH.match(self.text, self.place)
        if dash is not None:
            self.place = dash.end()
        return dash is not None

    def all(self) -> Term | None:
        """Read `*`, `?` or `*/n` where it comes next."""
        if self.take("?"):
            return self.finish(Term(kind=Kind.ALL))
        if self.take("*"):
            return self.finish(Term(kind=Kind.ALL, step=self.step() or 1))
        return None

    def span(self, first: int) -> Term:
        """Read what may follow the first value of a range: nothing, `/n`, `-b` or `-b/n`."""
        if self.takes_dash():
            last = self.value()
            step = self.step() or 1
            return self.finish(Term(kind=Kind.RANGE, first=first, last=last, step=1 if first == last else step))
        step_from = self.step()
        if step_from is None:
            return self.finish(Term(kind=Kind.RANGE, first=first, last=first))
        return self.finish(Term(kind=Kind.FROM, first=first, step=step_from))


def _weekday(text: str) -> Term:
    reader = _Reader(text=text, forms=WEEKDAY_FORMS, unit="a weekday", low=0, high=7, names=WEEKDAY_NAMES)
    if text.lower() == "holiday":
        return Term(kind=Kind.HOLIDAY)
    if reader.take_word("l"):
        return reader.finish(Term(kind=Kind.RANGE, first=6, last=6))
    everything = reader.all()
    if everything is not None:
        return everything
    day = reader.value(suffixes="l")
    if reader.take("l"):
        return reader.finish(Term(kind=Kind.LAST, first=day))
    if reader.take("#"):
        return reader.finish(Term(kind=Kind.NTH, first=day, step=_nth(reader)))
    return reader.span(day)


def _nth(reader: _Reader) -> int:
    found = _NUMBER.match(reader.text, reader.place)
    if found is None or found.group().lstrip("0") not in {"1", "2", "3", "4", "5"}:
        raise reader.fail("# takes a number from 1 to 5")
    reader.place = found.end()
    return int(found.group().lstrip("0"))


def _monthday(text: str) -> Term:
    reader = _Reader(text=text, forms=MONTHDAY_FORMS, unit="a day of the month", low=1, high=31, names=())
    if reader.take("l"):
        return reader.finish(Term(kind=Kind.LAST_WEEKDAY if reader.take("w") else Kind.LAST))
    everything = reader.all()
    if everything is not None:
        return everything
    day = reader.value()
    if reader.take("w"):
        return reader.finish(Term(kind=Kind.NEAREST, first=day))
    before_dash = reader.place
    if reader.takes_dash() and reader.take("l"):
        return reader.finish(Term(kind=Kind.TO_LAST, first=day))
    reader.place = before_dash
    return reader.span(day)


def _month(text: str) -> Term:
    reader = _Reader(text=text, forms=MONTH_FORMS, unit="a month", low=1, high=12, names=("", *MONTH_NAMES))
    everything = reader.all()
    return everything if everything is not None else reader.span(reader.value())


@lru_cache(maxsize=4096)
def parse_weekday_term(text: str) -> Term:
    """Read one term of a list of weekdays; raises ExpressionError."""
    return _weekday(text)


@lru_cache(maxsize=4096)
def parse_monthday_term(text: str) -> Term:
    """Read one term of a list of days of the month; raises ExpressionError."""
    return _monthday(text)


@lru_cache(maxsize=4096)
def parse_month_term(text: str) -> Term:
    """Read one term of a list of months; raises ExpressionError."""
    return _month(text)


def parse_weekdays(text: str) -> Weekdays:
    """Read a comma-separated list of weekdays; raises ExpressionError at the first term that is none."""
    return Weekdays.of(parse_weekday_term(term) for term in _terms(text))


def parse_monthdays(text: str) -> Monthdays:
    """Read a comma-separated list of days of the month; raises ExpressionError at the first term that is none."""
    return Monthdays.of(parse_monthday_term(term) for term in _terms(text))


def parse_months(text: str) -> Months:
    """Read a comma-separated list of months; raises ExpressionError at the first term that is none."""
    return Months.of(parse_month_term(term) for term in _terms(text))


def _terms(text: str) -> Iterable[str]:
    return (part.strip() for part in text.split(","))
