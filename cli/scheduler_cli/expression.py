"""`scheduler-cli expression`: which dates of a year a day expression means."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click

from instance_scheduler.calendar import Calendar
from instance_scheduler.expressions import (
    MONTH_FORMS,
    MONTHDAY_FORMS,
    WEEKDAY_FORMS,
    ExpressionError,
    parse_month_term,
    parse_monthday_term,
    parse_weekday_term,
)
from instance_scheduler.period import Period
from instance_scheduler.recurrence import Monthdays, Months, Term, Weekdays
from scheduler_cli.expression_words import month_term_words, monthday_term_words, weekday_term_words
from scheduler_cli.failures import BadArgument
from scheduler_cli.moments import EARLIEST, LATEST, now
from scheduler_cli.sources import Source, make_source
from scheduler_cli.words import dates_words, fitted

WEEKDAYS, MONTHDAYS, MONTHS = "weekdays", "monthdays", "months"
_ATTRIBUTES = (WEEKDAYS, MONTHDAYS, MONTHS)
_PARSERS: dict[str, Callable[[str], Term]] = {
    WEEKDAYS: parse_weekday_term,
    MONTHDAYS: parse_monthday_term,
    MONTHS: parse_month_term,
}
_WORDS = {WEEKDAYS: weekday_term_words, MONTHDAYS: monthday_term_words, MONTHS: month_term_words}
_FORMS = {WEEKDAYS: WEEKDAY_FORMS, MONTHDAYS: MONTHDAY_FORMS, MONTHS: MONTH_FORMS}
_EPILOG = """\b
Examples:
  scheduler-cli expression 'mon#1,25W'
  scheduler-cli expression --weekdays 'fri-mon' --months 'jan/3' --year 2027
  scheduler-cli expression --weekdays holiday --calendar cn --config schedules.yaml
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of a list: the attribute that it belongs to, and what it means alone."""

    text: str
    attribute: str
    term: Term

    def words(self) -> str:
        """What it means."""
        return _WORDS[self.attribute](self.term)


@click.command(epilog=_EPILOG)
@click.argument("text", metavar="[EXPRESSION]", required=False)
@click.option("--weekdays", metavar="LIST", help="What stands in a period's weekdays, such as mon#1 or fri-mon.")
@click.option("--monthdays", metavar="LIST", help="What stands in its monthdays, such as 25W or 28-L.")
@click.option("--months", metavar="LIST", help="What stands in its months, such as nov-feb.")
@click.option(
    "--year", type=click.IntRange(EARLIEST, LATEST), help="The year whose dates are listed.  [default: this one]"
)
@click.option(
    "--calendar", "calendar_name", metavar="NAME", help="A calendar of --config or ./schedules.yaml, for its days off."
)
@click.option(
    "--config", "-c", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="The file with the calendar."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def expression(
    text: str | None,
    year: int | None,
    calendar_name: str | None,
    config_file: Path | None,
    as_json: bool,
    **lists: str | None,
) -> None:
    """List the dates of a year that an EXPRESSION means, with words for each of its members.

    An EXPRESSION without an option may mix members of all three lists; each is read as what it can be. Lists given by
    option are read as those of one period: all of them must hold.
    """
    members = _members(text, lists)
    calendar = _calendar(calendar_name, config_file)
    meaning = Meaning(members=members, year=year or now().year, calendar=calendar)
    if as_json:
        click.echo(json.dumps(_as_json(meaning), ensure_ascii=False, indent=2))
    else:
        for line in _lines(meaning):
            click.echo(fitted(line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Members of lists, and the dates of a year that they mean."""

    members: Sequence[Member]
    year: int
    calendar: Calendar | None

    def of(self, members: Sequence[Member]) -> list[date]:
        """The dates of a period with these members: a union in each list, and all lists must hold."""
        terms = {attribute: [one.term for one in members if one.attribute == attribute] for attribute in _ATTRIBUTES}
        period = Period(
            name="period",
            weekdays=Weekdays.of(terms[WEEKDAYS]) if terms[WEEKDAYS] else None,
            monthdays=Monthdays.of(terms[MONTHDAYS]) if terms[MONTHDAYS] else None,
            months=Months.of(terms[MONTHS]) if terms[MONTHS] else None,
        )
        first = date(self.year, 1, 1)
        days = (first + timedelta(days=number) for number in range((date(self.year + 1, 1, 1) - first).days))
        return [day for day in days if period.matches(day, self.calendar)]

    def attributes(self) -> list[str]:
        """The lists that have members."""
        return [attribute for attribute in _ATTRIBUTES if any(one.attribute == attribute for one in self.members)]

    def written(self, attribute: str) -> str:
        """A list as it would stand in a period."""
        return ",".join(one.text for one in self.members if one.attribute == attribute)


