"""What the state table holds of an instance."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.unit.specimens import MONDAY_NOON, make_claim, make_last_action, make_record, make_resize_claim

from instance_scheduler.record import InstanceRecord, claim_to_item, expiry, last_action_to_item, record_from_item

ITEM = {
    "stored_state": "retain-running",
    "version": 4,
    "schedule": "office",
    "schedule_hash": "h",
    "failures": 2,
    "retry_at": "2026-11-23T12:00:00Z",
    "override": "running",
    "reported_E1": "2026-11-22T12:00:00Z",
    "automatic_restart_at": "2026-11-23T12:00:00Z",
    "expires_at": 1_800_000_000,
}


def test_an_item_is_read_whole():
    record = record_from_item(ITEM)

    assert record == InstanceRecord(
        stored="retain-running",
        version=4,
        schedule="office",
        schedule_hash="h",
        failures=2,
        retry_at=MONDAY_NOON,
        override="running",
        reported={"E1": "2026-11-22T12:00:00Z"},
        automatic_restart_at=MONDAY_NOON,
        expires_at=1_800_000_000,
    )


def test_an_empty_item_is_an_unknown_instance():
    assert record_from_item({}) == InstanceRecord()


@pytest.mark.parametrize("stored", ["terminated", "", "RUNNING"])
def test_an_unknown_stored_state_counts_as_unknown(stored):
    assert record_from_item({"stored_state": stored}).stored == "unknown"


def test_unknown_attributes_are_ignored():
    assert record_from_item({**ITEM, "of_a_later_version": True}) == record_from_item(ITEM)


@pytest.mark.parametrize("claim", [make_claim("start"), make_claim("hibernate"), make_resize_claim(step="modifying")])
def test_a_claim_is_read_as_it_was_written(claim):
    assert record_from_item({"claim": claim_to_item(claim)}).claim == claim


@pytest.mark.parametrize("last", [make_last_action(), make_last_action("stop", verified=True)])
def test_a_last_action_is_read_as_it_was_written(last):
    assert record_from_item({"last_action": last_action_to_item(last)}).last_action == last


@pytest.mark.parametrize("nothing", [None, {}, ""])
def test_an_empty_claim_is_none(nothing):
    assert record_from_item({"claim": nothing, "last_action": nothing}) == InstanceRecord()


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({"retry_at": "soon"}, "InvalidInput: 'soon' is not an instant"),
        ({"claim": {"run": "run-1"}}, "KeyError: 'action'"),
        ({"failures": "many"}, "ValueError: "),
    ],
    ids=["an instant", "a claim", "a number"],
)
def test_an_item_that_cannot_be_read_says_why_and_keeps_its_marks(item, fault):
    record = record_from_item({**item, "reported_E1": "2026-11-23T12:00:00Z"})

    assert record.fault.startswith(fault)
    assert record.reported == {"E1": "2026-11-23T12:00:00Z"}


def test_an_item_is_kept_for_400_days():
    assert datetime.fromtimestamp(expiry(MONDAY_NOON), UTC) == datetime(2027, 12, 28, 12, tzinfo=UTC)


def test_a_record_is_a_value():
    assert replace(make_record(), failures=1) != make_record()
