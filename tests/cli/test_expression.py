"""`scheduler-cli expression`: which dates of a year an expression means."""

import pytest
from tests.cli.tool import SCHEDULES, answer, answer_json, complaint


def test_members_of_different_lists_are_told_apart() -> None:
    assert answer("expression", "mon#1,25W", "--year", "2026") == (
        "mon#1  the first Monday of the month  (weekdays; 12 days in 2026)\n"
        "  Mon 5 Jan, Mon 2 Feb, Mon 2 Mar, Mon 6 Apr, Mon 4 May, Mon 1 Jun\n"
        "  Mon 6 Jul, Mon 3 Aug, Mon 7 Sep, Mon 5 Oct, Mon 2 Nov, Mon 7 Dec\n"
        "\n"
        "25W  the weekday (Monday to Friday) nearest to the 25th in the same month  (monthdays; 12 days in 2026)\n"
        "  Mon 26 Jan, Wed 25 Feb, Wed 25 Mar, Fri 24 Apr, Mon 25 May, Thu 25 Jun\n"
        "  Fri 24 Jul, Tue 25 Aug, Fri 25 Sep, Mon 26 Oct, Wed 25 Nov, Fri 25 Dec\n"
        "\n"
        "In one period, weekdays mon#1 and monthdays 25W must all hold: no day in 2026\n"
        "In a period each, any of them is enough: 24 days\n"
    )


@pytest.mark.parametrize(
    ("option", "text", "words", "count"),
    [
        pytest.param("--weekdays", "mon", "every Monday", 52, id="one-weekday"),
        pytest.param("--weekdays", "fri-mon", "Friday to Monday", 208, id="wrapped-weekdays"),
        pytest.param(
            "--weekdays",
            "*/2",
            "every 2nd from Monday on: Monday, Wednesday, Friday, Sunday",
            208,
            id="stepped-weekdays",
        ),
        pytest.param("--weekdays", "*", "every day", 365, id="all-weekdays"),
        pytest.param("--weekdays", "friL", "the last Friday of the month", 12, id="last-weekday"),
        pytest.param("--weekdays", "tue#5", "the fifth Tuesday of the month", 4, id="fifth-weekday"),
        pytest.param("--weekdays", "holiday", "every day off of the schedule's calendar", 0, id="holiday"),
        pytest.param("--monthdays", "13", "the 13th", 12, id="one-monthday"),
        pytest.param("--monthdays", "25-5", "25th to 5th", 137, id="wrapped-monthdays"),
        pytest.param("--monthdays", "L", "the last day of the month", 12, id="last-day"),
        pytest.param("--monthdays", "29-L", "from the 29th to the last day of the month", 29, id="to-last-day"),
        pytest.param(
            "--monthdays", "LW", "the last weekday (Monday to Friday) of the month", 12, id="last-working-day"
        ),
        pytest.param("--months", "nov-feb", "November to February", 120, id="wrapped-months"),
        pytest.param(
            "--months", "jan/3", "every 3rd from January on: January, April, July, October", 123, id="quarters"
        ),
        pytest.param("--months", "2", "February", 28, id="one-month"),
    ],
)
def test_each_form_has_words(option: str, text: str, words: str, count: int) -> None:
    told = answer_json("expression", option, text, "--year", "2026")
    assert (told["members"][0]["words"], len(told["dates"])) == (words, count)


def test_lists_of_one_period_must_all_hold() -> None:
    told = answer_json("expression", "--weekdays", "fri", "--monthdays", "13", "--year", "2026")
    assert told["dates"] == ["2026-02-13", "2026-03-13", "2026-11-13"]


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        pytest.param("1,mon", "weekdays", id="a-number-among-weekdays"),
        pytest.param("1,jan", "months", id="a-number-among-months"),
        pytest.param("1,15", "monthdays", id="numbers-alone"),
    ],
)
def test_a_number_belongs_where_the_others_do(text: str, attribute: str) -> None:
    assert list(answer_json("expression", text)["lists"]) == [attribute]


def test_days_off_of_a_calendar_are_listed_as_a_run() -> None:
    told = answer("expression", "--weekdays", "holiday", "--calendar", "cn", "--config", SCHEDULES, "--year", "2026")
    assert "Thu 1 Oct, Fri 2 Oct, Sat 3 Oct, Sun 4 Oct, Mon 5 Oct, Tue 6 Oct\n  Wed 7 Oct\n" in told


def test_many_days_are_drawn_together_by_month() -> None:
    told = answer("expression", "mon-fri", "--year", "2026")
    assert "  Feb  Mon 2–Fri 6, Mon 9–Fri 13, Mon 16–Fri 20, Mon 23–Fri 27\n" in told


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param((), "give an EXPRESSION such as 'mon#1,25W', or --weekdays, --monthdays, --months", id="nothing"),
        pytest.param(("mon", "--months", "jan"), "give an EXPRESSION or the lists by option, not both", id="both"),
        pytest.param(
            ("--months", "foo"),
            "--months: 'foo' is not accepted: 'foo' is no name of a month (position 1); accepted are jan or january,"
            " 1-12, nov-feb, mar/3, jan-jun/2, */2, *",
            id="bad-member",
        ),
        pytest.param(
            ("--weekdays", "holiday", "--calendar", "de", "--config", SCHEDULES),
            "there is no calendar 'de'; there are cn",
            id="unknown-calendar",
        ),
    ],
)
def test_a_bad_expression_is_one_line_on_stderr(arguments: tuple[str, ...], line: str) -> None:
    assert complaint("expression", *arguments) == (2, f"scheduler-cli: {line}\n")


def test_a_member_of_no_list_is_answered_with_all_forms() -> None:
    code, line = complaint("expression", "mon#1,foo")
    assert (code, line.count("\n")) == (2, 1)
    assert line.startswith("scheduler-cli: 'foo' is a member of no list; weekdays: mon or monday,")
