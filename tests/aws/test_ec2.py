"""EC2 as the scheduler needs it: sightings of tagged instances, starts, stops, hibernation, a change of type."""

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from tests.unit.specimens import ID, TARGET, make_entry

from instance_scheduler.aws.ec2 import Ec2
from instance_scheduler.aws.session import hub_client
from instance_scheduler.decision import Action
from instance_scheduler.isolation import CallRefused, CallUnanswered

IDS = [f"i-{number:017x}" for number in range(6)]
INSTANCE = {
    "InstanceId": ID,
    "State": {"Name": "stopped"},
    "InstanceType": "t3.small",
    "Placement": {"AvailabilityZone": "cn-north-1a"},
    "StateReason": {"Code": "Server.InternalError", "Message": "EC2's own words"},
    "RootDeviceType": "ebs",
    "Tags": [{"Key": "Schedule", "Value": " office "}, {"Key": "Name", "Value": "web-1"}],
}


class FakeClient:
    """EC2 that describes the given pages, and answers each changing call by a rule: ids → an exception or None."""

    def __init__(self, *pages, rule=lambda operation, request: None):
        self.pages = pages
        self.rule = rule
        self.asked = []

    def get_paginator(self, operation):
        return self

    def paginate(self, **request):
        self.asked.append(request)
        return [{"Reservations": [{"Instances": list(page)}]} for page in self.pages]

    def describe_instances(self, **request):
        self._take("describe", request)
        return next(iter(self.paginate(**request)), {"Reservations": []})

    def start_instances(self, **request):
        self._take("start", request)

    def stop_instances(self, **request):
        self._take("stop", request)

    def modify_instance_attribute(self, **request):
        self._take("modify", request)

    def _take(self, operation, request):
        self.asked.append((operation, request))
        _raise(self.rule(operation, request))


def _raise(error):
    if error is not None:
        raise error


def refusal(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "AnyCall")


def refuses(bad, code, message="no", **also):
    """Refuse every call on a bad id, and, with `also`, only those whose request has these arguments."""

    def rule(operation, request):
        hit = set(request.get("InstanceIds", [])) & set(bad) and also.items() <= request.items()
        return refusal(code, message) if hit else None

    return rule


def ec2(*pages, rule=lambda operation, request: None):
    client = FakeClient(*pages, rule=rule)
    return Ec2(client, TARGET, "Schedule"), client


def tagged(**tags):
    return {**INSTANCE, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def act(action, ids=IDS, rule=lambda operation, request: None):
    instances, client = ec2(rule=rule)
    return instances.act(Action(action), [make_entry(action, instance=one) for one in ids]), client


@pytest.fixture
def naps(monkeypatch):
    taken = []
    monkeypatch.setattr("instance_scheduler.aws.calls.time.sleep", taken.append)
    return taken


# Sightings.


def test_an_instance_is_seen_with_all_that_a_decision_needs():
    (sighting,) = ec2([INSTANCE])[0].sightings()

    assert (sighting.target, sighting.id, sighting.name, sighting.state) == (TARGET, ID, "web-1", "stopped")
    assert (sighting.schedule_tag, sighting.type, sighting.zone) == ("office", "t3.small", "cn-north-1a")
    assert (sighting.state_reason, sighting.state_message) == ("Server.InternalError", "EC2's own words")
    assert (sighting.unsupported, sighting.override_tag, sighting.preferred_types) == ("", "", ())


def test_the_override_and_the_preferred_types_come_from_tags():
    tags = {"Schedule": "office", "ScheduleOverride": "running", "PreferredInstanceTypes": "m5.large, m5a.large,"}

    (sighting,) = ec2([tagged(**tags)])[0].sightings()

    assert (sighting.override_tag, sighting.preferred_types) == ("running", ("m5.large", "m5a.large"))


def test_every_page_is_read():
    pages = [[{**INSTANCE, "InstanceId": one}] for one in IDS]

    assert [sighting.id for sighting in ec2(*pages)[0].sightings()] == IDS


def test_the_server_filters_by_tag_and_state():
    instances, client = ec2([])

    instances.sightings()

    assert client.asked[0]["Filters"] == [
        {"Name": "tag-key", "Values": ["Schedule"]},
        {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]},
    ]


