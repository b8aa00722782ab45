"""RDS as the scheduler needs it: sightings of tagged databases and clusters, starts and stops one at a time."""

from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from tests.unit.specimens import DATABASES, make_entry

from instance_scheduler.aws.rds import Rds
from instance_scheduler.aws.session import hub_client
from instance_scheduler.decision import Action
from instance_scheduler.sighting import Kind

TAGS = [{"Key": "Schedule", "Value": " office "}]
DATABASE = {
    "DBInstanceIdentifier": "orders",
    "DBInstanceStatus": "stopped",
    "DBInstanceClass": "db.t3.medium",
    "Engine": "mysql",
    "AvailabilityZone": "cn-north-1a",
    "PreferredMaintenanceWindow": "sun:05:00-sun:05:30",
    "TagList": TAGS,
}
CLUSTER = {"DBClusterIdentifier": "ledger", "Status": "available", "Engine": "aurora-mysql", "TagList": TAGS}


class FakeClient:
    """RDS that describes the given databases and clusters, a page each, and refuses some of them."""

    def __init__(self, databases=(), clusters=(), refuses=None):
        self.pages = {
            "describe_db_instances": [{"DBInstances": [one]} for one in databases],
            "describe_db_clusters": [{"DBClusters": [one]} for one in clusters],
        }
        self.refuses = refuses or {}
        self.calls = []

    def get_paginator(self, operation):
        return _Paginator(self.pages[operation])

    def __getattr__(self, operation):
        def call(**request):
            self.calls.append((operation, request))
            identifier = request.get("DBInstanceIdentifier") or request.get("DBClusterIdentifier")
            _raise(self.refuses.get(identifier))

        return call


class _Paginator:
    def __init__(self, pages):
        self.pages = pages

    def paginate(self, **request):
        return self.pages


def _raise(error):
    if error is not None:
        raise error


def see(databases=(), clusters=()):
    return Rds(FakeClient(databases, clusters), DATABASES, "Schedule").sightings()


def entry(action, name, kind=Kind.INSTANCE):
    return make_entry(action, target=DATABASES, instance=name, name=name, kind=kind)


def test_a_database_is_seen_with_all_that_a_decision_needs():
    restart = datetime(2026, 11, 30, tzinfo=UTC)

    (sighting,) = see([{**DATABASE, "AutomaticRestartTime": restart}])

    assert (sighting.target, sighting.id, sighting.name, sighting.state) == (DATABASES, "orders", "orders", "stopped")
    assert (sighting.schedule_tag, sighting.type, sighting.zone, sighting.engine) == (
        "office",
        "db.t3.medium",
        "cn-north-1a",
        "mysql",
    )
    assert (sighting.maintenance_window, sighting.automatic_restart_at) == ("sun:05:00-sun:05:30", restart)
    assert (sighting.kind, sighting.unsupported) == (Kind.INSTANCE, "")


def test_a_cluster_is_seen_whole():
    (sighting,) = see(clusters=[CLUSTER])

    assert (sighting.id, sighting.state, sighting.kind, sighting.engine) == (
        "ledger",
        "available",
        Kind.CLUSTER,
        "aurora-mysql",
    )


def test_every_page_is_read_and_what_carries_no_tag_is_left_out():
    databases = [{**DATABASE, "DBInstanceIdentifier": f"db-{number}"} for number in range(3)]
    untagged = {**DATABASE, "DBInstanceIdentifier": "theirs", "TagList": []}

    sightings = see([*databases, untagged], [CLUSTER, {**CLUSTER, "TagList": []}])

    assert [sighting.id for sighting in sightings] == ["db-0", "db-1", "db-2", "ledger"]


def test_a_cluster_and_a_database_of_the_same_identifier_are_told_apart():
    sightings = see([{**DATABASE, "DBInstanceIdentifier": "ledger"}], [CLUSTER])

    assert [(one.id, one.name, one.kind) for one in sightings] == [
        ("ledger", "ledger", Kind.INSTANCE),
        ("cluster:ledger", "ledger", Kind.CLUSTER),
    ]


