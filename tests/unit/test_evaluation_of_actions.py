"""What an earlier action left and the next evaluation goes by: substitutes, stuck resizes, databases in need."""

from datetime import timedelta

import pytest
from tests.unit.specimens import (
    DATABASES,
    MONDAY_NIGHT,
    MONDAY_NOON,
    TARGET,
    hash_of,
    make_last_action,
    make_record,
    make_resize_claim,
    make_sighting,
    make_sweep,
)

from instance_scheduler.evaluation import evaluate_target
from instance_scheduler.instants import format_instant

RESTART = MONDAY_NIGHT - timedelta(hours=1)


def evaluate(sighting, record=None, **sweep):
    """Evaluate one instance; its entry, its quiet update, and what the target asks of its next sweeps."""
    records = {} if record is None else {sighting.id: record}
    evaluation = evaluate_target(TARGET, [sighting], records, make_sweep(**sweep))
    return next(iter(evaluation.entries), None), evaluation.updates.get(sighting.id), evaluation.attention


def on_substitute(state, **changes):
    record = make_record("running", substitute="m5a.large", substitute_for="m5.large", **changes)
    return make_sighting(state=state, type="m5a.large", schedule_tag="large-by-day"), record


def test_an_instance_that_runs_on_a_substitute_is_not_resized_again_while_it_runs():
    entry, _, _ = evaluate(*on_substitute("running"))

    assert entry is None


def test_the_next_start_tries_the_wanted_type_again():
    sighting, _ = on_substitute("stopped")

    entry, _, _ = evaluate(sighting, make_record("stopped", substitute="m5a.large", substitute_for="m5.large"))

    assert (entry.action, entry.to_type) == ("start", "m5.large")


def test_a_substitute_for_another_type_counts_for_nothing():
    sighting, _ = on_substitute("running")

    entry, _, _ = evaluate(sighting, make_record("running", substitute="m5a.large", substitute_for="t3.large"))

    assert (entry.action, entry.to_type) == ("resize", "m5.large")


@pytest.mark.parametrize(
    ("later", "tick", "taken_over"),
    [(5, True, False), (0, True, True), (5, False, True)],
    ids=["not yet", "due", "an ad hoc run"],
)
def test_a_resize_that_is_stuck_is_taken_over_at_its_own_pace(later, tick, taken_over):
    again = MONDAY_NOON + timedelta(minutes=later)
    record = make_record("running", claim=make_resize_claim(again_at=again))

    entry, update, attention = evaluate(make_sighting(state="stopped"), record, tick=tick)

    assert (entry is not None, update, attention.is_open) == (taken_over, None, True)


def test_what_came_of_a_resize_that_was_taken_over_is_seen_at_the_next_tick():
    _, _, attention = evaluate(make_sighting(state="stopped"), make_record("running", claim=make_resize_claim()))

    assert attention.acts


@pytest.mark.parametrize(
    ("at", "stored", "state"),
    [
        (MONDAY_NOON, "stopped", "stopped"),
        (MONDAY_NOON, "stopped", "running"),
        (MONDAY_NIGHT, "running", "running"),
        (MONDAY_NIGHT, "running", "stopped"),
    ],
    ids=["stopped since", "started by hand since", "started since", "stopped by hand since"],
)
def test_a_tick_leaves_alone_what_a_later_run_acted_on(at, stored, state):
    record = make_record(stored, last_action=make_last_action(at=at + timedelta(minutes=1), verified=True))

    entry, update, attention = evaluate(make_sighting(state=state), record, at=at)

    assert (entry, update, attention.is_open) == (None, None, True)


def test_an_ad_hoc_run_decides_for_its_own_instant_whatever_was_done_later():
    record = make_record("stopped", last_action=make_last_action(at=MONDAY_NOON + timedelta(minutes=1), verified=True))

    entry, _, _ = evaluate(make_sighting(), record, tick=False)

    assert entry.action == "start"


def test_what_a_dead_run_was_trying_in_place_of_the_wanted_type_is_carried_on_with():
    record = make_record("running", claim=make_resize_claim(trying="m5a.large"))

    entry, _, _ = evaluate(make_sighting(state="stopped"), record)

    assert (entry.to_type, entry.alternate) == ("m5.large", "m5a.large")


@pytest.mark.parametrize("state", ["storage-full", "incompatible-parameters", "failed"])
def test_a_database_that_needs_help_is_told_once_a_day(state):
    sighting = make_sighting(state=state, target=DATABASES)

    entry, _, _ = evaluate(sighting, make_record("running"))
    again, _, _ = evaluate(
        sighting, make_record("running", reported={"failed_status": format_instant(MONDAY_NOON - timedelta(hours=1))})
    )

    assert (entry.code, state in entry.reason, again) == ("failed_status", True, None)


def database(state, stored, restart, **changes):
    sighting = make_sighting(target=DATABASES, state=state, schedule_tag="office", **changes)
    record = make_record(stored, automatic_restart_at=restart, schedule="office", schedule_hash=hash_of("office"))
    return sighting, record


@pytest.mark.parametrize(
    ("state", "row"), [("available", "S5a"), ("starting", None), ("stopped", None)], ids=["up", "coming up", "down"]
)
def test_a_database_that_aws_started_after_seven_days_is_stopped_again(state, row):
    entry, _, _ = evaluate(*database(state, "stopped", RESTART), at=MONDAY_NIGHT)

    assert (entry.row if entry is not None else None) == row


def test_a_person_who_starts_a_database_before_its_seven_days_are_over_is_left_alone():
    entry, _, _ = evaluate(*database("available", "stopped", MONDAY_NIGHT + timedelta(days=1)), at=MONDAY_NIGHT)

    assert entry is None


def test_the_end_of_the_seven_days_is_kept_while_the_database_rests_and_wakes_the_scheduler():
    restart = MONDAY_NIGHT + timedelta(minutes=7)

    _, update, attention = evaluate(
        *database("stopped", "stopped", None, automatic_restart_at=restart), at=MONDAY_NIGHT
    )

    assert (update.automatic_restart_at, attention.wake_at) == (restart, restart)


def test_the_end_of_the_seven_days_is_forgotten_once_a_person_has_started_the_database():
    _, update, _ = evaluate(*database("available", "stopped", MONDAY_NIGHT + timedelta(days=1)), at=MONDAY_NIGHT)

    assert (update.stored, update.automatic_restart_at) == ("stopped", None)


def test_a_start_in_the_last_hour_of_the_seven_days_counts_as_that_of_aws():
    _, update, _ = evaluate(*database("available", "stopped", MONDAY_NIGHT + timedelta(minutes=9)), at=MONDAY_NIGHT)

    assert update is None


def test_the_end_of_the_seven_days_is_forgotten_once_the_database_runs_on_schedule():
    _, update, _ = evaluate(*database("available", "running", RESTART))

    assert update.automatic_restart_at is None