@pytest.mark.parametrize(
    ("instance", "reason"),
    [
        (tagged(**{"Schedule": "office", "aws:autoscaling:groupName": "web"}), "Auto Scaling group"),
        ({**INSTANCE, "RootDeviceType": "instance-store"}, "instance store"),
    ],
    ids=["Auto Scaling group", "instance store"],
)
def test_what_cannot_be_scheduled_says_why(instance, reason):
    (sighting,) = ec2([instance])[0].sightings()

    assert reason in sighting.unsupported


def test_moto_shows_the_tagged_instances_that_are_still_there(aws):
    client = boto3.client("ec2")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Schedule", "Value": "office"}]}]
    kept, gone = (
        instance["InstanceId"]
        for instance in client.run_instances(
            ImageId="ami-12345678", MinCount=2, MaxCount=2, InstanceType="t3.small", TagSpecifications=tags
        )["Instances"]
    )
    client.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
    client.terminate_instances(InstanceIds=[gone])
    instances = Ec2(hub_client("ec2"), TARGET, "Schedule")

    assert [(sighting.id, sighting.state) for sighting in instances.sightings()] == [(kept, "running")]
    assert instances.look(gone).state == "terminated"
    assert instances.look("i-0123456789abcdef0") is None


# One instance.


def test_an_instance_that_ec2_no_longer_knows_is_none():
    instances, _ = ec2(rule=refuses([ID], "InvalidInstanceID.NotFound"))

    assert instances.look(ID) is None


def test_another_refusal_to_show_an_instance_is_raised():
    instances, _ = ec2(rule=refuses([ID], "UnauthorizedOperation"))

    with pytest.raises(CallRefused):
        instances.look(ID)


def test_a_change_of_type_changes_nothing_else():
    instances, client = ec2()

    instances.change_type(ID, "m5.large")

    assert client.asked == [("modify", {"InstanceId": ID, "InstanceType": {"Value": "m5.large"}})]


# Actions.


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("start", ("start", {"InstanceIds": IDS})),
        ("stop", ("stop", {"InstanceIds": IDS})),
        ("hibernate", ("stop", {"InstanceIds": IDS, "Hibernate": True})),
    ],
)
def test_all_instances_go_in_one_call(action, call):
    results, client = act(action)

    assert (client.asked, dict(results.refused), dict(results.unanswered)) == ([call], {}, {})


def test_one_instance_that_is_refused_by_name_leaves_the_others_started():
    results, client = act("start", rule=refuses([IDS[2]], "InvalidInstanceID.Malformed", f"'{IDS[2]}' is malformed"))

    assert list(results.refused) == [IDS[2]]
    assert client.asked[-1] == ("start", {"InstanceIds": [one for one in IDS if one != IDS[2]]})


@pytest.mark.parametrize(
    ("action", "state", "ends"),
    [
        ("start", "running", "carried out"),
        ("start", "pending", "carried out"),
        ("stop", "stopping", "carried out"),
        ("stop", "stopped", "carried out"),
        ("start", "stopping", "refused"),
        ("stop", "pending", "refused"),
        ("start", "terminated", "gone"),
        ("stop", "shutting-down", "gone"),
    ],
)
def test_an_instance_in_the_wrong_state_is_looked_at(action, state, ends):
    instance = {**INSTANCE, "State": {"Name": state}}
    instances, _ = ec2([instance], rule=refuses([ID], "IncorrectInstanceState"))

    results = instances.act(Action(action), [make_entry(action)])

    told = {"refused": list(results.refused), "gone": list(results.gone), "carried out": []}
    assert {what: ids for what, ids in told.items() if ids} == ({} if ends == "carried out" else {ends: [ID]})


def test_an_instance_that_was_terminated_meanwhile_is_no_failure():
    results, client = act("stop", rule=refuses([IDS[2]], "InvalidInstanceID.NotFound", f"'{IDS[2]}' does not exist"))

    assert (dict(results.refused), list(results.gone), len(client.asked)) == ({}, [IDS[2]], 2)