def test_a_cluster_of_a_databases_identifier_is_stopped_by_its_own_call_and_identifier():
    client = FakeClient()
    entries = [entry(Action.STOP, "ledger"), entry(Action.STOP, "cluster:ledger", Kind.CLUSTER)]

    Rds(client, DATABASES, "Schedule").act(Action.STOP, entries)

    assert client.calls == [
        ("stop_db_instance", {"DBInstanceIdentifier": "ledger"}),
        ("stop_db_cluster", {"DBClusterIdentifier": "ledger"}),
    ]


def test_tag_keys_are_case_sensitive():
    assert see([{**DATABASE, "TagList": [{"Key": "schedule", "Value": "office"}]}]) == ()


def test_the_override_comes_from_a_tag():
    (sighting,) = see([{**DATABASE, "TagList": [*TAGS, {"Key": "ScheduleOverride", "Value": "stopped"}]}])

    assert sighting.override_tag == "stopped"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"DBClusterIdentifier": "ledger"}, "tag the cluster"),
        ({"ReadReplicaSourceDBInstanceIdentifier": "orders"}, "a read replica"),
        ({"ReadReplicaDBInstanceIdentifiers": ["copy"]}, "the source of a read replica"),
        ({"ReadReplicaSourceDBClusterIdentifier": "ledger"}, "a read replica"),
        ({"ReadReplicaDBClusterIdentifiers": ["ledger"]}, "the source of a read replica"),
        ({"Engine": "sqlserver-se", "MultiAZ": True}, "Multi-AZ SQL Server"),
        ({"Engine": "sqlserver-ee", "SecondaryAvailabilityZone": "cn-north-1b"}, "Multi-AZ SQL Server"),
        ({"Engine": "custom-oracle-ee"}, "RDS Custom"),
        ({"Engine": "sqlserver-se", "MultiAZ": False}, ""),
        ({"Engine": "mysql", "MultiAZ": True}, ""),
        ({"ReadReplicaDBInstanceIdentifiers": []}, ""),
    ],
    ids=[
        "cluster member",
        "replica",
        "replica's source",
        "replica of a cluster",
        "replicated into a cluster",
        "SQL Server",
        "SQL Server with a second zone",
        "custom",
        "one SQL Server",
        "Multi-AZ MySQL",
        "no replicas",
    ],
)
def test_a_database_that_cannot_be_stopped_says_why(changes, reason):
    (sighting,) = see([{**DATABASE, **changes}])

    assert reason in sighting.unsupported
    assert bool(sighting.unsupported) is bool(reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"EngineMode": "serverless"}, "Serverless v1"),
        ({"EngineMode": "multimaster"}, "multi-master"),
        ({"EngineMode": "global"}, "global database"),
        ({"GlobalClusterIdentifier": "world"}, "global database"),
        ({"GlobalWriteForwardingStatus": "disabled"}, "global database"),
        ({"ReadReplicaIdentifiers": ["arn"]}, "cross-Region replicas"),
        ({"ReplicationSourceIdentifier": "arn"}, "a cross-Region replica"),
        ({"EngineMode": "provisioned"}, ""),
        ({"Engine": "docdb"}, ""),
        ({"Engine": "neptune"}, ""),
    ],
    ids=[
        "serverless v1",
        "multi-master",
        "of mode global",
        "named global",
        "global",
        "with replicas",
        "a replica",
        "provisioned",
        "DocumentDB",
        "Neptune",
    ],
)
def test_a_cluster_that_cannot_be_stopped_says_why(changes, reason):
    (sighting,) = see(clusters=[{**CLUSTER, **changes}])

    assert reason in sighting.unsupported
    assert bool(sighting.unsupported) is bool(reason)


def act(action, entries, refuses=None):
    client = FakeClient(refuses=refuses)
    return Rds(client, DATABASES, "Schedule").act(Action(action), entries), client.calls


