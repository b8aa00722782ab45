"""The shell commands of the pages run as they stand, page by page, against a stack on the embedded AWS."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.cli.stack import HOME, HUB, MORNING, reached, scenario, server, started
from tests.docs.forked import forking, write_client
from tests.docs.pages import ROOT, blocks, name_of

from instance_scheduler.samples import sample_items
from scheduler_cli.stack_access import StackAccess
from scheduler_local.embedded import EmbeddedAws

NOT_EXECUTED: Mapping[str, str] = {
    "make": "its targets are checked against the Makefile, and run by whoever runs these tests",
    "sam": "it deploys to AWS; the templates are linted, translated and deployed to the embedded AWS by other tests",
    "pipx": "the wheel is installed into an empty environment by tests/cli/test_wheel.py",
    "aws cloudformation deploy": "an operation of the AWS CLI alone; its options are checked",
    "aws configure": "it asks a person",
    "aws cloudformation create-stack-set": "moto's StackSets know no service-managed permissions",
    "aws cloudformation create-stack-instances": "as create-stack-set",
    "aws cloudformation delete-stack": "it would take away what the others run on",
    "aws sts get-caller-identity": "the credentials of the tests are no users",
}
"""The commands that are not called, and why."""
SHORTENED: Mapping[str, str] = {
    "--until 2026-11-23T23:55:00Z": "--until 2026-11-23T00:10:00Z",
    "--until 2026-11-24T00:00:00Z --every 30m": "--until 2026-11-23T01:00:00Z --every 30m",
    "--until 2026-11-30T00:00:00Z": "--until 2026-11-23T00:10:00Z",
    "--until 2026-11-23T16:00:00Z --every 3h": "--until 2026-11-22T19:00:00Z --every 3h",
    "--until 2026-12-22T16:00:00Z --every 3h": "--until 2026-11-22T19:00:00Z --every 3h",
    "examples/fleet/fleet.yaml --config examples/fleet/proposed.yaml": (
        "examples/first/scenario.yaml --config examples/first/schedules.yaml"
    ),
}
"""What takes minutes is cut down to its first runs; the whole of it is played by the tests of local runs."""
TRANSLATIONS = frozenset({ROOT / "README.zh-CN.md"})
PAGES = sorted({block.page for block in blocks("sh")})
ORDERS = {"name": "orders", "state": "stopped", "stored_state": "stopped", "tags": {"Schedule": "office-hours"}}
FOREIGN = {"type": "period", "name": "theirs", "weekdays": {"mon-fri"}}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    estate = {HUB: {HOME: {"ec2": [server("web-1")], "rds": [ORDERS]}}}
    yield from started(scenario(accounts=estate))


@pytest.fixture(scope="module")
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        access = StackAccess(name=name)
        for item in sample_items():
            access.config_table.put_new(item, "name")
        access.config_table.client.create_table(
            TableName="instance-scheduler-ConfigTable-1ABC",
            KeySchema=[{"AttributeName": "type", "KeyType": "HASH"}, {"AttributeName": "name", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("type", "name")],
            BillingMode="PAY_PER_REQUEST",
        )
        type(access.config_table)(access.config_table.client, "instance-scheduler-ConfigTable-1ABC").put(FOREIGN)
        aws.run(MORNING, {})
        yield name


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with forking(tmp_path_factory.mktemp("forks")) as place:
        yield place


@pytest.fixture
def place(tmp_path: Path, forks: Path) -> Path:
    """A directory that looks like a clone, with the commands that the pages call."""
    for name in ("examples", "docs", "spoke", "template.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "examples" / "first" / "schedules.yaml", tmp_path)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    write_client(programs / "scheduler-cli", forks, "scheduler-cli")
    write_client(programs / "aws", forks, str(ROOT / "tests" / "docs" / "aws_shim.py"))
    (programs / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    for name in ("make", "sam", "pipx"):
        (programs / name).write_text("#!/bin/sh\n", encoding="utf-8")
    for name in programs.iterdir():
        name.chmod(0o755)
    return tmp_path


def script(page: Path, aws: EmbeddedAws) -> str:
    """The commands of a page, with the names that this estate has for things; a translation's are those that are its own."""
    known = {
        without_comments(block.text)
        for block in blocks("sh")
        if page in TRANSLATIONS and block.page == ROOT / "README.md"
    }
    text = "\n".join(
        block.text for block in blocks("sh") if block.page == page and without_comments(block.text) not in known
    )
    text = re.sub(r"\\\n\s*", " ", text)
    for long, short in SHORTENED.items():
        text = text.replace(long, short)
    skipped = "|".join(re.escape(command) for command in NOT_EXECUTED if " " in command)
    text = re.sub(rf"^(?:{skipped})\b.*$", ":", text, flags=re.MULTILINE)
    instance = next(standing.id for standing in aws.instances() if standing.name == "web-1")
    return text.replace("i-0123456789abcdef0", instance).replace("--stack prod", "--stack instance-scheduler")


def without_comments(text: str) -> str:
    """Commands without what is said beside them."""
    return re.sub(r"\s+# .*$", "", text, flags=re.MULTILINE)


def environment(place: Path) -> dict[str, str]:
    """That of the caller, with the profiles that the pages name."""
    profile = {name: os.environ[f"AWS_{name.upper()}"] for name in ("access_key_id", "secret_access_key")}
    lines = [line for name in ("cn-hub", "cn-member") for line in (f"[{name}]", *_pairs(profile), "")]
    (place / "credentials").write_text("\n".join(lines), encoding="utf-8")
    return os.environ | {
        "PATH": f"{place / '.venv' / 'bin'}:/usr/bin:/bin",
        "AWS_SHARED_CREDENTIALS_FILE": str(place / "credentials"),
        "NO_COLOR": "1",
    }


def _pairs(profile: Mapping[str, str]) -> Iterator[str]:
    for name, value in profile.items():
        yield f"aws_{name} = {value}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_commands_of_a_page_run_one_after_another(aws: EmbeddedAws, stack: str, place: Path, page: Path) -> None:
    guarded = f"set -eu\ntrap 'echo \"failed: $BASH_COMMAND\" >&2' ERR\n{script(page, aws)}\n"

    told = subprocess.run(
        ["bash", "-c", guarded],
        cwd=place,
        env=environment(place),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert told.returncode == 0, told.stderr[-2000:]


def test_every_reason_for_not_executing_a_command_is_still_needed() -> None:
    shown = "\n".join(block.text for block in blocks("sh")).replace(".venv/bin/", "")

    assert [command for command in NOT_EXECUTED if not re.search(rf"^\s*{command}\b", shown, re.MULTILINE)] == []


def test_every_shortened_command_is_still_there() -> None:
    shown = "\n".join(re.sub(r"\\\n\s*", " ", block.text) for block in blocks("sh"))

    assert [long for long in SHORTENED if long not in shown] == []
