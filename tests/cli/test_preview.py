"""`scheduler-cli preview`: a week of a schedule as a calendar."""

from pathlib import Path

import pytest
from tests.cli.tool import SCHEDULES, answer, answer_json, complaint

FILE = ("--config", SCHEDULES)


def preview(*arguments: str) -> str:
    return answer("preview", *arguments, *FILE)


def row(day: str, *arguments: str) -> str:
    """The line of a day."""
    return next(line for line in preview(*arguments).splitlines() if line.startswith(day))


def test_golden_week_is_shown_with_its_days_off_and_its_working_day() -> None:
    idle, busy = "·" * 48, "·" * 18 + "█" * 18 + "·" * 12
    assert preview("office-hours", "--from", "2026-09-30", "--days", "11") == (
        "office-hours  Wed 30 Sep 2026 to Sat 10 Oct 2026, Asia/Shanghai\n"
        "           0     3     6     9     12    15    18    21     hours\n"
        f"Wed 30 Sep {busy}     9\n"
        f"Thu 1 Oct  {idle}     0  off: cn\n"
        f"Fri 2 Oct  {idle}     0  off: cn\n"
        f"Sat 3 Oct  {idle}     0  off: cn\n"
        f"Sun 4 Oct  {idle}     0  off: cn\n"
        f"Mon 5 Oct  {idle}     0  off: cn\n"
        f"Tue 6 Oct  {idle}     0  off: cn\n"
        "           9 h of 168 h running, 5 % of always-on\n"
        f"Wed 7 Oct  {idle}     0  off: cn\n"
        f"Thu 8 Oct  {busy}     9\n"
        f"Fri 9 Oct  {busy}     9\n"
        f"Sat 10 Oct {busy}     9  as Wed: cn\n"
        "           27 h of 96 h running, 28 % of always-on\n"
        "\n"
        "36 h of 264 h running, 14 % of always-on\n"
        "█ running   · stopped   off: day off of calendar cn\n"
        "as: working day that counts as another\n"
    )


def test_types_are_told_apart_by_letters() -> None:
    told = preview("shop", "--from", "2026-11-23")
    assert f"Mon 23 Nov {'·' * 18}AAAAABBBBBBBAAAAAA{'·' * 12}     9\n" in told
    assert told.endswith("45 h of 168 h running, 27 % of always-on\nA on t3.small   B on t3.large   · stopped\n")


def test_the_day_on_which_the_clocks_go_forward_has_23_hours_and_a_gap() -> None:
    assert row("Sun 29 Mar", "always", "--from", "2026-03-29").endswith(f"{'█' * 48}    24")
    assert row("Sun 29 Mar", "desk", "--from", "2026-03-29") == f"Sun 29 Mar {'·' * 4}  {'·' * 42}     0  23 h long"


def test_the_day_on_which_the_clocks_go_back_has_25_hours() -> None:
    told = answer_json("preview", "night", "--from", "2026-10-23", "--days", "3", *FILE)
    assert [(day["hours"], day["running_hours"]) for day in told["days"]] == [(24, 8), (24, 6), (25, 0)]


def test_what_is_neither_running_nor_stopped_is_marked_and_counted() -> None:
    told = preview("desk", "--from", "2026-11-23", "--days", "1")
    assert f"Mon 23 Nov {'~' * 16}{'█' * 32}    16\n" in told
    assert "16 h of 24 h running, 67 % of always-on, and 8 h left as it is\n" in told
    assert told.endswith("~ left as it is\n")


def test_half_an_hour_that_runs_in_part_is_marked() -> None:
    told = preview("quarter", "--from", "2026-11-23", "--days", "1")
    assert f"Mon 23 Nov {'·' * 18}▒{'█' * 15}{'·' * 14}  7:45\n" in told
    assert "▒ running for a part of the half-hour" in told


def test_no_line_is_longer_than_80_columns(tmp_path: Path) -> None:
    named = tmp_path / "schedules.yaml"
    text = Path(SCHEDULES).read_text(encoding="utf-8")
    long_name = text.replace("calendar: cn", "calendar: days-of-rest").replace("name: cn", "name: days-of-rest")
    named.write_text(long_name, encoding="utf-8")
    told = answer("preview", "office-hours", "--from", "2026-09-20", "--days", "28", "--config", str(named))
    assert max(len(line) for line in told.splitlines()) == 80


def test_every_first_day_and_length_is_answered_in_the_schedules_own_zone() -> None:
    told = answer_json("preview", "office-hours", "--from", "20261008", "--days", "1", *FILE)
    assert told == {
        "schedule": "office-hours",
        "timezone": "Asia/Shanghai",
        "days": [
            {
                "date": "2026-10-08",
                "hours": 24,
                "running_hours": 9,
                "day_off": False,
                "working_day": False,
                "spans": [
                    {
                        "begin": f"2026-10-{begin}:00Z",
                        "end": f"2026-10-{end}:00Z",
                        "local_begin": f"2026-10-{local_begin}+08:00",
                        "local_end": f"2026-10-{local_end}+08:00",
                        "desired_state": state,
                        "desired_type": None,
                        "period": "office" if state == "running" else None,
                    }
                    for begin, end, local_begin, local_end, state in (
                        ("07T16:00", "08T01:00", "08T00:00", "08T09:00", "stopped"),
                        ("08T01:00", "08T10:00", "08T09:00", "08T18:00", "running"),
                        ("08T10:00", "08T16:00", "08T18:00", "09T00:00", "stopped"),
                    )
                ],
            }
        ],
        "hours": 24,
        "running_hours": 9,
        "left_as_is_hours": 0,
        "share_of_always_on": 0.375,
    }


def test_without_a_first_day_it_begins_today() -> None:
    assert len(answer_json("preview", "always", *FILE)["days"]) == 7


def test_nothing_but_text_goes_into_a_pipe() -> None:
    assert "\x1b" not in preview("shop", "--from", "2026-11-23")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ("shop", "--from", "tomorrow"),
            "scheduler-cli preview: Invalid value for '--from': 'tomorrow' is no date; write 2026-10-01 or 20261001",
            id="from",
        ),
        pytest.param(
            ("shop", "--from", "2026-02-30"),
            "scheduler-cli preview: Invalid value for '--from': '2026-02-30' is no date; write 2026-10-01 or 20261001",
            id="no-such-day",
        ),
        pytest.param(
            ("shop", "--days", "0"),
            "scheduler-cli preview: Invalid value for '--days': 0 is not in the range 1<=x<=400.",
            id="days",
        ),
        pytest.param((), "scheduler-cli preview: Missing argument 'SCHEDULE'.", id="no-schedule"),
    ],
)
def test_a_bad_argument_is_one_line_on_stderr(arguments: tuple[str, ...], line: str) -> None:
    assert complaint("preview", *arguments, *FILE) == (2, f"{line}\n")
