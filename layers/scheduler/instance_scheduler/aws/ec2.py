"""EC2 as the scheduler needs it: sightings of tagged instances, starts, stops, a change of type, tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.aws.calls import FOREVER, Patience, patiently
from instance_scheduler.compatibility import Hardware, Machine
from instance_scheduler.decision import Action
from instance_scheduler.isolation import CallRefused, CallUnanswered, Refusal, Results, call_isolated
from instance_scheduler.refusals import Treatment
from instance_scheduler.sighting import Sighting, is_down, is_up

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import AttributeValueTypeDef, InstanceTypeDef, InstanceTypeInfoTypeDef

    from instance_scheduler.journal import Entry
    from instance_scheduler.target import Target

_STATES = ("pending", "running", "stopping", "stopped")
"""Instances that are terminated or shutting down are no longer there to be scheduled."""
_FILTER_VALUES = 200
"""Values of one filter (EC2 API reference, DescribeInstances)."""
_MOST_TAGGED = 1000
"""Resources of one CreateTags (EC2 API reference)."""
_ONE_TIME = "a spot instance of a one-time request, which cannot be stopped"
PREFERRED_TYPES_TAG = "PreferredInstanceTypes"


class Ec2:
    """The instances of one account and region."""

    def __init__(self, client: EC2Client, target: Target, tag_key: str, patience: Patience = FOREVER) -> None:
        self._client = client
        self._target = target
        self._tag_key = tag_key
        self._patience = patience

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
        instances = [
            instance for page in pages for reservation in page["Reservations"] for instance in reservation["Instances"]
        ]
        spots = self._unstoppable_spots(instances)
        return tuple(self._sighting(instance, spots) for instance in instances)

    def look(self, instance_id: str) -> Sighting | None:
        """See one instance in any state; None where EC2 no longer knows it.

        Raises CallRefused or CallUnanswered.
        """
        try:
            answer = patiently(lambda: self._client.describe_instances(InstanceIds=[instance_id]), self._patience)
        except CallRefused as refused:
            if refused.refusal.treatment is Treatment.GONE:
                return None
            raise
        found = [instance for reservation in answer["Reservations"] for instance in reservation["Instances"]]
        return replace(self._sighting(found[0], {}), machine=_machine(found[0])) if found else None

    def hardware(self, types: Sequence[str]) -> dict[str, Hardware]:
        """Describe instance types, by name; a type that the region does not have is left out.

        Raises CallRefused or CallUnanswered.
        """
        filters = [{"Name": "instance-type", "Values": list(types)}]
        answer = patiently(
            lambda: self._client.describe_instance_types(Filters=filters),  # type: ignore[arg-type]  # plain dicts
            self._patience,
        )
        return {str(one["InstanceType"]): _hardware(one) for one in answer["InstanceTypes"]}

    def act(self, action: Action, entries: Sequence[Entry]) -> Results:
        """Start, stop or hibernate instances, all in one call; refused ones are taken out and the others tried again."""
        ids = [entry.instance for entry in entries]
        traits = {entry.instance: (entry.from_type, entry.zone) for entry in entries}
        calls = {Action.START: self.start, Action.STOP: self.stop, Action.HIBERNATE: self.hibernate}
        results = call_isolated(ids, calls[action], traits)
        awake = _refused_as(results, Treatment.NO_HIBERNATION) if action is Action.HIBERNATE else []
        if awake:
            results = _joined(results, call_isolated(awake, self.stop, traits), awake)
        return self._sorted_out(action, results)

    def start(self, ids: Sequence[str]) -> None:
        """Start instances in one call; raises CallRefused or CallUnanswered."""
        patiently(lambda: self._client.start_instances(InstanceIds=list(ids)), self._patience)

    def stop(self, ids: Sequence[str]) -> None:
        """Stop instances in one call; raises CallRefused or CallUnanswered."""
        patiently(lambda: self._client.stop_instances(InstanceIds=list(ids)), self._patience)

    def hibernate(self, ids: Sequence[str]) -> None:
        """Hibernate instances in one call; raises CallRefused or CallUnanswered."""
        patiently(lambda: self._client.stop_instances(InstanceIds=list(ids), Hibernate=True), self._patience)

    def change_type(self, instance_id: str, instance_type: str) -> None:
        """Change the type of a stopped instance, and nothing else; raises CallRefused or CallUnanswered."""
        change: AttributeValueTypeDef = {"Value": instance_type}
        patiently(
            lambda: self._client.modify_instance_attribute(InstanceId=instance_id, InstanceType=change), self._patience
        )

    def tag(self, entries: Sequence[Entry], tags: Mapping[str, str]) -> dict[str, Refusal]:
        """Write tags on instances, one call for 1,000; the ids that could not be tagged, and why."""
        refused: dict[str, Refusal] = {}
        written = [{"Key": key, "Value": value} for key, value in tags.items()]

        def create(ids: Sequence[str]) -> None:
            patiently(
                lambda: self._client.create_tags(Resources=list(ids), Tags=written),  # type: ignore[arg-type]  # plain dicts
                self._patience,
            )

        ids = [entry.instance for entry in entries]
        for start in range(0, len(ids), _MOST_TAGGED):
            results = call_isolated(ids[start : start + _MOST_TAGGED], create, {})
            silent = {one: Refusal(code="NoAnswer", message=seen) for one, seen in results.unanswered.items()}
            refused |= {**results.refused, **results.left, **silent}
        return {one: refusal for one, refusal in refused.items() if refusal.treatment is not Treatment.GONE}

    def _sorted_out(self, action: Action, results: Results) -> Results:
        """Look at those that were in the wrong state: what is gone is no failure, what is where it should be was done."""
        doubtful = _refused_as(results, Treatment.WRONG_STATE)
        states = self._states(doubtful) if doubtful else {}
        is_there: Callable[[str], bool] = is_up if action is Action.START else is_down
        gone = {one for one in doubtful if states and states.get(one, "terminated") in ("terminated", "shutting-down")}
        gone |= set(_refused_as(results, Treatment.GONE))
        done = {one for one in doubtful if is_there(states.get(one, ""))}
        return replace(
            results,
            refused={one: refusal for one, refusal in results.refused.items() if one not in gone | done},
            gone={one: results.refused[one] for one in results.refused if one in gone},
        )

    def _states(self, ids: Sequence[str]) -> dict[str, str]:
        """See the states of some instances; nothing where EC2 does not tell."""
        seen: dict[str, str] = {}
        try:
            for start in range(0, len(ids), _FILTER_VALUES):
                filters = [{"Name": "instance-id", "Values": list(ids[start : start + _FILTER_VALUES])}]
                answer = patiently(
                    lambda filters=filters: self._client.describe_instances(Filters=filters),  # type: ignore[misc]  # bound now
                    self._patience,
                )
                found = (one for reservation in answer["Reservations"] for one in reservation["Instances"])
                seen |= {one["InstanceId"]: one["State"]["Name"] for one in found}
        except (CallRefused, CallUnanswered):
            return {}
        return seen

    def _unstoppable_spots(self, instances: Sequence[InstanceTypeDef]) -> Mapping[str, str]:
        """Name the spot requests of these instances that are of type one-time; no call where there is no spot instance.

        Where EC2 does not tell, the spot instances are left alone and the others go on.
        """
        requests = [one["SpotInstanceRequestId"] for one in instances if one.get("SpotInstanceRequestId")]
        found: dict[str, str] = {}
        for start in range(0, len(requests), _FILTER_VALUES):
            asked = requests[start : start + _FILTER_VALUES]
            try:
                found |= dict.fromkeys(self._one_time(asked), _ONE_TIME)
            except (ClientError, BotoCoreError) as error:
                found |= dict.fromkeys(asked, f"EC2 does not tell whether its spot request is one-time: {error}")
        return found

    def _one_time(self, requests: Sequence[str]) -> Iterator[str]:
        filters = [{"Name": "spot-instance-request-id", "Values": list(requests)}]
        pages = self._client.get_paginator("describe_spot_instance_requests").paginate(
            Filters=filters,  # type: ignore[arg-type]  # plain dicts of the documented shape
        )
        found = (request for page in pages for request in page["SpotInstanceRequests"])
        return (request["SpotInstanceRequestId"] for request in found if request.get("Type") == "one-time")

    def _sighting(self, instance: InstanceTypeDef, spots: Mapping[str, str]) -> Sighting:
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
            unsupported=_unsupported(instance, tags, spots),
            preferred_types=tuple(_words(tags.get(PREFERRED_TYPES_TAG, ""))),
        )


def _unsupported(instance: InstanceTypeDef, tags: Mapping[str, str], spots: Mapping[str, str]) -> str:
    if "aws:autoscaling:groupName" in tags:
        return f"a member of the Auto Scaling group {tags['aws:autoscaling:groupName']}, which replaces what is stopped"
    if instance.get("RootDeviceType") == "instance-store":
        return "its root device is an instance store, which cannot be stopped"
    return spots.get(instance.get("SpotInstanceRequestId", ""), "")


def _words(text: str) -> Iterator[str]:
    return (word.strip() for word in text.split(",") if word.strip())


def _machine(instance: InstanceTypeDef) -> Machine:
    return Machine(
        architecture=instance.get("Architecture", ""),
        virtualization=instance.get("VirtualizationType", ""),
        ena=instance.get("EnaSupport"),
    )


def _hardware(described: InstanceTypeInfoTypeDef) -> Hardware:
    return Hardware(
        architectures=tuple(described.get("ProcessorInfo", {}).get("SupportedArchitectures", [])),
        virtualizations=tuple(described.get("SupportedVirtualizationTypes", [])),
        ena=described.get("NetworkInfo", {}).get("EnaSupport", ""),
        nvme=described.get("EbsInfo", {}).get("NvmeSupport", ""),
    )


def _refused_as(results: Results, treatment: Treatment) -> list[str]:
    return [one for one, refusal in results.refused.items() if refusal.treatment is treatment]


def _joined(first: Results, second: Results, ids: Sequence[str]) -> Results:
    """Put a second call's results in the place of the first's for the ids that it was made for: they were stopped plainly."""
    missed = {*second.refused, *second.unanswered, *second.left}
    kept = {one: refusal for one, refusal in first.refused.items() if one not in ids}
    return Results(
        refused={**kept, **second.refused},
        unanswered={**first.unanswered, **second.unanswered},
        left={**first.left, **second.left},
        instead={one: Action.STOP for one in ids if one not in missed},
    )
