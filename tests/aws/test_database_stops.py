"""Stops of databases with a snapshot, what becomes of refusals, and tags."""

from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.unit.specimens import DATABASES, make_entry

from instance_scheduler.aws.rds import Rds
from instance_scheduler.aws.session import hub_client
from instance_scheduler.decision import Action
from instance_scheduler.sighting import Kind

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NAME = "ns-stopped-orders-202611231000"


class FakeClient:
    """RDS that takes every call but those that it is told to refuse, by operation; a refusal holds once."""

    def __init__(self, status="available", snapshots=(), **refuses):
        self.status = status
        self.snapshots = snapshots
        self.refuses = refuses
        self.calls = []
        self.meta = type("Meta", (), {"partition": "aws-cn"})

    def get_paginator(self, operation):
        return self

    def paginate(self, **request):
        self._take("describe_db_snapshots")
        return [{"DBSnapshots": [{"DBSnapshotIdentifier": one, "Status": "available"} for one in self.snapshots]}]

    def __getattr__(self, operation):
        def call(**request):
            self.calls.append((operation, request))
            self._take(operation)
            return {"DBInstances": [{"DBInstanceStatus": self.status}], "DBClusters": [{"Status": self.status}]}

        return call

    def _take(self, operation):
        _raise(self.refuses.pop(operation, None))


def _raise(code):
    if code:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "AnyCall")


def stop(client, kind=Kind.INSTANCE, action="stop", snapshots="ns"):
    entry = make_entry(action, target=DATABASES, instance="orders", name="orders", kind=kind, at=AT)
    return Rds(client, DATABASES, "Schedule", snapshots=snapshots).act(Action(action), [entry])


def test_a_stop_takes_a_snapshot_and_deletes_those_that_it_replaces():
    client = FakeClient(snapshots=[NAME, "ns-stopped-orders-202611221000", "by-hand"])

    results = stop(client)

    assert client.calls == [
        ("stop_db_instance", {"DBInstanceIdentifier": "orders", "DBSnapshotIdentifier": NAME}),
        ("delete_db_snapshot", {"DBSnapshotIdentifier": "ns-stopped-orders-202611221000"}),
    ]
    assert (dict(results.refused), dict(results.remarks)) == ({}, {})


@pytest.mark.parametrize(("kind", "snapshots"), [(Kind.CLUSTER, "ns"), (Kind.INSTANCE, "")], ids=["cluster", "not set"])
def test_what_takes_no_snapshot_is_stopped_plainly(kind, snapshots):
    client = FakeClient()

    stop(client, kind, snapshots=snapshots)

    assert [list(request) for _, request in client.calls] == [[f"DB{kind.capitalize()}Identifier"]]


@pytest.mark.parametrize(
    ("code", "remark"), [("SnapshotQuotaExceeded", "SnapshotQuotaExceeded: no"), ("DBSnapshotAlreadyExists", None)]
)
def test_a_snapshot_that_cannot_be_taken_does_not_keep_the_database_running(code, remark):
    client = FakeClient(stop_db_instance=code)

    results = stop(client)

    assert client.calls[-1] == ("stop_db_instance", {"DBInstanceIdentifier": "orders"})
    assert [str(one) for one in results.remarks.values()] == ([remark] if remark else [])


@pytest.mark.parametrize("operation", ["describe_db_snapshots", "delete_db_snapshot"])
def test_an_old_snapshot_that_stays_is_told_and_the_stop_counts(operation):
    client = FakeClient(snapshots=[NAME, "ns-stopped-orders-202611221000"], **{operation: "AccessDenied"})

    results = stop(client)

    assert (dict(results.refused), str(results.remarks["orders"])) == ({}, "AccessDenied: no")


@pytest.mark.parametrize(
    ("action", "status", "refused"),
    [
        ("stop", "stopping", False),
        ("stop", "stopped", False),
        ("stop", "backing-up", True),
        ("start", "starting", False),
        ("start", "stopping", True),
    ],
)
@pytest.mark.parametrize("kind", [Kind.INSTANCE, Kind.CLUSTER])
def test_a_database_in_the_wrong_state_is_looked_at(kind, action, status, refused):
    operation = f"{action}_db_{kind}"
    client = FakeClient(status, **{operation: "InvalidDBInstanceState"})

    results = stop(client, kind, action, snapshots="")

    assert (list(results.refused) == ["orders"]) is refused


def test_a_database_that_was_deleted_meanwhile_is_no_failure():
    results = stop(FakeClient(stop_db_instance="DBInstanceNotFound"))

    assert (list(results.gone), list(results.refused)) == (["orders"], [])


@pytest.mark.parametrize(("kind", "place"), [(Kind.INSTANCE, "db"), (Kind.CLUSTER, "cluster")])
def test_tags_are_written_on_the_databases_own_name(kind, place):
    client = FakeClient()
    entry = make_entry("stop", target=DATABASES, instance="orders", kind=kind)

    refused = Rds(client, DATABASES, "Schedule").tag([entry], {"State": "stopped"})

    arn = f"arn:aws-cn:rds:{DATABASES.region}:{DATABASES.account}:{place}:orders"
    tags = [{"Key": "State", "Value": "stopped"}]
    assert (client.calls, refused) == ([("add_tags_to_resource", {"ResourceName": arn, "Tags": tags})], {})


def test_tags_that_cannot_be_written_are_told():
    entry = make_entry("stop", target=DATABASES, instance="orders")

    refused = Rds(FakeClient(add_tags_to_resource="AccessDenied"), DATABASES, "Schedule").tag([entry], {"State": "x"})

    assert str(refused["orders"]) == "AccessDenied: no"


def test_moto_keeps_the_newest_snapshot_of_a_database_alone(aws):
    client = boto3.client("rds")
    client.create_db_instance(
        DBInstanceIdentifier="orders", DBInstanceClass="db.t3.medium", Engine="mysql", AllocatedStorage=20
    )
    client.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="ns-stopped-orders-202611221000")
    client.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="by-hand")

    results = stop(hub_client("rds"))

    assert (dict(results.refused), dict(results.remarks)) == ({}, {})
    left = {one["DBSnapshotIdentifier"] for one in client.describe_db_snapshots()["DBSnapshots"]}
    assert {one for one in left if not one.startswith("rds:")} == {NAME, "by-hand"}
