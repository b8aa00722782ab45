"""One resize, step by step: stop, wait, modify, start, wait. Each step reads the claim and looks at the instance first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from instance_scheduler.aws.acting import failed_record
from instance_scheduler.aws.ec2 import Ec2
from instance_scheduler.aws.stack import Stack
from instance_scheduler.aws.state_store import skipped
from instance_scheduler.decision import Action
from instance_scheduler.errors import SchedulerError
from instance_scheduler.journal import Entry, Status
from instance_scheduler.observability import logger
from instance_scheduler.record import Claim, InstanceRecord, LastAction
from instance_scheduler.request import RunRequest
from instance_scheduler.settings import Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import parse_target

STALE_AFTER = timedelta(hours=3)
"""A resize that waited longer for its turn, as in a redriven run, is given up; the machine's own time-out is as long."""
STALE = "stale: claimed more than three hours before it was to be done"


class Progress(StrEnum):
    """What the workflow does next: look again after a wait, go to the next step, or leave the instance."""

    WAIT = "wait"
    READY = "ready"
    OVER = "over"


class ResizeTimedOut(SchedulerError):
    """When an instance did not reach the state that a step waits for within the polls of the settings."""


class ResizeRefused(SchedulerError):
    """When EC2 undoes a step: the instance that was started is stopped again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a step tells the workflow: what comes next, after how many seconds, and how often it has looked."""

    progress: Progress
    wait: int = 0
    poll: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """One step's view of one resize: who may act, and on what."""

    stack: Stack
    settings: Settings
    request: RunRequest
    entry: Entry
    ec2: Ec2
    """Under the actor role, which may look, stop, modify and start."""

    def stop(self, entered: datetime) -> Answer:
        """Stop the instance where it still runs on the old type; a decision that is too old is given up first."""
        claim = self._claim()
        if claim is not None and claim.step == "queued" and entered - claim.at > STALE_AFTER:
            return self._release(STALE)
        return self._look_then(self._stop_if_running)

    def check_stopped(self, poll: int) -> Answer:
        """Say whether the instance has stopped; raises ResizeTimedOut after the last poll."""
        return self._look_then(lambda sighting: self._poll(poll, reached=sighting.state == "stopped", goal="stopped"))

    def modify(self) -> Answer:
        """Change the type of the stopped instance, and nothing else."""
        return self._look_then(self._modify_if_needed)

    def start(self) -> Answer:
        """Start the instance on its new type."""
        return self._look_then(self._start_if_stopped)

    def check_running(self, poll: int) -> Answer:
        """Say whether the instance runs; raises ResizeRefused where it is stopped again, ResizeTimedOut after the last poll."""
        return self._look_then(lambda sighting: self._running(sighting, poll))

    def roll_back(self, caught: Mapping[str, object]) -> Answer:
        """Bring the instance back to its old type and start it; what failed is recorded only once that is done.

        Raises where it cannot be done now: the claim stays, and the next run goes on from it.
        """
        return self._look_then(lambda sighting: self._back(sighting, _reason(caught)))

    def _look_then(self, step: Callable[[Sighting], Answer]) -> Answer:
        claim = self._claim()
        if claim is None:
            # Whoever holds it now, or nobody any more: this run has no business with the instance.
            self._leave()
            return Answer(progress=Progress.OVER)
        sighting = self.ec2.look(self.entry.instance)
        if sighting is None or sighting.state in ("terminated", "shutting-down"):
            return self._release("it was terminated meanwhile")
        if sighting.state == "running" and sighting.type == self.entry.to_type:
            self._succeed()
            return Answer(progress=Progress.OVER)
        return step(sighting)

    def _stop_if_running(self, sighting: Sighting) -> Answer:
        if sighting.state == "running":
            self._note("stopping")
            self.ec2.stop([self.entry.instance])
        return Answer(progress=Progress.WAIT, wait=self._wait(0))

    def _modify_if_needed(self, sighting: Sighting) -> Answer:
        if sighting.state == "stopped" and sighting.type != self.entry.to_type:
            self._note("modifying")
            self.ec2.change_type(self.entry.instance, self.entry.to_type)
        return Answer(progress=Progress.READY)

    def _start_if_stopped(self, sighting: Sighting) -> Answer:
        if sighting.state == "stopped":
            self._note("starting")
            self.ec2.start([self.entry.instance])
        return Answer(progress=Progress.WAIT, wait=self._wait(0))

    def _running(self, sighting: Sighting, poll: int) -> Answer:
        if sighting.state == "stopped" and poll > 0:
            raise ResizeRefused(
                f"EC2 stopped it again: {sighting.state_message or sighting.state_reason or 'no reason given'}"
            )
        return self._poll(poll, reached=False, goal="running")

    def _poll(self, poll: int, *, reached: bool, goal: str) -> Answer:
        if reached:
            return Answer(progress=Progress.READY)
        if poll + 1 >= self.settings.resize_polls:
            raise ResizeTimedOut(f"it was not {goal} after {self.settings.resize_polls} looks")
        return Answer(progress=Progress.WAIT, wait=self._wait(poll + 1), poll=poll + 1)

    def _back(self, sighting: Sighting, reason: str) -> Answer:
        if sighting.state in ("pending", "stopping"):
            raise ResizeTimedOut(f"it is still {sighting.state}; the next run goes on")
        if sighting.state == "stopped":
            self._note("rolling_back")
            if sighting.type != self.entry.from_type:
                self.ec2.change_type(self.entry.instance, self.entry.from_type)
            self.ec2.start([self.entry.instance])
        code, _, _ = reason.partition(":")
        failed = replace(self.entry, status=Status.FAILED, reason=reason, code=code)
        self._settle(failed, failed_record(self._record(), self.entry, self.request, self.settings, resize=True))
        return Answer(progress=Progress.OVER)

    def _succeed(self) -> None:
        last = LastAction(action=self.entry.action, at=self.request.at, run=self.request.id, verified=True)
        self._settle(replace(self.entry, status=Status.SUCCEEDED), replace(self._record(), last_action=last))

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

    def _note(self, step: str) -> None:
        if not self.stack.state.move_claim(self.entry.target, self.entry.instance, self.request.id, step):
            raise ResizeRefused("another run holds it")
        logger.info("resizing", extra={"instance": self.entry.key, "step": step, "to_type": self.entry.to_type})

    def _release(self, reason: str) -> Answer:
        self.stack.state.release(skipped(self.entry, reason), self.request.id)
        logger.info("resize released", extra={"instance": self.entry.key, "reason": reason})
        return Answer(progress=Progress.OVER)

    def _settle(self, entry: Entry, record: InstanceRecord) -> None:
        self.stack.state.settle([(entry, record)], self.request.id)
        logger.info(
            "resized",
            extra={"instance": entry.key, "action": Action.RESIZE, "status": entry.status, "reason": entry.reason},
        )

    def _wait(self, poll: int) -> int:
        waits = self.settings.resize_waits
        return waits[min(poll, len(waits) - 1)]


def open_resize(stack: Stack, request: RunRequest, item: Mapping[str, object]) -> Resize:
    """Open a resize by the item that travels through the workflow: `{"target", "instance", ...}`.

    Raises LookupError where the run's journal does not know it, ClientError where the account's actor role cannot be assumed.
    """
    target = parse_target(str(item["target"]))
    client = stack.actors().client(target, request.id)
    return Resize(
        stack=stack,
        settings=stack.config().settings,
        request=request,
        entry=stack.state.entry(request.id, target, str(item["instance"])),
        ec2=Ec2(client, target, stack.settings.tag_key),
    )


def _reason(caught: Mapping[str, object]) -> str:
    """Read why a step failed from what the workflow caught: the message of an exception of ours, else the error's name."""
    try:
        cause = json.loads(str(caught.get("Cause", "")))
    except ValueError:
        cause = {}
    message = cause.get("errorMessage") if isinstance(cause, dict) else None
    name = str(caught.get("Error", "failed"))
    return str(message) if message and name == "CallRefused" else f"{name}: {message}" if message else name
