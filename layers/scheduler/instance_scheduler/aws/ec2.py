"""EC2 as the scheduler needs it: sightings of tagged instances, starts, stops, a change of type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from instance_scheduler.aws.calls import patiently
from instance_scheduler.decision import Action
from instance_scheduler.isolation import CallRefused, Results, call_isolated
from instance_scheduler.sighting import Sighting

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import AttributeValueTypeDef, InstanceTypeDef

    from instance_scheduler.journal import Entry
    from instance_scheduler.target import Target

_STATES = ("pending", "running", "stopping", "stopped")
"""Instances that are terminated or shutting down are no longer there to be scheduled."""
_NO_HIBERNATION = frozenset({"UnsupportedHibernationConfiguration", "UnsupportedOperation"})
PREFERRED_TYPES_TAG = "PreferredInstanceTypes"


class Ec2:
    """The instances of one account and region."""

    def __init__(self, client: EC2Client, target: Target, tag_key: str) -> None:
        self._client = client
        self._target = target
        self._tag_key = tag_key

    def sightings(self) -> tuple[Sighting, ...]:
        """See every instance that carries the tag key; the filters work on the server."""
        filters = [
            {"Name": "tag-key", "Values": [self._tag_key]},
            {"Name": "instance-state-name", "Values": list(_STATES)},
        ]
        pages = self._client.get_paginator("describe_instances").paginate(
            Filters=filters,  # type: ignore[arg-type]  # plain dicts of the documented shape
            PaginationConfig={"PageSize": 1000},
        )
        return tuple(
            self._sighting(instance)
            for page in pages
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        )

    def look(self, instance_id: str) -> Sighting | None:
        """See one instance in any state; None where EC2 no longer knows it.

        Raises CallRefused or CallUnanswered.
        """
        try:
            answer = patiently(lambda: self._client.describe_instances(InstanceIds=[instance_id]))
        except CallRefused as refused:
            if refused.refusal.code == "InvalidInstanceID.NotFound":
                return None
            raise
        found = [instance for reservation in answer["Reservations"] for instance in reservation["Instances"]]
        return self._sighting(found[0]) if found else None

    def act(self, action: Action, entries: Sequence[Entry]) -> Results:
        """Start, stop or hibernate instances, all in one call; refused ones are taken out and the others tried again."""
        call = {Action.START: self.start, Action.STOP: self.stop, Action.HIBERNATE: self.hibernate}[action]
        traits = {entry.instance: (entry.from_type, entry.zone) for entry in entries}
        return call_isolated([entry.instance for entry in entries], call, traits)

    def start(self, ids: Sequence[str]) -> None:
        """Start instances in one call; raises CallRefused or CallUnanswered."""
        patiently(lambda: self._client.start_instances(InstanceIds=list(ids)))

    def stop(self, ids: Sequence[str]) -> None:
        """Stop instances in one call; raises CallRefused or CallUnanswered."""
        patiently(lambda: self._client.stop_instances(InstanceIds=list(ids)))

    def hibernate(self, ids: Sequence[str]) -> None:
        """Hibernate instances in one call, or stop them where EC2 cannot hibernate; raises CallRefused or CallUnanswered."""
        try:
            patiently(lambda: self._client.stop_instances(InstanceIds=list(ids), Hibernate=True))
        except CallRefused as refused:
            if refused.refusal.code not in _NO_HIBERNATION or len(ids) > 1:
                raise
            self.stop(ids)

    def change_type(self, instance_id: str, instance_type: str) -> None:
        """Change the type of a stopped instance, and nothing else; raises CallRefused or CallUnanswered."""
        change: AttributeValueTypeDef = {"Value": instance_type}
        patiently(lambda: self._client.modify_instance_attribute(InstanceId=instance_id, InstanceType=change))

    def _sighting(self, instance: InstanceTypeDef) -> Sighting:
        tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
        reason = instance.get("StateReason", {})
        return Sighting(
            target=self._target,
            id=instance["InstanceId"],
            name=tags.get("Name", ""),
            state=instance["State"]["Name"],
            schedule_tag=tags.get(self._tag_key, "").strip(),
            override_tag=tags.get(f"{self._tag_key}Override", "").strip(),
            type=instance["InstanceType"],
            zone=instance.get("Placement", {}).get("AvailabilityZone", ""),
            state_reason=reason.get("Code", ""),
            state_message=reason.get("Message", ""),
            unsupported=_unsupported(instance, tags),
            preferred_types=tuple(_words(tags.get(PREFERRED_TYPES_TAG, ""))),
        )


def _unsupported(instance: InstanceTypeDef, tags: Mapping[str, str]) -> str:
    if "aws:autoscaling:groupName" in tags:
        return f"a member of the Auto Scaling group {tags['aws:autoscaling:groupName']}, which replaces what is stopped"
    if instance.get("RootDeviceType") == "instance-store":
        return "its root device is an instance store, which cannot be stopped"
    return ""


def _words(text: str) -> Iterator[str]:
    return (word.strip() for word in text.split(",") if word.strip())
