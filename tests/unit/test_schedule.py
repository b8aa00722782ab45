"""What a schedule wants at an instant: rules 1 to 6, types and ties, calendars, clock changes."""

from collections.abc import Mapping

import pytest
from tests.unit.building import config_of, instant, items, make_schedule

from instance_scheduler.schedule import DesiredState, desired_at

Periods = Mapping[str, Mapping[str, object]]
OFFICE: Periods = {"office": {"begintime": "09:00", "endtime": "17:00", "weekdays": "mon-fri"}}
NIGHTS: Periods = {"nights": {"begintime": "22:00", "endtime": "06:00", "weekdays": "fri"}}


def state(defined: Periods, at: str, /, **schedule: object) -> str:
    return desired_at(make_schedule(defined, **schedule), instant(at)).state


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T08:59:59", "stopped"),
        ("2026-11-23T09:00", "running"),
        ("2026-11-23T16:59:59.999999", "running"),
        ("2026-11-23T17:00", "stopped"),
        ("2026-11-22T12:00", "stopped"),
    ],
)
def test_seconds_are_dropped_before_the_wall_clock_is_compared(at: str, expected: str) -> None:
    assert state(OFFICE, at) == expected


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("Asia/Shanghai", "2026-11-23T01:00", "running"),
        ("Asia/Shanghai", "2026-11-23T09:00", "stopped"),
        ("America/New_York", "2026-11-23T14:00", "running"),
        ("Asia/Kathmandu", "2026-11-23T03:15", "running"),
        ("Asia/Kathmandu", "2026-11-23T03:14", "stopped"),
        ("Pacific/Kiritimati", "2026-11-22T19:00", "running"),
    ],
)
def test_instant_is_read_in_the_schedules_own_zone(zone: str, at: str, expected: str) -> None:
    assert state(OFFICE, at, timezone=zone) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T08:59", "any"),
        ("2026-11-23T09:00", "running"),
        ("2026-11-27T23:59", "running"),
        ("2026-11-28T00:00", "stopped"),
        ("2026-11-24T00:00", "any"),
        ("2026-11-24T08:59", "any"),
    ],
)
def test_begin_only_stops_when_its_days_end_and_leaves_mornings_alone(at: str, expected: str) -> None:
    assert state({"p": {"begintime": "09:00", "weekdays": "mon-fri"}}, at) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-27T21:59", "stopped"),
        ("2026-11-27T22:00", "running"),
        ("2026-11-28T05:59", "running"),
        ("2026-11-28T06:00", "stopped"),
        ("2026-11-27T03:00", "stopped"),
        ("2026-11-28T22:00", "stopped"),
    ],
)
def test_night_of_a_friday_ends_on_saturday_and_not_on_friday_morning(at: str, expected: str) -> None:
    assert state(NIGHTS, at) == expected


@pytest.mark.parametrize("wanted", ["running", "stopped"])
def test_override_status_wins_over_periods_and_wants_no_type(wanted: str) -> None:
    schedule = make_schedule(OFFICE, periods=["office@t3.large"], override_status=wanted)
    desired = desired_at(schedule, instant("2026-11-23T12:00"))
    assert (desired.state, desired.instance_type, desired.period) == (wanted, None, None)


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-11-23T10:00", "running"), ("2026-11-23T12:00", "any"), ("2026-11-23T20:00", "stopped")],
)
def test_running_beats_any_beats_stopped(at: str, expected: str) -> None:
    periods = {
        "morning": {"begintime": "09:00", "endtime": "11:00"},
        "until": {"endtime": "18:00"},
        "never": {"begintime": "07:00", "endtime": "07:30"},
    }
    assert state(periods, at) == expected


