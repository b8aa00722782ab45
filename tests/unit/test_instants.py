"""Instants at message borders."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instance_scheduler.errors import InvalidInput
from instance_scheduler.instants import cut_to_minute, format_instant, parse_instant

offsets = st.timedeltas(min_value=timedelta(hours=-14), max_value=timedelta(hours=14)).map(
    lambda delta: timezone(timedelta(minutes=delta // timedelta(minutes=1)))
)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23T01:00:00Z", datetime(2026, 11, 23, 1, tzinfo=UTC)),
        ("2026-11-23T09:00:00+08:00", datetime(2026, 11, 23, 1, tzinfo=UTC)),
        ("2026-11-22T22:00+08:00", datetime(2026, 11, 22, 14, tzinfo=UTC)),
        ("2026-11-23T01:02:03.456Z", datetime(2026, 11, 23, 1, 2, 3, 456000, tzinfo=UTC)),
    ],
    ids=["Z", "offset", "no seconds", "the context object's milliseconds"],
)
def test_an_instant_is_read_in_utc(text, instant):
    assert parse_instant(text) == instant
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-11-23T25:00:00Z",
        "2026-11-23T01:00:00",
        "2026-11-23",
        "0001-01-01T00:00:00+14:00",
        "9" * 40,
    ],
    ids=["empty", "word", "no such hour", "no offset", "a date", "before the first year", "digits"],
)
def test_what_is_no_instant_with_an_offset_is_invalid_input(text):
    with pytest.raises(InvalidInput, match=r"write it as|no offset"):
        parse_instant(text)


def test_an_instant_is_written_in_utc_to_the_second():
    beijing = timezone(timedelta(hours=8))

    assert format_instant(datetime(2026, 11, 23, 9, 0, 5, 999999, tzinfo=beijing)) == "2026-11-23T01:00:05Z"


@settings(deadline=None)
@given(st.datetimes(timezones=offsets).filter(lambda instant: 1 < instant.year < 9999))
def test_what_is_written_is_read_as_the_same_second(instant):
    assert parse_instant(format_instant(instant)) == instant.replace(microsecond=0)


def test_texts_of_instants_sort_as_the_instants_do():
    early, late = datetime(999, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)

    assert format_instant(early) < format_instant(late)


def test_cutting_to_the_minute_drops_seconds_and_below():
    assert cut_to_minute(datetime(2026, 11, 23, 1, 2, 59, 999, tzinfo=UTC)) == datetime(2026, 11, 23, 1, 2, tzinfo=UTC)
