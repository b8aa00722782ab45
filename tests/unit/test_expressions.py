"""The grammar of the day expressions: every form, what it means, how it is printed, and what is refused with which words."""

from datetime import date, timedelta

import pytest

from instance_scheduler.expressions import (
    MONTH_FORMS,
    MONTHDAY_FORMS,
    WEEKDAY_FORMS,
    ExpressionError,
    parse_month_term,
    parse_monthday_term,
    parse_monthdays,
    parse_months,
    parse_weekday_term,
    parse_weekdays,
)

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def days_of(year: int, month: int) -> list[date]:
    first = date(year, month, 1)
    return [day for day in (first + timedelta(days=number) for number in range(31)) if day.month == month]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", {MON}),
        ("Monday", {MON}),
        ("SUN", {SUN}),
        ("0", {MON}),
        ("6", {SUN}),
        ("7", {SUN}),
        ("06", {SUN}),
        ("mon-fri", {MON, TUE, WED, THU, FRI}),
        ("mon - fri", {MON, TUE, WED, THU, FRI}),
        ("Monday-2", {MON, TUE, WED}),
        ("fri-mon", {FRI, SAT, SUN, MON}),
        ("sun-sat", set(range(7))),
        ("0-7", set(range(7))),
        ("7-0", {SUN, MON}),
        ("5-7", {SAT, SUN}),
        ("7-2", {SUN, MON, TUE, WED}),
        ("wed-wed", {WED}),
        ("wed-wed/3", {WED}),
        ("mon/2", {MON, WED, FRI, SUN}),
        ("sat/1", {SAT, SUN}),
        ("7/2", {SUN}),
        ("tue-sun/3", {TUE, FRI}),
        ("fri-wed/2", {FRI, SUN, TUE}),
        ("sat-thu/5", {SAT, THU}),
        ("mon/10", {MON}),
        ("mon/007", {MON}),
        ("mon/99999999999999999999", {MON}),
        ("*", set(range(7))),
        ("?", set(range(7))),
        ("*/3", {MON, THU, SUN}),
        ("L", {SUN}),
        ("l", {SUN}),
        ("mon,wed", {MON, WED}),
        ("mon, fri-sat", {MON, FRI, SAT}),
    ],
)
def test_weekday_expression_counts_every_such_day_of_the_week(text: str, days: set[int]) -> None:
    weekdays = parse_weekdays(text)
    assert {day.weekday() for day in days_of(2026, 11) if weekdays.contains(day, day.weekday())} == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("friL", [27]),
        ("FRIDAYl", [27]),
        ("0L", [30]),
        ("5L", [28]),
        ("7L", [29]),
        ("sun#1", [1]),
        ("mon#1", [2]),
        ("mon#5", [30]),
        ("tue#5", []),
        ("7#2", [8]),
        ("1#3", [17]),
        ("saturday#04", [28]),
        ("friL,mon#1", [2, 27]),
    ],
)
def test_nth_and_last_weekdays_are_counted_within_the_month(text: str, days: list[int]) -> None:
    weekdays = parse_weekdays(text)
    assert [day.day for day in days_of(2026, 11) if weekdays.contains(day, day.weekday())] == days


@pytest.mark.parametrize(
    ("text", "year", "month", "days"),
    [
        ("1", 2026, 11, [1]),
        ("31", 2026, 11, []),
        ("015", 2026, 11, [15]),
        ("10-12", 2026, 11, [10, 11, 12]),
        ("10 - 12", 2026, 11, [10, 11, 12]),
        ("29-31", 2026, 2, []),
        ("29-31", 2028, 2, [29]),
        ("28-2", 2026, 11, [1, 2, 28, 29, 30]),
        ("25-5/3", 2026, 11, [3, 25, 28]),
        ("25-5/3", 2026, 12, [3, 25, 28, 31]),
        ("5-5", 2026, 11, [5]),
        ("27/2", 2026, 11, [27, 29]),
        ("27/2", 2026, 12, [27, 29, 31]),
        ("1-30/14", 2026, 11, [1, 15, 29]),
        ("*/10", 2026, 12, [1, 11, 21, 31]),
        ("7/30", 2026, 11, [7]),
        ("*", 2026, 2, list(range(1, 29))),
        ("?", 2026, 2, list(range(1, 29))),
        ("L", 2026, 11, [30]),
        ("L", 2028, 2, [29]),
        ("l", 2026, 2, [28]),
        ("28-L", 2026, 11, [28, 29, 30]),
        ("28 - L", 2026, 2, [28]),
        ("30-L", 2026, 2, []),
        ("31-L", 2026, 11, []),
        ("1,L", 2026, 11, [1, 30]),
    ],
)
def test_monthday_expression_counts_days_of_the_month(text: str, year: int, month: int, days: list[int]) -> None:
    monthdays = parse_monthdays(text)
    assert [day.day for day in days_of(year, month) if monthdays.contains(day)] == days


