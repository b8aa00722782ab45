"""Timelines and hours, told from the journals of runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from instance_scheduler.decision import Action, StoredState
from instance_scheduler.journal import Entry, Status
from instance_scheduler.record import Claim, InstanceRecord
from instance_scheduler.settings import Service
from instance_scheduler.target import Target
from scheduler_cli.hours import hours, tally, tally_json, total
from scheduler_cli.timeline import Known, Power, Span, Timeline, Told, known_from, timeline_of

TARGET = Target(account="111122223333", region="cn-north-1", service=Service.EC2)
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
DAY = Span(begin=BEGIN, end=BEGIN + timedelta(hours=24))
ON, OFF, UNKNOWN = Power.ON, Power.OFF, Power.UNKNOWN


def told(hour: float, action: str = "stop", status: str = "succeeded", **more: Any) -> Told:
    entry = Entry(
        target=TARGET,
        instance="i-1",
        name="web-1",
        at=BEGIN + timedelta(hours=hour),
        action=Action(action),
        row=more.pop("row", "S4"),
        reason="",
        status=Status(status),
        schedule="office-hours",
        from_type=more.pop("from_type", "t3.small"),
        **more,
    )
    return Told(run=f"run-{hour}", entry=entry)


def told_of(*decisions: Told, span: Span = DAY, **known: Any) -> Timeline:
    return timeline_of(TARGET, "i-1", decisions, span, known=Known(**known))


def stretches(timeline: Timeline) -> list[tuple[float, float, Power]]:
    """Begin and end in hours, and the power."""
    return [(hours(one.begin - BEGIN), hours(one.end - BEGIN), one.power) for one in timeline.stretches]


NINE_TO_SIX = (told(9, "start"), told(18))


@pytest.mark.parametrize(
    ("decisions", "known", "expected"),
    [
        pytest.param(NINE_TO_SIX, {}, [(0, 9, OFF), (9, 18, ON), (18, 24, OFF)], id="a start and a stop"),
        pytest.param((told(18, "hibernate"),), {}, [(0, 18, ON), (18, 24, OFF)], id="a stop alone: it ran before"),
        pytest.param(
            (told(9, "start"),), {"last": ON}, [(0, 9, OFF), (9, 24, ON)], id="a start alone: it was off before"
        ),
        pytest.param((told(-15, "start"),), {}, [(0, 24, ON)], id="what happened before the span counts"),
        pytest.param((told(30),), {}, [(0, 24, ON)], id="what happened after it tells how it was"),
        pytest.param((), {}, [(0, 24, UNKNOWN)], id="nothing is known"),
        pytest.param((), {"last": OFF}, [(0, 24, OFF)], id="only the stored state is known"),
        pytest.param((told(9, "start", "failed"),), {"last": OFF}, [(0, 24, OFF)], id="a failed start changes nothing"),
        pytest.param(
            (told(9, "start", "failed"),), {}, [(0, 9, OFF), (9, 24, UNKNOWN)], id="a failed start: it was off before"
        ),
        pytest.param(
            (told(9, status="failed"), told(12, status="failed")),
            {"last": ON},
            [(0, 24, ON)],
            id="stops that failed: it was on before and between them",
        ),
        pytest.param(
            (told(9, "start", "failed"), told(18)),
            {"first": OFF},
            [(0, 9, OFF), (9, 18, ON), (18, 24, OFF)],
            id="a start that was told as failed and worked",
        ),
        pytest.param(
            (told(9, "start", "planned"), told(18)),
            {"first": OFF},
            [(0, 9, OFF), (9, 18, ON), (18, 24, OFF)],
            id="a start whose run died before it wrote down what came of it",
        ),
        pytest.param(
            (told(-6), told(18)), {}, [(0, 18, UNKNOWN), (18, 24, OFF)], id="somebody started it, nobody knows when"
        ),
        pytest.param((told(-6), told(3, row="S2")), {}, [(0, 24, OFF)], id="corrected at once"),
        pytest.param(
            (told(-160), told(9, row="S5a")),
            {},
            [(0, 8, OFF), (8, 9, ON), (9, 24, OFF)],
            id="a database that AWS started after seven days",
        ),
        pytest.param(
            (told(9, "start"), told(9.5, "start", earlier_failure="its start did not hold: no room"), told(18)),
            {},
            [(0, 9.5, OFF), (9.5, 18, ON), (18, 24, OFF)],
            id="a start that did not hold",
        ),
        pytest.param(
            (told(9, "start"), told(9.5, "none", "skipped", code="start_broken")),
            {"last": OFF},
            [(0, 24, OFF)],
            id="a start that did not hold and is tried later",
        ),
        pytest.param((told(18, status="planned", withheld=True),), {"last": ON}, [(0, 24, ON)], id="a withheld stop"),
    ],
)
def test_stretches_follow_from_what_runs_did(
    decisions: tuple[Told, ...], known: dict[str, Power], expected: list[tuple[float, float, Power]]
) -> None:
    assert stretches(told_of(*decisions, **known)) == expected


def test_the_type_changes_with_a_resize_and_an_alternate_counts_as_what_it_is() -> None:
    timeline = told_of(
        told(9, "start"),
        told(12, "resize", to_type="t3.large", row="U5"),
        told(15, "resize", to_type="t3.small", from_type="t3.large", alternate="t3a.small", row="U5"),
        told(18, from_type="t3a.small"),
    )
    assert [(hours(one.begin - BEGIN), one.type) for one in timeline.stretches if one.power is ON] == [
        (9, "t3.small"),
        (12, "t3.large"),
        (15, "t3a.small"),
    ]
    assert tally(timeline).resizes == 2


def test_hours_on_and_saved_make_up_always_on_and_what_is_unknown_is_not_called_saved() -> None:
    assert tally_json(tally(told_of(*NINE_TO_SIX))) == {
        "hours_on": 9.0,
        "hours_always_on": 24.0,
        "hours_saved": 15.0,
        "hours_unknown": 0.0,
        "starts": 1,
        "stops": 1,
        "resizes": 0,
        "failures": 0,
    }
    unknown = tally(told_of())
    assert (hours(unknown.on), hours(unknown.off), hours(unknown.unknown)) == (24, 0, 24)
    both = total([told_of(*NINE_TO_SIX), told_of(told(9, "start", "failed"))])
    assert (hours(both.always_on), both.starts, both.failures) == (48, 1, 1)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(InstanceRecord(stored=StoredState.RETAIN_RUNNING), ON, id="retain-running"),
        pytest.param(InstanceRecord(stored=StoredState.STOPPED), OFF, id="stopped"),
        pytest.param(
            InstanceRecord(stored=StoredState.START_FAILED), OFF, id="start failed, and not seen running since"
        ),
        pytest.param(InstanceRecord(stored=StoredState.STOP_FAILED), ON, id="stop failed, and not seen stopped since"),
        pytest.param(InstanceRecord(stored=StoredState.ANY), UNKNOWN, id="left as it is"),
        pytest.param(
            InstanceRecord(
                stored=StoredState.STOPPED,
                claim=Claim(run="run", action=Action.START, at=BEGIN, new_stored=StoredState.RUNNING),
            ),
            UNKNOWN,
            id="held by a run",
        ),
    ],
)
def test_the_stored_state_tells_how_it_stands_now(record: InstanceRecord, expected: Power) -> None:
    assert known_from(record).last is expected
