"""`scheduler-cli override`: one instance held, whatever its schedule says, against a stack on the embedded AWS."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.cli.stack import HOME, HUB, instance_id, reached, scenario, server, started
from tests.cli.tool import answer, answer_json, complaint

from instance_scheduler.instants import parse_instant
from scheduler_cli.stack_access import StackAccess
from scheduler_local.embedded import EmbeddedAws

EC2 = f"{HUB}/{HOME}/ec2"


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    tagged = {"Schedule": "always", "ScheduleOverride": "stopped"}
    yield from started(scenario(server("web", "running", "always"), server("tagged", tags=tagged)))


@pytest.fixture
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        answer("run", "--stack", name, "--wait")
        yield name


def test_an_override_holds_until_it_is_cleared(aws: EmbeddedAws, stack: str) -> None:
    web = instance_id(aws, "web")
    told = answer("override", web, "--stopped", "--stack", stack)
    assert (
        told == f"web ({web}) in {EC2} is held stopped until the override is cleared; the next tick carries it out.\n"
    )
    assert f"stopped web ({web})" in answer("run", "--stack", stack, "--instance", web, "--wait")
    cleared = answer("override", web, "--clear", "--stack", stack)
    assert cleared == f"web ({web}) in {EC2}: the override is cleared; the next tick follows its schedule again.\n"
    assert f"started web ({web})" in answer("run", "--stack", stack, "--instance", web, "--wait")
    line = f"scheduler-cli: {web} has no override in the state table\n"
    assert complaint("override", web, "--clear", "--stack", stack) == (1, line)


def test_its_target_is_due_with_the_next_tick(aws: EmbeddedAws, stack: str) -> None:
    answer("override", instance_id(aws, "web"), "--running", "--stack", stack)
    records = StackAccess(name=stack).state.targets()
    due = {str(target): record.next_due for target, record in records.items()}[EC2]
    assert due is not None
    assert due <= datetime.now(UTC)


def test_an_end_is_given_as_a_length_or_a_time(aws: EmbeddedAws, stack: str) -> None:
    web = instance_id(aws, "web")
    told = answer_json("override", web, "--running", "--for", "1d2h30m", "--stack", stack)["override"]
    state, _, end = told.partition("@")
    ahead = parse_instant(end) - datetime.now(UTC)
    assert (state, timedelta(hours=26) < ahead <= timedelta(hours=26, minutes=30)) == ("running", True)
    told = answer_json("override", web, "--stopped", "--until", "2050-01-01T08:00", "--stack", stack)
    assert told == {
        "instance": web,
        "target": EC2,
        "override": "stopped@2050-01-01T00:00:00Z",
        "override_tag": None,
    }


def test_it_says_when_a_tag_wins(aws: EmbeddedAws, stack: str) -> None:
    tagged = instance_id(aws, "tagged")
    told = answer("override", tagged, "--running", "--stack", stack).splitlines()
    assert told[1] == "But its tag ScheduleOverride says 'stopped', and a tag wins."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param((), "give one of --running, --stopped and --clear", id="nothing"),
        pytest.param(("--running", "--clear"), "give one of --running, --stopped and --clear", id="both"),
        pytest.param(("--clear", "--for", "3h"), "--clear takes neither --until nor --for", id="clear-with-an-end"),
        pytest.param(
            ("--running", "--for", "3h", "--until", "2050-01-01T08:00"),
            "give --until or --for, not both",
            id="two-ends",
        ),
        pytest.param(
            ("--running", "--until", "2020-01-01T00:00Z"), "--until: 2020-01-01T00:00:00Z is over already", id="over"
        ),
        pytest.param(
            ("--running", "--until", "noon"),
            "--until: 'noon' is no instant; write 2026-11-23T09:00, which is taken in the stack's zone, or"
            " 2026-11-23T01:00:00Z",
            id="no-instant",
        ),
    ],
)
def test_a_bad_argument_is_one_line(stack: str, options: tuple[str, ...], message: str) -> None:
    assert complaint("override", "i-0", *options, "--stack", stack) == (2, f"scheduler-cli: {message}\n")


def test_a_length_without_a_unit_and_an_unknown_instance_are_refused(stack: str) -> None:
    code, line = complaint("override", "i-0", "--running", "--for", "3", "--stack", stack)
    assert (code, line.endswith("'3' is no length of time; write 3h, 90m, 2d or 1h30m\n")) == (2, True)
    code, line = complaint("override", "i-0", "--running", "--stack", stack)
    assert (code, line.startswith(f"scheduler-cli: stack {stack} knows no instance 'i-0'")) == (2, True)
