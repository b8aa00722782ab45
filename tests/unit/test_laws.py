"""Laws that hold for every schedule, under random input."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
import pytz
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.unit.building import items, make_schedule

from instance_scheduler.expressions import parse_monthdays, parse_months, parse_weekdays
from instance_scheduler.override import Override, parse_override
from instance_scheduler.period import MINUTES_OF_DAY, format_minute
from instance_scheduler.schedule import DesiredState, Schedule, desired_at
from instance_scheduler.timezones import wall_clock
from instance_scheduler.transition import transitions
from scheduler_cli.evaluate import answer_case

QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

days = st.dates(min_value=date(1970, 1, 1), max_value=date(2099, 12, 31))
seconds = st.integers(0, int(datetime(2037, 12, 31, tzinfo=UTC).timestamp()))
instants = seconds.map(lambda second: datetime.fromtimestamp(second, UTC))
any_second = st.one_of(seconds, st.integers(0, int(datetime(9998, 12, 30, tzinfo=UTC).timestamp())))
any_instant = any_second.map(lambda second: datetime.fromtimestamp(second, UTC))
zones = st.sampled_from(pytz.all_timezones)
clocks = st.one_of(
    st.integers(0, MINUTES_OF_DAY - 1), st.sampled_from([0, 1, 59, 60, 119, 120, 150, 180, 1438, 1439])
).map(format_minute)


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(str)


def spans(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    steps = st.integers(1, 40).map(lambda step: f"/{step}")
    ranges = st.builds(lambda first, last, step: f"{first}-{last}{step}", values, values, st.one_of(st.just(""), steps))
    return st.one_of(
        values, ranges, st.builds(str.__add__, values, steps), steps.map(lambda step: f"*{step}"), st.just("?")
    )


weekday_values = st.one_of(numbers(0, 7), st.sampled_from([*NAMES, "Monday", "SUN"]))
weekday_terms = st.one_of(
    spans(weekday_values),
    weekday_values.map(lambda day: f"{day}L"),
    st.builds(lambda day, nth: f"{day}#{nth}", weekday_values, st.integers(1, 5)),
    st.sampled_from(["L", "holiday"]),
)
monthday_terms = st.one_of(
    spans(numbers(1, 31)),
    numbers(1, 31).map(lambda day: f"{day}W"),
    numbers(1, 31).map(lambda day: f"{day}-L"),
    st.sampled_from(["L", "LW"]),
)
month_terms = spans(st.one_of(numbers(1, 12), st.sampled_from([*MONTHS, "March", "DEC"])))


def lists(terms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(terms, min_size=1, max_size=3).map(",".join)


@st.composite
def periods(draw: st.DrawFn) -> dict[str, object]:
    period: dict[str, object] = {
        "begintime": draw(st.one_of(st.none(), clocks)),
        "endtime": draw(st.one_of(st.none(), clocks, st.just("24:00"))),
        "weekdays": draw(st.one_of(st.none(), lists(weekday_terms))),
        "monthdays": draw(st.one_of(st.none(), st.none(), lists(monthday_terms))),
        "months": draw(st.one_of(st.none(), st.none(), lists(month_terms))),
    }
    assume(any(value is not None for value in period.values()))
    assume(period["begintime"] is None or period["begintime"] != period["endtime"])
    return period


calendars = st.one_of(
    st.none(),
    st.builds(
        lambda first, length, working: {
            "days_off": [f"{first}..{first + timedelta(days=length)}"],
            "working_days": [f"{day}={name}" for day, name in working.items()],
        },
        st.dates(min_value=date(1990, 1, 1), max_value=date(2037, 1, 1)),
        st.integers(0, 10),
        st.dictionaries(
            st.dates(min_value=date(1990, 1, 1), max_value=date(2037, 1, 1)), st.sampled_from(NAMES), max_size=3
        ),
    ),
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    defined = draw(st.dictionaries(st.sampled_from("pqrs"), periods(), min_size=1, max_size=4))
    types = st.sampled_from(["", "", "@a.small", "@a.large"])
    references = [f"{name}{draw(types)}" for name in defined]
    return make_schedule(defined, calendar=draw(calendars), periods=references, timezone=draw(zones))


@given(schedule=schedules(), after=instants, fraction=st.floats(0, 0.999))
@QUICK
def test_desired_state_is_constant_between_transitions(schedule: Schedule, after: datetime, fraction: float) -> None:
    found = [(item.at, item.desired) for item in islice(transitions(schedule, after), 3)]
    edges = [(after, desired_at(schedule, after)), *found]
    ends = [at for at, _ in found] + [edges[-1][0] + timedelta(seconds=1)]
    between = [(at + (end - at) * fraction, wanted) for (at, wanted), end in zip(edges, ends, strict=True)]
    states = [(desired_at(schedule, at).state, desired_at(schedule, at).instance_type) for at, _ in between]
    assert states == [(wanted.state, wanted.instance_type) for _, wanted in between]


@given(schedule=schedules(), after=instants)
@QUICK
def test_state_or_type_differs_just_before_and_at_a_transition(schedule: Schedule, after: datetime) -> None:
    edges = [item.at for item in islice(transitions(schedule, after), 3)]
    pairs = [(desired_at(schedule, at - timedelta(microseconds=1)), desired_at(schedule, at)) for at in edges]
    assert all((before.state, before.instance_type) != (now.state, now.instance_type) for before, now in pairs)


@given(first=st.integers(0, 6), last=st.integers(0, 6), day=days)
@QUICK
def test_wrapped_range_of_weekdays_is_the_union_of_its_halves(first: int, last: int, day: date) -> None:
    assume(first > last)
    whole, halves = parse_weekdays(f"{first}-{last}"), parse_weekdays(f"{first}-6,0-{last}")
    assert whole.contains(day, day.weekday()) == halves.contains(day, day.weekday())


@given(first=st.integers(1, 31), last=st.integers(1, 31), day=days)
@QUICK
def test_wrapped_range_of_monthdays_is_the_union_of_its_halves(first: int, last: int, day: date) -> None:
    assume(first > last)
    assert parse_monthdays(f"{first}-{last}").contains(day) == parse_monthdays(f"{first}-31,1-{last}").contains(day)


@given(first=st.integers(1, 12), last=st.integers(1, 12), day=days)
@QUICK
def test_wrapped_range_of_months_is_the_union_of_its_halves(first: int, last: int, day: date) -> None:
    assume(first > last)
    assert parse_months(f"{first}-{last}").contains(day) == parse_months(f"{first}-12,1-{last}").contains(day)


@given(
    begin=st.integers(1, MINUTES_OF_DAY - 1),
    end=st.integers(1, MINUTES_OF_DAY - 1),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    zone=zones,
    at=instants,
)
@QUICK
def test_night_is_its_evening_and_the_morning_of_the_next_weekday(
    begin: int, end: int, weekdays: set[int], zone: str, at: datetime
) -> None:
    # Closer together, a clock change could leave one minute between the halves, which a schedule of two periods bridges.
    assume(begin > end + 180)
    # The morning after a day that the zone skips belongs to that day, but has not its weekday's successor.
    assume(wall_clock(at, zone)[0] - wall_clock(at - timedelta(days=1), zone)[0] <= timedelta(days=1))
    evening = {"begintime": format_minute(begin), "endtime": "24:00", "weekdays": list(weekdays)}
    morning = {"begintime": "00:00", "endtime": format_minute(end), "weekdays": [(day + 1) % 7 for day in weekdays]}
    night = {"begintime": format_minute(begin), "endtime": format_minute(end), "weekdays": list(weekdays)}
    whole, halves = (
        make_schedule({"p": night}, timezone=zone),
        make_schedule({"p": evening, "q": morning}, timezone=zone),
    )
    assert desired_at(whole, at).state == desired_at(halves, at).state


@given(text=lists(weekday_terms))
@QUICK
def test_printed_weekdays_are_read_as_the_same(text: str) -> None:
    assert parse_weekdays(str(parse_weekdays(text))) == parse_weekdays(text)


@given(text=lists(monthday_terms))
@QUICK
def test_printed_monthdays_are_read_as_the_same(text: str) -> None:
    assert parse_monthdays(str(parse_monthdays(text))) == parse_monthdays(text)


@given(text=lists(month_terms))
@QUICK
def test_printed_months_are_read_as_the_same(text: str) -> None:
    assert parse_months(str(parse_months(text))) == parse_months(text)


@given(state=st.sampled_from([DesiredState.RUNNING, DesiredState.STOPPED]), until=st.one_of(st.none(), instants))
@QUICK
def test_printed_override_is_read_as_the_same(state: DesiredState, until: datetime | None) -> None:
    override = Override(state=state, until=until)
    assert parse_override(str(override)) == override


@given(schedule=schedules(), at=any_instant)
@QUICK
def test_every_instant_has_an_answer(schedule: Schedule, at: datetime) -> None:
    assert desired_at(schedule, at).state in DesiredState


@pytest.mark.parametrize("zone", pytz.all_timezones)
@given(at=any_instant)
@settings(max_examples=5, deadline=None, derandomize=True)
def test_every_zone_has_an_answer_at_every_instant(zone: str, at: datetime) -> None:
    *defined, schedule = items({"p": {"begintime": "22:00", "endtime": "06:00"}}, timezone=zone)
    case = {"schedule": schedule, "periods": {"p": defined[0]}, "at": at.isoformat()}
    assert answer_case(case)["desired_state"] in ("running", "stopped")