@pytest.mark.parametrize(
    ("references", "at", "instance_type", "period"),
    [
        (["day@t3.small", "noon@t3.large"], "2026-11-23T10:00", "t3.small", "day"),
        (["day@t3.small", "noon@t3.large"], "2026-11-23T13:00", "t3.large", "noon"),
        (["day@t3.small", "noon"], "2026-11-23T13:00", None, "noon"),
        (["all@t3.small", "midnight@t3.large"], "2026-11-23T00:30", "t3.small", "all"),
        (["all", "midnight@t3.large"], "2026-11-23T00:30", "t3.large", "midnight"),
        (["night@t3.small", "midnight@t3.large"], "2026-11-23T00:30", "t3.large", "midnight"),
        (["night@t3.small", "all@t3.large"], "2026-11-23T00:30", "t3.large", "all"),
        (["night@t3.small", "all@t3.large"], "2026-11-23T23:30", "t3.small", "night"),
        (["night@t3.small", "late@t3.large"], "2026-11-24T00:30", "t3.large", "late"),
        (["day", "day@t3.large"], "2026-11-23T10:00", "t3.large", "day"),
        (["day@t3.small", "day@t3.large"], "2026-11-23T10:00", "t3.large", "day"),
        (["day@t3.small", "also@t3.large"], "2026-11-23T10:00", "t3.large", "also"),
        (["until@t3.small", "day"], "2026-11-23T10:00", None, "day"),
    ],
    ids=[
        "only the first runs",
        "the later begin decides",
        "the later begin names no type",
        "a tie at midnight goes to the name that sorts first",
        "a tie goes to the one with a type",
        "last night began earlier than midnight",
        "last night began earlier than a day without times",
        "tonight began later than the day",
        "of two nights the later begin decides",
        "a tie of one period with and without a type",
        "a tie of one period with two types goes to the type that sorts first",
        "a tie goes to the name that sorts first",
        "an end-only period does not run and decides nothing",
    ],
)
def test_the_running_period_that_began_last_decides_the_type(
    references: list[str], at: str, instance_type: str | None, period: str
) -> None:
    periods = {
        "all": {"weekdays": "*"},
        "also": {"begintime": "09:00", "endtime": "18:00"},
        "day": {"begintime": "09:00", "endtime": "18:00"},
        "late": {"begintime": "23:00", "endtime": "02:00"},
        "midnight": {"begintime": "00:00", "endtime": "01:00"},
        "night": {"begintime": "22:00", "endtime": "06:00"},
        "noon": {"begintime": "12:00", "endtime": "14:00"},
        "until": {"endtime": "18:00"},
    }
    desired = desired_at(make_schedule(periods, periods=references), instant(at))
    assert (desired.state, desired.instance_type, desired.period) == ("running", instance_type, period)


@pytest.mark.parametrize("at", ["2026-11-23T20:00", "2026-11-23T08:00"])
def test_no_period_is_named_and_no_type_wanted_unless_one_runs(at: str) -> None:
    periods = {"day": {"begintime": "09:00", "endtime": "18:00"}, "until": {"endtime": "08:30"}}
    desired = desired_at(make_schedule(periods, periods=["day@t3.large", "until@t3.small"]), instant(at))
    assert (desired.instance_type, desired.period) == (None, None)


LATE_AND_EARLY: Periods = {
    "late": {"begintime": "09:00", "endtime": "23:59"},
    "early": {"begintime": "00:00", "endtime": "06:00"},
}


@pytest.mark.parametrize(
    ("periods", "schedule", "at", "expected"),
    [
        (LATE_AND_EARLY, {}, "2026-11-23T23:59", "running"),
        (LATE_AND_EARLY, {}, "2026-11-23T23:59:30", "running"),
        (LATE_AND_EARLY, {}, "2026-11-23T06:00", "stopped"),
        (LATE_AND_EARLY, {}, "2026-11-23T08:59", "stopped"),
        ({"late": {"begintime": "00:00", "endtime": "23:59"}}, {}, "2026-11-23T23:59", "stopped"),
        (
            {"late": {"begintime": "00:00", "endtime": "23:59"}},
            {"periods": ["late", "late"]},
            "2026-11-23T23:59",
            "stopped",
        ),
        (
            {"late": {"begintime": "00:00", "endtime": "23:59"}},
            {"periods": ["late", "late@a.b"]},
            "2026-11-23T23:59",
            "running",
        ),
        (
            {"a": {"endtime": "23:58"}, "b": {"begintime": "00:00", "endtime": "06:00"}},
            {},
            "2026-11-23T23:59",
            "stopped",
        ),
        ({"a": {"begintime": "9:00", "endtime": "12:00"}, "b": {"begintime": "12:02"}}, {}, "2026-11-23T12:00", "any"),
        (
            {"a": {"begintime": "9:00", "endtime": "12:00"}, "b": {"begintime": "12:02", "endtime": "13:00"}},
            {},
            "2026-11-23T12:01",
            "stopped",
        ),
    ],
    ids=[
        "one minute between two periods",
        "in the middle of that minute",
        "a real end",
        "a real pause",
        "a schedule with one period",
        "the same period listed twice is one",
        "two members of one period are two",
        "nothing ran before",
        "any is not stopped",
        "two minutes",
    ],
)
def test_one_minute_between_two_periods_is_no_reason_to_stop(
    periods: Periods, schedule: dict[str, object], at: str, expected: str
) -> None:
    assert state(periods, at, **schedule) == expected


