"""One resize, step by step: stop, wait, modify, start, wait. Each step reads the claim and looks at the instance first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.aws.acting import failed_record, not_done, tags_of, untagged
from instance_scheduler.aws.calls import FOREVER, Patience, refusal_of_actor
from instance_scheduler.aws.ec2 import Ec2
from instance_scheduler.aws.stack import Stack
from instance_scheduler.aws.state_store import skipped
from instance_scheduler.compatibility import incompatibility
from instance_scheduler.decision import Action
from instance_scheduler.isolation import CallRefused, CallUnanswered, Refusal
from instance_scheduler.journal import Entry, Status
from instance_scheduler.observability import logger
from instance_scheduler.record import Claim, InstanceRecord, LastAction
from instance_scheduler.refusals import Treatment
from instance_scheduler.request import RunRequest, settings_of_run
from instance_scheduler.resize_answer import AccountClosed, Answer, Progress, ResizeRefused, ResizeTimedOut, reason_of
from instance_scheduler.retry import retry_at
from instance_scheduler.settings import Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import Target, parse_target

STALE_AFTER = timedelta(hours=3)
"""A resize that waited longer for its turn, as in a redriven run, is given up; the machine's own time-out is as long."""
NO_ROOM = "Server.InsufficientInstanceCapacity"
"""StateReason.Code of a start that was accepted and found no room (EC2 API reference, StateReason)."""
STALE = "stale: claimed more than three hours before it was to be done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """One step's view of one resize: who may act, and on what."""

    stack: Stack
    settings: Settings
    request: RunRequest
    entry: Entry
    actor: Ec2 | Refusal
    """EC2 under the actor role, which may look, stop, modify and start; or why that role cannot be assumed."""

    @property
    def ec2(self) -> Ec2:
        """EC2 under the actor role; raises CallRefused where it cannot be assumed."""
        if isinstance(self.actor, Refusal):
            raise CallRefused(self.actor.code, self.actor.message)
        return self.actor

    def stop(self, entered: datetime) -> Answer:
        """Stop the instance where it still runs on the old type; a decision that is too old is given up first."""
        claim = self._claim()
        if claim is not None and claim.step == "queued" and entered - claim.at > STALE_AFTER:
            return self._release(STALE)
        return self._look_then(self._begin)

    def check_stopped(self, poll: int) -> Answer:
        """Say whether the instance has stopped; raises ResizeTimedOut after the last poll."""
        return self._look_then(lambda seen, goal: self._poll(poll, reached=seen.state == "stopped", awaited="stopped"))

    def modify(self) -> Answer:
        """Change the type of the stopped instance, and nothing else."""
        return self._look_then(self._modify_if_needed)

    def start(self) -> Answer:
        """Start the instance on its new type."""
        return self._look_then(self._start_if_stopped)

    def check_running(self, poll: int) -> Answer:
        """Say whether the instance runs; raises ResizeRefused where it is stopped again, ResizeTimedOut after the last poll."""
        return self._look_then(lambda sighting, goal: self._running(sighting, goal, poll))

    def roll_back(self, caught: Mapping[str, object]) -> Answer:
        """Bring the instance back to its old type and start it; what failed is recorded only once that is done.

        Raises where it cannot be done now: the claim stays, and the next run goes on from it.
        """
        try:
            return self._look_then(lambda sighting, goal: self._back(sighting, reason_of(caught)))
        except AccountClosed as closed:
            self._keep_claim(_failed(self.entry, closed.refusal))
            raise

    def _look_then(self, step: Callable[[Sighting, str], Answer]) -> Answer:
        """Read the claim, look at the instance, and go on with it and the type to reach, unless it is over.

        It is over, too, where nothing was done yet and the account does not let the instance be seen; later, that raises.
        """
        claim = self._claim()
        if claim is None:
            # Whoever holds it now, or nobody any more: this run has no business with the instance.
            self._leave()
            return Answer(progress=Progress.OVER)
        try:
            sighting = self.ec2.look(self.entry.instance)
        except (CallRefused, CallUnanswered) as unseen:
            if claim.step == "queued" and not self.entry.taken_over:
                return self._leave_untouched(unseen.refusal)
            raise AccountClosed(unseen.refusal) from unseen
        if sighting is None or sighting.state in ("terminated", "shutting-down"):
            return self._release("it was terminated meanwhile")
        goal = claim.trying or self.entry.to_type
        if sighting.state == "running" and sighting.type in (goal, self.entry.to_type):
            self._succeed(sighting.type)
            return Answer(progress=Progress.OVER)
        return step(sighting, goal)

    def _leave_untouched(self, refusal: Refusal) -> Answer:
        """Record why an instance was not even looked at, as starts and stops of its account record it: it stays due."""
        if refusal.passes:
            self._drop(not_done(self.entry, refusal))
        else:
            failed = _failed(self.entry, refusal)
            self._settle(failed, failed_record(self._record(), failed, self.request, self.settings))
        return Answer(progress=Progress.OVER)

    def _begin(self, sighting: Sighting, goal: str) -> Answer:
        if sighting.type != goal and sighting.state in ("running", "stopped"):
            self._require_fit(sighting, goal)
        if sighting.state == "running":
            self._note("stopping")
            self.ec2.stop([self.entry.instance])
        return Answer(progress=Progress.WAIT, wait=self._wait(0))

    def _require_fit(self, sighting: Sighting, goal: str) -> None:
        """Refuse a type that the instance cannot run on, before anything is done; where EC2 does not tell, go on."""
        try:
            known = self.ec2.hardware([sighting.type, goal])
        except (CallRefused, CallUnanswered) as unknown:
            logger.warning("types not described", extra={"instance": self.entry.key, "reason": str(unknown)})
            return
        reason = incompatibility(sighting.machine, known.get(sighting.type), known.get(goal), goal)
        if reason:
            raise ResizeRefused(f"it was left on its type: {reason}")

    def _modify_if_needed(self, sighting: Sighting, goal: str) -> Answer:
        if sighting.state == "stopped" and sighting.type != goal:
            self._note("modifying")
            self.ec2.change_type(self.entry.instance, goal)
        return Answer(progress=Progress.READY)

    def _start_if_stopped(self, sighting: Sighting, goal: str) -> Answer:
        if sighting.state == "stopped":
            self._note("starting")
            try:
                self.ec2.start([self.entry.instance])
            except CallRefused as refused:
                if refused.refusal.treatment is not Treatment.CAPACITY or not self._starts_on_alternate(sighting, goal):
                    raise
        return Answer(progress=Progress.WAIT, wait=self._wait(0))

    def _starts_on_alternate(self, sighting: Sighting, goal: str) -> bool:
        """Start the stopped instance on the first of its alternates that EC2 has room for; False where there is none."""
        return any(self._starts_on(alternate) for alternate in self._alternates(sighting, goal))

    def _alternates(self, sighting: Sighting, goal: str) -> Iterator[str]:
        """Give the types that are left to try after `goal`, in the order of the instance's own list."""
        candidates = [self.entry.to_type, *(one for one in sighting.preferred_types if one != self.entry.to_type)]
        left = candidates[candidates.index(goal) + 1 :] if goal in candidates else candidates[1:]
        return (one for one in left if one != self.entry.from_type)

    def _starts_on(self, alternate: str) -> bool:
        self._note("modifying", trying=alternate)
        try:
            self.ec2.change_type(self.entry.instance, alternate)
            self._note("starting")
            self.ec2.start([self.entry.instance])
        except CallRefused as refused:
            logger.info("alternate refused", extra={"instance": self.entry.key, "reason": str(refused)})
            return False
        return True

    def _running(self, sighting: Sighting, goal: str, poll: int) -> Answer:
        if sighting.state == "stopped" and poll > 0:
            if sighting.state_reason == NO_ROOM and self._starts_on_alternate(sighting, goal):
                return Answer(progress=Progress.WAIT, wait=self._wait(0))
            raise ResizeRefused(
                f"EC2 stopped it again: {sighting.state_message or sighting.state_reason or 'no reason given'}"
            )
        return self._poll(poll, reached=False, awaited="running")

    def _poll(self, poll: int, *, reached: bool, awaited: str) -> Answer:
        if reached:
            return Answer(progress=Progress.READY)
        if poll + 1 >= self.settings.resize_polls:
            raise ResizeTimedOut(f"it was not {awaited} after {self.settings.resize_polls} looks")
        return Answer(progress=Progress.WAIT, wait=self._wait(poll + 1), poll=poll + 1)

    def _back(self, sighting: Sighting, reason: str) -> Answer:
        if sighting.state in ("pending", "stopping"):
            raise ResizeTimedOut(f"it is still {sighting.state}; the next run goes on")
        code, _, _ = reason.partition(":")
        failed = replace(self.entry, status=Status.FAILED, reason=reason, code=code)
        if sighting.state == "stopped":
            self._note("rolling_back")
            try:
                if sighting.type != self.entry.from_type:
                    self.ec2.change_type(self.entry.instance, self.entry.from_type)
                self.ec2.start([self.entry.instance])
            except CallRefused as refused:
                self._keep_claim(replace(failed, reason=f"{reason}; not back on {self.entry.from_type}: {refused}"))
                raise
        # An instance that was stopped is not protected from being stopped, whatever the code of the failure.
        by_code = failed if sighting.state == "running" else self.entry
        record = failed_record(self._record(), by_code, self.request, self.settings, resize=True)
        if sighting.state == "stopped":
            record = replace(record, last_action=self._last_action(Action.START, verified=False))
        self._settle(failed, record)
        return Answer(progress=Progress.OVER)

    def _keep_claim(self, failed: Entry) -> None:
        """Record that the instance is stuck; whoever takes the claim over goes on where it stood, at a slowing pace."""
        again = retry_at(failed.failures + 1, self.request.at, self.settings)
        self.stack.state.keep_claim(failed, self.request.id, again)

    def _succeed(self, reached: str) -> None:
        entry = replace(self.entry, status=Status.SUCCEEDED, alternate="")
        record = replace(self._record(), last_action=self._last_action(self.entry.action, verified=True))
        if reached != self.entry.to_type:
            entry = replace(entry, alternate=reached)
            record = replace(record, substitute=reached, substitute_for=self.entry.to_type)
        self._settle(entry, record)
        tags = tags_of(self.settings.started_tags, self.request, self.settings)
        if tags and entry.action is Action.START:
            refused = self.ec2.tag([entry], tags)
            self.stack.state.record_entries([untagged(entry, why) for why in refused.values()], self.request.id)

    def _last_action(self, action: Action, *, verified: bool) -> LastAction:
        return LastAction(action=action, at=self.request.at, run=self.request.id, verified=verified)

    def _record(self) -> InstanceRecord:
        return InstanceRecord(
            stored=self.entry.new_stored, schedule=self.entry.schedule, schedule_hash=self.entry.schedule_hash
        )

    def _claim(self) -> Claim | None:
        claim = self.stack.state.instance(self.entry.target, self.entry.instance).claim
        return claim if claim is not None and claim.run == self.request.id else None

    def _leave(self) -> None:
        if self.entry.status is Status.PLANNED:
            self.stack.state.record_entries([self.stack.state.lost(self.entry)], self.request.id)

    def _note(self, step: str, trying: str = "") -> None:
        if not self.stack.state.move_claim(self.entry.target, self.entry.instance, self.request.id, step, trying):
            raise ResizeRefused("another run holds it")
        to_type = trying or self.entry.to_type
        logger.info("resizing", extra={"instance": self.entry.key, "step": step, "to_type": to_type})

    def _release(self, reason: str) -> Answer:
        self._drop(skipped(self.entry, reason))
        return Answer(progress=Progress.OVER)

    def _drop(self, entry: Entry) -> None:
        self.stack.state.release(entry, self.request.id)
        logger.info("resize released", extra={"instance": entry.key, "reason": entry.reason})

    def _settle(self, entry: Entry, record: InstanceRecord) -> None:
        self.stack.state.settle([(entry, record)], self.request.id)
        logger.info(
            "resized",
            extra={"instance": entry.key, "action": Action.RESIZE, "status": entry.status, "reason": entry.reason},
        )

    def _wait(self, poll: int) -> int:
        waits = self.settings.resize_waits
        return waits[min(poll, len(waits) - 1)]


def open_resize(stack: Stack, request: RunRequest, item: Mapping[str, object], patience: Patience = FOREVER) -> Resize:
    """Open a resize by the item that travels through the workflow: `{"target", "instance", ...}`.

    Raises LookupError where the run's journal does not know it.
    """
    target = parse_target(str(item["target"]))
    return Resize(
        stack=stack,
        settings=settings_of_run(request, stack.settings),
        request=request,
        entry=stack.state.entry(request.id, target, str(item["instance"])),
        actor=_actor(stack, request, target, patience),
    )


def _actor(stack: Stack, request: RunRequest, target: Target, patience: Patience) -> Ec2 | Refusal:
    try:
        client = stack.actors().client(target, request.id)
    except (ClientError, BotoCoreError) as error:
        return refusal_of_actor(error)
    return Ec2(client, target, stack.settings.tag_key, patience)


def _failed(entry: Entry, refusal: Refusal) -> Entry:
    return replace(entry, status=Status.FAILED, reason=str(refusal), code=refusal.code)
