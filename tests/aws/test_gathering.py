"""Gathering: what is withheld, what is claimed, what is handed over."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.specimens import DATABASES, ID, MONDAY_NOON, TARGET, make_claim, make_entry, make_request

from instance_scheduler.aws.gathering import gather
from instance_scheduler.journal import Status
from instance_scheduler.settings import Settings

REQUEST = make_request()
SOON = MONDAY_NOON + timedelta(minutes=1)
BUSY = "i-0bbbbbbbbbbbbbbbb"


def journal(state, *entries, request=REQUEST):
    state.write_entries(request, entries)


def outcomes(state, request=REQUEST):
    return {entry.instance: (entry.status, entry.withheld) for entry in state.entries(request.id)}


def tight(stack):
    return replace(stack, settings=Settings(max_unexplained_stops=2))


def stops(count, **changes):
    return [make_entry("stop", instance=f"i-{number:017x}", unexplained=True, **changes) for number in range(count)]


def test_starts_and_stops_become_one_batch_for_each_target(stack):
    journal(stack.state, make_entry("start"), make_entry("stop", instance="orders", target=DATABASES))

    gathered = gather(stack, REQUEST, SOON)

    assert gathered.batches == [
        {"batch": 0, "function": "arn:start_stop_ec2", "label": str(TARGET)},
        {"batch": 1, "function": "arn:start_stop_rds", "label": str(DATABASES)},
    ]
    assert gathered.holdings == [{"targets": str(TARGET)}, {"targets": str(DATABASES)}]


def test_what_many_batches_hold_is_written_down(stack):
    targets = [replace(TARGET, account=f"4444555566{number:02}") for number in range(17)]
    journal(stack.state, *(make_entry("start", target=target) for target in targets))

    gathered = gather(stack, REQUEST, SOON)

    assert (gathered.holdings, [batch["batch"] for batch in gathered.batches]) == ([], [0])
    assert stack.state.batch(REQUEST.id, 0) == tuple(targets)


def test_what_is_only_told_is_not_handed_over(stack):
    journal(stack.state, make_entry("none", status=Status.SKIPPED, code="E1"))

    assert gather(stack, REQUEST, SOON).batches == []


def test_starts_and_stops_are_not_claimed_yet(stack):
    journal(stack.state, make_entry("start"))

    gather(stack, REQUEST, SOON)

    assert stack.state.instances(TARGET) == {}


def test_a_dry_run_hands_over_and_writes_nothing(stack, table):
    dry = make_request(dry_run=True)
    journal(stack.state, make_entry("start"), make_entry("resize", instance=BUSY, to_type="m5.large"), request=dry)
    before = list(table.scan())

    gathered = gather(stack, dry, SOON)

    assert (list(gathered.batches), list(gathered.resizes)) == ([], [])
    assert list(table.scan()) == before


def test_a_resize_is_claimed_when_it_is_handed_over(stack):
    journal(stack.state, make_entry("resize", to_type="m5.large"))

    gathered = gather(stack, REQUEST, SOON)

    claim = stack.state.instance(TARGET, ID).claim
    assert (claim.run, claim.step, claim.from_type, claim.to_type) == (REQUEST.id, "queued", "t3.small", "m5.large")
    assert gathered.batches == []
    assert gathered.resizes == [
        {
            "target": str(TARGET),
            "instance": ID,
            "label": f"{TARGET} web-1 ({ID})",
            "from_type": "t3.small",
            "to_type": "m5.large",
        }
    ]


def test_a_repeated_invocation_hands_over_the_resize_that_it_claimed_already(stack):
    journal(stack.state, make_entry("resize", to_type="m5.large"))
    first = gather(stack, REQUEST, SOON)

    assert gather(stack, REQUEST, SOON) == first


def test_a_resize_that_another_run_claimed_is_skipped_and_names_it(stack):
    entry = make_entry("resize", to_type="m5.large")
    stack.state.claim([entry], {entry.key: make_claim("start", run="run-faster")})
    journal(stack.state, entry)

    gathered = gather(stack, REQUEST, SOON)

    (told,) = stack.state.entries(REQUEST.id)
    assert (gathered.resizes, told.status) == ([], Status.SKIPPED)
    assert "run-faster" in told.reason


def test_a_dead_runs_resize_is_taken_over_by_a_claim_of_this_run(stack):
    entry = make_entry("resize", to_type="m5.large")
    stack.state.claim([entry], {entry.key: make_claim("resize", run="run-dead", to_type="m5.large")})
    journal(stack.state, replace(entry, version=1, taken_over="run-dead"))

    gathered = gather(stack, REQUEST, SOON)

    assert (len(gathered.resizes), stack.state.instance(TARGET, ID).claim.run) == (1, REQUEST.id)


def test_more_resizes_than_a_run_takes_wait_for_the_next_one_unclaimed(stack, monkeypatch):
    monkeypatch.setattr("instance_scheduler.guard.MOST_RESIZES", 5)
    entries = [make_entry("resize", instance=f"i-{number:017x}", to_type="m5.large") for number in range(8)]
    journal(stack.state, *entries)

    gathered = gather(stack, REQUEST, SOON)

    statuses = [entry.status for entry in stack.state.entries(REQUEST.id)]
    assert (len(gathered.resizes), statuses.count(Status.SKIPPED)) == (5, 3)
    assert len(stack.state.instances(TARGET)) == 5


def test_unexplained_stops_above_the_guard_are_withheld_and_the_others_go_on(stack):
    journal(stack.state, *stops(3), make_entry("start"), make_entry("stop", instance=BUSY))

    gather(tight(stack), REQUEST, SOON)

    told = outcomes(stack.state)
    assert {told.pop(entry.instance) for entry in stops(3)} == {(Status.SKIPPED, True)}
    assert set(told.values()) == {(Status.PLANNED, False)}


def test_a_repeated_invocation_does_not_let_the_rest_of_the_withheld_stops_pass(stack):
    first, *rest = stops(3)
    journal(stack.state, replace(first, status=Status.SKIPPED, withheld=True), *rest)

    gathered = gather(tight(stack), REQUEST, SOON)

    assert (gathered.batches, set(outcomes(stack.state).values())) == ([], {(Status.SKIPPED, True)})


def test_a_confirmed_run_hands_over_what_was_withheld(stack):
    confirming = make_request(id="run-2", tick=False, confirm="run-1")
    journal(stack.state, *stops(3), request=confirming)

    gathered = gather(tight(stack), confirming, SOON)

    assert len(gathered.batches) == 1
    assert set(outcomes(stack.state, confirming).values()) == {(Status.PLANNED, False)}


@pytest.mark.parametrize(
    "entry",
    [make_entry("start"), make_entry("resize", to_type="m5.large"), make_entry("start", to_type="m5.large")],
    ids=["start", "resize", "start on another type"],
)
def test_a_confirmed_run_carries_out_stops_alone(stack, entry):
    confirming = make_request(id="run-2", tick=False, confirm="run-1")
    journal(stack.state, entry, request=confirming)

    gathered = gather(stack, confirming, SOON)

    assert (list(gathered.batches), list(gathered.resizes)) == ([], [])
    assert outcomes(stack.state, confirming) == {ID: (Status.SKIPPED, False)}


@pytest.mark.parametrize("action", ["stop", "hibernate"])
def test_a_confirmed_run_hibernates_where_the_schedule_does(stack, action):
    confirming = make_request(id="run-2", tick=False, confirm="run-1")
    journal(stack.state, make_entry(action, unexplained=True), request=confirming)

    assert len(gather(stack, confirming, SOON).batches) == 1


@pytest.mark.parametrize(
    ("after", "status"),
    [
        (timedelta(hours=1), Status.PLANNED),
        (timedelta(hours=1, seconds=1), Status.SKIPPED),
        (timedelta(days=1), Status.SKIPPED),
    ],
    ids=["an hour", "more than an hour", "yesterday"],
)
def test_decisions_of_a_redriven_run_are_stale_after_an_hour(stack, after, status):
    journal(stack.state, make_entry("start"))

    gathered = gather(stack, REQUEST, MONDAY_NOON + after)

    (entry,) = stack.state.entries(REQUEST.id)
    assert entry.status is status
    assert len(gathered.batches) == (status is Status.PLANNED)


def test_a_stale_resize_is_not_claimed(stack):
    journal(stack.state, make_entry("resize", to_type="m5.large"))

    gathered = gather(stack, REQUEST, MONDAY_NOON + timedelta(hours=2))

    assert (list(gathered.resizes), stack.state.instances(TARGET)) == ([], {})
