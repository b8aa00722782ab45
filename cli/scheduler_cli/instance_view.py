"""The instance that `explain` is asked about: made up from options, or read from a stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from instance_scheduler.claim import settle
from instance_scheduler.decision import ObservedState, Situation, StoredState
from instance_scheduler.errors import InvalidInput
from instance_scheduler.maintenance_window import MaintenanceWindow, parse_maintenance_window
from instance_scheduler.override import parse_override
from instance_scheduler.record import InstanceRecord
from instance_scheduler.schedule import Schedule
from instance_scheduler.settings import Service
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import Target
from scheduler_cli.failures import AwsFailed, BadArgument
from scheduler_cli.stack_access import StackAccess, aws_calls

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNNING = frozenset({StoredState.RUNNING, StoredState.RETAIN_RUNNING, StoredState.STOP_FAILED, StoredState.ANY})
_SESSION_NAME = "scheduler-cli-explain"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceView:
    """What is known of an instance, ready to be decided about."""

    situation: Situation
    label: str
    window: MaintenanceWindow | None = None
    notes: tuple[str, ...] = ()
    """What a person should know of how the view came about, one clause each."""
    unsupported: str = ""
    """Why AWS cannot start and stop it; empty where it can."""


def imagined(
    *,
    at: datetime,
    service: Service,
    stored: StoredState | None,
    observed: str | None,
    instance_type: str | None,
    override: str | None,
    window: str | None,
) -> InstanceView:
    """Make an instance of options; what is not said is taken as usual: seen as it is stored, running where nothing is known."""
    stored_state = stored or StoredState.UNKNOWN
    usual = "stopped" if stored_state in (StoredState.STOPPED, StoredState.START_FAILED) else "running"
    return InstanceView(
        situation=Situation(
            at=at,
            service=service,
            stored=stored_state,
            observed=_observed(observed or usual),
            instance_type=instance_type,
            schedule_tag="schedule",
            override=parse_override(override) if override else None,
            claimed=False,
            retry_at=None,
            maintenance_window_open=False,
            restarted_by_aws=False,
        ),
        label=f"An {service.upper()} {'instance' if service is Service.EC2 else 'database'}",
        window=_window(window),
    )


def _observed(word: str) -> ObservedState:
    words = {"running": ObservedState.RUNNING, "available": ObservedState.RUNNING, "stopped": ObservedState.STOPPED}
    return words.get(word, ObservedState.TRANSITIONAL)


def _window(text: str | None) -> MaintenanceWindow | None:
    if not text:
        return None
    try:
        return parse_maintenance_window(text)
    except InvalidInput as error:
        raise BadArgument(f"--maintenance-window: {str(error).rstrip('.')}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInstance:
    """An instance as the state table and, where the caller may ask, AWS know it."""

    id: str
    target: Target
    record: InstanceRecord
    sighting: Sighting | None
    unseen: str
    """Why AWS could not be asked; empty where it was."""
    claim_lives: bool = False
    """Whether the run that holds it still goes on, or may, because Step Functions would not tell."""

    @property
    def schedule_tag(self) -> str:
        """The value of its schedule tag; the one that was recorded where AWS could not be asked."""
        return self.sighting.schedule_tag if self.sighting is not None else self.record.schedule

    def view(self, at: datetime, schedule: Schedule | None) -> InstanceView:
        """The instance at an instant, as a run under this schedule would judge it.

        One that could not be seen counts as being what was recorded.
        """
        record, sighting = self._settled(), self.sighting
        override = (sighting.override_tag if sighting is not None else "") or record.override
        restart = record.automatic_restart_at
        same = schedule is not None and record.schedule_hash == schedule.schedule_hash
        return InstanceView(
            situation=Situation(
                at=at,
                service=self.target.service,
                stored=record.stored,
                observed=sighting.observed if sighting is not None else _recorded(record),
                instance_type=(sighting.type or None) if sighting is not None else None,
                schedule_tag=self.schedule_tag,
                override=parse_override(override) if override else None,
                claimed=self.claim_lives,
                # A change of the schedule has a failed action tried again at once.
                retry_at=record.retry_at if same else None,
                maintenance_window_open=False,
                restarted_by_aws=restart is not None and restart <= at,
            ),
            label=f"{sighting.label if sighting is not None else self.id} in {self.target}",
            window=_stated_window(sighting),
            notes=tuple(_notes(self)),
            unsupported=sighting.unsupported if sighting is not None else "",
        )

    def _settled(self) -> InstanceRecord:
        """The record as the next run will take it: with the claim of a run that is over settled."""
        if self.record.claim is None or self.claim_lives or self.sighting is None:
            return self.record
        return settle(self.record, self.sighting)


def _recorded(record: InstanceRecord) -> ObservedState:
    return ObservedState.RUNNING if record.stored in _RUNNING else ObservedState.STOPPED


def _stated_window(sighting: Sighting | None) -> MaintenanceWindow | None:
    try:
        return (
            parse_maintenance_window(sighting.maintenance_window) if sighting and sighting.maintenance_window else None
        )
    except InvalidInput:
        return None


def _notes(found: FoundInstance) -> Iterator[str]:
    record = found.record
    if found.unseen:
        yield f"AWS could not be asked what it is now ({found.unseen}); it is taken to be as it was recorded"
    if record.claim is not None and found.claim_lives:
        yield f"run {record.claim.run} holds it for a {record.claim.action}"
    if record.claim is not None and not found.claim_lives:
        yield f"run {record.claim.run} held it for a {record.claim.action} and is over; the next run settles what came of it"
    if record.last_action is not None:
        last = record.last_action
        yield f"the last action was a {last.action} at {last.at:%Y-%m-%dT%H:%MZ} by run {last.run}"
    if record.failures:
        tries = "time" if record.failures == 1 else "times"
        yield f"its last action failed {record.failures} {tries} in a row"
    if record.override and found.sighting is not None and found.sighting.override_tag:
        yield "it has an override tag and an override in the state table; the tag wins"


def find_instance(stack: StackAccess, instance: str) -> FoundInstance:
    """Look an instance up in the state table and in AWS; raises BadArgument where the stack knows none of that id."""
    service = Service.EC2 if instance.startswith("i-") else Service.RDS
    with aws_calls():
        targets = [target for target in stack.state.targets() if target.service is service]
    found = None
    for target in sorted(targets or _all_targets(stack, service)):
        with aws_calls():
            record = stack.state.instance(target, instance)
        if record != InstanceRecord():
            return _seen(stack, target, instance, record)
        found = found or _unrecorded(stack, target, instance)
    if found is not None:
        return found
    raise BadArgument(
        f"stack {stack.name} knows no instance {instance!r}; write an EC2 instance id (i-…) or the identifier of a"
        " database, as it stands in AWS"
    )


def _all_targets(stack: StackAccess, service: Service) -> Iterable[Target]:
    from instance_scheduler.target import known_targets

    return [target for target in known_targets(stack.config().settings, stack.home) if target.service is service]


def _unrecorded(stack: StackAccess, target: Target, instance: str) -> FoundInstance | None:
    """An instance that no run has recorded yet, as far as the caller may look."""
    found = _seen(stack, target, instance, InstanceRecord())
    return found if found.sighting is not None else None


def _seen(stack: StackAccess, target: Target, instance: str, record: InstanceRecord) -> FoundInstance:
    found = FoundInstance(
        id=instance, target=target, record=record, sighting=None, unseen="", claim_lives=_claim_lives(stack, record)
    )
    try:
        sightings = list(sightings_of(stack, target))
    except AwsFailed as error:
        return replace(found, unseen=error.message)
    sighting = next((one for one in sightings if one.id == instance), None)
    unseen = "" if sighting is not None else f"{target} has no such instance with the tag {stack.settings.tag_key}"
    return replace(found, sighting=sighting, unseen=unseen)


def _claim_lives(stack: StackAccess, record: InstanceRecord) -> bool:
    """Ask Step Functions whether the run that holds an instance still goes on; where it will not tell, the run may."""
    if record.claim is None:
        return False
    from instance_scheduler.aws.executions import Executions

    try:
        with aws_calls():
            return Executions(stack.client("stepfunctions"), stack.machine).is_alive(record.claim.run)
    except AwsFailed:
        return True


def sightings_of(stack: StackAccess, target: Target) -> Iterable[Sighting]:
    """See a target's instances with the caller's credentials in the hub's own account, else through the reader role."""
    from instance_scheduler.aws.ec2 import Ec2
    from instance_scheduler.aws.rds import Rds

    client = stack.client(str(target.service), region_name=target.region, **_credentials(stack, target))
    observer = Ec2 if target.service is Service.EC2 else Rds
    with aws_calls():
        return observer(client, target, stack.settings.tag_key).sightings()


def _credentials(stack: StackAccess, target: Target) -> dict[str, Any]:
    if target.account == stack.home.account:
        return {}
    settings = stack.settings
    with aws_calls():
        answer = stack.client("sts").assume_role(
            RoleArn=f"arn:{stack.home.partition}:iam::{target.account}:role/{settings.namespace}-reader",
            RoleSessionName=_SESSION_NAME,
            ExternalId=settings.external_id,
        )["Credentials"]
    return {
        "aws_access_key_id": answer["AccessKeyId"],
        "aws_secret_access_key": answer["SecretAccessKey"],
        "aws_session_token": answer["SessionToken"],
    }
