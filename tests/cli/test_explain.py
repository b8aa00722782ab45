"""`scheduler-cli explain`: why an instance is as it is, and what comes next."""

import pytest
from tests.cli.tool import SCHEDULES, answer, answer_json, complaint

FILE = ("--config", SCHEDULES)


def explain(*arguments: str) -> str:
    return answer("explain", *arguments, *FILE)


def first_line(schedule: str, at: str) -> str:
    return explain(schedule, "--at", at).splitlines()[0]


def test_a_day_off_is_explained_whole() -> None:
    assert explain("office-hours", "--at", "2026-10-01T10:00") == (
        "office-hours wants instances stopped: its only period, office, does not run: Thu 1 Oct is a day off of calendar"
        " cn, and its weekdays do not name holiday.\n"
        "  Thu 1 Oct 2026, 10:00 in Asia/Shanghai (UTC+08:00), 2026-10-01T02:00:00Z\n"
        "  day off (cn)\n"
        "  office is mon-fri, 09:00 to 18:00\n"
        "\n"
        "Next changes\n"
        "  Thu 8 Oct 09:00 (01:00 UTC)      in 6 days 23 h   running\n"
        "  Thu 8 Oct 18:00 (10:00 UTC)      in 7 days 8 h    stopped\n"
        "  Fri 9 Oct 09:00 (01:00 UTC)      in 7 days 23 h   running\n"
        "\n"
        "What a run would do now with an EC2 instance that is\n"
        "  running, new to the scheduler  S4  stop: the schedule wants it stopped\n"
        "  running, recorded running      S4  stop: the schedule wants it stopped\n"
        "  running, recorded stopped      S5  nothing: it was stopped on schedule; a manual start is left alone\n"
        "  stopped, recorded running      S4  nothing: the schedule wants it stopped\n"
        "  stopped, recorded stopped      S5  nothing: it was stopped on schedule; a manual start is left alone\n"
    )


def test_a_manual_stop_is_explained_with_the_next_start() -> None:
    assert explain(
        "shop", "--at", "2026-11-24T12:00", "--stored", "running", "--observed", "stopped", "--type", "t3.small"
    ) == (
        "shop wants instances running on t3.large: period busy@t3.large runs: it began at 11:30 and ends at 15:00.\n"
        "  Tue 24 Nov 2026, 12:00 in Asia/Shanghai (UTC+08:00), 2026-11-24T04:00:00Z\n"
        "\n"
        "Periods\n"
        "  busy@t3.large (mon-fri, 11:30 to 15:00)\n"
        "    decides: it began at 11:30 and ends at 15:00\n"
        "  office@t3.small (mon-fri, 09:00 to 18:00)\n"
        "    runs: it began at 09:00 and ends at 18:00\n"
        "\n"
        "Next changes\n"
        "  Tue 24 Nov 15:00 (07:00 UTC)     in 3 h           running on t3.small\n"
        "  Tue 24 Nov 18:00 (10:00 UTC)     in 6 h           stopped\n"
        "  Wed 25 Nov 09:00 (01:00 UTC)     in 21 h          running on t3.small\n"
        "\n"
        "An EC2 instance: stopped, t3.small, recorded as running\n"
        "  Now: it is left alone, row U6: it was started on schedule; a manual stop is left alone.\n"
        "  Next start: Wed 25 Nov 09:00, in 21 h (row U4: the schedule wants it running)\n"
        "  Next stop:  Wed 25 Nov 18:00, in 30 h (row S4: the schedule wants it stopped)\n"
    )


