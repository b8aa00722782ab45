"""RDS as the scheduler needs it: sightings of tagged databases and clusters, starts and stops one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from instance_scheduler.aws.calls import patiently
from instance_scheduler.decision import Action
from instance_scheduler.isolation import CallRefused, CallUnanswered, Refusal, Results
from instance_scheduler.sighting import Kind, Sighting

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import DBClusterTypeDef, DBInstanceTypeDef

    from instance_scheduler.journal import Entry
    from instance_scheduler.target import Target

_PAGE = 100
"""Records of one page (RDS API reference, MaxRecords)."""


class Rds:
    """The databases and clusters of one account and region."""

    def __init__(self, client: RDSClient, target: Target, tag_key: str) -> None:
        self._client = client
        self._target = target
        self._tag_key = tag_key

    def sightings(self) -> tuple[Sighting, ...]:
        """See every database and cluster that carries the tag key; RDS filters neither by tag nor by state."""
        return (*self._databases(), *self._clusters())

    def act(self, action: Action, entries: Sequence[Entry]) -> Results:
        """Start or stop databases and clusters; RDS takes one a call."""
        refused: dict[str, Refusal] = {}
        unanswered: dict[str, str] = {}
        for entry in entries:
            try:
                self._act_on(action, entry)
            except CallRefused as refusal:
                refused[entry.instance] = refusal.refusal
            except CallUnanswered as silence:
                unanswered[entry.instance] = str(silence)
        return Results(refused=refused, unanswered=unanswered)

    def _act_on(self, action: Action, entry: Entry) -> None:
        if action is Action.START:
            self.start(entry.kind, entry.instance)
        else:
            self.stop(entry.kind, entry.instance)

    def start(self, kind: Kind, identifier: str) -> None:
        """Start a database or a cluster; raises CallRefused or CallUnanswered."""
        if kind is Kind.CLUSTER:
            patiently(lambda: self._client.start_db_cluster(DBClusterIdentifier=identifier))
        else:
            patiently(lambda: self._client.start_db_instance(DBInstanceIdentifier=identifier))

    def stop(self, kind: Kind, identifier: str, snapshot: str = "") -> None:
        """Stop a database or a cluster, with a snapshot of that name where one is given; raises CallRefused or CallUnanswered."""
        if kind is Kind.CLUSTER:
            patiently(lambda: self._client.stop_db_cluster(DBClusterIdentifier=identifier))
        elif snapshot:
            patiently(
                lambda: self._client.stop_db_instance(DBInstanceIdentifier=identifier, DBSnapshotIdentifier=snapshot)
            )
        else:
            patiently(lambda: self._client.stop_db_instance(DBInstanceIdentifier=identifier))

    def _databases(self) -> Iterator[Sighting]:
        pages = self._client.get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": _PAGE})
        for database in (one for page in pages for one in page["DBInstances"]):
            tags = _tags(database.get("TagList", []))
            if self._tag_key not in tags:
                continue
            yield Sighting(
                target=self._target,
                id=database["DBInstanceIdentifier"],
                name=database["DBInstanceIdentifier"],
                state=database["DBInstanceStatus"],
                schedule_tag=tags[self._tag_key].strip(),
                override_tag=tags.get(f"{self._tag_key}Override", "").strip(),
                type=database.get("DBInstanceClass", ""),
                zone=database.get("AvailabilityZone", ""),
                engine=database.get("Engine", ""),
                unsupported=_unsupported_database(database),
                maintenance_window=database.get("PreferredMaintenanceWindow", ""),
                automatic_restart_at=database.get("AutomaticRestartTime"),
            )

    def _clusters(self) -> Iterator[Sighting]:
        pages = self._client.get_paginator("describe_db_clusters").paginate(PaginationConfig={"PageSize": _PAGE})
        for cluster in (one for page in pages for one in page["DBClusters"]):
            tags = _tags(cluster.get("TagList", []))
            if self._tag_key not in tags:
                continue
            yield Sighting(
                target=self._target,
                id=cluster["DBClusterIdentifier"],
                name=cluster["DBClusterIdentifier"],
                state=cluster["Status"],
                schedule_tag=tags[self._tag_key].strip(),
                override_tag=tags.get(f"{self._tag_key}Override", "").strip(),
                kind=Kind.CLUSTER,
                type=cluster.get("DBClusterInstanceClass", ""),
                engine=cluster.get("Engine", ""),
                unsupported=_unsupported_cluster(cluster),
                maintenance_window=cluster.get("PreferredMaintenanceWindow", ""),
                automatic_restart_at=cluster.get("AutomaticRestartTime"),
            )


def _unsupported_database(database: DBInstanceTypeDef) -> str:
    """Say why RDS cannot stop a database (RDS user guide, limitations of stopping a DB instance); empty where it can."""
    checks = (
        (database.get("DBClusterIdentifier"), "a member of a cluster, which is scheduled whole: tag the cluster"),
        (database.get("ReadReplicaSourceDBInstanceIdentifier"), "a read replica, which cannot be stopped"),
        (database.get("ReadReplicaDBInstanceIdentifiers"), "the source of a read replica, which cannot be stopped"),
        (
            database.get("MultiAZ") and database.get("Engine", "").startswith("sqlserver"),
            "a Multi-AZ SQL Server, which cannot be stopped",
        ),
        (database.get("Engine", "").startswith("custom-"), "an RDS Custom database, which is not stopped by RDS"),
    )
    return next((reason for found, reason in checks if found), "")


def _unsupported_cluster(cluster: DBClusterTypeDef) -> str:
    """Say why a cluster cannot be stopped (Aurora user guide, limitations of stopping a cluster); empty where it can."""
    checks = (
        (cluster.get("EngineMode") == "serverless", "Aurora Serverless v1, which cannot be stopped"),
        (cluster.get("GlobalWriteForwardingStatus"), "a member of a global database, which cannot be stopped"),
        (cluster.get("ReadReplicaIdentifiers"), "a cluster with cross-Region replicas, which cannot be stopped"),
        (cluster.get("ReplicationSourceIdentifier"), "a cross-Region replica, which cannot be stopped"),
    )
    return next((reason for found, reason in checks if found), "")


def _tags(tags: Sequence[Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in tags}
