"""Actions that were not carried out, or not in full: what is stored, what is told, what stays due."""

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from tests.unit.specimens import ID, MONDAY_NOON, TARGET, make_claim, make_entry, make_request

from instance_scheduler.account_failure import cause_of_entry
from instance_scheduler.aws.acting import act_on_batch
from instance_scheduler.aws.calls import Patience, patiently
from instance_scheduler.decision import Action
from instance_scheduler.isolation import CallRefused, Refusal, Results
from instance_scheduler.journal import Status
from instance_scheduler.plan import Shard
from instance_scheduler.summary import told_code

REQUEST = make_request()
THROTTLED = Refusal(code="RequestLimitExceeded", message="slow down")


class FakeActor:
    """A service that answers with the given results, and notes which tags it was to write."""

    def __init__(self, results=None, untagged=None):
        self.results = results or Results()
        self.untagged = untagged or {}
        self.tagged = []

    def act(self, action, entries):
        return self.results

    def tag(self, entries, tags):
        self.tagged.append(([entry.instance for entry in entries], dict(tags)))
        return self.untagged


def act(stack, actor, action="start", *, request=REQUEST, remaining=300_000, **changes):
    """Carry out one planned action; the answer is its entry and its instance's record afterwards."""
    stack.state.write_entries(REQUEST, [make_entry(action, **changes)])
    stack.state.write_batches(REQUEST, [Shard(number=0, service=TARGET.service, targets=(TARGET,))])
    patience = Patience(lambda: remaining)
    act_on_batch(stack, request, 0, MONDAY_NOON, lambda target: _opened(actor), patience=patience)
    return stack.state.entry(REQUEST.id, TARGET, ID), stack.state.instance(TARGET, ID)


def _opened(actor):
    if isinstance(actor, Exception):
        raise actor
    return actor


def test_what_was_throttled_to_the_end_is_told_and_stays_due_as_it_was(stack, table):
    table.put({"pk": str(TARGET), "sk": ID, "version": 1, "stored_state": "stopped", "failures": 2})

    entry, record = act(stack, FakeActor(Results(left={ID: THROTTLED})), version=1)

    assert (entry.status, entry.reason) == (
        Status.FAILED,
        "not done, due again: RequestLimitExceeded: slow down",
    )
    assert (record.claim, record.stored, record.failures, record.retry_at) == (None, "stopped", 2, None)


def test_what_the_function_has_no_time_for_is_told_and_not_claimed(stack):
    actor = FakeActor()

    entry, record = act(stack, actor, remaining=30_000)

    assert (entry.status, entry.code, record.version) == (Status.FAILED, "OutOfTime", 0)


def test_an_instance_that_was_terminated_in_between_is_skipped(stack):
    gone = Results(gone={ID: Refusal(code="InvalidInstanceID.NotFound", message="no such instance")})

    entry, record = act(stack, FakeActor(gone))

    assert (entry.status, entry.reason, record.claim) == (Status.SKIPPED, "it was terminated meanwhile", None)


@pytest.mark.parametrize(
    ("code", "told", "stored"),
    [
        ("Throttling", "Throttling", "unknown"),
        ("InternalFailure", "InternalFailure", "unknown"),
        ("AccessDenied", "ActorRefused", "start_failed"),
    ],
)
def test_a_role_that_cannot_be_assumed_now_leaves_the_instance_due(stack, code, told, stored):
    error = ClientError({"Error": {"Code": code, "Message": "no"}}, "AssumeRole")

    entry, record = act(stack, error)

    assert (entry.status, entry.code, record.stored, record.claim) == (Status.FAILED, told, stored, None)


def test_a_role_whose_service_does_not_answer_leaves_the_instance_due_as_it_was(stack):
    entry, record = act(stack, ConnectTimeoutError(endpoint_url="https://sts"))

    assert (entry.code, record.stored, record.failures, record.claim) == ("ConnectTimeoutError", "unknown", 0, None)
    assert cause_of_entry(entry) == (TARGET.account, "TooSlow", "")


