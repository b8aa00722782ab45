"""The next transition: over nights, weekends, month ends, leap days, clock changes, calendars, and none at all."""

from collections.abc import Mapping
from itertools import islice

import pytest
from bench.transitions import first_change_by_minutes, first_change_by_search, samples
from tests.unit.building import instant, make_schedule

from instance_scheduler.schedule import Schedule
from instance_scheduler.transition import next_transition, transitions

Periods = Mapping[str, Mapping[str, object]]
OFFICE: Periods = {"office": {"begintime": "09:00", "endtime": "17:00", "weekdays": "mon-fri"}}


def story(schedule: Schedule, after: str, count: int = 1) -> list[str]:
    """The next transitions as `2026-11-23T09:00 running t3.large`."""
    return [
        " ".join(
            part
            for part in (
                found.at.isoformat(timespec="minutes").removesuffix("+00:00"),
                found.desired.state,
                found.desired.instance_type,
            )
            if part
        )
        for found in islice(transitions(schedule, instant(after)), count)
    ]


def test_transitions_come_in_order_over_a_weekend() -> None:
    assert story(make_schedule(OFFICE), "2026-11-27T12:00", 3) == [
        "2026-11-27T17:00 stopped",
        "2026-11-30T09:00 running",
        "2026-11-30T17:00 stopped",
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-23T08:59:59.999999", "2026-11-23T09:00 running"),
        ("2026-11-23T09:00", "2026-11-23T17:00 stopped"),
        ("2026-11-23T10:00+08:00", "2026-11-23T09:00 running"),
    ],
)
def test_transition_is_later_than_the_instant_never_at_it(after: str, expected: str) -> None:
    assert story(make_schedule(OFFICE), after) == [expected]


