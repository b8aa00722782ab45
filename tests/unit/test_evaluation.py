"""The evaluation of one target: what is journaled, what is stored quietly, what is left as it is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.specimens import (
    CONFIG,
    DATABASES,
    ID,
    MONDAY_NIGHT,
    MONDAY_NOON,
    TARGET,
    hash_of,
    make_claim,
    make_last_action,
    make_record,
    make_resize_claim,
    make_sighting,
    make_sweep,
)

from instance_scheduler.decision import StoredState
from instance_scheduler.evaluation import evaluate_target
from instance_scheduler.instants import format_instant
from instance_scheduler.journal import Status

OTHER = "i-0fffffffffffffff0"


def evaluate(sighting, record=None, **sweep):
    """Evaluate one instance; its entry and its quiet update, None where there is none."""
    records = {} if record is None else {sighting.id: record}
    evaluation = evaluate_target(TARGET, [sighting], records, make_sweep(**sweep))
    return next(iter(evaluation.entries), None), evaluation.updates.get(sighting.id)


# Who writes what: an action leaves the item as it was, quiet rows store their state.


@pytest.mark.parametrize(
    ("state", "stored", "at", "action"),
    [("stopped", "stopped", MONDAY_NOON, "start"), ("running", "running", MONDAY_NIGHT, "stop")],
    ids=["start", "stop"],
)
def test_a_decision_that_requests_an_action_is_journaled_and_leaves_the_item_as_it_was(state, stored, at, action):
    entry, update = evaluate(make_sighting(state=state), make_record(stored, version=7), at=at)

    assert (entry.action, entry.status, entry.version, update) == (action, Status.PLANNED, 7, None)


def test_an_entry_holds_what_the_actor_needs():
    entry, _ = evaluate(make_sighting(engine="mysql"), make_record(failures=2))

    told = (entry.target, entry.instance, entry.name, entry.row, entry.schedule, entry.new_stored, entry.from_type)
    assert told == (TARGET, ID, "web-1", "U4", "office", StoredState.RUNNING, "t3.small")
    assert (entry.zone, entry.engine, entry.failures, entry.schedule_hash) == (
        "cn-north-1a",
        "mysql",
        2,
        hash_of("office"),
    )


@pytest.mark.parametrize(
    ("state", "stored", "at", "new_stored"),
    [
        ("running", "stopped", MONDAY_NOON, "running"),
        ("stopped", "running", MONDAY_NIGHT, "stopped"),
    ],
    ids=["started already", "stopped already"],
)
def test_an_instance_that_is_where_its_row_wants_it_is_stored_so_and_not_journaled(state, stored, at, new_stored):
    entry, update = evaluate(make_sighting(state=state), make_record(stored), at=at)

    assert (entry, update.stored, update.version) == (None, new_stored, 3)


def test_an_instance_whose_item_says_it_all_already_is_in_neither():
    assert evaluate(make_sighting(state="running"), make_record("running")) == (None, None)


def test_a_manual_start_of_a_kept_instance_before_its_period_is_stored_as_such():
    record = make_record("stopped", schedule="kept", schedule_hash=hash_of("kept"))

    _, update = evaluate(make_sighting(state="running", schedule_tag="kept"), record)

    assert update.stored == "retain-running"


def test_a_changed_schedule_is_noted_on_the_item():
    _, update = evaluate(make_sighting(state="running"), make_record("running", schedule_hash="before"))

    assert (update.schedule, update.schedule_hash) == ("office", hash_of("office"))


def test_an_item_in_the_second_half_of_its_life_is_renewed():
    soon = int((MONDAY_NOON + timedelta(days=199)).timestamp())

    _, update = evaluate(make_sighting(state="running"), make_record("running", expires_at=soon))

    assert update.expires_at == int((MONDAY_NOON + timedelta(days=400)).timestamp())


def test_every_sighting_counts_as_managed_whatever_it_is():
    sightings = [
        make_sighting(id=f"i-{number}", schedule_tag=tag) for number, tag in enumerate(["office", "none", "?"])
    ]

    assert evaluate_target(TARGET, sightings, {}, make_sweep()).managed == 3


def test_a_restart_by_aws_that_rds_announces_is_kept():
    announced = MONDAY_NOON + timedelta(days=3)
    sighting = make_sighting(state="stopped", automatic_restart_at=announced)

    _, update = evaluate(sighting, make_record("stopped"), at=MONDAY_NIGHT)

    assert update.automatic_restart_at == announced


# Claims.


def test_an_instance_that_a_living_run_holds_is_left_alone():
    record = make_record("stopped", claim=make_claim("start"))

    assert evaluate(make_sighting(), record, alive={"run-0"}) == (None, None)


def test_a_dead_runs_undone_start_is_decided_again_on_the_version_seen():
    entry, update = evaluate(make_sighting(), make_record("stopped", claim=make_claim("start"), version=9))

    assert (entry.action, entry.version, update) == ("start", 9, None)


def test_a_dead_runs_done_start_is_stored_without_its_claim():
    entry, update = evaluate(make_sighting(state="running"), make_record("stopped", claim=make_claim("start")))

    assert (entry, update.stored, update.claim) == (None, "running", None)


def test_a_dead_runs_done_stop_is_stored_while_the_instance_is_still_stopping():
    record = make_record("running", claim=make_claim("stop"))

    entry, update = evaluate(make_sighting(state="stopping"), record, at=MONDAY_NIGHT)

    assert (entry, update.stored, update.claim) == (None, "stopped", None)


def test_a_dead_runs_done_start_is_no_manual_start_of_a_kept_instance():
    record = make_record("stopped", schedule="kept", schedule_hash=hash_of("kept"), claim=make_claim("start"))

    _, update = evaluate(make_sighting(state="running", schedule_tag="kept"), record)

    assert update.stored == "running"


def test_a_dead_runs_undone_start_of_a_kept_instance_is_started_again():
    record = make_record("stopped", schedule="kept", schedule_hash=hash_of("kept"), claim=make_claim("start"))

    entry, _ = evaluate(make_sighting(state="stopped", schedule_tag="kept"), record)

    assert (entry.action, entry.new_stored) == ("start", "running")


@pytest.mark.parametrize("state", ["running", "stopped", "stopping", "pending"])
@pytest.mark.parametrize("tag", ["large-by-day", "none", "unknown"])
def test_a_dead_runs_resize_is_taken_over_wherever_it_stood(state, tag):
    record = make_record("running", claim=make_resize_claim(step="modifying"), version=5)

    entry, update = evaluate(make_sighting(state=state, schedule_tag=tag), record, at=MONDAY_NIGHT)

    assert (entry.action, entry.taken_over, entry.from_type, entry.to_type) == (
        "resize",
        "run-0",
        "t3.small",
        "m5.large",
    )
    assert (entry.version, entry.new_stored, update) == (5, "running", None)


def test_a_living_runs_resize_is_left_alone():
    record = make_record("running", claim=make_resize_claim())

    assert evaluate(make_sighting(state="stopped"), record, alive={"run-0"}) == (None, None)


# Verification.


def test_a_start_that_did_not_hold_is_tried_again_and_told():
    record = make_record("running", last_action=make_last_action(at=MONDAY_NOON - timedelta(minutes=5)))
    sighting = make_sighting(state_reason="Server.InternalError", state_message="EC2's own words")

    entry, update = evaluate(sighting, record)

    assert (entry.action, entry.failures, update) == ("start", 1, None)
    assert entry.earlier_failure == "its start did not hold: EC2's own words"


def test_a_start_that_did_not_hold_for_the_fourth_time_waits_longer_and_is_told():
    record = make_record("running", last_action=make_last_action(at=MONDAY_NOON - timedelta(minutes=5)), failures=3)

    entry, update = evaluate(make_sighting(state_reason="Server.InternalError"), record)

    assert (entry.action, entry.code, entry.row) == ("none", "start_broken", "O5")
    assert (update.stored, update.failures, update.retry_at) == ("start_failed", 4, MONDAY_NOON + timedelta(minutes=5))


def test_an_instance_that_a_person_stopped_inside_the_period_is_left_stopped():
    record = make_record("running", last_action=make_last_action())

    entry, update = evaluate(make_sighting(state_reason="Client.UserInitiatedShutdown"), record)

    assert (entry, update.stored, update.last_action.verified) == (None, "running", True)


def test_a_start_that_did_not_hold_and_is_no_longer_wanted_is_told_once_a_day():
    record = make_record("running", last_action=make_last_action())
    told = replace(record, reported={"start_broken": format_instant(MONDAY_NIGHT - timedelta(hours=23))})
    sighting = make_sighting(state_reason="Server.InternalError")

    first, _ = evaluate(sighting, record, at=MONDAY_NIGHT)
    again, _ = evaluate(sighting, told, at=MONDAY_NIGHT)

    assert (first.code, again) == ("start_broken", None)


# Failed calls wait for their next try.


def failed(at, **changes):
    return make_record("start_failed", failures=4, retry_at=at + timedelta(minutes=5), **changes)


def test_a_failed_start_waits_for_its_next_try():
    assert evaluate(make_sighting(), failed(MONDAY_NOON)) == (None, None)


def test_a_failed_start_is_tried_when_its_time_has_come():
    entry, _ = evaluate(make_sighting(), failed(MONDAY_NOON), at=MONDAY_NOON + timedelta(minutes=5))

    assert (entry.action, entry.failures) == ("start", 4)


@pytest.mark.parametrize(
    ("sweep", "changes"),
    [({"tick": False}, {}), ({}, {"schedule_hash": "before"})],
    ids=["an ad hoc run", "a changed schedule"],
)
def test_a_failed_start_is_tried_at_once_by(sweep, changes):
    entry, _ = evaluate(make_sighting(), failed(MONDAY_NOON, **changes), **sweep)

    assert entry.action == "start"


# Filters.


@pytest.mark.parametrize(
    "sweep",
    [{"schedules": ("kept",)}, {"instances": (OTHER,)}, {"schedules": ("office",), "instances": (OTHER,)}],
    ids=["another schedule", "another instance", "its schedule and another instance"],
)
def test_a_filtered_run_does_not_look_at(sweep):
    assert evaluate(make_sighting(), make_record(), **sweep) == (None, None)


def test_a_filtered_run_looks_at_what_it_names():
    entry, _ = evaluate(make_sighting(), make_record(), schedules=("office", "kept"), instances=(ID, OTHER))

    assert entry.action == "start"


# What is told.


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"schedule_tag": "no-such"}, "E1"),
        ({"schedule_tag": "broken"}, "E1"),
        ({"override_tag": "sometimes"}, "O3"),
        ({"unsupported": "a read replica"}, "unsupported"),
    ],
    ids=["unknown schedule", "schedule with an error", "unreadable override", "not schedulable"],
)
class TestAStandingCondition:
    def test_is_told_and_leaves_the_instance_alone(self, changes, code):
        entry, update = evaluate(make_sighting(**changes), make_record())

        assert (entry.action, entry.status, entry.code, update) == ("none", Status.SKIPPED, code, None)

    def test_is_not_told_again_within_a_day(self, changes, code):
        record = make_record(reported={code: format_instant(MONDAY_NOON - timedelta(hours=23))})

        assert evaluate(make_sighting(**changes), record) == (None, None)

    def test_is_told_again_after_a_day(self, changes, code):
        record = make_record(reported={code: format_instant(MONDAY_NOON - timedelta(days=1))})

        assert evaluate(make_sighting(**changes), record)[0].code == code


@pytest.mark.parametrize("tag", ["none", "Ignore", "OFF"])
def test_an_instance_taken_out_by_its_tag_is_left_alone_silently(tag):
    assert evaluate(make_sighting(schedule_tag=tag), make_record()) == (None, None)


# Overrides, types, hibernation.


def test_the_override_tag_wins_over_the_items():
    record = make_record("stopped", override="stopped")

    entry, _ = evaluate(make_sighting(override_tag="running"), record, at=MONDAY_NIGHT)

    assert (entry.action, entry.row) == ("start", "O4")


def test_the_items_override_holds_without_a_tag():
    entry, _ = evaluate(make_sighting(), make_record("stopped", override="running"), at=MONDAY_NIGHT)

    assert (entry.action, entry.row) == ("start", "O4")


def test_a_running_instance_on_another_type_is_resized_and_the_reason_names_both():
    entry, _ = evaluate(make_sighting(state="running", schedule_tag="large-by-day"), make_record("running"))

    assert (entry.action, entry.row, entry.to_type) == ("resize", "U5", "m5.large")
    assert "t3.small to m5.large" in entry.reason


def test_a_stopped_instance_on_another_type_is_started_by_its_own_row():
    entry, _ = evaluate(make_sighting(schedule_tag="large-by-day"), make_record("stopped"))

    assert (entry.action, entry.row, entry.to_type) == ("start", "U4", "m5.large")
    assert "t3.small to m5.large" in entry.reason


def test_a_stop_of_a_schedule_that_hibernates_is_a_hibernation():
    entry, _ = evaluate(make_sighting(state="running", schedule_tag="asleep"), make_record("running"), at=MONDAY_NIGHT)

    assert entry.action == "hibernate"


def test_a_database_is_never_hibernated():
    sighting = make_sighting(target=DATABASES, id="orders", state="available", schedule_tag="asleep")

    entry, _ = evaluate(sighting, make_record("running"), at=MONDAY_NIGHT)

    assert entry.action == "stop"


@pytest.mark.parametrize(
    ("window", "row"),
    [("mon:22:05-mon:22:35", "M0"), ("mon:23:05-mon:23:35", None), ("", None), ("whenever", None)],
    ids=["about to open", "later", "none", "unreadable"],
)
def test_a_database_runs_in_its_maintenance_window(window, row):
    sighting = make_sighting(target=DATABASES, id="orders", state="stopped", maintenance_window=window)

    entry, _ = evaluate(sighting, make_record("stopped"), at=MONDAY_NIGHT)

    assert getattr(entry, "row", None) == row


# Which stops the timetable explains.


@pytest.mark.parametrize(
    ("record", "unexplained"),
    [
        (make_record("running"), False),
        (make_record("start_failed"), False),
        (make_record("unknown"), True),
        (None, True),
        (make_record("running", schedule_hash="before"), True),
        (make_record("running", schedule="another"), True),
    ],
    ids=["period ended", "after a failure", "unknown", "never seen", "schedule edited", "tag edited"],
)
def test_a_stop_is_unexplained_where_no_transition_leads_to_it(record, unexplained):
    entry, _ = evaluate(make_sighting(state="running"), record, at=MONDAY_NIGHT)

    assert (entry.action, entry.unexplained) == ("stop", unexplained)


def test_an_instance_whose_item_cannot_be_read_is_left_alone_and_told():
    entry, update = evaluate(make_sighting(), make_record(fault="KeyError: 'action'"))

    assert (entry.action, entry.status, entry.code) == ("none", "skipped", "unreadable_item")
    assert "KeyError: 'action'" in entry.reason
    assert update is None


def test_a_start_is_never_unexplained():
    entry, _ = evaluate(make_sighting(), make_record("unknown"))

    assert not entry.unexplained


def test_the_specimens_hold_a_schedule_with_an_error():
    assert set(CONFIG.faulty) == {"broken"}
