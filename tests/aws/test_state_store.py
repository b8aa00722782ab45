"""The state table: who writes what, and on which condition."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.specimens import (
    DATABASES,
    ID,
    MONDAY_NOON,
    TARGET,
    make_claim,
    make_entry,
    make_last_action,
    make_record,
    make_request,
    make_resize_claim,
)

from instance_scheduler.aws.state_store import skipped
from instance_scheduler.aws.table import TRANSACTION, Table
from instance_scheduler.decision import StoredState
from instance_scheduler.journal import Status, TargetFailure
from instance_scheduler.plan import Shard, Visit
from instance_scheduler.settings import Service

RUN = "run-1"
REQUEST = make_request()
SHARD = Shard(number=3, service=Service.EC2, targets=(TARGET,))
VISIT = Visit(target=TARGET, version=4, known=None, open_sweeps=1, failures=2, group=3, estate=40)
KEY = {"pk": str(TARGET), "sk": ID}


def claims_of(entries, run=RUN, **changes):
    return {entry.key: make_claim(str(entry.action), run=run, **changes) for entry in entries}


def claim(state, *entries, run=RUN):
    return state.claim(entries, claims_of(entries, run))


def many(count, **changes):
    return [make_entry("stop", instance=f"i-{number:017x}", **changes) for number in range(count)]


def settled_record(stored="running", **changes):
    return replace(make_record(stored), last_action=make_last_action(run=RUN), **changes)


# Claims.


def test_a_claim_is_won_on_the_version_that_the_decision_saw(state):
    entry = make_entry("start")

    assert claim(state, entry) == {entry.key}
    assert state.instance(TARGET, ID).claim == make_claim("start", run=RUN)


def test_a_claim_changes_the_version_so_that_nobody_else_wins(state):
    entry = make_entry("start")
    claim(state, entry)

    assert claim(state, entry, run="run-2") == set()
    assert state.instance(TARGET, ID).claim.run == RUN


@pytest.mark.parametrize("seen", [0, 1, 3], ids=["never seen", "older", "newer"])
def test_a_claim_on_another_version_is_lost(state, table, seen):
    table.put({**KEY, "version": 2, "stored_state": "stopped"})

    assert claim(state, make_entry("start", version=seen)) == set()
    assert table.get(KEY) == {**KEY, "version": 2, "stored_state": "stopped"}


def test_a_claim_leaves_the_stored_state_as_it_was(state, table):
    table.put({**KEY, "version": 2, "stored_state": "stopped", "reported_E1": "2026-11-23T12:00:00Z"})

    claim(state, make_entry("start", version=2))

    record = state.instance(TARGET, ID)
    assert (record.stored, record.version, record.reported) == ("stopped", 3, {"E1": "2026-11-23T12:00:00Z"})


def test_a_repeated_invocation_wins_the_claim_that_it_made(state):
    entry = make_entry("start")
    claim(state, entry)

    assert claim(state, entry) == {entry.key}


def test_a_claim_of_the_same_run_for_another_action_is_lost(state):
    claim(state, make_entry("start"))

    assert claim(state, make_entry("stop")) == set()


def test_of_many_claims_only_those_whose_version_changed_are_lost(state, table, small_transactions):
    entries = many(10)
    table.put_all([{"pk": str(TARGET), "sk": entry.instance, "version": 4} for entry in entries[::3]])

    won = claim(state, *entries)

    assert {entry.key for entry in entries} - won == {entry.key for entry in entries[::3]}
    assert sum(record.claim is not None for record in state.instances(TARGET).values()) == 6
    assert max(small_transactions) == 4


def test_a_mark_does_not_take_a_claim_away(state):
    entry = make_entry("start")
    state.mark_instance(entry, "E1", MONDAY_NOON)

    assert claim(state, entry) == {entry.key}


def test_a_mark_holds_for_a_day_but_not_against_the_same_runs_second_attempt(state):
    entry = make_entry("start")
    moments = [timedelta(0), timedelta(0), timedelta(minutes=5), timedelta(hours=23, minutes=59), timedelta(days=1)]

    told = [state.mark_instance(entry, "E1", MONDAY_NOON + after) for after in moments]

    assert told == [True, True, False, False, True]


def act_quietly(at):
    record = make_record(version=0, last_action=make_last_action(run="run-8", at=at))
    return lambda state: state.update_quietly(TARGET, {ID: record})


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda state: claim(state, make_entry("start"), run="run-9"), "run run-9 was faster"),
        (act_quietly(MONDAY_NOON), "run run-8 was faster"),
        (act_quietly(MONDAY_NOON - timedelta(minutes=59)), "run run-8 was faster"),
        (act_quietly(MONDAY_NOON - timedelta(hours=12)), "its item was changed meanwhile"),
        (lambda state: None, "its item was changed meanwhile"),
    ],
    ids=["its claim", "its last action", "a run that began earlier", "an action of last night", "nobody"],
)
def test_what_was_lost_is_skipped_and_names_the_faster_run(state, prepare, reason):
    prepare(state)

    lost = state.lost(make_entry("start"))

    assert (lost.status, lost.reason) == (Status.SKIPPED, reason)


# Settling and releasing.


@pytest.fixture
def small_transactions(monkeypatch, table):
    """Transactions of four items at most; the numbers of items that were sent in one."""
    sizes, transact = [], table.transact
    monkeypatch.setattr("instance_scheduler.aws.state_store.TRANSACTION", 4)
    monkeypatch.setattr(table, "transact", lambda changes: (sizes.append(len(changes)), transact(changes))[1])
    return sizes


def settle(state, entry, record, run=RUN):
    state.write_entries(REQUEST, [entry])
    claim(state, entry, run=run)
    state.settle([(replace(entry, status=Status.SUCCEEDED), record)], RUN)


def test_settling_writes_the_item_and_the_entry(state):
    settle(state, make_entry("start"), settled_record())

    record = state.instance(TARGET, ID)
    assert (record.claim, record.stored, record.last_action.run, record.version) == (None, "running", RUN, 2)
    assert state.entry(RUN, TARGET, ID).status is Status.SUCCEEDED


def test_settling_keeps_what_is_not_the_actions(state, table):
    table.put(
        {**KEY, "version": 1, "override": "running", "reported_E1": "x", "automatic_restart_at": "2026-12-01T00:00:00Z"}
    )

    settle(state, make_entry("start", version=1), settled_record())

    record = state.instance(TARGET, ID)
    assert (record.override, record.reported) == ("running", {"E1": "x"})
    assert record.automatic_restart_at == datetime(2026, 12, 1, tzinfo=UTC)


def test_settling_a_failure_writes_failures_and_the_next_try(state):
    again = MONDAY_NOON + timedelta(minutes=5)

    settle(state, make_entry("start"), settled_record("start_failed", failures=2, retry_at=again))

    record = state.instance(TARGET, ID)
    assert (record.stored, record.failures, record.retry_at) == ("start_failed", 2, again)


def test_an_instance_that_another_run_holds_by_now_keeps_its_item_and_the_entry_is_recorded(state):
    settle(state, make_entry("start"), settled_record(), run="run-2")

    assert state.instance(TARGET, ID).claim.run == "run-2"
    assert state.entry(RUN, TARGET, ID).status is Status.SUCCEEDED


def test_more_than_a_transaction_holds_is_settled_in_parts(state, small_transactions):
    entries = many(9)
    state.write_entries(REQUEST, entries)
    claim(state, *entries)

    state.settle([(replace(entry, status=Status.SUCCEEDED), settled_record("stopped")) for entry in entries], RUN)

    assert {(record.stored, record.claim) for record in state.instances(TARGET).values()} == {("stopped", None)}
    assert {entry.status for entry in state.entries(RUN)} == {Status.SUCCEEDED}
    assert max(small_transactions) == 4


def test_releasing_drops_the_claim_and_nothing_else(state, table):
    table.put({**KEY, "version": 1, "stored_state": "stopped", "schedule": "office", "failures": 2})
    entry = make_entry("start", version=1)
    state.write_entries(REQUEST, [entry])
    claim(state, entry)

    state.release(skipped(entry, "stale"), RUN)

    record = state.instance(TARGET, ID)
    assert (record.claim, record.stored, record.schedule, record.failures) == (None, "stopped", "office", 2)
    assert state.entry(RUN, TARGET, ID).status is Status.SKIPPED


def test_releasing_leaves_another_runs_claim(state):
    entry = make_entry("start")
    state.write_entries(REQUEST, [entry])
    claim(state, entry, run="run-2")

    state.release(skipped(entry, "stale"), RUN)

    assert state.instance(TARGET, ID).claim.run == "run-2"


@pytest.mark.parametrize(("run", "moved", "step"), [(RUN, True, "stopping"), ("run-2", False, "queued")])
def test_only_the_run_that_holds_a_resize_notes_how_far_it_came(state, run, moved, step):
    entry = make_entry("resize", to_type="m5.large")
    state.claim([entry], {entry.key: make_resize_claim(run=RUN)})

    assert state.move_claim(TARGET, ID, run, "stopping") is moved
    assert state.instance(TARGET, ID).claim == make_resize_claim(run=RUN, step=step)


# Quiet updates.


def test_a_quiet_update_writes_the_record_and_counts_the_version(state):
    record = make_record("any", version=0, failures=1, retry_at=MONDAY_NOON, last_action=make_last_action())

    state.update_quietly(TARGET, {ID: record})

    assert state.instance(TARGET, ID) == replace(record, version=1)


def test_a_quiet_update_of_an_item_that_changed_meanwhile_is_left_to_the_next_run(state):
    other = make_record("any", version=0)
    claim(state, make_entry("start"))

    state.update_quietly(TARGET, {ID: make_record("running", version=0), "i-2": other})

    assert state.instance(TARGET, ID).claim is not None
    assert state.instance(TARGET, "i-2").stored == "any"


def test_a_quiet_update_settles_a_dead_claim(state):
    claim(state, make_entry("start"))

    state.update_quietly(TARGET, {ID: make_record("running", version=1, claim=None)})

    assert (state.instance(TARGET, ID).claim, state.instance(TARGET, ID).stored) == (None, "running")


def test_quiet_updates_never_touch_override_or_marks(state, table):
    table.put({**KEY, "version": 1, "override": "stopped", "reported_E1": "x"})

    state.update_quietly(TARGET, {ID: make_record("running", version=1)})

    item = table.get(KEY)
    assert (item["override"], item["reported_E1"]) == ("stopped", "x")


def test_more_quiet_updates_than_a_transaction_holds_are_written(state, small_transactions):
    state.update_quietly(TARGET, {entry.instance: make_record("any", version=0) for entry in many(10)})

    assert (len(state.instances(TARGET)), small_transactions) == (10, [4, 4, 2])


def test_a_transaction_holds_at_most_what_dynamodb_takes():
    assert TRANSACTION == 100


# Marks.


def test_a_mark_is_made_once_a_day(state):
    entry, later = make_entry("none"), MONDAY_NOON + timedelta(hours=23, minutes=59)

    assert state.mark_instance(entry, "E1", MONDAY_NOON)
    assert not state.mark_instance(entry, "E1", later)
    assert state.mark_instance(entry, "E1", MONDAY_NOON + timedelta(days=1))


def test_each_condition_has_a_mark_of_its_own(state):
    entry = make_entry("none")
    state.mark_instance(entry, "E1", MONDAY_NOON)

    assert state.mark_instance(entry, "start_InvalidInstanceID.NotFound", MONDAY_NOON)
    assert set(state.instance(TARGET, ID).reported) == {"E1", "start_InvalidInstanceID.NotFound"}


def test_marks_change_no_version(state, table):
    table.put({**KEY, "version": 4})

    state.mark_instance(make_entry("none"), "E1", MONDAY_NOON)

    assert table.get(KEY)["version"] == 4


def test_an_item_that_holds_a_mark_alone_is_forgotten_one_day(state, table):
    state.mark_instance(make_entry("none"), "E1", MONDAY_NOON)

    assert table.get(KEY)["expires_at"] == int((MONDAY_NOON + timedelta(days=400)).timestamp())


def test_targets_are_marked_as_instances_are_and_never_forgotten(state, table):
    assert state.mark_target(TARGET, "AccessDenied", MONDAY_NOON)
    assert not state.mark_target(TARGET, "AccessDenied", MONDAY_NOON + timedelta(minutes=5))
    assert "expires_at" not in table.get({"pk": "targets", "sk": str(TARGET)})


# Journals.


def test_a_journal_is_read_back_as_it_was_written(state):
    entries = [
        make_entry("resize", to_type="m5.large", taken_over="run-0", failures=2, version=5, zone="cn-north-1a"),
        make_entry("none", instance="orders", target=DATABASES, status=Status.SKIPPED, code="E1", engine="mysql"),
        make_entry("stop", instance="i-2", unexplained=True, withheld=True, earlier_failure="x", row="S4"),
    ]

    state.write_entries(REQUEST, entries)

    assert set(state.entries(RUN)) == set(entries)


def test_a_long_journal_is_written_and_read_whole(state):
    state.write_entries(REQUEST, many(60))

    assert len(list(state.entries(RUN))) == 60


@pytest.mark.parametrize(("count", "way"), [(25, "put_all"), (26, "put_together")], ids=["a few", "many"])
def test_decisions_are_journaled_in_one_call_for_the_least_write_units(state, monkeypatch, count, way):
    used = []
    for name in ("put_all", "put_together"):
        monkeypatch.setattr(Table, name, lambda self, items, name=name: used.append((name, len(items))))

    state.write_entries(REQUEST, many(count))

    assert used == [(way, count)]


def test_all_that_a_run_noted_is_read_in_one_go(state):
    entries = tuple(many(2))
    failure = TargetFailure(target=TARGET, reason="no", code="AccessDenied")
    state.write_entries(REQUEST, entries)
    state.write_target_failures(REQUEST, [failure])
    state.write_shards(REQUEST, [SHARD], {TARGET: VISIT})
    state.write_batches(REQUEST, [SHARD])
    state.write_unread(RUN, "Throttled", "slow down", MONDAY_NOON)

    journal = state.journal(RUN)

    assert (journal.entries, journal.failures, journal.unread) == (entries, (failure,), ("Throttled", "slow down"))


def test_a_run_that_noted_nothing_has_an_empty_journal(state):
    journal = state.journal("none")

    assert (journal.entries, journal.failures, journal.unread) == ((), (), None)


def test_a_journal_can_be_read_for_some_targets(state):
    near = replace(TARGET, region="cn-north-11")
    state.write_entries(REQUEST, [make_entry(), make_entry(target=DATABASES), make_entry(target=near)])

    assert [entry.target for entry in state.entries(RUN, [TARGET])] == [TARGET]


def test_shards_and_failed_targets_are_no_entries(state):
    state.write_shards(REQUEST, [SHARD], {TARGET: VISIT})
    state.write_target_failures(REQUEST, [TargetFailure(target=TARGET, reason="no", code="AccessDenied")])

    assert list(state.entries(RUN)) == []


def test_failed_targets_are_read_back(state):
    failures = (TargetFailure(target=TARGET, reason="not allowed", code="AccessDenied"),)
    state.write_target_failures(REQUEST, failures)

    assert state.target_failures(RUN) == failures


def test_entries_of_a_run_are_found_by_their_instance(state, table):
    state.write_entries(REQUEST, [make_entry()])

    found = table.client.query(
        TableName=table.name,
        IndexName="by_instance",
        KeyConditionExpression="instance = :id AND #at >= :from",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":id": {"S": ID}, ":from": {"S": "2026-11-23T00:00:00Z"}},
    )

    assert [item["pk"]["S"] for item in found["Items"]] == [f"run/{RUN}"]


def test_an_instances_item_is_not_in_the_index_of_entries(state, table):
    state.update_quietly(TARGET, {ID: make_record(version=0)})

    assert not {"instance", "at"} <= table.get(KEY).keys()


@pytest.mark.parametrize(
    ("write", "key", "days"),
    [
        (lambda state: state.write_entries(REQUEST, [make_entry()]), f"{TARGET}/{ID}", 35),
        (lambda state: state.write_shards(REQUEST, [SHARD], {TARGET: VISIT}), "shard/3", 7),
        (
            lambda state: state.write_target_failures(REQUEST, [TargetFailure(target=TARGET, reason="r", code="c")]),
            f"target/{TARGET}",
            35,
        ),
    ],
    ids=["entry", "shard", "failed target"],
)
def test_a_journal_is_forgotten_after(state, table, write, key, days):
    write(state)

    item = table.get({"pk": f"run/{RUN}", "sk": key})
    assert item["expires_at"] == int((MONDAY_NOON + timedelta(days=days)).timestamp())


def test_a_run_is_written_under_its_time_and_kept_for_400_days(state, table):
    state.write_run(REQUEST, {"started": 2})

    item = table.get({"pk": "runs", "sk": f"2026-11-23T12:00:00Z/{RUN}"})
    assert item["summary"] == {"started": 2}
    assert item["expires_at"] == int((MONDAY_NOON + timedelta(days=400)).timestamp())


@pytest.mark.parametrize("visit", [VISIT, replace(VISIT, known=MONDAY_NOON)], ids=["first", "in a group"])
def test_a_shard_is_read_back_as_the_visits_that_the_plan_saw(state, visit):
    state.write_shards(REQUEST, [SHARD], {TARGET: visit})

    assert state.visits(RUN, SHARD.number) == (visit,)


def test_a_batch_is_read_back_as_its_targets(state):
    state.write_batches(REQUEST, [replace(SHARD, targets=(TARGET, DATABASES))])

    assert state.batch(RUN, SHARD.number) == (TARGET, DATABASES)


@pytest.mark.parametrize(("read", "what"), [("visits", "shard"), ("batch", "batch")])
def test_what_was_never_planned_is_a_lookup_error(state, read, what):
    with pytest.raises(LookupError, match=f"run-1 has no {what} 9"):
        getattr(state, read)(RUN, 9)


def test_a_decision_that_was_never_made_is_a_lookup_error(state):
    with pytest.raises(LookupError, match="run-1 has no decision"):
        state.entry(RUN, TARGET, ID)


def test_an_instance_without_an_item_is_unknown(state):
    record = state.instance(TARGET, ID)

    assert (record.stored, record.version, record.claim) == (StoredState.UNKNOWN, 0, None)
