"""Settling what a dead run left, and verifying that a start held."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.specimens import (
    MONDAY_NOON,
    make_claim,
    make_last_action,
    make_record,
    make_resize_claim,
    make_sighting,
)

from instance_scheduler.claim import settle
from instance_scheduler.claim import verify as verify_by
from instance_scheduler.decision import StoredState
from instance_scheduler.settings import Settings

DONE = [
    ("start", "pending"),
    ("start", "running"),
    ("start", "starting"),
    ("start", "available"),
    ("start", "backing-up"),
    ("stop", "stopping"),
    ("stop", "stopped"),
    ("hibernate", "stopping"),
    ("hibernate", "stopped"),
]
UNDONE = [
    ("start", "stopped"),
    ("start", "stopping"),
    ("start", "incompatible-network"),
    ("stop", "running"),
    ("stop", "backing-up"),
    ("stop", "available"),
    ("stop", "pending"),
    ("hibernate", "running"),
]


def test_an_instance_without_a_claim_is_as_it_was():
    record = make_record()

    assert settle(record, make_sighting()) is record


@pytest.mark.parametrize(("action", "state"), DONE)
def test_an_action_whose_effect_is_seen_was_done(action, state):
    record = make_record("running" if action != "start" else "stopped", claim=make_claim(action))

    settled = settle(record, make_sighting(state=state))

    assert (settled.claim, settled.stored) == (None, make_claim(action).new_stored)
    assert (settled.last_action.action, settled.last_action.run) == (action, "run-0")


@pytest.mark.parametrize(("action", "state"), UNDONE)
def test_an_action_whose_effect_is_not_seen_is_dropped_and_the_stored_state_stands(action, state):
    record = make_record("any", claim=make_claim(action))

    assert settle(record, make_sighting(state=state)) == replace(record, claim=None)


@pytest.mark.parametrize("action", ["stop", "hibernate"])
def test_a_done_stop_keeps_no_target_open(action):
    settled = settle(make_record("running", claim=make_claim(action)), make_sighting(state="stopped"))

    assert (settled.claim, settled.last_action.verified) == (None, True)


def test_a_done_start_is_still_to_be_verified():
    settled = settle(make_record(claim=make_claim("start")), make_sighting(state="pending"))

    assert not settled.last_action.verified


def test_the_stored_state_of_a_done_action_is_the_claims():
    claim = make_claim("start", new_stored=StoredState.RETAIN_RUNNING)

    assert settle(make_record(claim=claim), make_sighting(state="running")).stored == "retain-running"


@pytest.mark.parametrize("state", ["running", "stopped", "stopping", "pending"])
@pytest.mark.parametrize(
    "claim", [make_resize_claim(), make_claim("start", to_type="m5.large")], ids=["resize", "start on another type"]
)
def test_a_claim_on_a_resize_is_never_dropped(claim, state):
    record = make_record("running", claim=claim)

    assert settle(record, make_sighting(state=state)) is record


SETTINGS = Settings(interval_minutes=5, full_sweep_minutes=60)


def verify(record, sighting):
    return verify_by(record, sighting, SETTINGS)


def started(stored="running", **changes):
    return make_record(stored, last_action=make_last_action("start"), **changes)


@pytest.mark.parametrize("state", ["running", "available"])
def test_a_start_that_holds_is_verified_and_forgets_its_failures(state):
    after, broken = verify(started(failures=2), make_sighting(state=state))

    assert (after.last_action.verified, after.stored, after.failures, broken) == (True, "running", 0, "")


@pytest.mark.parametrize("state", ["pending", "starting", "stopping"])
def test_a_start_on_its_way_is_looked_at_again(state):
    record = started(failures=2)

    assert verify(record, make_sighting(state=state)) == (record, "")


@pytest.mark.parametrize(
    "code",
    [
        "Server.InsufficientInstanceCapacity",
        "Server.InternalError",
        "Client.VolumeLimitExceeded",
        "Client.InternalError",
        "",
    ],
)
def test_an_instance_found_stopped_broke_its_start_with_ec2s_own_reason(code):
    sighting = make_sighting(state="stopped", state_reason=code, state_message="EC2's own words")

    after, broken = verify(started(failures=1), sighting)

    assert (after.stored, after.failures, after.last_action.verified) == ("start_failed", 2, True)
    assert broken == "EC2's own words"


@pytest.mark.parametrize(
    "code", ["Client.UserInitiatedShutdown", "Client.UserInitiatedHibernate", "Client.InstanceInitiatedShutdown"]
)
def test_a_stop_by_a_person_or_the_machine_itself_breaks_no_start(code):
    after, broken = verify(started(), make_sighting(state="stopped", state_reason=code))

    assert (after.stored, after.last_action.verified, broken) == ("running", True, "")


@pytest.mark.parametrize(
    "state",
    [
        "stopped",
        "failed",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "inaccessible-encryption-credentials",
        "insufficient-capacity",
        "restore-error",
        "storage-full",
    ],
)
def test_a_database_that_ends_stopped_or_in_a_failed_status_broke_its_start(state):
    after, broken = verify(started(), make_sighting(state=state))

    assert (after.stored, state in broken) == ("start_failed", True)


def test_a_start_is_verified_once():
    record = make_record("running", last_action=make_last_action("start", verified=True))

    assert verify(record, make_sighting(state="stopped")) == (record, "")


def test_a_stop_promises_nothing():
    record = make_record("stopped", last_action=make_last_action("stop"))

    assert verify(record, make_sighting(state="running")) == (record, "")


@pytest.mark.parametrize("stored", ["stopped", "any", "stop_failed"])
def test_a_start_that_was_overtaken_by_another_state_is_not_held_against_the_instance(stored):
    after, broken = verify(started(stored), make_sighting(state="stopped"))

    assert (after.stored, broken) == (stored, "")


def test_a_dead_runs_start_that_broke_meanwhile_is_dropped_and_not_reported():
    record = make_record(claim=make_claim("start"))
    sighting = make_sighting(state="stopped", state_reason="Server.InternalError")

    after, broken = verify(settle(record, sighting), sighting)

    assert (after.stored, after.claim, broken) == ("stopped", None, "")


def test_a_claim_keeps_the_instant_of_its_action():
    assert settle(make_record(claim=make_claim()), make_sighting(state="running")).last_action.at == MONDAY_NOON


def test_a_done_start_of_a_dead_run_keeps_its_failures_until_it_is_seen_to_hold():
    record = make_record("start_failed", claim=make_claim("start"), failures=4)

    assert settle(record, make_sighting(state="pending")).failures == 4


def test_a_done_stop_of_a_dead_run_forgets_its_failures():
    record = make_record("stop_failed", claim=make_claim("stop"), failures=4)

    assert settle(record, make_sighting(state="stopped")).failures == 0


@pytest.mark.parametrize(("failures", "minutes"), [(0, 5), (2, 5), (3, 10), (4, 20), (50, 60)])
def test_starts_that_break_every_time_are_tried_again_at_doubling_intervals(failures, minutes):
    after, _ = verify(started(failures=failures), make_sighting(state="stopped"))

    assert after.retry_at == MONDAY_NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("state", "failures", "told"),
    [("stopped", 4, "Server.InternalError"), ("running", 3, "")],
    ids=["stopped again", "running"],
)
def test_an_instance_that_a_failed_resize_started_again_is_looked_at_once(state, failures, told):
    record = started("start_failed", failures=3, retry_at=MONDAY_NOON + timedelta(days=1))

    after, why = verify(record, make_sighting(state=state, state_reason="Server.InternalError"))

    assert (after.stored, after.failures, after.last_action.verified, why) == ("start_failed", failures, True, told)
