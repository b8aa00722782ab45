"""`scheduler-cli export`, `diff` and `apply`: a stack's config kept in a file."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from tests.cli.stack import HOME, HUB, reached, scenario, server, started
from tests.cli.tool import answer, answer_json, complaint, tool

from instance_scheduler.settings import Service
from instance_scheduler.target import Target
from scheduler_cli.moments import now
from scheduler_cli.stack_access import StackAccess
from scheduler_local.embedded import EmbeddedAws

CALENDAR = {"name": "cn", "days_off": ["2026-10-01..2026-10-07"], "working_days": ["2026-10-10=thu"]}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    yield from started(scenario(server("web-1"), server("web-2")))


@pytest.fixture
def stack(aws: EmbeddedAws, tmp_path: Path) -> Iterator[str]:
    """The stack's name; its config is put back after the test."""
    with reached(aws) as name:
        aws.run(aws.clock.now(), {})
        kept = tmp_path / "kept.yaml"
        kept.write_text(answer("export", "--stack", name), encoding="utf-8")
        yield name
        answer("apply", str(kept), "--prune", "--yes", "--stack", name)


def written(place: Path, text: str) -> str:
    """A config file with this text."""
    file = place / "schedules.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


OFFICE_UNTIL_FOUR_ON_FRIDAY = """
periods:
  - {name: office, begintime: "09:00", endtime: "18:00", weekdays: mon-thu}
  - {name: friday, begintime: "09:00", endtime: "16:00", weekdays: fri}
schedules:
  - {name: office-hours, timezone: Asia/Shanghai, periods: [office, friday]}
"""


def test_diff_says_what_changes_in_behaviour(stack: str, tmp_path: Path) -> None:
    file = written(tmp_path, OFFICE_UNTIL_FOUR_ON_FRIDAY)
    assert answer("diff", file, "--stack", stack) == (
        "Items\n"
        "  + period friday\n"
        "  ~ period office: weekdays mon-thu instead of mon-fri\n"
        "  ~ schedule office-hours: periods office,friday instead of office\n"
        "\n"
        "What instances will notice\n"
        "  office-hours: Friday now ends 16:00 instead of 18:00; 2 instances use it\n"
        "  office-hours: runs 43 h a week instead of 45 h\n"
    )


def test_instances_that_are_gone_are_not_counted_for_certain(aws: EmbeddedAws, stack: str, tmp_path: Path) -> None:
    access = StackAccess(name=stack)
    target = Target(account=HUB, region=HOME, service=Service.EC2)
    gone = {"pk": str(target), "sk": "i-00000000000000bad", "schedule": "office-hours", "stored_state": "stopped"}
    access.state_table.put(gone)
    file = written(tmp_path, OFFICE_UNTIL_FOUR_ON_FRIDAY)

    told = answer("diff", file, "--stack", stack)
    numbers = answer_json("diff", file, "--stack", stack)["behaviour"][0]

    access.state_table.client.delete_item(
        TableName=access.state_table.name, Key={"pk": {"S": gone["pk"]}, "sk": {"S": gone["sk"]}}
    )
    assert "Friday now ends 16:00 instead of 18:00; up to 3 instances use it" in told
    assert (numbers["instances"], numbers["instances_exact"]) == (3, False)


def test_diff_ends_with_1_where_asked_and_there_are_differences(stack: str, tmp_path: Path) -> None:
    file = written(tmp_path, OFFICE_UNTIL_FOUR_ON_FRIDAY)
    assert tool("diff", file, "--stack", stack, "--exit-code").exit_code == 1
    answer("apply", file, "--stack", stack, "--yes")
    assert answer("diff", file, "--stack", stack, "--exit-code") == "No differences.\n"


def test_apply_then_export_is_the_identity_on_meaning(stack: str, tmp_path: Path) -> None:
    document = yaml.safe_load(OFFICE_UNTIL_FOUR_ON_FRIDAY) | {"calendars": [CALENDAR], "config": {"trace": "yes"}}
    file = written(tmp_path, json.dumps(document))
    assert answer("apply", file, "--prune", "--yes", "--stack", stack).endswith(f"Applied: 7 items of stack {stack}.\n")
    exported = tmp_path / "exported.yaml"
    exported.write_text(answer("export", "--stack", stack), encoding="utf-8")
    assert yaml.safe_load(exported.read_text(encoding="utf-8")) == {
        "periods": [
            {"name": "friday", "begintime": "09:00", "endtime": "16:00", "weekdays": ["fri"]},
            {"name": "office", "begintime": "09:00", "endtime": "18:00", "weekdays": ["mon-thu"]},
        ],
        "schedules": [{"name": "office-hours", "timezone": "Asia/Shanghai", "periods": ["friday", "office"]}],
        "calendars": [CALENDAR],
        "config": {"trace": True},
    }
    assert answer("diff", str(exported), "--prune", "--stack", stack) == "No differences.\n"


