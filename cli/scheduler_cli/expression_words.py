"""What a member of a day expression means, in words."""

from collections.abc import Sequence

from instance_scheduler.recurrence import MONTH_NAMES, WEEKDAY_NAMES, Kind, Term
from scheduler_cli.words import month_word, ordinal, weekday_word

_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def weekday_term_words(term: Term) -> str:
    """Words for a member of a list of weekdays."""
    match term.kind:
        case Kind.HOLIDAY:
            return "every day off of the schedule's calendar"
        case Kind.LAST:
            return f"the last {weekday_word(term.first)} of the month"
        case Kind.NTH:
            return f"the {_NTH[term.step]} {weekday_word(term.first)} of the month"
        case _:
            names = [name.capitalize() for name in WEEKDAY_NAMES]
            return _span_words(term, names, 0, "every day", weekday_word(term.first))


def monthday_term_words(term: Term) -> str:
    """Words for a member of a list of days of the month."""
    match term.kind:
        case Kind.LAST:
            return "the last day of the month"
        case Kind.LAST_WEEKDAY:
            return "the last weekday (Monday to Friday) of the month"
        case Kind.TO_LAST:
            return f"from the {ordinal(term.first)} to the last day of the month"
        case Kind.NEAREST:
            return f"the weekday (Monday to Friday) nearest to the {ordinal(term.first)} in the same month"
        case _:
            names = [ordinal(day) for day in range(1, 32)]
            return _span_words(term, names, 1, "every day of the month", f"the {ordinal(term.first)}")


def month_term_words(term: Term) -> str:
    """Words for a member of a list of months."""
    names = [name.capitalize() for name in MONTH_NAMES]
    return _span_words(term, names, 1, "every month", month_word(term.first) if term.first else "")


def _span_words(term: Term, names: Sequence[str], low: int, everything: str, one: str) -> str:
    """Words for a range with or without a step; `low` is the number of the first name."""
    if term.kind is Kind.ALL and term.step == 1:
        return everything
    if term.kind is Kind.RANGE and term.first == term.last:
        return f"every {one}" if low == 0 else one
    members = [names[value - low] for value in term.values(low, low + len(names) - 1)]
    if term.step == 1:
        return f"{members[0]} to {members[-1]}"
    return f"every {ordinal(term.step)} from {members[0]} on: {', '.join(members)}"
