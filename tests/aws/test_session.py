"""Clients under the assumed roles of other accounts: their names, their external id, their renewal, how many are kept."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from botocore.exceptions import ClientError
from tests.unit.specimens import DATABASES, HOME, TARGET

from instance_scheduler.aws import session
from instance_scheduler.aws.organizations import ENDPOINTS
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
        self.expires = None
        self.pause = Event()
        self.pause.set()
        self.refuses = None

    def assume_role(self, **request):
        _raise(self.refuses)
        self.asked.append(request)
        self.pause.wait(5)
        key = f"AKIA{len(self.asked)}"
        expiration = self.expires or datetime.now(UTC) + self.lasts
        return {
            "Credentials": {"AccessKeyId": key, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expiration}
        }


class FakeSession:
    """A boto3 session whose clients are what they were made with."""

    def client(self, service, **arguments):
        return {"service": service, **arguments}


def _until(holds, seconds=5.0):
    """Wait until something holds; False where it does not in time."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    return holds()


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


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("20261123T0100Z-1", "20261123T0100Z-1"),
        ("adhoc-20261123T010000Z-lea", "adhoc-20261123T010000Z-lea"),
        ("7b1c2e0a-1111-2222-3333-444455556666_8f6d0b1e-1111-2222-3333-444455556666", None),
        ("night run: Wien/Zürich!", "night-run--Wien-Z-rich-"),
        ("a+b=c,d.e@f-g_h", "a+b=c,d.e@f-g_h"),
        ("r", "-r"),
    ],
    ids=["tick", "ad hoc", "EventBridge's 73 characters", "odd characters", "all that is allowed", "one character"],
)
def test_a_session_is_named_after_its_run_within_what_sts_takes(sts, run, name):
    Roles("actor", SETTINGS, HOME).client(TARGET, run)

    asked = sts.asked[0]["RoleSessionName"]
    assert asked == (name or run[:64])
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", asked, re.ASCII)


def test_threads_that_ask_for_one_account_at_once_assume_it_once(sts):
    roles = Roles("reader", SETTINGS, HOME)
    sts.pause.clear()

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(roles.client, one, "sweep") for one in (TARGET, DATABASES, TARGET, DATABASES)]
        sts.pause.set()
        keys = {one.result()["aws_access_key_id"] for one in waiting}

    assert (len(sts.asked), keys) == (1, {"AKIA1"})


def test_an_account_that_is_slow_to_assume_keeps_no_other_waiting(sts):
    roles = Roles("reader", SETTINGS, HOME)
    sts.pause.clear()

    with ThreadPoolExecutor(2) as pool:
        slow, other = pool.submit(roles.client, SPOKE, "sweep"), pool.submit(roles.client, TARGET, "sweep")
        both_asked = _until(lambda: len(sts.asked) == 2)
        sts.pause.set()

    assert both_asked
    assert slow.result() is not other.result()


def test_the_credentials_that_were_not_used_for_longest_are_dropped(sts, monkeypatch):
    monkeypatch.setattr(session, "_MOST_SESSIONS", 2)
    roles = Roles("reader", SETTINGS, HOME)
    third = replace(TARGET, account="777788889999")

    for target in (TARGET, SPOKE, TARGET, third, TARGET, SPOKE):
        roles.client(target, "sweep")

    assert [request["RoleArn"].split(":")[4] for request in sts.asked] == [
        TARGET.account,
        SPOKE.account,
        third.account,
        SPOKE.account,
    ]


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("us-east-1", "https://sts.us-east-1.amazonaws.com"),
        ("eu-west-1", "https://sts.eu-west-1.amazonaws.com"),
        ("cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com"),
    ],
)
def test_roles_are_assumed_at_the_regions_own_endpoint_in_every_partition(monkeypatch, region, endpoint):
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")

    client = session._session.__wrapped__().client("sts", aws_access_key_id="x", aws_secret_access_key="x")

    assert client.meta.endpoint_url == endpoint


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("us-east-1", "https://organizations.us-east-1.amazonaws.com"),
        ("cn-northwest-1", "https://organizations.cn-northwest-1.amazonaws.com.cn"),
    ],
)
def test_organizations_is_asked_in_the_one_region_that_answers_for_the_partition(region, endpoint):
    core = session._session.__wrapped__()

    client = core.client("organizations", region_name=region, aws_access_key_id="x", aws_secret_access_key="x")

    assert client.meta.endpoint_url == endpoint
    assert region in ENDPOINTS.values()


def test_one_account_is_assumed_once_for_all_its_regions_and_services(sts):
    roles = Roles("reader", SETTINGS, HOME)

    for target in (TARGET, DATABASES, replace(TARGET, region="cn-northwest-1"), TARGET):
        roles.client(target, "sweep")

    assert len(sts.asked) == 1


def test_a_client_is_made_once(sts):
    roles = Roles("reader", SETTINGS, HOME)

    assert roles.client(TARGET, "sweep") is roles.client(TARGET, "sweep")


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "asked"),
    [(timedelta(minutes=49, seconds=59), 1), (timedelta(minutes=50), 2), (timedelta(minutes=61), 2)],
    ids=["more than ten minutes left", "ten minutes left", "expired"],
)
def test_a_session_serves_until_ten_minutes_before_it_expires(sts, later, asked):
    sts.expires = NOW + timedelta(hours=1)
    clock = iter([NOW, NOW + later])
    roles = Roles("reader", SETTINGS, HOME, clock=lambda: next(clock))

    roles.client(TARGET, "sweep")
    roles.client(DATABASES, "sweep")

    assert len(sts.asked) == asked


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