CASES = [
    (
        "one-sided: begin only",
        {"p": {"begintime": "09:00", "weekdays": "mon-fri"}},
        {},
        "2026-11-27T12:00",
        ["2026-11-28T00:00 stopped", "2026-11-30T00:00 any", "2026-11-30T09:00 running", "2026-12-01T00:00 any"],
    ),
    (
        "one-sided: end only",
        {"p": {"endtime": "17:00", "weekdays": "fri"}},
        {},
        "2026-11-26T12:00",
        ["2026-11-27T00:00 any", "2026-11-27T17:00 stopped", "2026-12-04T00:00 any"],
    ),
    (
        "a night of Friday",
        {"p": {"begintime": "22:00", "endtime": "06:00", "weekdays": "fri"}},
        {},
        "2026-11-23T00:00",
        ["2026-11-27T22:00 running", "2026-11-28T06:00 stopped", "2026-12-04T22:00 running"],
    ),
    (
        "24:00 and 00:00 of the next day are one",
        {"p": {"begintime": "22:00", "endtime": "24:00"}, "q": {"begintime": "00:00", "endtime": "02:00"}},
        {},
        "2026-11-23T12:00",
        ["2026-11-23T22:00 running", "2026-11-24T02:00 stopped"],
    ),
    (
        "one minute between two periods",
        {"p": {"begintime": "09:00", "endtime": "23:59"}, "q": {"begintime": "00:00", "endtime": "06:00"}},
        {},
        "2026-11-23T12:00",
        ["2026-11-24T06:00 stopped", "2026-11-24T09:00 running", "2026-11-25T06:00 stopped"],
    ),
    (
        "one minute between two types",
        {"p": {"begintime": "09:00", "endtime": "11:59"}, "q": {"begintime": "12:00", "endtime": "18:00"}},
        {"periods": ["p@a.small", "q@a.large"]},
        "2026-11-23T00:00",
        ["2026-11-23T09:00 running a.small", "2026-11-23T11:59 running a.large", "2026-11-23T18:00 stopped"],
    ),
    (
        "a type that begins while another runs",
        {"p": {"begintime": "09:00", "endtime": "18:00"}, "q": {"begintime": "12:00", "endtime": "14:00"}},
        {"periods": ["p@a.small", "q@a.large"]},
        "2026-11-23T10:00",
        ["2026-11-23T12:00 running a.large", "2026-11-23T14:00 running a.small", "2026-11-23T18:00 stopped"],
    ),
    (
        "another period without another type is no transition",
        {"p": {"begintime": "09:00", "endtime": "18:00"}, "q": {"begintime": "12:00", "endtime": "14:00"}},
        {},
        "2026-11-23T10:00",
        ["2026-11-23T18:00 stopped"],
    ),
    (
        "the last day of months of all lengths",
        {"p": {"monthdays": "L"}},
        {},
        "2028-01-31T12:00",
        [
            "2028-02-01T00:00 stopped",
            "2028-02-29T00:00 running",
            "2028-03-01T00:00 stopped",
            "2028-03-31T00:00 running",
        ],
    ),
    (
        "a leap day",
        {"p": {"monthdays": "29", "months": "feb"}},
        {},
        "2028-03-01T12:00",
        ["2032-02-29T00:00 running", "2032-03-01T00:00 stopped"],
    ),
    (
        "the leap day of a year that is none",
        {"p": {"monthdays": "29", "months": "feb"}},
        {},
        "2096-03-01T12:00",
        ["2104-02-29T00:00 running"],
    ),
    (
        "a leap day on a Monday",
        {"p": {"monthdays": "29", "months": "feb", "weekdays": "mon#5"}},
        {},
        "2026-11-23T00:00",
        ["2044-02-29T00:00 running", "2044-03-01T00:00 stopped", "2072-02-29T00:00 running"],
    ),
    (
        "a leap day on a Wednesday, over the 40 years around 2100",
        {"p": {"monthdays": "29", "months": "feb", "weekdays": "wed"}},
        {},
        "2090-01-01T00:00",
        ["2096-02-29T00:00 running", "2096-03-01T00:00 stopped", "2108-02-29T00:00 running"],
    ),
    (
        "a begin inside the gap",
        {"p": {"begintime": "02:30", "endtime": "04:00"}},
        {"timezone": "America/New_York"},
        "2026-03-08T00:00",
        ["2026-03-08T07:00 running", "2026-03-08T08:00 stopped", "2026-03-09T06:30 running"],
    ),
    (
        "a period inside the gap",
        {"p": {"begintime": "02:15", "endtime": "02:45"}},
        {"timezone": "America/New_York"},
        "2026-03-07T12:00",
        ["2026-03-09T06:15 running", "2026-03-09T06:45 stopped"],
    ),
    (
        "the repeated hour",
        {"p": {"begintime": "01:15", "endtime": "01:45"}},
        {"timezone": "America/New_York"},
        "2026-10-31T12:00",
        [
            "2026-11-01T05:15 running",
            "2026-11-01T05:45 stopped",
            "2026-11-01T06:15 running",
            "2026-11-01T06:45 stopped",
        ],
    ),
    (
        "a period that the repeated hour cuts in two",
        {"p": {"begintime": "01:30", "endtime": "02:00"}},
        {"timezone": "America/New_York"},
        "2026-10-31T12:00",
        [
            "2026-11-01T05:30 running",
            "2026-11-01T06:00 stopped",
            "2026-11-01T06:30 running",
            "2026-11-01T07:00 stopped",
        ],
    ),
    (
        "half an hour repeated",
        {"p": {"begintime": "01:30", "endtime": "01:40"}},
        {"timezone": "Australia/Lord_Howe"},
        "2026-04-04T12:00",
        [
            "2026-04-04T14:30 running",
            "2026-04-04T14:40 stopped",
            "2026-04-04T15:00 running",
            "2026-04-04T15:10 stopped",
        ],
    ),
    (
        "a midnight that does not exist",
        {"p": {"weekdays": "sun"}},
        {"timezone": "America/Sao_Paulo"},
        "2018-11-03T12:00",
        ["2018-11-04T03:00 running", "2018-11-05T02:00 stopped"],
    ),
    (
        "a day that the zone skips",
        {"p": {"weekdays": "fri"}},
        {"timezone": "Pacific/Apia"},
        "2011-12-29T12:00",
        ["2012-01-05T10:00 running", "2012-01-06T10:00 stopped"],
    ),
    (
        "a change of the offset at half a minute",
        {"p": {"begintime": "00:15", "endtime": "00:20"}},
        {"timezone": "Africa/Monrovia"},
        "1972-01-06T12:00",
        ["1972-01-08T00:15 running"],
    ),
    (
        "days off and a working Saturday",
        {"p": {"begintime": "09:00", "endtime": "17:00", "weekdays": "mon-fri"}},
        {"calendar": {"days_off": ["2026-10-01..2026-10-07"], "working_days": ["2026-10-10"]}},
        "2026-09-30T12:00",
        [
            "2026-09-30T17:00 stopped",
            "2026-10-08T09:00 running",
            "2026-10-08T17:00 stopped",
            "2026-10-09T09:00 running",
        ],
    ),
    (
        "a day off far away",
        {"p": {"weekdays": "holiday"}},
        {"calendar": {"days_off": ["2026-12-01", "2190-10-01..2190-10-07"]}},
        "2026-11-23T00:00",
        [
            "2026-12-01T00:00 running",
            "2026-12-02T00:00 stopped",
            "2190-10-01T00:00 running",
            "2190-10-08T00:00 stopped",
        ],
    ),
    (
        "a night that begins before days off that are far away",
        {"p": {"begintime": "22:00", "endtime": "06:00", "weekdays": "holiday"}},
        {"calendar": {"days_off": ["2126-10-01"]}, "timezone": "Pacific/Kiritimati"},
        "2026-11-23T00:00",
        ["2126-10-01T08:00 running", "2126-10-01T16:00 stopped"],
    ),
    (
        "the end of days off that last for a century",
        {"p": {"begintime": "09:00", "endtime": "17:00", "weekdays": "mon-fri"}},
        {"calendar": {"days_off": ["2026-01-01..2125-12-31"]}},
        "2026-11-23T00:00",
        ["2126-01-01T09:00 running", "2126-01-01T17:00 stopped"],
    ),
]