@pytest.mark.parametrize(
    ("text", "year", "month", "days", "reason"),
    [
        ("25W", 2026, 11, [25], "a Wednesday"),
        ("28W", 2026, 11, [27], "a Saturday: the Friday before"),
        ("15W", 2026, 11, [16], "a Sunday: the Monday after"),
        ("1W", 2026, 8, [3], "the 1st is a Saturday: the Monday after it"),
        ("1W", 2026, 11, [2], "the 1st is a Sunday: the Monday after it"),
        ("31W", 2026, 5, [29], "the last day is a Sunday: the Friday before it"),
        ("31W", 2026, 10, [30], "the last day is a Saturday: the Friday before it"),
        ("30W", 2026, 5, [29], "a Saturday before the last day"),
        ("31W", 2026, 4, [], "April has no 31st"),
        ("29W", 2026, 2, [], "no leap day"),
        ("29W", 2032, 2, [27], "a leap day on a Sunday, the last day: the Friday before it"),
        ("28W", 2027, 2, [26], "the last day of February on a Sunday"),
        ("31w", 2026, 12, [31], "lower case"),
        ("LW", 2026, 10, [30], "the last day is a Saturday"),
        ("LW", 2026, 5, [29], "the last day is a Sunday"),
        ("LW", 2026, 11, [30], "the last day is a Monday"),
        ("lw", 2028, 2, [29], "a leap day on a Tuesday"),
    ],
)
def test_nearest_weekday_stays_within_the_month(text: str, year: int, month: int, days: list[int], reason: str) -> None:
    monthdays = parse_monthdays(text)
    assert [day.day for day in days_of(year, month) if monthdays.contains(day)] == days, reason


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("jan", {1}),
        ("DECEMBER", {12}),
        ("may", {5}),
        ("april", {4}),
        ("1", {1}),
        ("09", {9}),
        ("nov-feb", {11, 12, 1, 2}),
        ("nov - 2", {11, 12, 1, 2}),
        ("6-8", {6, 7, 8}),
        ("5-5/2", {5}),
        ("dec-aug/4", {12, 4, 8}),
        ("jan-dec/5", {1, 6, 11}),
        ("mar/3", {3, 6, 9, 12}),
        ("nov/2", {11}),
        ("*/6", {1, 7}),
        ("*", set(range(1, 13))),
        ("?", set(range(1, 13))),
        ("jan,mar-apr", {1, 3, 4}),
    ],
)
def test_month_expression_counts_months(text: str, numbers: set[int]) -> None:
    months = parse_months(text)
    assert {month for month in range(1, 13) if months.contains(date(2026, month, 1))} == numbers


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Monday", "mon"),
        ("7", "sun"),
        ("L", "sun"),
        ("FRI - monday", "fri-mon"),
        ("wed-wed/3", "wed"),
        ("mon/2", "mon/2"),
        ("?", "*"),
        ("*/1", "*"),
        ("*/2", "*/2"),
        ("5L", "satL"),
        ("0#03", "mon#3"),
        ("HOLIDAY", "holiday"),
        ("tue,mon,tue", "mon,tue"),
    ],
)
def test_weekdays_are_printed_in_one_spelling(written: str, printed: str) -> None:
    assert str(parse_weekdays(written)) == printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("05", "5"),
        ("25 - 5/3", "25-5/3"),
        ("28-l", "28-L"),
        ("l", "L"),
        ("25w", "25W"),
        ("lw", "LW"),
        ("5/2", "5/2"),
        ("9,1", "1,9"),
    ],
)
def test_monthdays_are_printed_in_one_spelling(written: str, printed: str) -> None:
    assert str(parse_monthdays(written)) == printed


@pytest.mark.parametrize(("written", "printed"), [("11-February", "nov-feb"), ("3/3", "mar/3"), ("?", "*")])
def test_months_are_printed_in_one_spelling(written: str, printed: str) -> None:
    assert str(parse_months(written)) == printed


