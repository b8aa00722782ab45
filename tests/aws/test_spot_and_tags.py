"""EC2's extras: one-time spot instances, tags after an action, and what a type offers."""

import pytest
from botocore.exceptions import ClientError
from tests.unit.specimens import TARGET, make_entry

from instance_scheduler.aws.ec2 import Ec2
from instance_scheduler.aws.session import hub_client

IDS = [f"i-{number:017x}" for number in range(2500)]


class FakeClient:
    """EC2 with the given instances and spot requests; it refuses what it is told to."""

    def __init__(self, instances=(), requests=(), refuses=None):
        self.pages = {
            "describe_instances": {"Reservations": [{"Instances": list(instances)}]},
            "describe_spot_instance_requests": {"SpotInstanceRequests": list(requests)},
        }
        self.refuses = refuses or {}
        self.asked = []

    def get_paginator(self, operation):
        return _Paginator(self, operation)

    def create_tags(self, **request):
        self.take("create_tags", request)
        bad = sorted(set(request["Resources"]) & set(self.refuses))
        _raise(self.refuses[bad[0]] if bad else None, *bad)

    def take(self, operation, request):
        self.asked.append((operation, request))
        _raise(self.refuses.get(operation))


class _Paginator:
    def __init__(self, client, operation):
        self.client = client
        self.operation = operation

    def paginate(self, **request):
        self.client.take(self.operation, request)
        return [self.client.pages[self.operation]]


def _raise(code, message="no"):
    if code:
        raise ClientError({"Error": {"Code": code, "Message": f"'{message}'"}}, "AnyCall")


def instance(number, **more):
    tags = [{"Key": "Schedule", "Value": "office"}]
    return {"InstanceId": IDS[number], "State": {"Name": "running"}, "InstanceType": "t3.small", "Tags": tags, **more}


def spot(number):
    return instance(number, SpotInstanceRequestId=f"sir-{number}")


def request(number, kind):
    return {"SpotInstanceRequestId": f"sir-{number}", "Type": kind}


def reasons(client):
    return [one.unsupported for one in Ec2(client, TARGET, "Schedule").sightings()]


def test_a_spot_instance_of_a_one_time_request_is_left_alone_and_a_persistent_one_is_scheduled():
    client = FakeClient([instance(0), spot(1), spot(2)], [request(1, "one-time"), request(2, "persistent")])

    assert reasons(client) == ["", "a spot instance of a one-time request, which cannot be stopped", ""]


def test_where_there_is_no_spot_instance_nobody_asks_for_requests():
    client = FakeClient([instance(0)])

    reasons(client)

    assert [operation for operation, _ in client.asked] == ["describe_instances"]


def test_where_ec2_does_not_tell_the_spot_instances_alone_are_left_out():
    client = FakeClient([instance(0), spot(1)], refuses={"describe_spot_instance_requests": "UnauthorizedOperation"})

    plain, left_out = reasons(client)

    assert (plain, "does not tell" in left_out) == ("", True)


def tag(client, count):
    entries = [make_entry("start", instance=one) for one in IDS[:count]]
    return Ec2(client, TARGET, "Schedule").tag(entries, {"State": "started"})


def test_a_thousand_instances_are_tagged_by_one_call():
    client = FakeClient()

    refused = tag(client, 2500)

    assert (refused, [len(request["Resources"]) for _, request in client.asked]) == ({}, [1000, 1000, 500])
    assert client.asked[0][1]["Tags"] == [{"Key": "State", "Value": "started"}]


@pytest.mark.parametrize(
    ("code", "told"),
    [("InvalidInstanceID.NotFound", []), ("TagLimitExceeded", [IDS[1]])],
    ids=["terminated meanwhile", "too many tags"],
)
def test_one_instance_that_cannot_be_tagged_leaves_the_others_tagged(code, told):
    client = FakeClient(refuses={IDS[1]: code})

    refused = tag(client, 3)

    assert list(refused) == told
    assert client.asked[-1][1]["Resources"] == [IDS[0], IDS[2]]


def test_moto_describes_what_types_offer(aws):
    known = Ec2(hub_client("ec2"), TARGET, "Schedule").hardware(["t3.small", "m6g.large", "t2.none"])

    assert {name: one.architectures for name, one in known.items()} == {
        "t3.small": ("x86_64",),
        "m6g.large": ("arm64",),
    }