def test_bridged_minute_wants_the_type_of_the_minute_after() -> None:
    schedule = make_schedule(LATE_AND_EARLY, periods=["late@t3.large", "early@t3.small"])
    desired = desired_at(schedule, instant("2026-11-23T23:59"))
    assert (desired.instance_type, desired.period) == ("t3.small", "early")


CLOCK_CHANGES = [
    # New York: 02:00 → 03:00 on 2026-03-08, at 07:00Z.
    (
        "America/New_York",
        "02:30",
        "04:00",
        "2026-03-08T06:59",
        "stopped",
        "a begin inside the gap is not met before it",
    ),
    (
        "America/New_York",
        "02:30",
        "04:00",
        "2026-03-08T07:00",
        "running",
        "a begin inside the gap takes effect at its end",
    ),
    ("America/New_York", "01:00", "02:30", "2026-03-08T06:59", "running", "an end inside the gap is not met before it"),
    (
        "America/New_York",
        "01:00",
        "02:30",
        "2026-03-08T07:00",
        "stopped",
        "an end inside the gap takes effect at its end",
    ),
    ("America/New_York", "02:15", "02:45", "2026-03-08T07:00", "stopped", "what lies inside the gap does not run"),
    (
        "America/New_York",
        "02:15",
        "02:45",
        "2026-03-08T06:59",
        "stopped",
        "what lies inside the gap does not run before it",
    ),
    # New York: 02:00 → 01:00 on 2026-11-01, at 06:00Z.
    ("America/New_York", "01:15", "01:45", "2026-11-01T05:30", "running", "the repeated hour, for the first time"),
    ("America/New_York", "01:15", "01:45", "2026-11-01T06:00", "stopped", "between the two times"),
    ("America/New_York", "01:15", "01:45", "2026-11-01T06:30", "running", "the repeated hour, for the second time"),
    # Lord Howe moves by half an hour: 02:00 → 02:30 on 2026-10-04, 02:00 → 01:30 on 2026-04-05.
    ("Australia/Lord_Howe", "02:10", "03:00", "2026-10-03T15:29", "stopped", "before the half-hour gap"),
    ("Australia/Lord_Howe", "02:10", "03:00", "2026-10-03T15:30", "running", "at the end of the half-hour gap"),
    ("Australia/Lord_Howe", "01:30", "01:40", "2026-04-04T14:35", "running", "the repeated half hour, once"),
    ("Australia/Lord_Howe", "01:30", "01:40", "2026-04-04T15:05", "running", "the repeated half hour, twice"),
    ("Australia/Lord_Howe", "01:30", "01:40", "2026-04-04T14:45", "stopped", "between the two half hours"),
    # São Paulo: midnight of 2018-11-04 does not exist, 00:00 → 01:00 at 03:00Z.
    (
        "America/Sao_Paulo",
        "00:00",
        "05:00",
        "2018-11-04T02:59",
        "stopped",
        "a minute before a midnight that does not exist",
    ),
    (
        "America/Sao_Paulo",
        "00:00",
        "05:00",
        "2018-11-04T03:00",
        "running",
        "a midnight that does not exist begins at 01:00",
    ),
    ("America/Sao_Paulo", "22:00", "24:00", "2018-11-04T02:59", "running", "24:00 of the day before"),
    ("America/Sao_Paulo", "22:00", "24:00", "2018-11-04T03:00", "stopped", "24:00 of the day before has come"),
    ("America/Sao_Paulo", "22:00", "00:30", "2018-11-04T03:00", "stopped", "an overnight end inside the gap"),
    # São Paulo: 23:00–24:00 of 2018-02-17 comes twice.
    ("America/Sao_Paulo", "23:15", "23:30", "2018-02-18T01:20", "running", "the hour before midnight, once"),
    ("America/Sao_Paulo", "23:15", "23:30", "2018-02-18T02:20", "running", "the hour before midnight, twice"),
    # Apia skips the whole of 2011-12-30: 2011-12-29 24:00 is 2011-12-31 00:00, at 10:00Z.
    ("Pacific/Apia", "22:00", "06:00", "2011-12-30T09:59", "running", "the evening before the missing day"),
    ("Pacific/Apia", "22:00", "06:00", "2011-12-30T10:00", "running", "the night of the missing day, from its end"),
    ("Pacific/Apia", "22:00", "06:00", "2011-12-30T16:00", "stopped", "06:00 after the missing day"),
]