@pytest.mark.parametrize(
    ("schedule", "at", "sentence"),
    [
        pytest.param("office-hours", "2026-11-24T08:00", "it begins at 09:00.", id="before-its-begin"),
        pytest.param("office-hours", "2026-11-24T18:00", "it ended at 18:00.", id="at-its-end"),
        pytest.param("office-hours", "2026-11-28T10:00", "Saturday 28th is none of its days (mon-fri).", id="weekday"),
        pytest.param("office-hours", "2026-10-10T10:00", "it began at 09:00 and ends at 18:00.", id="working-day"),
        pytest.param("start-of-month", "2026-11-24T09:00Z", "the 24th is none of its monthdays (1-3).", id="monthday"),
        pytest.param("cold", "2026-06-24T09:00Z", "June is none of its months (nov-feb).", id="month"),
        pytest.param("cold", "2026-12-24T09:00Z", "Thu 24 Dec is one of its days.", id="all-day"),
        pytest.param(
            "night", "2026-11-24T03:00", "it began on Mon 23 Nov at 22:00 and ends at 06:00.", id="past-midnight"
        ),
        pytest.param(
            "night", "2026-11-24T23:00", "it began at 22:00 and ends at 06:00 on Wed 25 Nov.", id="before-midnight"
        ),
        pytest.param(
            "night",
            "2026-11-23T03:00",
            "it did not begin on Sun 22 Nov: Sunday 22nd is none of its days (mon-fri).",
            id="overnight-of-another-day",
        ),
        pytest.param("night", "2026-11-24T12:00", "it begins at 22:00.", id="overnight-by-day"),
        pytest.param(
            "desk",
            "2026-11-24T03:00",
            "no period runs, and from-eight leaves it as it is: it says nothing before 08:00.",
            id="left-as-it-is",
        ),
        pytest.param("ten", "2026-11-24T12:00Z", "it ended at 10:00.", id="end-only"),
        pytest.param(
            "round-midnight",
            "2026-11-24T23:59Z",
            "round-midnight wants instances running: one minute between two running periods is no reason to stop.",
            id="one-minute",
        ),
        pytest.param("always", "2026-11-24T12:00Z", "its override_status is running", id="override-status"),
        pytest.param("shop", "2026-11-28T12:00", "none of its periods runs.", id="several-periods"),
    ],
)
def test_the_first_line_says_why(schedule: str, at: str, sentence: str) -> None:
    assert sentence in first_line(schedule, at)


def test_a_working_day_counts_as_the_weekday_that_it_stands_in_for() -> None:
    wanted = "Sat 10 Oct counts as a Wednesday by calendar cn, none of its days (mon)."
    told = explain("mondays", "--at", "2026-10-10T10:00").splitlines()
    assert told[0].endswith(wanted)
    assert told[2] == "  works as Wed (cn)"


def test_a_schedule_that_never_changes_says_so() -> None:
    assert "Next changes\n  none: what it wants never changes\n" in explain("always")


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        pytest.param(
            ("strict", "--at", "2026-11-28T12:00", "--stored", "stopped", "--observed", "running"),
            ["it is stopped, row S2: the schedule wants it stopped and enforces it", "Next stop:  with the next run"],
            id="enforced",
        ),
        pytest.param(
            ("office-hours", "--at", "2026-11-24T12:00", "--override", "stopped@2026-11-24T20:00+08:00"),
            ["row O4: its own override wants it stopped until 2026-11-24T12:00:00Z", "Next start: Wed 25 Nov 09:00"],
            id="override-with-an-end",
        ),
        pytest.param(
            ("office-hours", "--at", "2026-11-24T12:00", "--override", "stopped"),
            ["until it is removed", "Next start: none in sight"],
            id="override-without-an-end",
        ),
        pytest.param(
            ("office-hours", "--at", "2026-11-24T12:00", "--override", "paused"),
            ["row O3: the override 'paused' cannot be read: 'paused' is no state", "Next start: none in sight"],
            id="unreadable-override",
        ),
        pytest.param(
            ("office-hours", "--at", "2026-11-24T12:00", "--observed", "stopping"),
            ["on its way, recorded as unknown", "row O2: it is on its way to another state"],
            id="transitional",
        ),
        pytest.param(
            ("shop", "--at", "2026-11-24T12:00", "--stored", "running", "--type", "t3.small"),
            ["Now: it is resized to t3.large, row U5: the schedule wants the type t3.large"],
            id="resize",
        ),
        pytest.param(
            (
                "office-hours",
                "--at",
                "2026-11-28T12:00",
                "--service",
                "rds",
                "--stored",
                "stopped",
                "--maintenance-window",
                "sun:05:00-sun:05:30",
            ),
            ["An RDS database: stopped", "Next start: Sun 29 Nov 12:50, in 24 h 50 min (row M0"],
            id="maintenance-window",
        ),
    ],
)
def test_an_instance_is_judged_and_its_future_told(options: tuple[str, ...], lines: list[str]) -> None:
    told = explain(*options)
    assert [line for line in lines if line not in told] == []


def test_json_says_the_same_to_machines() -> None:
    told = answer_json("explain", "night", "--at", "2026-11-24T02:00:00Z", "--stored", "running", *FILE)
    assert told == {
        "schedule": "night",
        "at": "2026-11-24T02:00:00Z",
        "local": "2026-11-24T03:00+01:00",
        "timezone": "Europe/Berlin",
        "desired_state": "running",
        "desired_type": None,
        "period": "nightly",
        "because": "period nightly runs: it began on Mon 23 Nov at 22:00 and ends at 06:00",
        "day": None,
        "periods": [
            {
                "period": "nightly",
                "wish": "running",
                "decides": True,
                "reason": "it began on Mon 23 Nov at 22:00 and ends at 06:00",
            }
        ],
        "transitions": [
            {
                "at": at,
                "local": local,
                "desired_state": state,
                "desired_type": None,
                "period": "nightly" if state == "running" else None,
            }
            for at, local, state in (
                ("2026-11-24T05:00:00Z", "2026-11-24T06:00+01:00", "stopped"),
                ("2026-11-24T21:00:00Z", "2026-11-24T22:00+01:00", "running"),
                ("2026-11-25T05:00:00Z", "2026-11-25T06:00+01:00", "stopped"),
            )
        ],
        "instance": {
            "label": "An EC2 instance",
            "observed_state": "running",
            "stored_state": "running",
            "type": None,
            "unsupported": None,
            "row": "U6",
            "action": "none",
            "new_stored_state": "running",
            "desired_type": None,
            "explanation": "it was started on schedule; a manual stop is left alone",
            "notes": [],
            "next_start": "2026-11-24T21:00:00Z",
            "next_stop": "2026-11-24T05:00:00Z",
        },
    }


