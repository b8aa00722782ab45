"""What an item of AWS Instance Scheduler means otherwise here: in every form that its versions have written items in."""

import pytest

from instance_scheduler.config import parse_config
from instance_scheduler.fingerprint import fingerprint
from instance_scheduler.settings import Settings
from scheduler_cli.config_items import Item, normal, same
from scheduler_cli.departures import departures

STACK = Settings(default_timezone="Asia/Shanghai", regions=("cn-north-1",))
V1: list[Item] = [
    {"type": "period", "name": "office", "begintime": "9:00", "endtime": "17:00", "weekdays": "mon-fri", "months": ""},
    {
        "type": "schedule",
        "name": "plan",
        "periods": "office@t3.large",
        "timezone": "Europe/London",
        "enforced": "no",
        "stop_new_instances": "Yes",
        "overwrite": "",
    },
]
V2: list[Item] = [
    {"type": "period", "name": "office", "begintime": "9:00", "endtime": "17:00", "weekdays": {"mon-fri"}},
    {
        "type": "schedule",
        "name": "plan",
        "periods": {"office@t3.large"},
        "timezone": "Europe/London",
        "enforced": False,
        "stop_new_instances": True,
        "use_metrics": False,
        "description": "",
    },
]
V3: list[Item] = [
    {"type": "period", "name": "office", "begintime": "09:00", "endtime": "17:00", "weekdays": ["mon-fri"]},
    {
        "type": "schedule",
        "name": "plan",
        "periods": ["office@t3.large"],
        "timezone": "Europe/London",
        "enforced": False,
        "hibernate": False,
        "retain_running": False,
        "stop_new_instances": True,
        "use_maintenance_window": True,
        "ssm_maintenance_window": [],
        "override_status": None,
    },
]


@pytest.mark.parametrize("items", [V1, V2, V3], ids=["version 1", "version 2", "version 3"])
def test_the_forms_of_all_versions_mean_the_same_and_have_no_fault(items: list[Item]) -> None:
    config = parse_config([normal(item) for item in items], Settings())
    expected = parse_config(V3, Settings()).schedules["plan"]

    assert config.faults == ()
    assert fingerprint(config.schedules["plan"]) == fingerprint(expected)


def test_the_period_of_a_version_is_that_of_another() -> None:
    assert same({**V1[0], "begintime": "09:00"}, V3[0])


def notes(**item: object) -> list[str]:
    return list(departures({"name": "x", **item}, "Europe/London", STACK))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        pytest.param(
            {"type": "period", "begintime": "22:00", "endtime": "6:00"}, "here it runs past midnight", id="overnight"
        ),
        pytest.param(
            {"type": "schedule", "override_status": "running", "enforced": "yes", "timezone": "UTC"},
            "enforced holds under override_status too",
            id="enforced with override_status",
        ),
        pytest.param(
            {"type": "schedule", "periods": {"a@m5.large"}, "timezone": "UTC"},
            "there a differing type had it resized and started",
            id="type",
        ),
        pytest.param(
            {"type": "schedule", "periods": "a", "ssm_maintenance_window": "patching", "timezone": "UTC"},
            "SSM maintenance windows are not supported yet",
            id="SSM maintenance window",
        ),
        pytest.param(
            {"type": "schedule", "periods": "a"},
            "there it followed Europe/London, here it follows the stack's Asia/Shanghai",
            id="time zone",
        ),
        pytest.param(
            {"type": "schedule", "periods": "a", "timezone": "UTC", "configured_in_stack": "arn:plans"},
            "there the stack arn:plans owned it",
            id="of a stack",
        ),
        pytest.param(
            {"type": "config", "scheduled_services": {"ec2", "rds", "asg"}}, "Auto Scaling groups are not", id="asg"
        ),
        pytest.param(
            {"type": "config", "cross_account_roles": {"arn:aws:iam::444455556666:role/scheduler"}},
            "of cross_account_roles the accounts count",
            id="cross-account roles",
        ),
        pytest.param(
            {"type": "config", "remote_account_ids": ["444455556666"]},
            "accounts: there 444455556666, this stack's own is empty",
            id="accounts",
        ),
        pytest.param({"type": "config", "schedule_clusters": False}, "clusters that carry the tag", id="clusters"),
        pytest.param({"type": "config", "tagname": "Sked"}, "its tag was Sked; this stack was", id="tag key"),
        pytest.param(
            {"type": "config", "regions": "eu-west-1"},
            "regions: there eu-west-1, this stack's own is cn-north-1",
            id="regions",
        ),
        pytest.param(
            {"type": "config", "create_rds_snapshot": "true"},
            "create_rds_snapshot: there True, this stack's own is False",
            id="snapshots",
        ),
    ],
)
def test_each_departure_is_named_with_its_reason(item: dict[str, object], words: str) -> None:
    assert [note for note in notes(**item) if words in note] != []


@pytest.mark.parametrize(
    "item", [V1[0], V2[0], V3[0], {"type": "config", "tagname": "Schedule", "trace": "true"}], ids=str
)
def test_what_means_the_same_has_no_note(item: Item) -> None:
    assert notes(**{**item, "name": "x"}) == []