def test_expressions_with_the_same_members_are_equal_in_any_order() -> None:
    assert parse_weekdays("fri,mon-wed,holiday") == parse_weekdays("holiday,Mon-Wed,4")


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("mon-", 5, "a weekday is missing after 'mon-'"),
        ("-fri", 1, "a weekday is missing"),
        ("foo", 1, "'foo' is no name of a weekday"),
        ("mon-foo", 5, "'foo' is no name of a weekday"),
        ("tues", 1, "'tues' is no name of a weekday"),
        ("hol", 1, "'hol' is no name of a weekday"),
        ("8", 1, "8 is not between 0 and 7"),
        ("mon-8", 5, "8 is not between 0 and 7"),
        ("99999999999999999999", 1, "99999999999999999999 is not between 0 and 7"),
        ("mon/", 5, "a step is missing after 'mon/'"),
        ("mon/0", 5, "a step is 1 or more"),
        ("mon/x", 5, "a step is missing after 'mon/'"),
        ("mon/-1", 5, "a step is missing after 'mon/'"),
        ("mon/2/2", 6, "'/2' cannot follow 'mon/2'"),
        ("mon /2", 4, "' /2' cannot follow 'mon'"),
        ("mon#0", 5, "# takes a number from 1 to 5"),
        ("mon#6", 5, "# takes a number from 1 to 5"),
        ("mon#", 5, "# takes a number from 1 to 5"),
        ("mon#L", 5, "# takes a number from 1 to 5"),
        ("mon-fri#1", 8, "'#1' cannot follow 'mon-fri'"),
        ("friL/2", 5, "'/2' cannot follow 'friL'"),
        ("friL-sun", 5, "'-sun' cannot follow 'friL'"),
        ("L-3", 2, "'-3' cannot follow 'L'"),
        ("L/2", 2, "'/2' cannot follow 'L'"),
        ("LW", 1, "'LW' is no name of a weekday"),
        ("mon-L", 5, "'L' is no name of a weekday"),
        ("mon-friL", 5, "'friL' is no name of a weekday"),
        ("mon tue", 4, "' tue' cannot follow 'mon'"),
        ("1W", 2, "'W' cannot follow '1'"),
        ("*-3", 2, "'-3' cannot follow '*'"),
        ("?/2", 2, "'/2' cannot follow '?'"),
        ("*/0", 3, "a step is 1 or more"),
        ("holiday#1", 1, "'holiday' is no name of a weekday"),
        ("holiday-fri", 1, "'holiday' is no name of a weekday"),
        ("mon\N{EN DASH}fri", 4, "'\N{EN DASH}fri' cannot follow 'mon'"),
        ("\N{ARABIC-INDIC DIGIT ONE}", 1, "a weekday is missing"),
        ("周一", 1, "'周一' is no name of a weekday"),
    ],
)
def test_weekday_error_names_the_place_and_what_is_accepted(text: str, position: int, problem: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_weekday_term(text)
    assert (
        str(caught.value) == f"{text!r} is not accepted: {problem} (position {position}); accepted are {WEEKDAY_FORMS}"
    )


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("0", 1, "0 is not between 1 and 31"),
        ("32", 1, "32 is not between 1 and 31"),
        ("1-32", 3, "32 is not between 1 and 31"),
        ("foo", 1, "'foo' is no number"),
        ("mon", 1, "'mon' is no number"),
        ("5-", 3, "a day of the month is missing after '5-'"),
        ("L-3", 2, "'-3' cannot follow 'L'"),
        ("L/2", 2, "'/2' cannot follow 'L'"),
        ("28-L/2", 5, "'/2' cannot follow '28-L'"),
        ("28-LW", 5, "'W' cannot follow '28-L'"),
        ("1-15W", 5, "'W' cannot follow '1-15'"),
        ("15W/2", 4, "'/2' cannot follow '15W'"),
        ("W", 1, "'W' is no number"),
        ("L5", 2, "'5' cannot follow 'L'"),
        ("5L", 2, "'L' cannot follow '5'"),
        ("5#1", 2, "'#1' cannot follow '5'"),
        ("5/0", 3, "a step is 1 or more"),
        ("-5", 1, "a day of the month is missing"),
        ("1.5", 2, "'.5' cannot follow '1'"),
    ],
)
def test_monthday_error_names_the_place_and_what_is_accepted(text: str, position: int, problem: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_monthday_term(text)
    assert (
        str(caught.value) == f"{text!r} is not accepted: {problem} (position {position}); accepted are {MONTHDAY_FORMS}"
    )


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("foo", 1, "'foo' is no name of a month"),
        ("0", 1, "0 is not between 1 and 12"),
        ("13", 1, "13 is not between 1 and 12"),
        ("sept", 1, "'sept' is no name of a month"),
        ("jan-", 5, "a month is missing after 'jan-'"),
        ("jan#1", 4, "'#1' cannot follow 'jan'"),
        ("janL", 1, "'janL' is no name of a month"),
        ("L", 1, "'L' is no name of a month"),
        ("1W", 2, "'W' cannot follow '1'"),
        ("jan/0", 5, "a step is 1 or more"),
    ],
)
def test_month_error_names_the_place_and_what_is_accepted(text: str, position: int, problem: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_month_term(text)
    assert str(caught.value) == f"{text!r} is not accepted: {problem} (position {position}); accepted are {MONTH_FORMS}"