def test_what_the_file_lacks_stays_without_prune(stack: str, tmp_path: Path) -> None:
    file = written(tmp_path, OFFICE_UNTIL_FOUR_ON_FRIDAY)
    kept = answer_json("diff", file, "--stack", stack)["changes"]
    pruned = answer_json("diff", file, "--prune", "--stack", stack)["changes"]
    assert [change["name"] for change in kept] == ["friday", "office", "office-hours"]
    assert [(change["type"], change["name"]) for change in pruned if change["change"] == "delete"] == [
        ("period", "weekend"),
        ("schedule", "always"),
    ]


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        pytest.param("override_status: stopped", "instances are now always stopped", id="override-status"),
        pytest.param(
            "timezone: Asia/Shanghai, periods: [office], enforced: true",
            "manual starts and stops are now undone",
            id="enforced",
        ),
        pytest.param(
            "timezone: Asia/Shanghai, periods: [office, weekend@t3.large]",
            "Saturday and Sunday now run all day on t3.large instead of not at all",
            id="more-days",
        ),
        pytest.param(
            "timezone: Asia/Shanghai, periods: [office@t3.large]",
            "Monday to Friday now run 09:00 to 18:00 on t3.large instead of 09:00 to 18:00",
            id="type",
        ),
        pytest.param(
            "timezone: Europe/Berlin, periods: [office]",
            "its times now are those of Europe/Berlin instead of Asia/Shanghai",
            id="time-zone",
        ),
    ],
)
def test_each_kind_of_change_has_its_words(stack: str, tmp_path: Path, schedule: str, sentence: str) -> None:
    file = written(tmp_path, f"schedules: [{{name: office-hours, {schedule}}}]")
    told = answer_json("diff", file, "--stack", stack)["behaviour"]
    assert [(one["schedule"], one["instances"], sentence in one["sentences"]) for one in told] == [
        ("office-hours", 2, True)
    ]


def test_a_description_changes_nothing_that_instances_would_notice(stack: str, tmp_path: Path) -> None:
    file = written(tmp_path, "schedules: [{name: always, override_status: running, description: On}]")
    assert answer("diff", file, "--stack", stack) == (
        "Items\n"
        "  ~ schedule always: description On instead of nothing\n"
        "\n"
        "What instances will notice\n"
        "  nothing: every schedule behaves as before\n"
    )


def test_a_calendars_days_are_named_one_by_one(stack: str, tmp_path: Path) -> None:
    # The behaviour of the year ahead is compared, whenever that begins.
    monday = now().date() + timedelta(days=14 - now().weekday())
    tuesday = monday + timedelta(days=1)
    calendar = f"calendars: [{{name: bridge, days_off: [{monday}..{tuesday}]}}]"
    schedule = "schedules: [{name: office-hours, timezone: Asia/Shanghai, periods: [office], calendar: bridge}]"
    told = answer_json("diff", written(tmp_path, f"{calendar}\n{schedule}"), "--stack", stack)["behaviour"]
    assert told[0]["sentences"] == [
        f"Mon {monday.day} {monday:%b %Y} no longer runs (09:00 to 18:00 before)",
        f"Tue {tuesday.day} {tuesday:%b %Y} no longer runs (09:00 to 18:00 before)",
    ]


def test_without_a_terminal_nothing_is_written_unless_yes_is_said(stack: str, tmp_path: Path) -> None:
    result = tool("apply", written(tmp_path, OFFICE_UNTIL_FOUR_ON_FRIDAY), "--stack", stack)
    line = "scheduler-cli: nothing was written: there is nobody to ask; add --yes\n"
    assert (result.exit_code, result.stderr) == (2, line)
    assert "friday" not in answer("export", "--stack", stack)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        pytest.param(
            "schedules: [{name: a, periods: [nope]}]",
            1,
            "nothing was written: schedule a, periods: 'nope' refers to a period that does not exist",
            id="unknown-period",
        ),
        pytest.param("perods: []", 1, "FILE has errors: the file: 'perods' is no section", id="unknown-section"),
        pytest.param("periods: [{weekdays: mon}]", 1, "FILE has errors: item 1: it needs a type", id="no-name"),
        pytest.param(
            "periods: [{name: a, weekdays: mon}, {name: a, weekdays: tue}]",
            1,
            "FILE has errors: period a: it is there twice",
            id="twice",
        ),
        pytest.param(
            f"periods: {json.dumps([{'name': f'p{number}', 'weekdays': 'mon'} for number in range(101)])}",
            1,
            "nothing was written: 101 items change, and one transaction takes 100 at most; split the file",
            id="too-many",
        ),
    ],
)
def test_a_file_that_cannot_be_applied_is_refused_in_one_line(
    stack: str, tmp_path: Path, text: str, code: int, message: str
) -> None:
    file = written(tmp_path, text)
    result = tool("apply", file, "--stack", stack, "--yes")
    assert (result.exit_code, result.stderr.count("\n")) == (code, 1)
    assert result.stderr.replace(file, "FILE").startswith(f"scheduler-cli: {message}")


def test_a_full_transaction_of_a_hundred_items_is_written(stack: str, tmp_path: Path) -> None:
    text = json.dumps({"periods": [{"name": f"p{number}", "weekdays": "mon"} for number in range(100)]})
    assert answer("apply", written(tmp_path, text), "--stack", stack, "--yes").endswith(
        "Applied: 100 items of stack " + stack + ".\n"
    )
    assert len(answer_json("export", "--stack", stack)["periods"]) == 102


def test_a_file_that_is_not_there_is_a_bad_argument(stack: str) -> None:
    line = "scheduler-cli: missing.yaml cannot be read: No such file or directory\n"
    assert complaint("diff", "missing.yaml", "--stack", stack) == (2, line)


def test_the_config_of_a_stack_is_validated_by_the_stacks_settings(stack: str) -> None:
    access = StackAccess(name=stack)
    well = answer("validate", "--stack", stack)
    broken = {"type": "schedule", "name": "broken", "periods": {"nights"}}
    access.config_table.put(broken)
    result = tool("validate", "--stack", stack)
    access.config_table.client.delete_item(
        TableName=access.config_table.name, Key={"type": {"S": "schedule"}, "name": {"S": "broken"}}
    )

    assert well == f"stack {stack}: ok (2 schedules, 2 periods)\n"
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        1,
        f"stack {stack}: error: schedule broken, periods: 'nights' refers to a period that does not exist",
    )
