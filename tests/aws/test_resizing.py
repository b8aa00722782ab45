"""One resize, step by step; each step reads the claim and looks at the instance first."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from tests.unit.specimens import ID, MONDAY_NOON, TARGET, make_claim, make_entry, make_request, make_sighting

from instance_scheduler.aws.gathering import gather
from instance_scheduler.aws.resizing import Resize
from instance_scheduler.aws.resizing import open_resize as open_by_item
from instance_scheduler.aws.stack import Stack
from instance_scheduler.compatibility import Hardware, Machine
from instance_scheduler.isolation import CallRefused, CallUnanswered, Refusal
from instance_scheduler.journal import Status
from instance_scheduler.resize_answer import AccountClosed, Answer, Progress, ResizeRefused, ResizeTimedOut
from instance_scheduler.settings import Settings

REQUEST = make_request()
SETTINGS = Settings(resize_waits=(15, 30), resize_polls=3, interval_minutes=5)
OVER = Answer(progress=Progress.OVER)


@dataclass
class FakeEc2:
    """One instance: it takes every call, moves to the next state by `settle`, and refuses what it is told to."""

    state: str = "running"
    type: str = "t3.small"
    reason: str = ""
    code: str = ""
    preferred: tuple = ()
    machine: Machine = field(default_factory=lambda: Machine(architecture="x86_64"))
    types: dict = field(default_factory=dict)
    refuses: dict = field(default_factory=dict)
    calls: list = field(default_factory=list)

    def look(self, instance_id):
        _raise(self.refuses.get("look"))
        return (
            None
            if self.state == "gone"
            else make_sighting(
                state=self.state,
                type=self.type,
                state_message=self.reason,
                state_reason=self.code,
                preferred_types=self.preferred,
                machine=self.machine,
            )
        )

    def hardware(self, types):
        _raise(self.refuses.get("describe types"))
        return {one: self.types.get(one, Hardware(architectures=("x86_64",))) for one in types}

    def stop(self, ids):
        self._take("stop")
        self.state = "stopping"

    def start(self, ids):
        self._take("start")
        _raise(self.refuses.get(f"start on {self.type}"))
        self.state = "pending"

    def change_type(self, instance_id, instance_type):
        self._take(f"change to {instance_type}")
        self.type = instance_type

    def settle(self):
        self.state = {"stopping": "stopped", "pending": "running"}.get(self.state, self.state)

    def _take(self, call):
        self.calls.append(call)
        _raise(self.refuses.get(call))


def _raise(error):
    if error is not None:
        raise error


def open_resize(stack, ec2, action="resize", **changes):
    """Hand a resize over as GatherActions does, and open it as each step does."""
    entry = make_entry(action, to_type="m5.large", **changes)
    stack.state.write_entries(REQUEST, [entry])
    gather(stack, REQUEST, MONDAY_NOON)
    return reopen(stack, ec2)


def reopen(stack, ec2):
    entry = stack.state.entry(REQUEST.id, TARGET, ID)
    return Resize(stack=stack, settings=SETTINGS, request=REQUEST, entry=entry, actor=ec2)


def outcome(stack):
    record, entry = stack.state.instance(TARGET, ID), stack.state.entry(REQUEST.id, TARGET, ID)
    return record, entry


def hand_to_another_run(stack):
    version = stack.state.instance(TARGET, ID).version
    entry = make_entry("resize", to_type="m5.large", version=version)
    stack.state.claim([entry], {entry.key: make_claim("resize", run="run-2", to_type="m5.large")})


def caught(error="CallRefused", message="InsufficientInstanceCapacity: no capacity"):
    return {"Error": error, "Cause": json.dumps({"errorMessage": message, "errorType": error})}


def test_a_running_instance_is_stopped_changed_and_started(stack):
    ec2 = FakeEc2()
    resize = open_resize(stack, ec2)

    assert resize.stop(MONDAY_NOON) == Answer(progress=Progress.WAIT, wait=15, poll=0)
    ec2.settle()
    assert resize.check_stopped(0).progress is Progress.READY
    assert resize.modify().progress is Progress.READY
    assert resize.start() == Answer(progress=Progress.WAIT, wait=15, poll=0)
    ec2.settle()
    assert resize.check_running(0) == OVER

    record, entry = outcome(stack)
    assert ec2.calls == ["stop", "change to m5.large", "start"]
    assert (record.claim, record.stored, record.last_action.verified) == (None, "running", True)
    assert entry.status is Status.SUCCEEDED


def test_a_stopped_instance_is_changed_and_started_without_a_stop(stack):
    ec2 = FakeEc2(state="stopped")
    resize = open_resize(stack, ec2, "start")

    resize.stop(MONDAY_NOON)
    resize.check_stopped(0)
    resize.modify()
    resize.start()

    assert ec2.calls == ["change to m5.large", "start"]


def test_each_step_notes_on_the_claim_how_far_it_came(stack):
    ec2, steps = FakeEc2(), []
    resize = open_resize(stack, ec2)

    for step in (lambda: None, lambda: resize.stop(MONDAY_NOON), ec2.settle, resize.modify, resize.start):
        step()
        steps.append(outcome(stack)[0].claim.step)

    assert steps == ["queued", "stopping", "stopping", "modifying", "starting"]


@pytest.mark.parametrize("step", ["stop", "check_stopped", "modify", "start", "check_running", "roll_back"])
class TestEveryStep:
    def take(self, resize, step):
        arguments = {"stop": [MONDAY_NOON], "check_stopped": [0], "check_running": [0], "roll_back": [caught()]}
        return getattr(resize, step)(*arguments.get(step, []))

    def test_ends_where_another_run_holds_the_instance(self, stack, step):
        ec2 = FakeEc2()
        resize = open_resize(stack, ec2)
        hand_to_another_run(stack)

        assert self.take(resize, step) == OVER
        record, entry = outcome(stack)
        assert (record.claim.run, entry.status, ec2.calls) == ("run-2", Status.SKIPPED, [])
        assert "run-2" in entry.reason

    @pytest.mark.parametrize("state", ["terminated", "shutting-down", "gone"])
    def test_drops_the_claim_on_a_terminated_instance_and_nothing_else(self, stack, table, step, state):
        table.put({"pk": str(TARGET), "sk": ID, "version": 1, "stored_state": "any"})
        ec2 = FakeEc2(state=state)
        resize = open_resize(stack, ec2, version=1)

        assert self.take(resize, step) == OVER
        record, entry = outcome(stack)
        assert (record.claim, record.stored, entry.status, ec2.calls) == (None, "any", Status.SKIPPED, [])

    def test_passes_through_where_the_instance_runs_on_the_new_type_already(self, stack, step):
        ec2 = FakeEc2(state="running", type="m5.large")
        resize = open_resize(stack, ec2)

        assert self.take(resize, step) == OVER
        record, entry = outcome(stack)
        assert (record.claim, record.stored, entry.status, ec2.calls) == (None, "running", Status.SUCCEEDED, [])

    def test_repeated_after_the_end_changes_nothing(self, stack, step):
        ec2 = FakeEc2(state="running", type="m5.large")
        self.take(open_resize(stack, ec2), step)
        before = outcome(stack)

        assert self.take(reopen(stack, ec2), step) == OVER
        assert outcome(stack) == before


@pytest.mark.parametrize("state", ["stopping", "pending"])
def test_an_instance_on_its_way_is_waited_for(stack, state):
    ec2 = FakeEc2(state=state)
    resize = open_resize(stack, ec2)

    answers = [resize.stop(MONDAY_NOON), resize.check_stopped(0)]

    assert ({answer.progress for answer in answers}, ec2.calls) == ({Progress.WAIT}, [])


def test_an_instance_that_is_stopped_on_the_new_type_is_only_started(stack):
    ec2 = FakeEc2(state="stopped", type="m5.large")
    resize = open_resize(stack, ec2)

    resize.stop(MONDAY_NOON)
    resize.check_stopped(0)
    resize.modify()
    resize.start()

    assert ec2.calls == ["start"]


def test_the_wait_grows_with_each_look_and_its_last_value_repeats(stack):
    resize = open_resize(stack, FakeEc2(state="stopping"))

    assert [(answer.wait, answer.poll) for answer in map(resize.check_stopped, (0, 1))] == [(30, 1), (30, 2)]


@pytest.mark.parametrize(("state", "check"), [("stopping", "check_stopped"), ("pending", "check_running")])
def test_a_resize_gives_up_after_the_last_look(stack, state, check):
    resize = open_resize(stack, FakeEc2(state=state))

    with pytest.raises(ResizeTimedOut, match="after 3 looks"):
        getattr(resize, check)(2)


def test_an_instance_that_ec2_stopped_again_is_refused_with_ec2s_reason(stack):
    resize = open_resize(stack, FakeEc2(state="stopped", type="m5.large", reason="EC2's own words"))

    with pytest.raises(ResizeRefused, match="EC2's own words"):
        resize.check_running(1)


def test_a_refused_call_is_raised_for_the_workflow_to_catch(stack):
    refusal = CallRefused("Unsupported", "not in this zone")
    resize = open_resize(stack, FakeEc2(state="stopped", refuses={"change to m5.large": refusal}))

    with pytest.raises(CallRefused):
        resize.modify()


# A claim that waited too long.


def test_a_queued_claim_older_than_three_hours_is_released_and_the_stored_state_stands(stack, table):
    table.put({"pk": str(TARGET), "sk": ID, "version": 1, "stored_state": "stopped"})
    ec2 = FakeEc2(state="stopped")
    resize = open_resize(stack, ec2, "start", version=1)

    assert resize.stop(MONDAY_NOON + timedelta(hours=3, seconds=1)) == OVER
    record, entry = outcome(stack)
    assert (record.claim, record.stored, entry.status, ec2.calls) == (None, "stopped", Status.SKIPPED, [])
    assert entry.reason.startswith("stale")


def test_a_resize_that_waited_two_hours_for_its_turn_is_carried_out(stack):
    ec2 = FakeEc2()

    open_resize(stack, ec2).stop(MONDAY_NOON + timedelta(hours=2))

    assert ec2.calls == ["stop"]


def test_a_resize_that_began_is_carried_through_however_old(stack):
    ec2 = FakeEc2()
    resize = open_resize(stack, ec2)
    resize.stop(MONDAY_NOON)
    ec2.state = "running"

    resize.stop(MONDAY_NOON + timedelta(days=1))

    assert ec2.calls == ["stop", "stop"]


# Rolling back.


def test_a_failed_modification_is_rolled_back_to_a_running_instance_on_the_old_type(stack):
    ec2 = FakeEc2(state="stopped")
    resize = open_resize(stack, ec2)

    assert resize.roll_back(caught(message="Unsupported: not in this zone")) == OVER
    record, entry = outcome(stack)
    assert ec2.calls == ["start"]
    assert (record.claim, record.stored, record.failures) == (None, "start_failed", 1)
    assert (entry.status, entry.reason, entry.code) == (Status.FAILED, "Unsupported: not in this zone", "Unsupported")


def test_a_failed_start_on_the_new_type_goes_back_to_the_old_one(stack):
    ec2 = FakeEc2(state="stopped", type="m5.large")

    open_resize(stack, ec2).roll_back(caught())

    assert ec2.calls == ["change to t3.small", "start"]


def test_a_failed_stop_leaves_the_instance_running_and_is_recorded(stack):
    ec2 = FakeEc2(state="running")

    open_resize(stack, ec2).roll_back(caught(message="OperationNotPermitted: stop protection"))

    record, entry = outcome(stack)
    assert (ec2.calls, record.claim, entry.status) == ([], None, Status.FAILED)


@pytest.mark.parametrize("state", ["stopping", "pending"])
def test_a_roll_back_that_must_wait_keeps_the_claim_for_the_next_run(stack, state):
    resize = open_resize(stack, FakeEc2(state=state))

    with pytest.raises(ResizeTimedOut):
        resize.roll_back(caught())
    assert outcome(stack)[0].claim.run == REQUEST.id


@pytest.mark.parametrize("call", ["change to t3.small", "start"])
def test_a_roll_back_that_is_refused_keeps_the_claim_and_says_when_it_is_tried_again(stack, call):
    ec2 = FakeEc2(state="stopped", type="m5.large", refuses={call: CallRefused("IncorrectInstanceState", "no")})
    resize = open_resize(stack, ec2)

    with pytest.raises(CallRefused):
        resize.roll_back(caught())
    record, entry = outcome(stack)
    assert (record.claim.step, record.failures, entry.status) == ("rolling_back", 1, Status.FAILED)
    assert record.claim.again_at == MONDAY_NOON + timedelta(minutes=5)
    assert entry.reason == "InsufficientInstanceCapacity: no capacity; not back on t3.small: IncorrectInstanceState: no"


def test_a_resize_that_keeps_failing_slows_down(stack):
    open_resize(stack, FakeEc2(), failures=4).roll_back(caught())

    assert outcome(stack)[0].retry_at == MONDAY_NOON + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("what", "reason", "code"),
    [
        (caught("CallRefused", "Unsupported: not here"), "Unsupported: not here", "Unsupported"),
        (caught("ResizeTimedOut", "it was not stopped"), "ResizeTimedOut: it was not stopped", "ResizeTimedOut"),
        ({"Error": "States.Timeout", "Cause": "not JSON"}, "States.Timeout", "States.Timeout"),
        ({"Error": "Lambda.Unknown"}, "Lambda.Unknown", "Lambda.Unknown"),
    ],
    ids=["refusal", "our own exception", "no JSON", "no cause"],
)
def test_the_reason_is_what_the_workflow_caught(stack, what, reason, code):
    open_resize(stack, FakeEc2()).roll_back(what)

    entry = outcome(stack)[1]
    assert (entry.reason, entry.code) == (reason, code)


def test_a_resize_taken_over_goes_back_to_the_type_that_the_dead_run_began_with(stack):
    ec2 = FakeEc2(state="stopped", type="m5.large")
    resize = open_resize(stack, ec2, from_type="t3.nano", taken_over="run-0")

    resize.roll_back(caught())

    assert ec2.calls == ["change to t3.nano", "start"]


def test_a_resize_taken_over_from_a_stopped_instance_goes_on_from_there(stack):
    ec2 = FakeEc2(state="stopped")
    resize = open_resize(stack, ec2, taken_over="run-0")

    resize.stop(MONDAY_NOON)
    resize.modify()
    resize.start()
    ec2.settle()
    resize.check_running(0)

    record, entry = outcome(stack)
    assert (record.stored, entry.status, ec2.calls) == ("running", Status.SUCCEEDED, ["change to m5.large", "start"])


def test_nothing_is_done_once_another_run_took_the_instance_between_look_and_call(stack):
    ec2 = FakeEc2()
    resize = open_resize(stack, ec2)
    look = ec2.look
    ec2.look = lambda instance_id: (hand_to_another_run(stack), look(instance_id))[1]

    with pytest.raises(ResizeRefused, match="another run holds it"):
        resize.stop(MONDAY_NOON)
    assert ec2.calls == []


def test_an_entry_that_is_over_is_not_rewritten_when_its_claim_is_gone(stack):
    ec2 = FakeEc2(state="running", type="m5.large")
    resize = open_resize(stack, ec2)
    resize.check_running(0)
    finished = replace(resize, entry=outcome(stack)[1])

    finished.check_running(0)

    assert outcome(stack)[1].status is Status.SUCCEEDED


# What fits, and what there is room for.

NO_ROOM = CallRefused("InsufficientInstanceCapacity", "no capacity")


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_type_that_does_not_fit_is_refused_before_anything_is_done(stack, state):
    ec2 = FakeEc2(state=state, types={"m5.large": Hardware(architectures=("arm64",))})

    with pytest.raises(ResizeRefused, match=r"m5\.large is arm64, the instance x86_64"):
        open_resize(stack, ec2).stop(MONDAY_NOON)
    assert ec2.calls == []


@pytest.mark.parametrize(
    "error", [CallRefused("UnauthorizedOperation", "no"), CallUnanswered("InternalError", "try later")]
)
def test_where_ec2_does_not_describe_types_the_resize_goes_on(stack, error):
    ec2 = FakeEc2(refuses={"describe types": error})

    open_resize(stack, ec2).stop(MONDAY_NOON)

    assert ec2.calls == ["stop"]


def test_alternates_are_tried_in_their_order_where_there_is_no_room(stack):
    full = {"start on m5.large": NO_ROOM, "start on m5a.large": NO_ROOM}
    ec2 = FakeEc2(state="stopped", type="m5.large", preferred=("m5a.large", "m4.large"), refuses=full)
    resize = open_resize(stack, ec2)

    resize.start()
    ec2.settle()
    reopen(stack, ec2).check_running(0)

    record, entry = outcome(stack)
    assert ec2.calls == ["start", "change to m5a.large", "start", "change to m4.large", "start"]
    assert (entry.status, entry.alternate, record.claim) == (Status.SUCCEEDED, "m4.large", None)
    assert (record.stored, record.substitute, record.substitute_for) == ("running", "m4.large", "m5.large")


def test_an_alternate_that_does_not_fit_is_passed_over(stack):
    refuses = {"start on m5.large": NO_ROOM, "change to m6g.large": CallRefused("InvalidParameterCombination", "arm")}
    ec2 = FakeEc2(state="stopped", type="m5.large", preferred=("m6g.large", "m4.large"), refuses=refuses)

    open_resize(stack, ec2).start()

    assert (ec2.state, ec2.type) == ("pending", "m4.large")


def test_a_start_that_found_no_room_after_all_goes_on_with_the_alternates(stack):
    ec2 = FakeEc2(state="stopped", type="m5.large", code="Server.InsufficientInstanceCapacity", preferred=("m4.large",))
    resize = open_resize(stack, ec2)

    assert resize.check_running(1) == Answer(progress=Progress.WAIT, wait=15)
    assert ec2.calls == ["change to m4.large", "start"]


def test_alternates_without_room_end_on_the_old_type(stack):
    full = {f"start on {one}": NO_ROOM for one in ("m5.large", "m5a.large")}
    ec2 = FakeEc2(state="stopped", type="m5.large", preferred=("m5a.large", "t3.small"), refuses=full)
    resize = open_resize(stack, ec2)

    with pytest.raises(CallRefused):
        resize.start()
    reopen(stack, ec2).roll_back(caught())

    assert (ec2.state, ec2.type) == ("pending", "t3.small")


def test_a_lack_of_another_kind_tries_no_alternate(stack):
    ec2 = FakeEc2(
        state="stopped", type="m5.large", preferred=("m4.large",), refuses={"start": CallRefused("Unsupported", "zone")}
    )

    with pytest.raises(CallRefused):
        open_resize(stack, ec2).start()
    assert ec2.calls == ["start"]


def test_an_alternate_that_a_dead_run_was_trying_is_carried_on_with(stack):
    ec2 = FakeEc2(state="stopped", type="m4.large")
    resize = open_resize(stack, ec2, taken_over="run-0", alternate="m4.large")

    resize.stop(MONDAY_NOON)
    resize.modify()
    resize.start()

    assert ec2.calls == ["start"]


def test_an_instance_that_was_started_again_on_its_old_type_is_looked_at_by_the_next_run(stack):
    open_resize(stack, FakeEc2(state="stopped")).roll_back(caught())

    last = outcome(stack)[0].last_action
    assert (last.action, last.verified) == ("start", False)


def test_a_change_of_type_that_is_not_permitted_is_tried_again_soon(stack):
    open_resize(stack, FakeEc2(state="stopped")).roll_back(caught(message="OperationNotPermitted: not this one"))

    assert outcome(stack)[0].retry_at == MONDAY_NOON + timedelta(minutes=5)


def test_a_protected_instance_is_left_alone_for_a_day(stack):
    open_resize(stack, FakeEc2()).roll_back(caught(message="OperationNotPermitted: stop protection"))

    assert outcome(stack)[0].retry_at == MONDAY_NOON + timedelta(days=1)


# Accounts that do not let the instance be seen.

REFUSED = Refusal(code="ActorRefused", message="its role cannot be assumed: AccessDenied: no")
LASTING = [
    pytest.param(REFUSED, id="role refused, or account suspended"),
    pytest.param(FakeEc2(refuses={"look": CallRefused("Blocked", "see your support case")}), id="account blocked"),
    pytest.param(FakeEc2(refuses={"look": CallRefused("AuthFailure", "no such credentials")}), id="region not enabled"),
]
PASSING = [
    pytest.param(Refusal(code="Throttling", message="Rate exceeded"), "Throttling", id="role throttled"),
    pytest.param(
        FakeEc2(refuses={"look": CallRefused("RequestLimitExceeded", "slow down")}),
        "RequestLimitExceeded",
        id="throttled",
    ),
    pytest.param(
        FakeEc2(refuses={"look": CallUnanswered("ReadTimeoutError", "30 s")}),
        "ReadTimeoutError",
        id="slow",
    ),
]


@pytest.mark.parametrize("actor", LASTING)
@pytest.mark.parametrize("action", ["resize", "start"])
def test_a_resize_that_is_refused_before_it_began_is_recorded_as_refused_starts_are(stack, table, action, actor):
    table.put({"pk": str(TARGET), "sk": ID, "version": 1, "stored_state": "stopped"})

    assert open_resize(stack, actor, action, version=1).stop(MONDAY_NOON) == OVER
    record, entry = outcome(stack)
    assert (record.claim, record.stored, record.failures) == (None, "start_failed", 1)
    assert record.retry_at == MONDAY_NOON + timedelta(minutes=5)
    assert entry.status is Status.FAILED
    assert entry.reason.startswith(f"{entry.code}: ")


@pytest.mark.parametrize(("actor", "code"), PASSING)
def test_a_resize_that_could_not_begin_for_what_passes_stays_due_as_it_was(stack, table, actor, code):
    table.put({"pk": str(TARGET), "sk": ID, "version": 1, "stored_state": "running"})

    assert open_resize(stack, actor, version=1).stop(MONDAY_NOON) == OVER
    record, entry = outcome(stack)
    assert (record.claim, record.stored, record.failures, record.retry_at) == (None, "running", 0, None)
    assert (entry.status, entry.code) == (Status.FAILED, code)
    assert entry.reason.startswith(f"not done, due again: {code}: ")


def test_the_look_after_a_refusal_ends_without_another_word(stack):
    open_resize(stack, REFUSED).stop(MONDAY_NOON)
    told = outcome(stack)[1]

    assert reopen(stack, REFUSED).check_stopped(0) == OVER
    assert outcome(stack)[1] == told


@pytest.mark.parametrize("step", ["check_stopped", "modify", "start", "check_running"])
def test_a_resize_that_began_raises_where_the_account_closes_and_its_claim_stays(stack, step):
    open_resize(stack, FakeEc2()).stop(MONDAY_NOON)
    arguments = [0] if step.startswith("check") else []

    with pytest.raises(AccountClosed, match="ActorRefused: its role cannot be assumed"):
        getattr(reopen(stack, REFUSED), step)(*arguments)
    assert outcome(stack)[0].claim.step == "stopping"


@pytest.mark.parametrize("taken_over", ["", "run-0"], ids=["its own", "a dead run's"])
def test_a_roll_back_that_the_account_refuses_is_told_of_the_account_and_left_to_the_next_run(stack, taken_over):
    ec2 = FakeEc2()
    resize = open_resize(stack, ec2, taken_over=taken_over)
    resize.stop(MONDAY_NOON)

    with pytest.raises(AccountClosed):
        reopen(stack, REFUSED).roll_back(caught("AccountClosed", str(REFUSED)))
    record, entry = outcome(stack)
    assert (record.claim.run, record.claim.again_at) == (REQUEST.id, MONDAY_NOON + timedelta(minutes=5))
    assert (entry.status, entry.code, entry.reason) == (Status.FAILED, "ActorRefused", str(REFUSED))


def test_a_dead_runs_resize_is_not_given_up_because_the_account_refuses(stack):
    resize = open_resize(stack, REFUSED, taken_over="run-0")

    with pytest.raises(AccountClosed):
        resize.stop(MONDAY_NOON)
    assert outcome(stack)[0].claim.run == REQUEST.id


def test_an_account_that_opens_again_before_the_roll_back_has_the_resize_undone_with_the_reason_told(stack):
    ec2 = FakeEc2()
    open_resize(stack, ec2).stop(MONDAY_NOON)
    ec2.settle()

    reopen(stack, ec2).roll_back(caught("AccountClosed", str(REFUSED)))

    assert (ec2.calls, outcome(stack)[1].code) == (["stop", "start"], "ActorRefused")


class ClosedAccounts:
    """Sessions of an account that trusts nobody."""

    def client(self, target, session_name):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "AssumeRole")


def test_a_resize_opens_where_the_role_that_acts_cannot_be_assumed(stack, monkeypatch):
    open_resize(stack, FakeEc2())
    monkeypatch.setattr(Stack, "actors", lambda stack: ClosedAccounts())

    resize = open_by_item(stack, REQUEST, {"target": str(TARGET), "instance": ID})

    assert resize.actor == Refusal(
        code="ActorRefused", message="its role cannot be assumed: AccessDenied: not authorized"
    )
    assert resize.stop(MONDAY_NOON) == OVER
