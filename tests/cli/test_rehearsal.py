"""A rehearsal: a span is played, and what ran when, the hours, and the config in force stand at its end."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli.stack import HOME, HUB, scenario, server
from tests.cli.tool import tool

SHORTER = {
    "periods": [{"name": "office", "begintime": "09:00", "endtime": "12:00", "weekdays": ["mon-fri"]}],
    "schedules": [{"name": "office-hours", "timezone": "Asia/Shanghai", "periods": ["office"]}],
}
SPAN = ("--at", "2026-11-22T16:00:00Z", "--until", "2026-11-23T16:00:00Z", "--every", "1h")
"""Monday in Shanghai."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rehearsal") / "fleet.yaml"
    estate = {
        "ec2": [server("web-1"), server("web-2"), server("stuck"), server("eternal", "running", "always")],
        "rds": [{"name": "orders", "state": "available", "tags": {"Schedule": "office-hours"}}],
    }
    fault = {"api": "ec2:StartInstances", "instance": "stuck", "error": "InsufficientInstanceCapacity"}
    raw = scenario(accounts={HUB: {HOME: estate}}, faults=[fault])
    file.write_text(yaml.safe_dump(raw))
    (file.parent / "proposed.yaml").write_text(yaml.safe_dump(SHORTER))
    return file


@pytest.fixture(scope="module")
def played(fleet: Path) -> list[dict[str, Any]]:
    """The lines of a day under the proposed config, beside the fleet's own."""
    result = tool(
        "local", "run", str(fleet), *SPAN, "--config", str(fleet.parent / "proposed.yaml"), "--json", "--timeline"
    )
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def by_name(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in lines[-1]["rehearsal"]["instances"]}


def test_every_run_keeps_its_line_and_the_rehearsal_is_one_more(played: list[dict[str, Any]]) -> None:
    assert len(played) == 26
    assert list(played[0]) == ["run_id", "at", "status", "outcomes", "instances", "summary", "notification", "cost"]
    assert list(played[-1]) == ["rehearsal"]
    assert played[-1]["rehearsal"]["from"] == "2026-11-22T16:00:00Z"
    assert played[-1]["rehearsal"]["until"] == "2026-11-23T16:00:00Z"


@pytest.mark.parametrize(
    ("name", "on", "in_force"),
    [
        pytest.param("web-1", 3, 9, id="an instance"),
        pytest.param("orders", 3, 9, id="a database that runs at first and is nobody's yet"),
        pytest.param("stuck", 0, 0, id="an instance that EC2 has no room for"),
        pytest.param("eternal", 24, 24, id="an instance whose schedule the proposal lacks"),
    ],
)
def test_hours_are_reckoned_against_always_on_and_the_config_in_force(
    played: list[dict[str, Any]], name: str, on: float, in_force: float
) -> None:
    told = by_name(played)[name]
    assert (told["hours_on"], told["hours_always_on"], told["hours_saved"]) == (on, 24, 24 - on)
    assert (told["hours_on_in_force"], told["hours_saved_against_in_force"]) == (in_force, in_force - on)


def test_the_timeline_says_what_each_run_left_behind(played: list[dict[str, Any]]) -> None:
    told = by_name(played)["web-1"]
    assert [(one["from"], one["until"], one["state"]) for one in told["timeline"]] == [
        ("2026-11-22T16:00:00Z", "2026-11-23T01:00:00Z", "off"),
        ("2026-11-23T01:00:00Z", "2026-11-23T04:00:00Z", "on"),
        ("2026-11-23T04:00:00Z", "2026-11-23T16:00:00Z", "off"),
    ]
    assert (told["starts"], told["stops"], told["resizes"], told["failures"]) == (1, 1, 0, 0)
    assert by_name(played)["stuck"]["failures"] > 0
    states = [
        (line["at"], one["state"] == "running")
        for line in played[:-1]
        for one in line["instances"]
        if one["name"] == "web-1"
    ]
    seen = [at for at, running in states if running]
    assert (seen[0], seen[-1]) == ("2026-11-23T01:00:00Z", "2026-11-23T03:00:00Z")


def test_a_person_gets_a_line_for_each_run_that_did_something_and_a_bar_for_each_day(fleet: Path) -> None:
    told = tool("local", "run", str(fleet), *SPAN)
    lines = told.stdout.splitlines()
    assert (told.exit_code, told.stderr) == (0, "")
    assert "\x1b" not in told.stdout
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("Mon 2026-11-23 01:00 UTC") for line in lines) == 1
    assert sum("2026-11-23 05:00 UTC" in line and "started" in line for line in lines) == 0
    bar = "·" * 18 + "█" * 18 + "·" * 12
    assert f"  Mon 23 Nov {bar}    9 h" in lines
    assert any("web-1, web-2" in line for line in lines)
    assert any(line.startswith("On 51.0 h of 120.0 h always-on: 69.0 h saved") for line in lines)


def test_the_same_config_saves_nothing_against_itself(fleet: Path, tmp_path: Path) -> None:
    raw = yaml.safe_load(fleet.read_text())
    both = tmp_path / "both.yaml"
    both.write_text(yaml.safe_dump(raw | {"config_in_force": raw["config"]}))
    told = tool("local", "run", str(both), *SPAN[:4], "--every", "8h", "--json", "--timeline")
    total = json.loads(told.stdout.splitlines()[-1])["rehearsal"]["total"]
    assert total["hours_saved_against_in_force"] == 0
    assert total["hours_on_in_force"] == total["hours_on"] < total["hours_always_on"]


def test_a_config_file_with_an_error_is_refused_before_anything_is_played(fleet: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("schedules: 3\n")
    told = tool("local", "run", str(fleet), "--at", "2026-11-23T01:00:00Z", "--config", str(wrong))
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.count("\n") == 1
    assert "wrong.yaml" in told.stderr