@pytest.mark.parametrize(
    ("zone", "begin", "end", "at", "expected"),
    [pytest.param(*case[:5], id=f"{case[0]}: {case[5]}") for case in CLOCK_CHANGES],
)
def test_periods_follow_the_wall_clock_over_a_clock_change(
    zone: str, begin: str, end: str, at: str, expected: str
) -> None:
    assert state({"p": {"begintime": begin, "endtime": end}}, at, timezone=zone) == expected


@pytest.mark.parametrize(("at", "expected"), [("2011-12-30T09:59", "stopped"), ("2011-12-30T10:00", "stopped")])
def test_a_day_that_the_zone_skips_is_met_by_no_instant(at: str, expected: str) -> None:
    assert state({"p": {"monthdays": "30", "months": "dec"}}, at, timezone="Pacific/Apia") == expected


def test_the_minute_after_is_counted_in_elapsed_time_over_a_gap() -> None:
    periods = {
        "before": {"begintime": "00:00", "endtime": "01:59"},
        "after": {"begintime": "03:00", "endtime": "05:00"},
    }
    assert state(periods, "2026-03-08T06:59", timezone="America/New_York") == "running"


def test_a_minute_whose_successor_repeats_the_hour_is_not_bridged() -> None:
    periods = {
        "before": {"begintime": "01:30", "endtime": "01:59"},
        "after": {"begintime": "02:00", "endtime": "05:00"},
    }
    assert [state(periods, at, timezone="America/New_York") for at in ("2026-11-01T05:59", "2026-11-01T06:59")] == [
        "stopped",
        "running",
    ]


@pytest.mark.parametrize(
    "at", ["1900-01-01T00:00", "1969-12-31T23:59", "2038-01-19T03:14:08", "2999-07-01T12:00", "9998-12-30T00:00"]
)
def test_far_instants_are_answered(at: str) -> None:
    assert state({"p": {"weekdays": "*"}}, at, timezone="America/New_York") == "running"


HOLIDAYS = {
    "days_off": ["2026-10-01..2026-10-07", "2026-12-25"],
    "working_days": ["2026-10-10", "2026-10-11=thu", "2026-10-07"],
}


@pytest.mark.parametrize(
    ("weekdays", "day", "expected"),
    [
        ("mon-fri", "2026-09-30", "running"),
        ("mon-fri", "2026-10-01", "stopped"),
        ("mon-fri", "2026-10-06", "stopped"),
        ("mon-fri", "2026-10-08", "running"),
        ("*", "2026-10-01", "stopped"),
        ("", "2026-10-01", "stopped"),
        ("thuL,thu#1", "2026-10-01", "stopped"),
        ("holiday", "2026-10-01", "running"),
        ("holiday", "2026-10-03", "running"),
        ("holiday", "2026-12-25", "running"),
        ("holiday", "2026-10-08", "stopped"),
        ("holiday", "2026-10-10", "stopped"),
        ("mon,holiday", "2026-10-02", "running"),
        ("mon,holiday", "2026-10-12", "running"),
        ("mon,holiday", "2026-10-13", "stopped"),
        ("*,holiday", "2026-10-01", "running"),
        ("mon", "2026-10-10", "running"),
        ("sat", "2026-10-10", "stopped"),
        ("mon-fri", "2026-10-10", "running"),
        ("mon/7", "2026-10-10", "running"),
        ("thu", "2026-10-11", "running"),
        ("L", "2026-10-11", "stopped"),
        ("sun", "2026-10-11", "stopped"),
        ("sat#2", "2026-10-10", "running"),
        ("mon#2", "2026-10-10", "stopped"),
        ("sun#2", "2026-10-11", "running"),
        ("holiday", "2026-10-07", "stopped"),
        ("mon", "2026-10-07", "running"),
        ("wed", "2026-10-07", "stopped"),
    ],
)
def test_calendar_takes_days_off_out_and_puts_working_days_in(weekdays: str, day: str, expected: str) -> None:
    periods = {"p": {"begintime": "09:00", "endtime": "17:00", "weekdays": weekdays}}
    assert state(periods, f"{day}T12:00", calendar=HOLIDAYS) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-10-01T03:00", "running"),
        ("2026-10-01T23:00", "stopped"),
        ("2026-10-08T03:00", "running"),
        ("2026-10-09T03:00", "running"),
        ("2026-10-10T23:00", "running"),
        ("2026-10-11T03:00", "running"),
    ],
    ids=[
        "the night before the first day off runs on into it",
        "a night that would begin on a day off",
        "the night of the working day within the days off",
        "the night of the first day after",
        "the night of a working Saturday",
        "the same night, on Sunday",
    ],
)
def test_calendar_judges_a_night_by_the_day_on_which_it_begins(at: str, expected: str) -> None:
    periods = {"p": {"begintime": "22:00", "endtime": "06:00", "weekdays": "mon-fri"}}
    assert state(periods, at, calendar=HOLIDAYS) == expected