@pytest.mark.parametrize(
    ("periods", "schedule", "after", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_transitions(periods: Periods, schedule: Mapping[str, object], after: str, expected: list[str]) -> None:
    assert story(make_schedule(periods, **schedule), after, len(expected)) == expected


HALVES = {"p": {"begintime": "00:00", "endtime": "12:00"}, "q": {"begintime": "12:00", "endtime": "24:00"}}
BRIDGED = {"p": {"begintime": "00:00", "endtime": "23:59"}, "q": {"begintime": "00:00", "endtime": "12:00"}}
NEVER = [
    ("always running", {"p": {"weekdays": "*"}}, {}),
    ("always running in two halves", HALVES, {}),
    ("always running over one-minute gaps", BRIDGED, {}),
    ("an impossible day", {"p": {"monthdays": "30", "months": "feb"}}, {}),
    ("a leap day that is a first Monday", {"p": {"monthdays": "29", "months": "feb", "weekdays": "mon#1"}}, {}),
    ("overridden", OFFICE, {"override_status": "running"}),
    ("days off that are all past", {"p": {"weekdays": "holiday"}}, {"calendar": {"days_off": ["2020-01-01"]}}),
]


@pytest.mark.parametrize(("periods", "schedule"), [pytest.param(*case[1:], id=case[0]) for case in NEVER])
@pytest.mark.parametrize("zone", ["UTC", "Europe/London"])
def test_schedule_that_never_changes_has_no_transition(
    periods: Periods, schedule: Mapping[str, object], zone: str
) -> None:
    assert next_transition(make_schedule(periods, timezone=zone, **schedule), instant("2026-11-23T12:00")) is None


@pytest.mark.parametrize("after", ["1900-01-01T00:00", "2037-12-31T00:00", "2999-07-01T12:00"])
def test_transitions_are_found_at_far_instants(after: str) -> None:
    assert len(story(make_schedule(OFFICE, timezone="America/New_York"), after, 3)) == 3


@pytest.mark.parametrize("after", ["9998-12-31T00:00", "9999-12-30T00:00"])
def test_search_ends_with_the_calendar_of_the_language(after: str) -> None:
    assert story(make_schedule({"p": {"weekdays": "*"}}), after) == []


def test_search_agrees_with_looking_at_every_minute() -> None:
    pairs = [(sample, sample.schedule()) for sample in islice(samples(seed=20261123), 1_000)]
    wrong = [
        sample
        for sample, schedule in pairs
        if first_change_by_search(schedule, sample.after) != first_change_by_minutes(schedule, sample.after)
    ]
    assert wrong == []
