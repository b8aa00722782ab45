"""Starts and stops of a batch: the claim comes before the call, the record after it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from tests.unit.specimens import (
    DATABASES,
    ID,
    MONDAY_NIGHT,
    MONDAY_NOON,
    TARGET,
    hash_of,
    make_claim,
    make_entry,
    make_request,
    make_sighting,
    make_sweep,
)

from instance_scheduler.aws.acting import act_on_batch
from instance_scheduler.evaluation import evaluate_target
from instance_scheduler.isolation import Refusal, Results
from instance_scheduler.journal import Status
from instance_scheduler.plan import Shard

REQUEST = make_request()
OTHER = "i-0fffffffffffffff0"
ELSEWHERE = replace(TARGET, region="cn-northwest-1")
REFUSAL = Refusal(code="InsufficientInstanceCapacity", message="no capacity")


class Died(BaseException):
    """The worker is gone; nothing catches this."""


class FakeActor:
    """A service that does what it is told, but for some ids; it sees what the state table held when it was called."""

    def __init__(self, stack, refused=(), unanswered=(), dies=""):
        self.stack = stack
        self.refused = set(refused)
        self.unanswered = set(unanswered)
        self.dies = dies
        self.calls = []
        self.claims = []

    def act(self, action, entries):
        _raise_where(self.dies == "before", Died())
        self.calls.append((str(action), [entry.instance for entry in entries]))
        self.claims += [self.stack.state.instance(entry.target, entry.instance).claim for entry in entries]
        _raise_where(self.dies == "after", Died())
        ids = {entry.instance for entry in entries}
        return Results(
            refused=dict.fromkeys(ids & self.refused, REFUSAL),
            unanswered=dict.fromkeys(ids & self.unanswered, "ReadTimeoutError: no answer"),
        )


def _raise_where(condition, error):
    if condition:
        raise error


def prepare(stack, *entries, targets=(TARGET,), request=REQUEST):
    stack.state.write_entries(request, entries)
    stack.state.write_batches(request, [Shard(number=0, service=TARGET.service, targets=targets)])


def act(stack, actor, *, entered=MONDAY_NOON, request=REQUEST):
    return act_on_batch(stack, request, 0, entered, lambda target: actor)


def outcome(stack, instance=ID, target=TARGET, run=REQUEST.id):
    return stack.state.entry(run, target, instance), stack.state.instance(target, instance)


def test_a_batch_that_travels_with_the_run_is_not_looked_up(stack):
    travelling = replace(REQUEST, batches=({"targets": str(DATABASES)}, {"targets": str(TARGET)}))
    stack.state.write_entries(travelling, [make_entry("start")])

    act_on_batch(stack, travelling, 1, MONDAY_NOON, lambda target: FakeActor(stack))

    entry, _ = outcome(stack)
    assert entry.status == Status.SUCCEEDED


def test_the_instance_is_claimed_before_the_call(stack):
    prepare(stack, make_entry("start"))
    actor = FakeActor(stack)

    answer = act(stack, actor)

    assert actor.claims == [make_claim("start", run=REQUEST.id)]
    assert answer == {"batch": 0, "error": None}


def test_a_success_is_recorded_on_the_item_and_in_the_journal(stack):
    prepare(stack, make_entry("stop", schedule_hash="h", failures=3))

    act(stack, FakeActor(stack))

    entry, record = outcome(stack)
    assert (entry.status, record.claim, record.stored, record.schedule, record.schedule_hash) == (
        Status.SUCCEEDED,
        None,
        "stopped",
        "office",
        "h",
    )
    assert (record.last_action.action, record.last_action.run, record.failures) == ("stop", REQUEST.id, 0)


@pytest.mark.parametrize(
    ("action", "verified", "failures"), [("start", False, 3), ("stop", True, 0), ("hibernate", True, 0)]
)
def test_a_start_is_a_promise_and_keeps_its_failures_until_it_is_seen_to_hold(stack, action, verified, failures):
    prepare(stack, make_entry(action, failures=3))

    act(stack, FakeActor(stack))

    record = outcome(stack)[1]
    assert (record.last_action.verified, record.failures) == (verified, failures)


@pytest.mark.parametrize(
    ("action", "stored"), [("start", "start_failed"), ("stop", "stop_failed"), ("hibernate", "stop_failed")]
)
def test_a_refusal_is_recorded_without_a_claim_and_with_the_next_try(stack, action, stored):
    prepare(stack, make_entry(action, failures=3))

    act(stack, FakeActor(stack, refused=[ID]))

    entry, record = outcome(stack)
    assert (entry.status, entry.reason, entry.code) == (Status.FAILED, str(REFUSAL), REFUSAL.code)
    assert (record.claim, record.stored, record.failures) == (None, stored, 4)
    assert record.retry_at == MONDAY_NOON + timedelta(minutes=10)


def test_a_call_without_an_answer_leaves_the_claim_and_is_told(stack):
    prepare(stack, make_entry("start"))

    act(stack, FakeActor(stack, unanswered=[ID]))

    entry, record = outcome(stack)
    assert (entry.status, entry.code, record.claim.run) == (Status.FAILED, "NoAnswer", REQUEST.id)
    assert "no answer" in entry.reason


def test_one_refused_and_one_silent_instance_leave_the_others_done(stack):
    ids = [f"i-{number:017x}" for number in range(5)]
    prepare(stack, *(make_entry("start", instance=one) for one in ids))

    act(stack, FakeActor(stack, refused=[ids[1]], unanswered=[ids[3]]))

    statuses = [outcome(stack, one)[0].status for one in ids]
    assert statuses == [Status.SUCCEEDED, Status.FAILED, Status.SUCCEEDED, Status.FAILED, Status.SUCCEEDED]


def test_starts_stops_and_hibernations_are_one_call_each(stack):
    names = {"i-1": "start", "i-2": "stop", "i-3": "hibernate", "i-4": "start"}
    prepare(stack, *(make_entry(action, instance=one) for one, action in names.items()))
    actor = FakeActor(stack)

    act(stack, actor)

    assert actor.calls == [("start", ["i-1", "i-4"]), ("stop", ["i-2"]), ("hibernate", ["i-3"])]


@pytest.mark.parametrize(
    "entry",
    [
        make_entry("none", status=Status.SKIPPED, code="E1"),
        make_entry("stop", status=Status.SKIPPED, withheld=True),
        make_entry("start", to_type="m5.large"),
        make_entry("resize", to_type="m5.large"),
        make_entry("start", status=Status.SUCCEEDED),
    ],
    ids=["a condition", "a withheld stop", "a start on another type", "a resize", "what is done already"],
)
def test_a_batch_leaves_alone(stack, entry):
    prepare(stack, entry)
    actor = FakeActor(stack)

    act(stack, actor)

    assert (actor.calls, outcome(stack)[0]) == ([], entry)


# Lost claims.


def test_an_instance_that_another_run_claimed_is_skipped_and_names_it(stack):
    entry = make_entry("start")
    prepare(stack, entry)
    stack.state.claim([entry], {entry.key: make_claim("start", run="run-faster")})
    actor = FakeActor(stack)

    act(stack, actor)

    told, record = outcome(stack)
    assert (actor.calls, told.status, told.reason, record.claim.run) == (
        [],
        Status.SKIPPED,
        "run run-faster was faster",
        "run-faster",
    )


def test_an_item_that_a_person_changed_meanwhile_is_skipped_and_names_no_run(stack, table):
    table.put({"pk": str(TARGET), "sk": ID, "version": 4, "override": "stopped"})
    prepare(stack, make_entry("start", version=3))

    act(stack, FakeActor(stack))

    assert outcome(stack)[0].reason == "its item was changed meanwhile"


def test_a_lost_claim_does_not_keep_the_others_from_being_carried_out(stack):
    lost, won = make_entry("start"), make_entry("start", instance=OTHER)
    prepare(stack, lost, won)
    stack.state.claim([lost], {lost.key: make_claim("start", run="run-faster")})
    actor = FakeActor(stack)

    act(stack, actor)

    assert actor.calls == [("start", [OTHER])]


# Stale decisions.


@pytest.mark.parametrize(
    ("after", "status"), [(timedelta(hours=1), Status.SUCCEEDED), (timedelta(hours=1, seconds=1), Status.SKIPPED)]
)
def test_decisions_older_than_an_hour_are_not_claimed(stack, after, status):
    prepare(stack, make_entry("start"))

    act(stack, FakeActor(stack), entered=MONDAY_NOON + after)

    entry, record = outcome(stack)
    assert (entry.status, record.claim) == (status, None)


def test_a_stale_decision_says_so(stack):
    prepare(stack, make_entry("start"))

    act(stack, FakeActor(stack), entered=MONDAY_NOON + timedelta(days=1))

    assert outcome(stack)[0].reason.startswith("stale")


# One target never stops another.


def test_a_target_whose_role_cannot_be_assumed_fails_alone(stack):
    prepare(stack, make_entry("start"), make_entry("start", target=ELSEWHERE), targets=(TARGET, ELSEWHERE))
    actor = FakeActor(stack)
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "AssumeRole")

    act_on_batch(stack, REQUEST, 0, MONDAY_NOON, lambda target: _deny(target == TARGET, denied, actor))

    entry, record = outcome(stack)
    assert (entry.status, entry.code, record.claim, record.stored) == (
        Status.FAILED,
        "ActorRefused",
        None,
        "start_failed",
    )
    assert outcome(stack, target=ELSEWHERE)[0].status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("trouble", "order"),
    [
        ({"left": {ID: Refusal(code="RequestLimitExceeded", message="slow down")}}, "slow, other, slow again"),
        ({"unanswered": {ID: "ReadTimeoutError: no answer"}}, "slow, other, slow again"),
        ({"refused": {ID: REFUSAL}}, "slow, slow again, other"),
    ],
    ids=["throttled", "silent", "refused"],
)
def test_an_account_that_throttles_or_does_not_answer_is_served_last(stack, trouble, order):
    names = {TARGET: "slow", ELSEWHERE: "slow again", replace(TARGET, account="444455556666"): "other"}
    prepare(stack, *(make_entry("start", target=target) for target in names), targets=tuple(names))
    served = []

    class Slow(FakeActor):
        def act(self, action, entries):
            served.append(names[entries[0].target])
            return Results(**trouble)

    act(stack, Slow(stack))

    assert ", ".join(served) == order


@pytest.mark.parametrize(
    ("code", "order"), [("Throttling", "slow, other, slow again"), ("AccessDenied", "slow, slow again, other")]
)
def test_an_account_whose_role_is_throttled_is_served_last(stack, code, order):
    names = {TARGET: "slow", ELSEWHERE: "slow again", replace(TARGET, account="444455556666"): "other"}
    prepare(stack, *(make_entry("start", target=target) for target in names), targets=tuple(names))
    asked = []
    actor = FakeActor(stack)

    def assume(target):
        asked.append(names[target])
        return _deny(target.account == TARGET.account, ClientError({"Error": {"Code": code}}, "AssumeRole"), actor)

    act_on_batch(stack, REQUEST, 0, MONDAY_NOON, assume)

    assert ", ".join(asked) == order


def _deny(condition, error, actor):
    _raise_where(condition, error)
    return actor


def test_databases_are_acted_on_as_instances_are(stack):
    prepare(stack, make_entry("stop", instance="orders", target=DATABASES), targets=(DATABASES,))

    act(stack, FakeActor(stack))

    assert outcome(stack, "orders", DATABASES)[0].status is Status.SUCCEEDED


# Deaths. What a dead worker leaves is brought to where it belongs by a repeated invocation, or by the next run.


@pytest.mark.parametrize("dies", ["before", "after"], ids=["before the call", "after the call"])
class TestAWorkerThatDies:
    def die(self, stack, dies, action="start", schedule="office"):
        prepare(stack, make_entry(action, schedule=schedule))
        with pytest.raises(Died):
            act(stack, FakeActor(stack, dies=dies))

    def next_run(self, stack, state, schedule, at):
        sighting = make_sighting(state=state, schedule_tag=schedule)
        records = stack.state.instances(TARGET)
        evaluation = evaluate_target(TARGET, [sighting], records, make_sweep(id="run-2", at=at))
        stack.state.update_quietly(TARGET, evaluation.updates)
        return [str(entry.action) for entry in evaluation.entries]

    def test_leaves_a_claim(self, stack, dies):
        self.die(stack, dies)

        assert outcome(stack)[1].claim.run == REQUEST.id

    def test_is_invoked_again_wins_its_own_claim_and_calls_again(self, stack, dies):
        self.die(stack, dies)
        actor = FakeActor(stack)

        act(stack, actor)

        entry, record = outcome(stack)
        assert (actor.calls, entry.status, record.claim) == ([("start", [ID])], Status.SUCCEEDED, None)

    @pytest.mark.parametrize("schedule", ["office", "kept"])
    def test_and_whose_start_was_done_leaves_it_running_as_started_by_the_scheduler(self, stack, table, dies, schedule):
        table.put({"pk": str(TARGET), "sk": ID, "stored_state": "stopped", "schedule_hash": hash_of(schedule)})
        self.die(stack, dies, schedule=schedule)

        actions = self.next_run(stack, "running", schedule, MONDAY_NOON)

        record = outcome(stack)[1]
        assert (actions, record.stored, record.claim) == ([], "running", None)

    @pytest.mark.parametrize("schedule", ["office", "kept"])
    def test_and_whose_start_was_not_done_has_it_started_by_the_next_run(self, stack, table, dies, schedule):
        table.put({"pk": str(TARGET), "sk": ID, "stored_state": "stopped", "schedule_hash": hash_of(schedule)})
        self.die(stack, dies, schedule=schedule)

        assert self.next_run(stack, "stopped", schedule, MONDAY_NOON) == ["start"]

    @pytest.mark.parametrize(("state", "actions"), [("running", ["stop"]), ("stopping", []), ("stopped", [])])
    def test_and_whose_action_was_a_stop(self, stack, dies, state, actions):
        self.die(stack, dies, "stop")

        assert self.next_run(stack, state, "office", MONDAY_NIGHT) == actions


def test_a_lost_claim_of_a_retried_invocation_does_not_undo_what_was_recorded(stack):
    prepare(stack, make_entry("start"))
    act(stack, FakeActor(stack))
    before = outcome(stack)

    act(stack, FakeActor(stack, refused=[ID]))

    assert outcome(stack) == before
