"""The service models that there are, those of EC2 and RDS cut to what the scheduler calls and reads.

botocore makes a method of each of EC2's seven hundred operations for every client, and parses each of an instance's sixty
members. Without those that nobody looks at, a client costs a fourth of the processor time, next to no memory, and the answer
of a sweep less than half.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.loaders import Loader

_SERVICES = ("dynamodb", "ec2", "events", "organizations", "rds", "ssm", "stepfunctions", "sts")
"""What a client can be made of: another service must be named here first."""
_OPERATIONS: Mapping[str, frozenset[str]] = {
    "ec2": frozenset(
        {"DescribeInstances", "DescribeInstanceTypes", "DescribeSpotInstanceRequests", "ModifyInstanceAttribute"}
        | {"StartInstances", "StopInstances", "CreateTags"}
    ),
    "rds": frozenset(
        {"DescribeDBInstances", "DescribeDBClusters", "DescribeDBSnapshots", "AddTagsToResource", "DeleteDBSnapshot"}
        | {"StartDBInstance", "StopDBInstance", "StartDBCluster", "StopDBCluster"}
    ),
}
"""What a client of the service can be asked for: another operation must be named here first."""
_MEMBERS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "ec2": {
        "Instance": frozenset(
            {"InstanceId", "InstanceType", "State", "StateReason", "Tags", "Placement", "RootDeviceType"}
            | {"SpotInstanceRequestId", "Architecture", "VirtualizationType", "EnaSupport"}
        )
    },
    "rds": {
        "DBInstance": frozenset(
            {"DBInstanceIdentifier", "DBInstanceStatus", "DBInstanceClass", "AvailabilityZone", "Engine", "MultiAZ"}
            | {"SecondaryAvailabilityZone", "DBClusterIdentifier", "ReadReplicaSourceDBInstanceIdentifier"}
            | {"ReadReplicaSourceDBClusterIdentifier", "ReadReplicaDBInstanceIdentifiers"}
            | {"ReadReplicaDBClusterIdentifiers", "PreferredMaintenanceWindow", "AutomaticRestartTime", "TagList"}
        ),
        "DBCluster": frozenset(
            {
                "DBClusterIdentifier",
                "DBClusterInstanceClass",
                "Status",
                "Engine",
                "EngineMode",
                "GlobalClusterIdentifier",
            }
            | {"GlobalWriteForwardingStatus", "ReadReplicaIdentifiers", "ReplicationSourceIdentifier"}
            | {"PreferredMaintenanceWindow", "AutomaticRestartTime", "TagList"}
        ),
    },
}
"""What is read of a shape: another member must be named here first."""


class LeanLoader(Loader):
    """botocore's loader of models, which leaves out what is not named above; services without operations named stay whole."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Name the services that are called; botocore asks for every kind of model, and would look into four hundred folders."""
        return list(_SERVICES)

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """Load a model; the same one object for every client of its service."""
        model = super().load_service_model(service_name, type_name, api_version)
        if type_name == "service-2" and service_name in _OPERATIONS:
            _keep(model["operations"], _OPERATIONS[service_name])
            for shape, members in _MEMBERS[service_name].items():
                _keep(model["shapes"][shape]["members"], members)
        return model


def _keep(parts: dict[str, Any], names: frozenset[str]) -> None:
    for name in parts.keys() - names:
        del parts[name]