@pytest.mark.parametrize(
    ("action", "kind", "call"),
    [
        ("start", Kind.INSTANCE, ("start_db_instance", {"DBInstanceIdentifier": "orders"})),
        ("stop", Kind.INSTANCE, ("stop_db_instance", {"DBInstanceIdentifier": "orders"})),
        ("start", Kind.CLUSTER, ("start_db_cluster", {"DBClusterIdentifier": "orders"})),
        ("stop", Kind.CLUSTER, ("stop_db_cluster", {"DBClusterIdentifier": "orders"})),
    ],
)
def test_a_database_or_a_cluster_is_started_or_stopped_by_its_own_call(action, kind, call):
    _, calls = act(action, [entry(action, "orders", kind)])

    assert calls == [call]


def test_a_database_that_is_refused_leaves_the_others_done():
    denied = ClientError({"Error": {"Code": "KMSKeyNotAccessibleFault", "Message": "no key"}}, "StartDBInstance")
    names = ["a", "b", "c"]

    results, calls = act("start", [entry("start", name) for name in names], {"b": denied})

    assert (len(calls), list(results.refused), results.refused["b"].code) == (3, ["b"], "KMSKeyNotAccessibleFault")


def test_a_call_without_an_answer_is_told_as_such_and_the_others_go_on():
    silence = ReadTimeoutError(endpoint_url="https://rds")

    results, calls = act("start", [entry("start", name) for name in ("a", "b")], {"a": silence})

    assert (list(results.unanswered), dict(results.refused), len(calls)) == (["a"], {}, 2)


THROTTLING = ClientError({"Error": {"Code": "Throttling", "Message": "slow down"}}, "StartDBInstance")


def test_what_rds_throttles_to_the_end_is_not_asked_for_database_by_database(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    names = ["a", "b", "c", "d"]

    results, calls = act("start", [entry("start", name) for name in names], {"b": THROTTLING, "c": THROTTLING})

    assert {request["DBInstanceIdentifier"] for _, request in calls} == {"a", "b"}
    assert (list(results.left), {one.code for one in results.left.values()}) == (["b", "c", "d"], {"Throttling"})


def test_two_databases_in_a_row_without_an_answer_are_enough():
    silence = ReadTimeoutError(endpoint_url="https://rds")
    names = ["a", "b", "c", "d", "e"]

    results, calls = act("start", [entry("start", name) for name in names], {"a": silence, "c": silence, "d": silence})

    assert len(calls) == 4
    assert (list(results.unanswered), list(results.left)) == (["a", "c", "d"], ["e"])
    assert results.left["e"].code == "ReadTimeoutError"


@pytest.mark.parametrize(
    "trouble", [THROTTLING, ReadTimeoutError(endpoint_url="https://rds")], ids=["throttled", "silent"]
)
def test_tags_that_rds_throttles_or_does_not_answer_for_are_not_asked_for_again(monkeypatch, trouble):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    client = FakeClient(refuses={None: trouble})
    client.meta = SimpleNamespace(partition="aws-cn")
    names = ["a", "b", "c"]

    refused = Rds(client, DATABASES, "Schedule").tag([entry("start", name) for name in names], {"State": "x"})

    assert list(refused) == names
    assert len({request["ResourceName"] for _, request in client.calls}) == 1


def test_moto_shows_and_stops_databases_and_clusters(aws):
    client = boto3.client("rds")
    common = {"MasterUsername": "admin", "MasterUserPassword": "password1", "Tags": TAGS}
    client.create_db_instance(
        DBInstanceIdentifier="orders", DBInstanceClass="db.t3.medium", Engine="mysql", AllocatedStorage=10, **common
    )
    client.create_db_cluster(DBClusterIdentifier="ledger", Engine="aurora-mysql", **common)
    rds = Rds(hub_client("rds"), DATABASES, "Schedule")

    results = rds.act(
        Action.STOP, [entry("stop", "orders"), entry("stop", "ledger", Kind.CLUSTER), entry("stop", "no-such")]
    )

    assert (dict(results.refused), list(results.gone)) == ({}, ["no-such"])
    assert {(seen.id, seen.state, seen.unsupported) for seen in rds.sightings()} == {
        ("orders", "stopped", ""),
        ("ledger", "stopped", ""),
    }
