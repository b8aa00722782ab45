"""RDS as the scheduler needs it: sightings of tagged databases and clusters, starts and stops one at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from instance_scheduler.aws.calls import FOREVER, Patience, patiently
from instance_scheduler.decision import Action
from instance_scheduler.isolation import CallRefused, CallUnanswered, Refusal, Results
from instance_scheduler.refusals import Treatment
from instance_scheduler.sighting import Kind, Sighting, is_down, is_up
from instance_scheduler.snapshots import Snapshot, snapshot_name, superseded

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import DBClusterTypeDef, DBInstanceTypeDef, TagTypeDef

    from instance_scheduler.journal import Entry
    from instance_scheduler.target import Target

_PAGE = 100
"""Records of one page (RDS API reference, MaxRecords)."""
_REPLICA = "a read replica, which cannot be stopped"
_SOURCE = "the source of a read replica, which cannot be stopped"
CLUSTER = "cluster:"
"""Begins the id of a cluster whose identifier a database of the same account and region has as well; RDS tells the two apart."""
_GLOBAL = "a member of a global database, which cannot be stopped"


@dataclass(slots=True)
class _Outcomes:
    """What became of the databases of one action, filled in one by one."""

    refused: dict[str, Refusal]
    unanswered: dict[str, str]
    left: dict[str, Refusal]
    gone: dict[str, Refusal]
    remarks: dict[str, Refusal]


class Rds:
    """The databases and clusters of one account and region."""

    def __init__(
        self,
        client: RDSClient,
        target: Target,
        tag_key: str,
        *,
        patience: Patience = FOREVER,
        snapshots: str = "",
    ) -> None:
        """`snapshots` is the namespace under which stops take a snapshot; empty = they take none."""
        self._client = client
        self._target = target
        self._tag_key = tag_key
        self._patience = patience
        self._snapshots = snapshots

    def sightings(self) -> tuple[Sighting, ...]:
        """See every database and cluster that carries the tag key; RDS filters neither by tag nor by state."""
        databases = self._described()
        taken = frozenset(one["DBInstanceIdentifier"] for one in databases)
        return (*self._databases(databases), *self._clusters(taken))

    def act(self, action: Action, entries: Sequence[Entry]) -> Results:
        """Start or stop databases and clusters; RDS takes one a call.

        Once it throttles to the end, or two calls in a row get no answer, the rest is not asked for: each would wait as long.
        """
        outcomes = _Outcomes({}, {}, {}, {}, {})
        before: Refusal | None = None
        for place, entry in enumerate(entries, start=1):
            trouble = self._try(action, entry, outcomes)
            if trouble is not None and (before is not None or trouble.treatment is Treatment.THROTTLED):
                outcomes.left.update({one.instance: trouble for one in entries[place:]})
                break
            before = trouble
        return Results(
            refused=outcomes.refused,
            unanswered=outcomes.unanswered,
            left=outcomes.left,
            gone=outcomes.gone,
            remarks=outcomes.remarks,
        )

    def start(self, kind: Kind, identifier: str) -> None:
        """Start a database or a cluster; raises CallRefused or CallUnanswered."""
        if kind is Kind.CLUSTER:
            patiently(lambda: self._client.start_db_cluster(DBClusterIdentifier=identifier), self._patience)
        else:
            patiently(lambda: self._client.start_db_instance(DBInstanceIdentifier=identifier), self._patience)

    def stop(self, kind: Kind, identifier: str, snapshot: str = "") -> None:
        """Stop a database or a cluster, with a snapshot of that name where one is given; raises CallRefused or CallUnanswered."""
        if kind is Kind.CLUSTER:
            patiently(lambda: self._client.stop_db_cluster(DBClusterIdentifier=identifier), self._patience)
            return
        extra: dict[str, Any] = {"DBSnapshotIdentifier": snapshot} if snapshot else {}
        patiently(lambda: self._client.stop_db_instance(DBInstanceIdentifier=identifier, **extra), self._patience)

    def tag(self, entries: Sequence[Entry], tags: Mapping[str, str]) -> dict[str, Refusal]:
        """Write tags on databases and clusters, one call each; the ids that could not be tagged, and why.

        What throttles or does not answer is not asked again for the rest.
        """
        refused: dict[str, Refusal] = {}
        written: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
        for place, entry in enumerate(entries):
            try:
                patiently(
                    lambda entry=entry: self._client.add_tags_to_resource(  # type: ignore[misc]  # bound now
                        ResourceName=self._arn(entry), Tags=written
                    ),
                    self._patience,
                )
            except CallRefused as refusal:
                if refusal.refusal.passes:
                    return refused | dict.fromkeys((one.instance for one in entries[place:]), refusal.refusal)
                if refusal.refusal.treatment is not Treatment.GONE:
                    refused[entry.instance] = refusal.refusal
            except CallUnanswered as silence:
                unknown = Refusal(code="NoAnswer", message=str(silence))
                return refused | dict.fromkeys((one.instance for one in entries[place:]), unknown)
        return refused

    def _try(self, action: Action, entry: Entry, outcomes: _Outcomes) -> Refusal | None:
        """Carry out one action and note what became of it; answer what is no matter of this database, if anything."""
        try:
            remark = self._act_on(action, entry)
        except CallRefused as refused:
            self._sort_out(action, entry, refused.refusal, outcomes)
            return refused.refusal if refused.refusal.treatment is Treatment.THROTTLED else None
        except CallUnanswered as silence:
            outcomes.unanswered[entry.instance] = str(silence)
            return silence.refusal
        if remark is not None:
            outcomes.remarks[entry.instance] = remark
        return None

    def _act_on(self, action: Action, entry: Entry) -> Refusal | None:
        """Carry out one action; answer what of it could not be done, if anything."""
        if action is Action.START:
            self.start(entry.kind, _identifier(entry))
            return None
        if not self._snapshots or entry.kind is Kind.CLUSTER:
            self.stop(entry.kind, _identifier(entry))
            return None
        try:
            self.stop(entry.kind, entry.instance, snapshot_name(self._snapshots, entry.instance, entry.at))
        except CallRefused as refused:
            if refused.refusal.treatment is not Treatment.NO_SNAPSHOT:
                raise
            self.stop(entry.kind, _identifier(entry))
            # The snapshot of this very minute exists where the call is a repeated one: then nothing is missing.
            return refused.refusal if refused.refusal.code == "SnapshotQuotaExceeded" else None
        return self._drop_superseded(entry.instance)

    def _drop_superseded(self, database: str) -> Refusal | None:
        """Delete the snapshots of earlier stops that a newer one has replaced; answer what stood in the way, if anything."""
        try:
            pages = patiently(
                lambda: list(
                    self._client.get_paginator("describe_db_snapshots").paginate(
                        DBInstanceIdentifier=database, SnapshotType="manual", PaginationConfig={"PageSize": _PAGE}
                    )
                ),
                self._patience,
            )
            snapshots = [
                Snapshot(id=one["DBSnapshotIdentifier"], status=one.get("Status", ""))
                for page in pages
                for one in page["DBSnapshots"]
            ]
            for old in superseded(snapshots, self._snapshots, database):
                self._delete(old)
        except CallRefused as refused:
            return refused.refusal
        except CallUnanswered as silence:
            return Refusal(code="NoAnswer", message=f"an old snapshot may not be deleted: {silence}")
        return None

    def _delete(self, snapshot: str) -> None:
        try:
            patiently(lambda: self._client.delete_db_snapshot(DBSnapshotIdentifier=snapshot), self._patience)
        except CallRefused as refused:
            if refused.refusal.treatment is not Treatment.GONE:
                raise

    def _sort_out(self, action: Action, entry: Entry, refusal: Refusal, outcomes: _Outcomes) -> None:
        """Put a refusal where it belongs; one for a wrong state is looked at: what is where it should be was done."""
        treatment = refusal.treatment
        state = self._state(entry) if treatment is Treatment.WRONG_STATE else ""
        if treatment is Treatment.THROTTLED:
            outcomes.left[entry.instance] = refusal
        elif treatment is Treatment.GONE or state == "gone":
            outcomes.gone[entry.instance] = refusal
        elif not (is_up(state) if action is Action.START else is_down(state)):
            outcomes.refused[entry.instance] = refusal

    def _state(self, entry: Entry) -> str:
        """See the state of a database or cluster; `gone` where RDS does not know it, empty where it does not tell."""
        try:
            if entry.kind is Kind.CLUSTER:
                clusters = patiently(
                    lambda: self._client.describe_db_clusters(DBClusterIdentifier=_identifier(entry)), self._patience
                )["DBClusters"]
                return next((one["Status"] for one in clusters), "gone")
            databases = patiently(
                lambda: self._client.describe_db_instances(DBInstanceIdentifier=entry.instance), self._patience
            )["DBInstances"]
            return next((one["DBInstanceStatus"] for one in databases), "gone")
        except CallRefused as refused:
            return "gone" if refused.refusal.treatment is Treatment.GONE else ""
        except CallUnanswered:
            return ""

    def _arn(self, entry: Entry) -> str:
        kind = "cluster" if entry.kind is Kind.CLUSTER else "db"
        target = self._target
        return f"arn:{self._client.meta.partition}:rds:{target.region}:{target.account}:{kind}:{_identifier(entry)}"

    def _described(self) -> list[DBInstanceTypeDef]:
        pages = self._client.get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": _PAGE})
        return [one for page in pages for one in page["DBInstances"]]

    def _databases(self, described: Sequence[DBInstanceTypeDef]) -> Iterator[Sighting]:
        for database in described:
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

    def _clusters(self, taken: Collection[str]) -> Iterator[Sighting]:
        pages = self._client.get_paginator("describe_db_clusters").paginate(PaginationConfig={"PageSize": _PAGE})
        for cluster in (one for page in pages for one in page["DBClusters"]):
            tags = _tags(cluster.get("TagList", []))
            if self._tag_key not in tags:
                continue
            identifier = cluster["DBClusterIdentifier"]
            yield Sighting(
                target=self._target,
                id=f"{CLUSTER}{identifier}" if identifier in taken else identifier,
                name=identifier,
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
        (database.get("ReadReplicaSourceDBInstanceIdentifier"), _REPLICA),
        (database.get("ReadReplicaSourceDBClusterIdentifier"), _REPLICA),
        (database.get("ReadReplicaDBInstanceIdentifiers"), _SOURCE),
        (database.get("ReadReplicaDBClusterIdentifiers"), _SOURCE),
        (
            database.get("Engine", "").startswith("sqlserver")
            and (database.get("MultiAZ") or database.get("SecondaryAvailabilityZone")),
            "a Multi-AZ SQL Server, which cannot be stopped",
        ),
        (database.get("Engine", "").startswith("custom-"), "an RDS Custom database, which is not stopped by RDS"),
    )
    return next((reason for found, reason in checks if found), "")


def _unsupported_cluster(cluster: DBClusterTypeDef) -> str:
    """Say why a cluster cannot be stopped (Aurora user guide, limitations of stopping a cluster); empty where it can."""
    checks = (
        (cluster.get("EngineMode") == "serverless", "Aurora Serverless v1, which cannot be stopped"),
        (cluster.get("EngineMode") == "multimaster", "a multi-master cluster, which cannot be stopped"),
        (cluster.get("GlobalClusterIdentifier"), _GLOBAL),
        (cluster.get("GlobalWriteForwardingStatus"), _GLOBAL),
        (cluster.get("EngineMode") == "global", _GLOBAL),
        (cluster.get("ReadReplicaIdentifiers"), "a cluster with cross-Region replicas, which cannot be stopped"),
        (cluster.get("ReplicationSourceIdentifier"), "a cross-Region replica, which cannot be stopped"),
    )
    return next((reason for found, reason in checks if found), "")


def _identifier(entry: Entry) -> str:
    """Give what RDS calls a database or cluster."""
    return entry.instance.removeprefix(CLUSTER)


def _tags(tags: Sequence[Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in tags}
