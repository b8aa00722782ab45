"""`scheduler-cli fleet export`: what it writes of a fleet is a scenario that plays."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.cli.stack import HOME, HUB, instance_id, reached, scenario, server, started
from tests.cli.tool import answer, complaint, tool

from scheduler_local.embedded import EmbeddedAws
from scheduler_local.scenario import parse_scenario

ORDERS = {
    "name": "orders",
    "class": "db.t3.medium",
    "engine": "mysql",
    "state": "available",
    "stored_state": "running",
    "maintenance_window": "sun:20:00-sun:21:00",
    "tags": {"Schedule": "office-hours"},
}
LAKE = {"name": "lake", "state": "available", "tags": {"Schedule": "always"}}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    servers = [
        server("web", override="running@2050-01-01T00:00:00Z"),
        server("twin", "running", tags={"Schedule": "always", "ScheduleOverride": "stopped", "Owner": "secret"}),
        server("twin-2", "running", auto_scaling_group="group"),
        {"name": "untagged", "type": "t3.small", "state": "running"},
    ]
    yield from started(scenario(accounts={HUB: {HOME: {"ec2": servers, "rds": [ORDERS], "clusters": [LAKE]}}}))


@pytest.fixture
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        yield name


def exported(*arguments: str) -> Any:
    return yaml.safe_load(tool("fleet", "export", *arguments).stdout)


def test_a_stacks_fleet_becomes_a_scenario_with_its_config_and_stored_states(stack: str) -> None:
    told = exported("--stack", stack)
    assert told["partition_region"] == HOME
    assert told["settings"] == {"regions": [HOME], "full_sweep_minutes": 60, "default_timezone": "Asia/Shanghai"}
    assert [one["name"] for one in told["config"]["schedules"]] == ["always", "office-hours"]
    estate = told["accounts"][HUB][HOME]
    assert estate["ec2"] == [
        {
            "name": "twin",
            "type": "t3.small",
            "state": "running",
            "stored_state": "running",
            "tags": {"Schedule": "always", "ScheduleOverride": "stopped"},
        },
        {
            "name": "web",
            "type": "t3.small",
            "state": "stopped",
            "stored_state": "stopped",
            "override": "running@2050-01-01T00:00:00Z",
            "tags": {"Schedule": "office-hours"},
        },
    ]
    assert estate["rds"] == [ORDERS]
    assert [(one["name"], one["tags"]) for one in estate["clusters"]] == [("lake", LAKE["tags"])]
    assert {seed.name for seed in parse_scenario(told).ec2} == {"twin", "web"}


def test_what_cannot_be_scheduled_is_counted_on_stderr(stack: str) -> None:
    result = tool("fleet", "export", "--stack", stack)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"{HUB}/{HOME}/ec2: 1 left out: ")


def test_an_account_without_a_stack_is_read_by_regions_and_tag_key(aws: EmbeddedAws, stack: str) -> None:
    told = json.loads(tool("fleet", "export", "--regions", f"{HOME},cn-northwest-1", "--json").stdout)
    assert "config" not in told
    assert told["settings"] == {"regions": [HOME, "cn-northwest-1"], "full_sweep_minutes": 60}
    names = [one["name"] for one in told["accounts"][HUB][HOME]["ec2"]]
    assert names == ["twin", "web"]
    parse_scenario(told)
    assert json.loads(answer("fleet", "export", "--regions", HOME, "--tag-key", "Plan", "--json"))["accounts"] == {
        HUB: {}
    }


def test_instances_of_the_same_name_go_by_their_ids(aws: EmbeddedAws, stack: str) -> None:
    client = aws.client("ec2")
    twin, web = instance_id(aws, "twin"), instance_id(aws, "web")
    client.create_tags(Resources=[twin], Tags=[{"Key": "Name", "Value": "web"}])
    names = [one["name"] for one in exported("--stack", stack)["accounts"][HUB][HOME]["ec2"]]
    client.create_tags(Resources=[twin], Tags=[{"Key": "Name", "Value": "twin"}])
    assert sorted(names) == sorted([twin, web])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param((), "give --regions or --stack", id="neither"),
        pytest.param(
            ("--stack", "STACK", "--tag-key", "Plan"), "--tag-key: the stack was deployed for 'Schedule'", id="tag-key"
        ),
        pytest.param(
            ("--stack", "STACK", "--regions", "us-east-1"),
            "--regions: the stack schedules in none of us-east-1",
            id="regions-of-no-use",
        ),
    ],
)
def test_a_bad_argument_is_one_line(stack: str, arguments: tuple[str, ...], message: str) -> None:
    named = [stack if word == "STACK" else word for word in arguments]
    assert complaint("fleet", "export", *named) == (2, f"scheduler-cli: {message}\n")


def test_a_word_that_is_no_region_is_refused() -> None:
    code, line = complaint("fleet", "export", "--regions", "Frankfurt")
    assert (code, "'Frankfurt' is no region" in line) == (2, True)
