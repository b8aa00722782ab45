"""The pages for people who come from elsewhere: what they say of our side is what our side does."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml
from tests.docs.pages import ROOT, text_of

from instance_scheduler.config import parse_config
from instance_scheduler.schedule import DesiredState, Schedule, desired_at
from instance_scheduler.settings import Settings
from scheduler_cli.evaluate import answer_case

CUSTODIAN = ROOT / "docs" / "migration-from-cloud-custodian.md"
AWS = ROOT / "docs" / "migration-from-aws-instance-scheduler.md"
DAYS = "mtwhfsu"
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def config_of(page) -> Mapping[str, list[dict[str, object]]]:
    (block,) = re.findall(r"```yaml\n(.*?)```", text_of(page), re.DOTALL)
    return yaml.safe_load(block)


def schedules_of(page) -> Mapping[str, Schedule]:
    raw = config_of(page)
    items = [{"type": kind.removesuffix("s"), **item} for kind in raw for item in raw[kind]]
    return parse_config(items, Settings()).schedules


def cells(page, head: str) -> list[list[str]]:
    """The rows of the table with this head."""
    table = text_of(page).split(head, 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    return [[cell.strip("`") if cell.count("`") == 2 else cell for cell in row] for row in rows]


# Cloud Custodian


def aliases() -> dict[str, str]:
    line = text_of(CUSTODIAN).split("Aliases: ")[1].split("\n\n")[0]
    pairs = re.findall(r"`([a-z ]+)` ([\w/]+)", line)
    return {alias: zone for names, zone in pairs for alias in names.split()}


def hours(text: str) -> set[tuple[int, int]]:
    """`[(M-F,21),(U,18)]` → the weekdays and hours that it names."""
    named = set()
    for days, hour in re.findall(r"\(([A-Z](?:-[A-Z])?),(\d+)\)", text):
        first, last = DAYS.index(days[0].lower()), DAYS.index(days[-1].lower())
        named |= {((first + step) % 7, int(hour)) for step in range((last - first) % 7 + 1)}
    return named


def running_hours(tag: str, policy: Mapping[str, object]) -> Iterator[tuple[datetime, bool]]:
    """Play the two policies hour by hour over three weeks; the hours of the last one, and whether the instance runs in them."""
    parts = dict(part.split("=") for part in tag.split(";") if "=" in part)
    days = {True: "(M-U,", False: "(M-F,"}[policy.get("weekends") is False]
    off_days, on_days = ("(F,", "(M,") if policy.get("weekends-only") else (days, days)
    on = hours(parts.get("on", f"{on_days}{policy.get('onhour', 7)})"))
    off = hours(parts.get("off", f"{off_days}{policy.get('offhour', 19)})"))
    zone = ZoneInfo(aliases()[parts.get("tz", str(policy.get("default_tz", "et")))])
    runs = False
    for hour in range(-14 * 24, 7 * 24):
        at = MONDAY + timedelta(hours=hour)
        local = at.astimezone(zone)
        moment = (local.weekday(), local.hour)
        runs = moment in on or (runs and moment not in off)
        yield at, runs


TAGS = [row for row in cells(CUSTODIAN, "| `maid_offhours` |") if row[0] != "off"]


@pytest.mark.parametrize(("tag", "policy", "name"), TAGS, ids=[f"{tag} {policy}" for tag, policy, _ in TAGS])
def test_a_tag_of_cloud_custodian_runs_the_hours_of_its_schedule(tag: str, policy: str, name: str) -> None:
    words = yaml.safe_load("{" + policy.replace("`", "") + "}")
    schedule = schedules_of(CUSTODIAN)[name]
    week = [(at, runs) for at, runs in running_hours(tag.replace("`", ""), words) if at >= MONDAY]

    differing = [at for at, runs in week if (desired_at(schedule, at).state is DesiredState.RUNNING) is not runs]

    assert differing == []
    assert any(runs for _, runs in week)


def test_every_schedule_of_the_page_is_compared() -> None:
    assert {name for _, _, name in TAGS} == set(schedules_of(CUSTODIAN))


def test_every_alias_is_a_time_zone() -> None:
    assert {"pt", "et", "cet", "utc"} <= set(aliases())
    assert all(ZoneInfo(zone) for zone in aliases().values())


@pytest.mark.parametrize("word", ["off", "none", "ignore"])
def test_the_words_that_take_an_instance_out_do(word: str) -> None:
    instance = {"observed_state": "running", "stored_state": "running", "schedule_tag": word}
    case = {"schedule": {"override_status": "stopped"}, "at": "2026-11-23T12:00Z", "instance": instance}

    assert answer_case(case)["reason"] == "O1"


# Instance Scheduler on AWS

WANTED = cells(AWS, "| schedule | at | there | here | why |")
DONE = cells(AWS, "| schedule | at | stored | observed | there | here | row | why |")


@pytest.mark.parametrize("row", WANTED, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_schedule_wants_here_what_the_page_says(row: list[str]) -> None:
    name, at, _, here = row[:4]

    assert desired_at(schedules_of(AWS)[name], datetime.fromisoformat(at)).state == here


@pytest.mark.parametrize("row", DONE, ids=lambda row: f"{row[0]} {row[2]} {row[3]}")
def test_an_instance_is_treated_here_as_the_page_says(row: list[str]) -> None:
    name, at, stored, observed, _, here, decided = row[:7]
    raw = config_of(AWS)
    (schedule,) = [item for item in raw["schedules"] if item["name"] == name]
    periods = {str(item["name"]): item for item in raw["periods"]}
    instance = {"stored_state": stored, "observed_state": observed, "type": "t3.small"}

    answer = answer_case({"schedule": schedule, "periods": periods, "at": at, "instance": instance})

    assert (answer["effective"], answer["reason"]) == (here, decided)


def test_without_enforced_a_manual_stop_under_override_status_is_left_alone() -> None:
    instance = {"stored_state": "running", "observed_state": "stopped"}
    case = {"schedule": {"override_status": "running"}, "at": "2026-11-23T12:00Z", "instance": instance}

    assert (answer_case(case)["effective"], answer_case(case)["reason"]) == ("noop", "U6")
