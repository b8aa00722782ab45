"""Clients under the assumed roles of other accounts: their names, their external id, their renewal, how many are kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from tests.unit.specimens import DATABASES, HOME, TARGET

from instance_scheduler.aws import session
from instance_scheduler.aws.session import Roles
from instance_scheduler.settings import Service, Settings
from instance_scheduler.target import Home

SETTINGS = Settings(namespace="sched", external_id="ours alone")
SPOKE = replace(TARGET, account="444455556666")


class FakeSts:
    """STS that notes what it was asked for; each answer is valid for `lasts`."""

    def __init__(self):
        self.asked = []
        self.lasts = timedelta(hours=1)
        self.refuses = None

    def assume_role(self, **request):
        _raise(self.refuses)
        self.asked.append(request)
        key = f"AKIA{len(self.asked)}"
        expiration = datetime.now(UTC) + self.lasts
        return {
            "Credentials": {"AccessKeyId": key, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expiration}
        }


class FakeSession:
    """A boto3 session whose clients are what they were made with."""

    def client(self, service, **arguments):
        return {"service": service, **arguments}


def _raise(error):
    if error is not None:
        raise error


@pytest.fixture
def sts(monkeypatch):
    sts = FakeSts()
    monkeypatch.setattr(session, "hub_client", {"sts": sts}.__getitem__)
    monkeypatch.setattr(session, "_session", FakeSession)
    return sts


def test_a_role_is_assumed_by_its_name_in_the_targets_account_with_the_external_id(sts):
    Roles("actor", SETTINGS, HOME).client(SPOKE, "run-1")

    assert sts.asked == [
        {
            "RoleArn": "arn:aws-cn:iam::444455556666:role/sched-actor",
            "RoleSessionName": "run-1",
            "ExternalId": "ours alone",
        }
    ]


def test_the_hubs_own_account_is_no_exception(sts):
    Roles("reader", SETTINGS, HOME).client(TARGET, "sweep")

    assert sts.asked[0]["RoleArn"] == "arn:aws-cn:iam::111122223333:role/sched-reader"


def test_the_partition_is_the_homes(sts):
    home = Home(partition="aws-us-gov", account="111122223333", region="us-gov-west-1")

    Roles("reader", SETTINGS, home).client(TARGET, "sweep")

    assert sts.asked[0]["RoleArn"].startswith("arn:aws-us-gov:")


def test_a_client_is_of_the_targets_service_and_region_under_the_assumed_credentials(sts):
    client = Roles("reader", SETTINGS, HOME).client(replace(DATABASES, region="cn-northwest-1"), "sweep")

    assert (client["service"], client["region_name"], client["aws_access_key_id"]) == ("rds", "cn-northwest-1", "AKIA1")
    assert client["aws_session_token"] == "t"


def test_a_session_name_is_cut_to_what_sts_takes(sts):
    Roles("actor", SETTINGS, HOME).client(TARGET, "r" * 80)

    assert sts.asked[0]["RoleSessionName"] == "r" * 64


def test_one_account_is_assumed_once_for_all_its_regions_and_services(sts):
    roles = Roles("reader", SETTINGS, HOME)

    for target in (TARGET, DATABASES, replace(TARGET, region="cn-northwest-1"), TARGET):
        roles.client(target, "sweep")

    assert len(sts.asked) == 1


def test_a_client_is_made_once(sts):
    roles = Roles("reader", SETTINGS, HOME)

    assert roles.client(TARGET, "sweep") is roles.client(TARGET, "sweep")


@pytest.mark.parametrize(
    ("lasts", "asked"), [(timedelta(minutes=11), 1), (timedelta(minutes=9), 2)], ids=["fresh", "soon over"]
)
def test_credentials_are_renewed_well_before_they_expire(sts, lasts, asked):
    sts.lasts = lasts
    roles = Roles("reader", SETTINGS, HOME)

    roles.client(TARGET, "sweep")
    client = roles.client(TARGET, "sweep")

    assert (len(sts.asked), client["aws_access_key_id"]) == (asked, f"AKIA{asked}")


def test_the_sessions_of_two_runs_are_not_shared(sts):
    roles = Roles("actor", SETTINGS, HOME)

    roles.client(TARGET, "run-1")
    roles.client(TARGET, "run-2")

    assert [request["RoleSessionName"] for request in sts.asked] == ["run-1", "run-2"]


def test_the_client_that_was_not_used_for_longest_is_dropped(sts, monkeypatch):
    monkeypatch.setattr(session, "_MOST_CLIENTS", 2)
    roles = Roles("reader", SETTINGS, HOME)
    first, second = roles.client(TARGET, "sweep"), roles.client(DATABASES, "sweep")
    roles.client(TARGET, "sweep")

    roles.client(SPOKE, "sweep")

    assert roles.client(TARGET, "sweep") is first
    assert roles.client(DATABASES, "sweep") is not second


def test_a_role_that_cannot_be_assumed_raises(sts):
    sts.refuses = ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")

    with pytest.raises(ClientError):
        Roles("reader", SETTINGS, HOME).client(TARGET, "sweep")


def test_one_account_that_cannot_be_assumed_does_not_spoil_another(sts):
    roles = Roles("reader", SETTINGS, HOME)
    sts.refuses = ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")
    with pytest.raises(ClientError):
        roles.client(SPOKE, "sweep")
    sts.refuses = None

    assert roles.client(TARGET, "sweep")["aws_access_key_id"] == "AKIA1"


def test_calls_that_change_something_are_sent_once():
    assert session.ONE_ATTEMPT.retries["total_max_attempts"] == 1


def test_a_hub_client_is_made_once_an_environment(aws):
    assert session.hub_client("sts") is session.hub_client("sts")


def test_moto_takes_the_role_as_sts_would(aws):
    client = Roles("reader", SETTINGS, HOME).client(replace(SPOKE, service=Service.RDS), "sweep")

    assert client.meta.region_name == "cn-north-1"