@pytest.mark.parametrize(
    ("at", "instant"),
    [
        pytest.param("2026-03-29T02:30", "2026-03-29T01:00:00Z", id="a-skipped-time-is-the-end-of-the-gap"),
        pytest.param("2026-10-25T02:30", "2026-10-25T00:30:00Z", id="a-repeated-time-is-its-first"),
        pytest.param("2026-10-25 12:00", "2026-10-25T11:00:00Z", id="a-blank-instead-of-T"),
        pytest.param("2026-10-25T12:00+05:30", "2026-10-25T06:30:00Z", id="an-offset"),
    ],
)
def test_a_time_without_an_offset_is_the_schedules_own(at: str, instant: str) -> None:
    assert answer_json("explain", "night", "--at", at, *FILE)["at"] == instant


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        pytest.param(
            ("offise-hours", *FILE),
            2,
            "there is no schedule 'offise-hours'; there are always, berlin, cold, desk, mondays, never, night, office-hours,"
            " quarter, round-midnight, shop, start-of-month, strict, ten; did you mean 'office-hours'?",
            id="unknown-schedule",
        ),
        pytest.param(
            ("shop", "--at", "noon", *FILE),
            2,
            "--at: 'noon' is no instant; write 2026-11-23T09:00, which is taken in the schedule's zone, or"
            " 2026-11-23T01:00:00Z",
            id="at",
        ),
        pytest.param(
            ("shop", "--at", "1066-10-14T09:00", *FILE),
            2,
            "--at: '1066-10-14T09:00' is not between the years 1900 and 9990",
            id="at-too-early",
        ),
        pytest.param(FILE, 2, "name a SCHEDULE, or an instance by --stack and --instance", id="no-schedule"),
        pytest.param(
            ("shop", "--instance", "i-1", *FILE),
            2,
            "--instance needs --stack; on a file, describe the instance by --stored and --observed",
            id="instance-on-a-file",
        ),
        pytest.param(
            ("shop", "--maintenance-window", "sunday", *FILE),
            2,
            "--maintenance-window: 'sunday' is no maintenance window; RDS writes them as sun:05:00-sun:05:30",
            id="maintenance-window",
        ),
        pytest.param(("shop", "--stack", "s", *FILE), 2, "give --config or --stack, not both", id="file-and-stack"),
        pytest.param(
            ("shop", "--region", "eu-west-1", *FILE),
            2,
            "--region and --profile-name go with --stack, which is missing",
            id="region-without-stack",
        ),
        pytest.param(
            ("shop", "--config", "missing.yaml"),
            2,
            "missing.yaml cannot be read: No such file or directory",
            id="no-file",
        ),
    ],
)
def test_a_bad_argument_is_one_line_on_stderr(arguments: tuple[str, ...], code: int, line: str) -> None:
    assert complaint("explain", *arguments) == (code, f"scheduler-cli: {line}\n")


def test_an_unknown_choice_is_one_line_too() -> None:
    code, line = complaint("explain", "shop", "--stored", "asleep", *FILE)
    assert (code, line.count("\n")) == (2, 1)
    assert line.startswith("scheduler-cli explain: Invalid value for '--stored': 'asleep' is not one of 'unknown',")


def test_without_a_file_and_a_stack_it_says_what_to_give(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    line = "scheduler-cli: there is no ./schedules.yaml; give --config FILE or --stack NAME\n"
    assert complaint("explain", "shop") == (2, line)


def test_a_faulty_schedule_is_refused_with_its_causes() -> None:
    faulty = SCHEDULES.replace("schedules.yaml", "faulty-period.json")
    assert complaint("explain", "a", "--config", faulty) == (
        1,
        "scheduler-cli: schedule a cannot be used: schedule a, periods: 'p' cannot be used: period p has an error; period p,"
        " begintime: '9am' is no time; write H:MM or HH:MM from 00:00 to 23:59\n",
    )
