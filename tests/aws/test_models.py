"""The cut service models: every member that is read is kept, and a client has the operations that are called and no others."""

from pathlib import Path

import boto3
import pytest
from botocore import loaders
from botocore.exceptions import UnknownServiceError
from tests.unit.specimens import DATABASES, TARGET

from instance_scheduler.aws.ec2 import Ec2
from instance_scheduler.aws.models import LeanLoader
from instance_scheduler.aws.rds import Rds
from instance_scheduler.aws.session import hub_client
from instance_scheduler.sighting import Kind

TAGS = [{"Key": "Schedule", "Value": "office"}]


class Asked(dict):
    """A record as AWS describes it, that notes which members are looked at."""

    def __init__(self, members):
        super().__init__(members)
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)


class OneRecord:
    """A client whose every answer holds one record, under whatever name it is looked for."""

    def __init__(self, **answer):
        self.answer = answer

    def get_paginator(self, operation):
        return self

    def paginate(self, **request):
        return [self.answer]

    def describe_instances(self, **request):
        return self.answer


def members(service, shape):
    return set(LeanLoader().load_service_model(service, "service-2")["shapes"][shape]["members"])


def test_every_member_that_is_read_of_an_instance_is_kept():
    instance = Asked({"InstanceId": "i-1", "State": {"Name": "running"}, "InstanceType": "t3.small", "Tags": TAGS})
    ec2 = Ec2(OneRecord(Reservations=[{"Instances": [instance]}]), TARGET, "Schedule")

    ec2.sightings()
    ec2.look("i-1")

    assert instance.asked <= members("ec2", "Instance")


def test_every_member_that_is_read_of_a_database_is_kept():
    database = Asked(
        {"DBInstanceIdentifier": "orders", "DBInstanceStatus": "available", "TagList": TAGS, "Engine": "sqlserver-se"}
    )
    cluster = Asked({"DBClusterIdentifier": "ledger", "Status": "available", "TagList": TAGS})
    rds = Rds(OneRecord(DBInstances=[database], DBClusters=[cluster]), DATABASES, "Schedule")

    assert [sighting.kind for sighting in rds.sightings()] == [Kind.INSTANCE, Kind.CLUSTER]

    assert database.asked <= members("rds", "DBInstance")
    assert cluster.asked <= members("rds", "DBCluster")


@pytest.mark.parametrize(("service", "operations"), [("ec2", 7), ("rds", 9)])
def test_a_client_has_the_operations_that_are_called_and_no_others(aws, service, operations):
    assert len(hub_client(service).meta.service_model.operation_names) == operations


def test_other_sessions_of_the_process_keep_the_whole_model(aws):
    hub_client("ec2")

    assert len(boto3.client("ec2").meta.service_model.operation_names) > 500


def test_a_service_without_a_cut_model_stays_whole(aws):
    assert (
        hub_client("sts").meta.service_model.operation_names == boto3.client("sts").meta.service_model.operation_names
    )


def test_the_folders_of_other_services_are_not_looked_into(monkeypatch):
    listed = []
    look = loaders.os.listdir
    monkeypatch.setattr(loaders.os, "listdir", lambda folder: listed.append(Path(folder).name) or look(folder))

    LeanLoader().load_service_model("sts", "service-2")

    assert set(listed) == {"sts"}


def test_a_client_of_a_service_that_is_not_named_is_refused(aws):
    with pytest.raises(UnknownServiceError, match="Unknown service: 's3'"):
        hub_client("s3")