def test_other_conditions_hold_on_holidays_too() -> None:
    periods = {"p": {"weekdays": "holiday", "monthdays": "1-3"}}
    assert [state(periods, f"2026-10-0{day}T12:00", calendar=HOLIDAYS) for day in (3, 4)] == ["running", "stopped"]


def test_nearest_weekday_goes_by_real_weekdays_whatever_the_calendar_says() -> None:
    calendar = {"days_off": ["2026-11-27"], "working_days": ["2026-11-28"]}
    assert [state({"p": {"monthdays": "28W"}}, f"2026-11-{day}T12:00", calendar=calendar) for day in (27, 28, 30)] == [
        "stopped"
    ] * 3


def test_calendar_is_read_by_the_local_date() -> None:
    periods = {"p": {"weekdays": "holiday"}}
    at = "2026-12-24T20:00"
    assert [state(periods, at, calendar=HOLIDAYS, timezone=zone) for zone in ("Asia/Shanghai", "UTC")] == [
        "running",
        "stopped",
    ]


def test_hash_is_the_same_for_the_same_schedule_in_other_words() -> None:
    first = make_schedule({"p": {"weekdays": {"mon", "tue", "fri"}, "begintime": "9:00"}}, description="one")
    second = make_schedule({"p": {"weekdays": ["4", "Tuesday", "MON"], "begintime": "09:00"}}, description="two")
    assert first.schedule_hash == second.schedule_hash


def test_hash_does_not_change_between_releases_by_accident() -> None:
    schedule = make_schedule(OFFICE, calendar=HOLIDAYS, timezone="Asia/Shanghai")
    assert schedule.schedule_hash == "c908fda3b71ce6352601d6e596276249"


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Asia/Tokyo"},
        {"periods": ["office@t3.large"]},
        {"override_status": "running"},
        {"enforced": True},
        {"retain_running": True},
        {"stop_new_instances": False},
        {"hibernate": True},
        {"use_maintenance_window": False},
        {"calendar": {"days_off": ["2026-10-01"]}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_hash_changes_with_all_that_decides(change: dict[str, object]) -> None:
    assert make_schedule(OFFICE, **change).schedule_hash != make_schedule(OFFICE).schedule_hash


@pytest.mark.parametrize(
    "change", [{"begintime": "09:01"}, {"endtime": "18:00"}, {"weekdays": "mon"}, {"months": "jan"}]
)
def test_hash_changes_with_a_period(change: dict[str, object]) -> None:
    changed = {"office": {**OFFICE["office"], **change}}
    assert make_schedule(changed).schedule_hash != make_schedule(OFFICE).schedule_hash


def test_schedules_that_are_alike_but_for_their_names_are_not_equal() -> None:
    one, other = (config_of(*items(OFFICE, name=name)).schedules[name] for name in ("one", "other"))
    assert (one.schedule_hash == other.schedule_hash, one == other) == (True, False)


def test_absent_time_zone_is_the_default() -> None:
    assert make_schedule(OFFICE).timezone == "UTC"


def test_desired_states_are_the_words_of_the_config_table() -> None:
    assert [str(member) for member in DesiredState] == ["running", "stopped", "any"]
