"""The decision table, row by row."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.building import instant, make_schedule

from instance_scheduler.decision import Action, Decision, ObservedState, Situation, StoredState, decide
from instance_scheduler.override import parse_override
from instance_scheduler.settings import Service

RUNNING_AT, STOPPED_AT, ANY_AT = (instant(f"2026-11-23T{clock}") for clock in ("12:00", "20:00", "06:00"))
PERIODS = {"day": {"begintime": "09:00", "endtime": "18:00"}, "until": {"endtime": "08:00"}}
"""Any until 08:00, running from 09:00 to 18:00."""
STORED = list(StoredState)
BOTH = [ObservedState.RUNNING, ObservedState.STOPPED]

SITUATION = Situation(
    at=RUNNING_AT,
    service=Service.EC2,
    stored=StoredState.UNKNOWN,
    observed=ObservedState.STOPPED,
    instance_type="t3.small",
    schedule_tag="s",
    override=None,
    claimed=False,
    retry_at=None,
    maintenance_window_open=False,
    restarted_by_aws=False,
)


def decided(schedule: Mapping[str, object] | None = None, /, **situation: Any) -> Decision:
    return decide(replace(SITUATION, **situation), make_schedule(PERIODS, **(schedule or {})))


def row(schedule: Mapping[str, object] | None = None, /, **situation: Any) -> tuple[str, str, str, str | None]:
    """Row, request, action, new stored state."""
    decision = decided(schedule, **situation)
    return decision.row, decision.request, decision.action, decision.new_stored


@pytest.mark.parametrize("tag", ["ignore", "none", "off", "IGNORE", "None", " Off "])
def test_o1_takes_an_instance_out_of_scheduling(tag: str) -> None:
    everything = {"claimed": True, "override": parse_override("nonsense"), "observed": ObservedState.TRANSITIONAL}
    assert row(schedule_tag=tag, **everything) == ("O1", "none", "none", None)


@pytest.mark.parametrize(
    "situation",
    [
        {"claimed": True},
        {"observed": ObservedState.TRANSITIONAL},
        {"claimed": True, "override": parse_override("nonsense")},
    ],
    ids=["claimed", "transitional", "claimed, with an unreadable override"],
)
def test_o2_leaves_an_instance_to_the_run_that_holds_it(situation: dict[str, object]) -> None:
    assert row(**situation) == ("O2", "none", "none", None)


def test_o3_leaves_an_instance_with_an_unreadable_override_alone_and_says_why() -> None:
    decision = decided(override=parse_override("runing"))
    assert (decision.row, decision.action, decision.new_stored) == ("O3", "none", None)
    assert decision.explanation.startswith("the override 'runing' cannot be read: 'runing' is no state")


@pytest.mark.parametrize(
    ("override", "observed", "expected"),
    [
        ("running", ObservedState.STOPPED, ("O4", "start", "start", "running")),
        ("running", ObservedState.RUNNING, ("O4", "start", "none", "running")),
        ("stopped@2026-11-23T12:01Z", ObservedState.RUNNING, ("O4", "stop", "stop", "stopped")),
        ("stopped@2026-11-23T12:01Z", ObservedState.STOPPED, ("O4", "stop", "none", "stopped")),
    ],
)
@pytest.mark.parametrize("stored", STORED)
def test_o4_enforces_an_override_in_force(
    override: str, observed: ObservedState, stored: StoredState, expected: tuple[str, ...]
) -> None:
    assert row(override=parse_override(override), observed=observed, stored=stored) == expected


def test_o4_needs_no_usable_schedule() -> None:
    assert decide(replace(SITUATION, override=parse_override("running")), None).row == "O4"


def test_o4_comes_before_a_failed_start_that_waits_and_before_a_window() -> None:
    situation = {"stored": StoredState.START_FAILED, "retry_at": STOPPED_AT, "maintenance_window_open": True}
    assert row(override=parse_override("stopped"), service=Service.RDS, **situation)[0] == "O4"


def test_override_that_has_ended_counts_as_absent() -> None:
    assert row(override=parse_override("stopped@2026-11-23T12:00Z"))[0] == "U4"


def test_o4_wants_no_type() -> None:
    decision = decided(
        {"periods": ["day@t3.large"]}, override=parse_override("running"), observed=ObservedState.RUNNING
    )
    assert (decision.row, decision.action, decision.desired_type) == ("O4", "none", None)


@pytest.mark.parametrize(
    ("at", "stored", "retry_at", "expected"),
    [
        (RUNNING_AT, StoredState.START_FAILED, "2026-11-23T12:01", "O5"),
        (RUNNING_AT, StoredState.START_FAILED, "2026-11-23T12:00", "U4"),
        (RUNNING_AT, StoredState.STOP_FAILED, "2026-11-23T12:01", "U4"),
        (STOPPED_AT, StoredState.STOP_FAILED, "2026-11-23T20:01", "O5"),
        (STOPPED_AT, StoredState.START_FAILED, "2026-11-23T20:01", "S4"),
        (ANY_AT, StoredState.STOP_FAILED, "2026-11-23T20:01", "A1"),
        (RUNNING_AT, StoredState.RUNNING, "2026-11-23T12:01", "U6"),
    ],
)
def test_o5_waits_with_the_call_that_failed_and_with_no_other(
    at: object, stored: StoredState, retry_at: str, expected: str
) -> None:
    assert row({"periods": ["day", "until"]}, at=at, stored=stored, retry_at=instant(retry_at))[0] == expected


def test_o5_changes_nothing_and_names_the_next_try() -> None:
    decision = decided(stored=StoredState.START_FAILED, retry_at=STOPPED_AT)
    assert (decision.action, decision.new_stored) == ("none", None)
    assert decision.explanation == "its last start failed and is tried again at 2026-11-23T20:00:00Z"


@pytest.mark.parametrize("stored", STORED)
def test_e1_leaves_an_instance_without_a_usable_schedule_alone(stored: StoredState) -> None:
    decision = decide(replace(SITUATION, stored=stored, retry_at=STOPPED_AT), None)
    assert (decision.row, decision.action, decision.new_stored, decision.desired) == ("E1", "none", None, None)


@pytest.mark.parametrize("at", [RUNNING_AT, STOPPED_AT, ANY_AT])
@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("schedule", [{}, {"override_status": "stopped"}, {"enforced": True}], ids=str)
def test_m0_starts_a_database_for_its_maintenance_window(
    at: object, stored: StoredState, schedule: dict[str, object]
) -> None:
    kept = {StoredState.RETAIN_RUNNING: "retain-running"}.get(stored, "running")
    expected = ("M0", "start", "start", kept)
    assert row(schedule, at=at, stored=stored, service=Service.RDS, maintenance_window_open=True) == expected


@pytest.mark.parametrize(
    ("schedule", "service", "is_open"),
    [
        ({"use_maintenance_window": False}, Service.RDS, True),
        ({}, Service.EC2, True),
        ({}, Service.RDS, False),
    ],
    ids=["the schedule does not use windows", "EC2 has none", "the window is closed"],
)
def test_m0_needs_a_database_an_open_window_and_a_schedule_that_uses_it(
    schedule: dict[str, object], service: Service, is_open: bool
) -> None:
    assert row(schedule, at=STOPPED_AT, service=service, maintenance_window_open=is_open)[0] == "S4"


@pytest.mark.parametrize("enforced", [True, False])
@pytest.mark.parametrize("observed", BOTH)
def test_s1_spares_a_new_instance(observed: ObservedState, enforced: bool) -> None:
    schedule = {"stop_new_instances": False, "enforced": enforced}
    assert row(schedule, at=STOPPED_AT, observed=observed) == ("S1", "none", "none", "stopped")


@pytest.mark.parametrize("stored", [stored for stored in STORED if stored is not StoredState.UNKNOWN])
def test_s1_is_for_new_instances_only(stored: StoredState) -> None:
    assert row({"stop_new_instances": False}, at=STOPPED_AT, stored=stored)[0] != "S1"


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize(("observed", "action"), [(ObservedState.RUNNING, "stop"), (ObservedState.STOPPED, "none")])
def test_s2_stops_whatever_was_stored(stored: StoredState, observed: ObservedState, action: str) -> None:
    schedule = {"enforced": True, "retain_running": True}
    assert row(schedule, at=STOPPED_AT, stored=stored, observed=observed) == ("S2", "stop", action, "stopped")


@pytest.mark.parametrize("observed", BOTH)
def test_s3_lets_an_instance_run_that_a_person_started(observed: ObservedState) -> None:
    situation = {"at": STOPPED_AT, "stored": StoredState.RETAIN_RUNNING, "observed": observed}
    assert row({"retain_running": True}, **situation) == ("S3", "none", "none", "stopped")


@pytest.mark.parametrize("stored", [stored for stored in STORED if stored is not StoredState.STOPPED])
@pytest.mark.parametrize(("observed", "action"), [(ObservedState.RUNNING, "stop"), (ObservedState.STOPPED, "none")])
def test_s4_stops_what_is_not_stored_stopped(stored: StoredState, observed: ObservedState, action: str) -> None:
    assert row(at=STOPPED_AT, stored=stored, observed=observed) == ("S4", "stop", action, "stopped")


def test_s5a_stops_a_database_that_aws_started() -> None:
    situation = {"at": STOPPED_AT, "stored": StoredState.STOPPED, "service": Service.RDS, "restarted_by_aws": True}
    assert row(observed=ObservedState.RUNNING, **situation) == ("S5a", "stop", "stop", "stopped")


@pytest.mark.parametrize(
    "situation",
    [
        {"observed": ObservedState.RUNNING},
        {"observed": ObservedState.STOPPED},
        {"observed": ObservedState.STOPPED, "restarted_by_aws": True, "service": Service.RDS},
        {"observed": ObservedState.RUNNING, "restarted_by_aws": True, "service": Service.EC2},
    ],
    ids=["started by hand", "still stopped", "restarted, and stopped again", "not a database"],
)
def test_s5_leaves_a_manual_start_alone(situation: dict[str, object]) -> None:
    assert row(at=STOPPED_AT, stored=StoredState.STOPPED, **situation) == ("S5", "none", "none", "stopped")


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize(("observed", "action"), [(ObservedState.STOPPED, "start"), (ObservedState.RUNNING, "none")])
def test_u1_starts_whatever_was_stored(stored: StoredState, observed: ObservedState, action: str) -> None:
    schedule = {"enforced": True, "retain_running": True}
    assert row(schedule, stored=stored, observed=observed) == ("U1", "start", action, "running")


def test_u2_remembers_an_instance_that_ran_before_its_period() -> None:
    situation = {"stored": StoredState.STOPPED, "observed": ObservedState.RUNNING}
    assert row({"retain_running": True}, **situation) == ("U2", "none", "none", "retain-running")


@pytest.mark.parametrize("retain_running", [True, False])
@pytest.mark.parametrize("observed", BOTH)
def test_u3_keeps_what_is_retained_whatever_the_flag_and_the_state(
    observed: ObservedState, retain_running: bool
) -> None:
    situation = {"stored": StoredState.RETAIN_RUNNING, "observed": observed}
    assert row({"retain_running": retain_running}, **situation) == ("U3", "none", "none", "retain-running")


@pytest.mark.parametrize("retain_running", [True, False])
@pytest.mark.parametrize(
    "stored", [stored for stored in STORED if stored not in (StoredState.RUNNING, StoredState.RETAIN_RUNNING)]
)
def test_u4_starts_what_is_not_stored_running(stored: StoredState, retain_running: bool) -> None:
    assert row({"retain_running": retain_running}, stored=stored) == ("U4", "start", "start", "running")


def test_u4_of_an_instance_that_runs_only_updates_what_is_stored() -> None:
    assert row(observed=ObservedState.RUNNING) == ("U4", "start", "none", "running")


@pytest.mark.parametrize("observed", BOTH)
def test_u6_leaves_a_manual_stop_alone(observed: ObservedState) -> None:
    assert row(stored=StoredState.RUNNING, observed=observed) == ("U6", "none", "none", "running")


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("observed", BOTH)
def test_a1_does_nothing_and_stores_any(stored: StoredState, observed: ObservedState) -> None:
    assert row({"enforced": True}, at=ANY_AT, stored=stored, observed=observed) == ("A1", "none", "none", "any")


LARGE: dict[str, object] = {"periods": ["day@t3.large"]}


@pytest.mark.parametrize(
    ("schedule", "stored"),
    [
        ({"enforced": True}, StoredState.RUNNING),
        ({"enforced": True}, StoredState.RETAIN_RUNNING),
        ({}, StoredState.UNKNOWN),
        ({}, StoredState.STOPPED),
        ({}, StoredState.RUNNING),
    ],
    ids=[
        "in place of U1",
        "in place of U1, retained",
        "in place of U4",
        "in place of U4, stored stopped",
        "in place of U6",
    ],
)
def test_u5_resizes_a_running_instance_of_another_type(schedule: dict[str, object], stored: StoredState) -> None:
    decision = decided({**LARGE, **schedule}, stored=stored, observed=ObservedState.RUNNING)
    assert (decision.row, decision.action, decision.new_stored, decision.desired_type) == (
        "U5",
        "resize",
        "running",
        "t3.large",
    )


@pytest.mark.parametrize(
    ("schedule", "situation", "expected"),
    [
        ({}, {"stored": StoredState.RETAIN_RUNNING, "observed": ObservedState.RUNNING}, "U3"),
        ({"retain_running": True}, {"stored": StoredState.STOPPED, "observed": ObservedState.RUNNING}, "U2"),
        ({}, {"stored": StoredState.RUNNING, "observed": ObservedState.STOPPED}, "U6"),
        ({}, {"stored": StoredState.RUNNING, "observed": ObservedState.RUNNING, "instance_type": "t3.large"}, "U6"),
        ({}, {"stored": StoredState.RUNNING, "observed": ObservedState.RUNNING, "instance_type": None}, "U6"),
        ({}, {"stored": StoredState.RUNNING, "observed": ObservedState.RUNNING, "service": Service.RDS}, "U6"),
        ({"override_status": "running"}, {"stored": StoredState.RUNNING, "observed": ObservedState.RUNNING}, "U6"),
        ({}, {"at": STOPPED_AT, "stored": StoredState.RUNNING, "observed": ObservedState.RUNNING}, "S4"),
    ],
    ids=[
        "retained",
        "started by a person before the period",
        "stopped by hand",
        "already of that type",
        "of an unknown type",
        "a database",
        "overridden state",
        "to be stopped",
    ],
)
def test_no_other_instance_is_resized(schedule: dict[str, object], situation: dict[str, object], expected: str) -> None:
    decision = decided({**LARGE, **schedule}, **situation)
    assert (decision.row, decision.desired_type) == (expected, None)


@pytest.mark.parametrize(("schedule", "expected"), [({}, "U4"), ({"enforced": True}, "U1")])
def test_a_stopped_instance_is_started_on_the_wanted_type(schedule: dict[str, object], expected: str) -> None:
    decision = decided({**LARGE, **schedule}, stored=StoredState.STOPPED)
    assert (decision.row, decision.action, decision.desired_type) == (expected, "start", "t3.large")


def test_what_the_schedule_wants_is_told_with_every_decision() -> None:
    desired = decided(LARGE, claimed=True).desired
    assert desired is not None
    assert (desired.state, desired.instance_type, desired.period) == ("running", "t3.large", "day")


def test_a_stop_that_hibernates_is_still_a_stop_here() -> None:
    decision = decided({"hibernate": True}, at=STOPPED_AT, observed=ObservedState.RUNNING)
    assert decision.action is Action.STOP
