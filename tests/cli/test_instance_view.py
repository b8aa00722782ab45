"""How `explain --instance` judges a real instance: as the next run will, claims and failed actions included."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.specimens import CONFIG, make_claim, make_record, make_sighting

from instance_scheduler.decision import StoredState, decide
from instance_scheduler.record import InstanceRecord
from scheduler_cli.instance_view import FoundInstance

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SCHEDULE = CONFIG.schedules["office"]


def found(record: InstanceRecord, state: str = "stopped", *, claim_lives: bool = False) -> FoundInstance:
    sighting = make_sighting(state=state)
    return FoundInstance(
        id=sighting.id, target=sighting.target, record=record, sighting=sighting, unseen="", claim_lives=claim_lives
    )


HELD = make_record(
    claim=make_claim("start", run="run-1", at=NOON),
)


@pytest.mark.parametrize(
    ("state", "lives", "row", "stored"),
    [
        pytest.param("stopped", True, "O2", StoredState.STOPPED, id="its run goes on"),
        pytest.param("stopped", False, "U4", StoredState.STOPPED, id="its run died before the call"),
        pytest.param("running", False, "U6", StoredState.RUNNING, id="its run died after the call"),
    ],
)
def test_a_claim_counts_only_while_its_run_lives(state: str, lives: bool, row: str, stored: StoredState) -> None:
    view = found(HELD, state, claim_lives=lives).view(NOON, SCHEDULE)

    assert (decide(view.situation, SCHEDULE).row, view.situation.stored) == (row, stored)


@pytest.mark.parametrize(
    ("lives", "note"),
    [
        (True, "run run-1 holds it for a start"),
        (False, "run run-1 held it for a start and is over; the next run settles what came of it"),
    ],
)
def test_a_claim_is_told_with_what_became_of_its_run(lives: bool, note: str) -> None:
    assert note in found(HELD, claim_lives=lives).view(NOON, SCHEDULE).notes


def test_a_claim_of_an_instance_that_cannot_be_seen_is_not_settled() -> None:
    unseen = replace(found(HELD), sighting=None, unseen="AccessDenied")

    assert unseen.view(NOON, SCHEDULE).situation.stored is StoredState.STOPPED


@pytest.mark.parametrize(
    ("schedule_hash", "row"), [(SCHEDULE.schedule_hash, "O5"), ("as it was", "U4")], ids=["unchanged", "changed"]
)
def test_a_failed_start_waits_only_while_the_schedule_is_unchanged(schedule_hash: str, row: str) -> None:
    record = make_record(stored="start_failed", retry_at=NOON + timedelta(hours=1), schedule_hash=schedule_hash)

    view = found(record).view(NOON, SCHEDULE)

    assert decide(view.situation, SCHEDULE).row == row