def test_a_protected_instance_is_left_alone_for_a_day_and_told_by_its_code(stack):
    protected = Refusal(code="OperationNotPermitted", message="Modify its 'disableApiStop' attribute")

    entry, record = act(stack, FakeActor(Results(refused={ID: protected})), "stop")

    assert (record.stored, record.retry_at) == ("stop_failed", MONDAY_NOON + timedelta(days=1))
    assert told_code(entry) == "stop_OperationNotPermitted"


def test_a_start_that_is_not_permitted_is_tried_again_soon(stack):
    refused = Results(refused={ID: Refusal(code="OperationNotPermitted", message="no")})

    assert act(stack, FakeActor(refused))[1].retry_at == MONDAY_NOON + timedelta(minutes=5)


def test_the_outcome_says_what_was_done_in_place_of_a_hibernation(stack):
    entry, record = act(stack, FakeActor(Results(instead={ID: Action.STOP})), "hibernate")

    assert (entry.action, entry.status, record.last_action.action) == ("stop", Status.SUCCEEDED, "stop")


@pytest.mark.parametrize(
    ("code", "clause"),
    [
        ("SnapshotQuotaExceeded", "without a snapshot"),
        ("AccessDenied", "snapshots of earlier stops were not deleted"),
    ],
)
def test_a_stop_that_lacks_something_counts_and_is_told(stack, code, clause):
    remark = Refusal(code=code, message="no")

    entry, record = act(stack, FakeActor(Results(remarks={ID: remark})), "stop")

    assert (entry.status, entry.reason, record.stored) == (
        Status.SUCCEEDED,
        f"due; {clause}: {code}: no",
        "stopped",
    )
    assert told_code(entry) == f"stop_{code}"


TAGGING = make_request(started_tags="State=started {hour}:{minute}", stopped_tags="State=stopped")


@pytest.mark.parametrize(
    ("action", "value"), [("start", "started 12:00"), ("stop", "stopped"), ("hibernate", "stopped")]
)
def test_tags_are_written_after_what_was_carried_out(stack, action, value):
    actor = FakeActor()

    act(stack, actor, action, request=TAGGING)

    assert actor.tagged == [([ID], {"State": value})]


def test_what_failed_is_not_tagged(stack):
    actor = FakeActor(Results(refused={ID: Refusal(code="Unsupported", message="no")}))

    act(stack, actor, request=TAGGING)

    assert actor.tagged == []


def test_tags_that_cannot_be_written_are_told_and_the_action_counts(stack):
    actor = FakeActor(untagged={ID: Refusal(code="TagLimitExceeded", message="no")})

    entry, record = act(stack, actor, request=TAGGING)

    assert (entry.status, record.stored) == (Status.SUCCEEDED, "running")
    assert entry.reason == "due; its tags could not be written: TagLimitExceeded: no"


def test_a_resize_that_is_stuck_keeps_its_claim_and_says_when_it_is_tried_again(stack):
    entry = make_entry("resize", to_type="m5.large", failures=1)
    stack.state.claim([entry], {entry.key: make_claim("resize", run=REQUEST.id, step="rolling_back")})
    again = MONDAY_NOON + timedelta(minutes=5)

    stack.state.keep_claim(replace(entry, status=Status.FAILED), REQUEST.id, again)

    record = stack.state.instance(TARGET, ID)
    assert (record.claim.run, record.claim.again_at, record.failures) == (REQUEST.id, again, 2)


# Throttled calls.


@pytest.fixture
def naps(monkeypatch):
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    return slept


def throttled_call():
    raise ClientError({"Error": {"Code": "RequestLimitExceeded", "Message": "slow down"}}, "StartInstances")


def test_waits_double_and_are_random_up_to_their_whole_length(naps):
    with pytest.raises(CallRefused):
        patiently(throttled_call)

    assert naps == [0.4, 0.8, 1.6, 3.2, 6.4, 12.8]


def test_no_wait_is_longer_than_the_functions_time_allows(naps):
    with pytest.raises(CallRefused, match="RequestLimitExceeded"):
        patiently(throttled_call, Patience(lambda: 47_000))

    assert naps == [0.4, 0.8, 1.6]


def test_without_time_nothing_is_called():
    with pytest.raises(CallRefused, match="OutOfTime"):
        patiently(lambda: pytest.fail("called"), Patience(lambda: 44_000))