def test_a_lack_of_capacity_of_one_type_leaves_the_others_started():
    entries = [make_entry("start", instance=one, from_type=kind) for one, kind in zip(IDS, ["a", "b"] * 3, strict=True)]
    instances, client = ec2(rule=refuses(IDS[::2], "InsufficientInstanceCapacity"))

    results = instances.act(Action.START, entries)

    assert set(results.refused) == set(IDS[::2])
    assert ("start", {"InstanceIds": IDS[1::2]}) in client.asked


def test_a_call_without_an_answer_is_told_as_such():
    results, client = act("stop", rule=lambda operation, request: ReadTimeoutError(endpoint_url="https://ec2"))

    assert (set(results.unanswered), dict(results.refused), len(client.asked)) == (set(IDS), {}, 1)


@pytest.mark.parametrize("code", ["InternalError", "ServiceUnavailable", "Unavailable", "InternalFailure"])
def test_an_answer_that_leaves_the_end_open_counts_as_none(code):
    results, _ = act("stop", rule=refuses(IDS, code))

    assert set(results.unanswered) == set(IDS)


def test_a_throttled_call_is_made_again_until_it_is_taken(naps):
    answers = [refusal("RequestLimitExceeded"), refusal("RequestLimitExceeded"), None]

    results, client = act("start", rule=lambda operation, request: answers.pop(0))

    assert (dict(results.refused), len(client.asked), len(naps)) == ({}, 3, 2)


def test_what_stays_throttled_is_left_for_the_next_run_and_not_bisected(naps):
    results, client = act("start", rule=refuses(IDS, "RequestLimitExceeded"))

    assert (set(results.left), dict(results.refused)) == (set(IDS), {})
    assert all(request["InstanceIds"] == IDS for _, request in client.asked)
    assert len(client.asked) < 10


# Hibernation.


@pytest.mark.parametrize("code", ["UnsupportedHibernationConfiguration", "UnsupportedOperation"])
@pytest.mark.parametrize(
    "message", ["no", f"The instance '{IDS[2]}' is not enabled for hibernation"], ids=["unnamed", "named"]
)
def test_an_instance_that_cannot_hibernate_is_stopped_and_the_others_hibernate(code, message):
    results, client = act("hibernate", rule=refuses([IDS[2]], code, message, Hibernate=True))

    done = [request for request in client.asked if not client.rule(*request)]
    stopped = [one for _, request in done if "Hibernate" not in request for one in request["InstanceIds"]]
    hibernated = [one for _, request in done if "Hibernate" in request for one in request["InstanceIds"]]
    assert (dict(results.refused), stopped) == ({}, [IDS[2]])
    assert set(hibernated) == set(IDS) - {IDS[2]}


def test_a_hibernation_refused_for_another_reason_is_refused():
    results, _ = act("hibernate", rule=refuses([IDS[2]], "OperationNotPermitted"))

    assert list(results.refused) == [IDS[2]]


def test_a_stop_in_place_of_a_hibernation_may_be_refused_too():
    def rule(operation, request):
        hibernates = "Hibernate" in request
        return refusal("UnsupportedOperation" if hibernates else "OperationNotPermitted")

    results, _ = act("hibernate", [ID], rule)

    assert results.refused[ID].code == "OperationNotPermitted"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ReadTimeoutError(endpoint_url="https://ec2"), "ReadTimeoutError: Read timeout"),
        (ResponseParserError("invalid XML:\n<SecretAccessKey>"), "ResponseParserError: invalid XML:"),
    ],
    ids=["silence", "what nobody can read"],
)
def test_a_single_call_without_an_answer_raises_and_says_so_in_one_line(error, told):
    instances, _ = ec2(rule=lambda operation, request: error)

    with pytest.raises(CallUnanswered) as raised:
        instances.start([ID])

    assert str(raised.value).startswith(told)
    assert "SecretAccessKey" not in str(raised.value)
