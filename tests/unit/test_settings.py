"""The stack's settings, parsed from the document that the template writes."""

import pytest

from instance_scheduler.errors import InvalidInput
from instance_scheduler.settings import Notify, Service, Settings, parse_settings


def test_an_empty_document_gives_the_defaults():
    assert parse_settings({}) == Settings()


@pytest.mark.parametrize(
    ("key", "value", "parsed"),
    [
        ("stack", "prod", "prod"),
        ("tag_key", "Team:Schedule", "Team:Schedule"),
        ("namespace", "sched-2", "sched-2"),
        ("regions", ["cn-north-1", "us-gov-west-1"], ("cn-north-1", "us-gov-west-1")),
        ("regions", "cn-north-1, cn-northwest-1", ("cn-north-1", "cn-northwest-1")),
        ("regions", "", ()),
        ("accounts", "111122223333", ("111122223333",)),
        ("accounts", [], ()),
        ("accounts", ["arn:aws:iam::111122223333:role/instance-scheduler-reader"], ("111122223333",)),
        ("accounts", "arn:aws-cn:iam::111122223333:role/instance-scheduler-actor,111122223333", ("111122223333",)),
        ("accounts", [f"{number:012}" for number in range(200)], tuple(f"{number:012}" for number in range(200))),
        ("organizational_units", "ou-ab12-cdefgh34, r-ab12", ("ou-ab12-cdefgh34", "r-ab12")),
        ("excluded_accounts", "111122223333", ("111122223333",)),
        ("account_regions", "", ()),
        ("account_regions", {"111122223333": ["eu-west-1"]}, (("111122223333", ("eu-west-1",)),)),
        ("account_regions", {"111122223333": "eu-west-1,eu-west-2"}, (("111122223333", ("eu-west-1", "eu-west-2")),)),
        ("account_regions", "111122223333=eu-west-1+eu-west-2", (("111122223333", ("eu-west-1", "eu-west-2")),)),
        ("account_regions", '{"111122223333": ["eu-west-1"]}', (("111122223333", ("eu-west-1",)),)),
        ("scheduled_services", "rds", (Service.RDS,)),
        ("create_rds_snapshot", "true", True),
        ("create_rds_snapshot", False, False),
        ("notify", "errors", Notify.ERRORS),
        ("interval_minutes", "15", 15),
        ("interval_minutes", 60, 60),
        ("max_unexplained_stops", "0", 0),
        ("resize_waits", [0, 1], (0, 1)),
        ("resize_waits", ["15", "30"], (15, 30)),
        ("resize_waits", "15, 30,60", (15, 30, 60)),
    ],
    ids=lambda value: repr(value),
)
def test_a_value_is_taken_as_json_or_as_cloudformation_writes_it(key, value, parsed):
    assert getattr(parse_settings({key: value}), key) == parsed


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        (
            "tagkey",
            "Schedule",
            "tagkey: 'Schedule' is not accepted; known settings are account_regions, accounts, create_rds_snapshot",
        ),
        ("tag_key", "", "tag_key: '' is not accepted; 1 to 118 letters"),
        ("namespace", "Prod", "namespace: 'Prod' is not accepted; 2 to 20 of a-z, 0-9 and -"),
        ("stack", 7, "stack: 7 is not accepted; a string"),
        ("accounts", "12345", "accounts: '12345' is not accepted; account ids of 12 digits"),
        ("accounts", [f"{number:012}" for number in range(201)], "accounts: 201 accounts are not accepted; up to 200"),
        (
            "accounts",
            [f"arn:aws:iam::{number:012}:role/instance-scheduler-reader" for number in range(41)],
            "accounts: 41 accounts are not accepted; up to 200 account ids, or 40 where ARNs of roles are among them",
        ),
        (
            "accounts",
            "arn:aws:iam::111122223333:role/Other",
            "the roles that are assumed are named instance-scheduler-reader and instance-scheduler-actor, without a path",
        ),
        ("accounts", "arn:aws:iam::111122223333:role/p/instance-scheduler-reader", "without a path"),
        ("accounts", "arn:aws:iam::111122223333:user/x", "account ids of 12 digits, or the ARNs of roles"),
        (
            "organizational_units",
            "finance",
            "organizational_units: 'finance' is not accepted; ids of organizational units",
        ),
        ("excluded_accounts", "1", "excluded_accounts: '1' is not accepted; account ids of 12 digits"),
        ("account_regions", "111122223333", "111122223333 has no region"),
        ("account_regions", {"1": ["eu-west-1"]}, "'1' is no account id of 12 digits"),
        ("account_regions", {"111122223333": ["Europe"]}, "'Europe' is no region"),
        ("account_regions", "1=a,1=b", "account_regions: '1=a,1=b' is not accepted; 1 is given twice"),
        ("account_regions", "{", "account_regions: '{' is not accepted"),
        ("account_regions", 7, "7 is no mapping of accounts to regions"),
        ("regions", ["China"], "regions: 'China' is not accepted; region names such as cn-north-1"),
        ("regions", 7, "regions: 7 is not accepted; a list of region names"),
        ("scheduled_services", "ec2,s3", "scheduled_services: 's3' is not accepted; ec2 and rds"),
        ("use_metrics", "perhaps", "use_metrics: 'perhaps' is not accepted; true or false"),
        ("notify", "sometimes", "notify: 'sometimes' is not accepted; one of changes, always, errors, never"),
        ("interval_minutes", 0, "interval_minutes: 0 is not accepted; a whole number from 1 to 60"),
        ("interval_minutes", True, "interval_minutes: True is not accepted; a whole number"),
        ("interval_minutes", "5.5", "interval_minutes: '5.5' is not accepted; a whole number"),
        ("max_concurrent_shards", 41, "max_concurrent_shards: 41 is not accepted; a whole number from 1 to 40"),
        ("resize_waits", [], "resize_waits: [] is not accepted; a list of seconds"),
        ("resize_waits", "", "resize_waits: '' is not accepted; a list of seconds"),
        ("resize_waits", [901], "resize_waits: 901 is not accepted; seconds from 0 to 900"),
        ("resize_waits", "15,soon", "resize_waits: 'soon' is not accepted; seconds from 0 to 900"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_value_that_is_not_accepted_is_named_with_what_is(key, value, fault):
    with pytest.raises(InvalidInput) as raised:
        parse_settings({key: value})

    assert fault in str(raised.value)


def test_every_fault_is_told_at_once():
    with pytest.raises(InvalidInput) as raised:
        parse_settings({"interval_minutes": 0, "notify": "x", "colour": "red"})

    assert [key for key in ("interval_minutes", "notify", "colour") if f"{key}: " in str(raised.value)] == [
        "interval_minutes",
        "notify",
        "colour",
    ]


def test_the_roles_of_a_namespace_are_named_after_it():
    role = "arn:aws:iam::111122223333:role/nights-reader"

    assert parse_settings({"accounts": role, "namespace": "nights"}).accounts == ("111122223333",)
    with pytest.raises(InvalidInput, match="named instance-scheduler-reader"):
        parse_settings({"accounts": role})


def test_a_role_of_another_partition_is_refused():
    role = "arn:aws:iam::111122223333:role/instance-scheduler-reader"

    with pytest.raises(InvalidInput, match="roles do not cross partitions, and this stack is in aws-cn"):
        parse_settings({"accounts": role, "partition": "aws-cn"})
