"""`scheduler-cli import-table`: a config table of AWS Instance Scheduler, copied and commented."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.cli.stack import reached, scenario, started
from tests.cli.tool import answer, answer_json, complaint, tool

from scheduler_local.embedded import EmbeddedAws

ITEMS: list[dict[str, Any]] = [
    {
        "type": {"S": "config"},
        "name": {"S": "scheduler"},
        "tagname": {"S": "Schedule"},
        "default_timezone": {"S": "Europe/London"},
        "schedule_clusters": {"BOOL": True},
        "scheduled_services": {"SS": ["ec2", "rds"]},
    },
    {"type": {"S": "period"}, "name": {"S": "weekend"}, "weekdays": {"SS": ["sat-sun"]}},
    {
        "type": {"S": "period"},
        "name": {"S": "nights"},
        "begintime": {"S": "22:00"},
        "endtime": {"S": "06:00"},
        "weekdays": {"L": [{"S": "mon-thu"}]},
        "configured_in_stack": {"S": "arn:aws:cloudformation:eu-west-1:111122223333:stack/plans/1"},
    },
    {"type": {"S": "period"}, "name": {"S": "office"}, "begintime": {"S": "9:00"}, "endtime": {"S": "17:00"}},
    {"type": {"S": "period"}, "name": {"S": "void"}, "begintime": {"S": "9:00"}, "endtime": {"S": "9:00"}},
    {
        "type": {"S": "schedule"},
        "name": {"S": "night-shift"},
        "periods": {"SS": ["nights@m5.large"]},
        "use_metrics": {"S": "no"},
    },
    {
        "type": {"S": "schedule"},
        "name": {"S": "held"},
        "override_status": {"S": "running"},
        "enforced": {"BOOL": True},
        "timezone": {"S": "UTC"},
        "ssm_maintenance_window": {"SS": ["patching"]},
    },
    {"type": {"S": "schedule"}, "name": {"S": "empty"}, "periods": {"SS": ["void"]}},
]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    yield from started(scenario())


@pytest.fixture
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        yield name


@pytest.fixture(scope="module")
def table(aws: EmbeddedAws) -> str:
    """The foreign table's name."""
    client = aws.client("dynamodb")
    names = ("type", "name")
    client.create_table(
        TableName="old-ConfigTable",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[{"AttributeName": "type", "KeyType": "HASH"}, {"AttributeName": "name", "KeyType": "RANGE"}],
    )
    puts = [{"PutRequest": {"Item": item}} for item in ITEMS]
    client.batch_write_item(RequestItems={"old-ConfigTable": puts})
    return "old-ConfigTable"


def test_each_item_is_told_with_what_differs_here_and_nothing_is_written_without_consent(
    stack: str, table: str
) -> None:
    before = answer("export", "--stack", stack)
    result = tool("import-table", table, "--stack", stack)
    assert (result.exit_code, result.stderr) == (
        2,
        "scheduler-cli: nothing was written: there is nobody to ask; add --yes\n",
    )
    assert result.stdout.splitlines() == [
        "- config scheduler: not copied: settings are parameters of the stack here; --with-config copies them",
        "    default_timezone: there Europe/London, this stack's own is Asia/Shanghai",
        "+ period nights",
        "    there the stack arn:aws:cloudformation:eu-west-1:111122223333:stack/plans/1 owned it; here it is an item like"
        " any other, and that stack no longer changes it",
        "    it ends before it begins: there it is refused or never runs, here it runs past midnight into the next day",
        "! period office: not copied: the stack has another of this name; --overwrite replaces it",
        "! period void: not copied: endtime: '9:00' is the begintime too; such a period would never run",
        "= period weekend: the stack has it already",
        "! schedule empty: not copied: periods: 'void' cannot be used: period void has an error",
        "+ schedule held",
        "    enforced holds under override_status too: manual starts and stops are undone, where there they were left alone",
        "    SSM maintenance windows are not supported yet: the attribute is kept and has no effect",
        "+ schedule night-shift",
        "    an instance that a person stopped stays stopped; there a differing type had it resized and started",
        "    it names no time zone: there it followed Europe/London, here it follows the stack's Asia/Shanghai",
    ]
    assert answer("export", "--stack", stack) == before


def test_what_can_be_copied_is_copied_and_a_second_time_is_the_same(stack: str, table: str) -> None:
    first = tool("import-table", table, "--stack", stack, "--yes")
    assert (first.exit_code, first.stdout.splitlines()[-1]) == (1, f"Imported: 3 items into stack {stack}.")
    exported = answer_json("export", "--stack", stack)
    assert [one["name"] for one in exported["periods"]] == ["nights", "office", "weekend"]
    assert [one["name"] for one in exported["schedules"]] == ["always", "held", "night-shift", "office-hours"]
    again = tool("import-table", table, "--stack", stack, "--yes")
    assert "Imported" not in again.stdout


def test_existing_items_and_settings_are_replaced_where_asked(stack: str, table: str) -> None:
    asked = ("import-table", table, "--stack", stack, "--overwrite", "--with-config", "--yes", "--json")
    result = tool(*asked)
    assert result.exit_code == 1
    exported = answer_json("export", "--stack", stack)
    assert exported["config"]["default_timezone"] == "Europe/London"
    assert {"name": "office", "begintime": "9:00", "endtime": "17:00"} in exported["periods"]


def test_a_table_of_another_kind_is_a_bad_argument_and_a_missing_one_is_refused_by_aws(
    aws: EmbeddedAws, stack: str
) -> None:
    code, line = complaint("import-table", aws.tables.state_table, "--stack", stack)
    assert (code, line.endswith("it is no config table of AWS Instance Scheduler\n")) == (2, True)
    code, line = complaint("import-table", "nowhere", "--stack", stack)
    assert (code, line.startswith("scheduler-cli: AWS refused Scan: ResourceNotFoundException")) == (3, True)