def _members(text: str | None, lists: dict[str, str | None]) -> list[Member]:
    given = {attribute: value for attribute, value in lists.items() if value is not None}
    if text is not None and given:
        raise BadArgument("give an EXPRESSION or the lists by option, not both")
    if text is None and not given:
        raise BadArgument("give an EXPRESSION such as 'mon#1,25W', or --weekdays, --monthdays, --months")
    if text is not None:
        return [_classified(word, _split(text)) for word in _split(text)]
    return [_member(word, attribute) for attribute in _ATTRIBUTES for word in _split(given.get(attribute, ""))]


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _member(word: str, attribute: str) -> Member:
    try:
        return Member(text=word, attribute=attribute, term=_PARSERS[attribute](word))
    except ExpressionError as error:
        raise BadArgument(f"--{attribute}: {error}") from error


def _classified(word: str, all_words: Sequence[str]) -> Member:
    """Read a member as what it can be; a number alone counts as a day of the month."""
    possible = [attribute for attribute in (MONTHDAYS, WEEKDAYS, MONTHS) if _can_be(word, attribute)]
    if not possible:
        forms = "; ".join(f"{attribute}: {_FORMS[attribute]}" for attribute in _ATTRIBUTES)
        raise BadArgument(f"{word!r} is a member of no list; {forms}")
    shared = [attribute for attribute in possible if all(_can_be(other, attribute) for other in all_words)]
    return _member(word, (shared or possible)[0])


def _can_be(word: str, attribute: str) -> bool:
    try:
        _PARSERS[attribute](word)
    except ExpressionError:
        return False
    return True


def _calendar(name: str | None, config_file: Path | None) -> Calendar | None:
    if name is None:
        return None
    source: Source = make_source((config_file,) if config_file else (), None, None, None)
    calendars = source.config().calendars
    if name not in calendars:
        listed = f"there are {', '.join(sorted(calendars))}" if calendars else "there are none"
        raise BadArgument(f"there is no calendar {name!r}; {listed}")
    return calendars[name]


def _lines(meaning: Meaning) -> Iterator[str]:
    for one in meaning.members:
        days = meaning.of([one])
        yield f"{click.style(one.text, bold=True)}  {one.words()}  ({one.attribute}; {_count(days)} in {meaning.year})"
        if one.attribute != MONTHS:
            yield from (f"  {line}" for line in dates_words(days))
        yield ""
    yield from _together(meaning)


def _together(meaning: Meaning) -> Iterator[str]:
    attributes = meaning.attributes()
    if len(meaning.members) == 1:
        return
    days = meaning.of(meaning.members)
    lists = " and ".join(f"{attribute} {meaning.written(attribute)}" for attribute in attributes)
    if len(attributes) == 1:
        yield f"Together, as {lists}: {_count(days)} in {meaning.year}"
    else:
        yield f"In one period, {lists} must all hold: {_count(days)} in {meaning.year}"
    if attributes != [MONTHS]:
        yield from (f"  {line}" for line in dates_words(days))
    if len(attributes) > 1:
        either = sorted({day for attribute in attributes for day in meaning.of(_only(meaning, attribute))})
        yield f"In a period each, any of them is enough: {_count(either)}"


def _only(meaning: Meaning, attribute: str) -> list[Member]:
    return [one for one in meaning.members if one.attribute == attribute]


def _count(days: Sequence[date]) -> str:
    return "no day" if not days else "1 day" if len(days) == 1 else f"{len(days)} days"


def _as_json(meaning: Meaning) -> dict[str, object]:
    return {
        "year": meaning.year,
        "members": [
            {
                "text": one.text,
                "attribute": one.attribute,
                "words": one.words(),
                "dates": [day.isoformat() for day in meaning.of([one])],
            }
            for one in meaning.members
        ],
        "lists": {attribute: meaning.written(attribute) for attribute in meaning.attributes()},
        "dates": [day.isoformat() for day in meaning.of(meaning.members)],
    }
