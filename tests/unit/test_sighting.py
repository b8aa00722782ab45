"""EC2's and RDS's words for states, as the decision table has them."""

import pytest
from tests.unit.specimens import ID, make_sighting

from instance_scheduler.sighting import has_failed, is_down, is_up


@pytest.mark.parametrize(
    ("state", "observed"),
    [
        ("running", "running"),
        ("available", "running"),
        ("stopped", "stopped"),
        ("pending", "transitional"),
        ("starting", "transitional"),
        ("stopping", "transitional"),
        ("shutting-down", "transitional"),
        ("backing-up", "transitional"),
        ("storage-full", "transitional"),
        ("a word of tomorrow", "transitional"),
    ],
)
def test_every_word_that_is_neither_running_nor_stopped_is_transitional(state, observed):
    assert make_sighting(state=state).observed == observed


@pytest.mark.parametrize(
    ("state", "up", "down"),
    [
        ("running", True, False),
        ("available", True, False),
        ("pending", True, False),
        ("starting", True, False),
        ("stopped", False, True),
        ("stopping", False, True),
        ("modifying", False, False),
    ],
)
def test_the_way_to_a_state_counts_as_the_state(state, up, down):
    assert (is_up(state), is_down(state)) == (up, down)


@pytest.mark.parametrize(
    ("state", "failed"), [("failed", True), ("storage-full", True), ("stopped", False), ("backing-up", False)]
)
def test_a_failed_database_does_not_come_up_by_itself(state, failed):
    assert has_failed(state) is failed


@pytest.mark.parametrize(("name", "label"), [("web-1", f"web-1 ({ID})"), ("", ID), (ID, ID)])
def test_a_label_is_the_name_and_the_id(name, label):
    assert make_sighting(name=name).label == label
