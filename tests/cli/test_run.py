"""`scheduler-cli run`, `runs` and `history` against a stack on the embedded AWS."""

import re
from collections.abc import Iterator

import pytest
from tests.cli.stack import HOME, HUB, instance_id, reached, scenario, server, started
from tests.cli.tool import answer, answer_json, complaint, tool

from scheduler_cli.following import Progress
from scheduler_cli.run_report import failed_lines
from scheduler_local.embedded import EmbeddedAws

ADHOC = re.compile(r"adhoc-\d{8}T\d{6}Z-[A-Za-z0-9_-]+")


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    fails = {"api": "ec2:StartInstances", "instance": "sick", "error": "InsufficientInstanceCapacity"}
    servers = [server("web-1"), server("web-2"), server("sick", schedule="always")]
    yield from started(scenario(*servers, faults=[fails]))


@pytest.fixture
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        yield name


def test_a_run_is_followed_to_its_end_and_found_again(aws: EmbeddedAws, stack: str) -> None:
    web = instance_id(aws, "web-1")
    told = answer("run", "--stack", stack, "--instance", web, "--wait").splitlines()
    run = told[0].removeprefix("Run ")
    assert ADHOC.fullmatch(run)
    assert told[1] == f"  {HUB}/{HOME}/ec2  started web-1 ({web}): the schedule wants it running"
    assert told[2] == f"Run {run} SUCCEEDED: 1 started"
    assert told[3].startswith(f"https://{HOME}.console.amazonaws.cn/states/home")
    assert answer("runs", "--stack", stack, "--limit", "1").endswith(f"  {run}  1 started\n")
    assert answer("runs", "show", run, "--stack", stack).splitlines() == told[1:]
    history = answer_json("history", web, "--stack", stack)
    assert [(one["run_id"], one["action"], one["status"], one["row"]) for one in history["decisions"]] == [
        (run, "start", "succeeded", "U4")
    ]
    assert f"(row U4, run {run})\n" in answer("history", web, "--stack", stack)


def test_a_dry_run_of_another_time_tells_what_would_be_done(aws: EmbeddedAws, stack: str) -> None:
    asked = ("run", "--stack", stack, "--schedule", "office-hours", "--dry-run", "--at", "2026-11-27T18:00", "--wait")
    told = answer_json(*asked)
    assert (told["status"], told["dry_run"], told["at"]) == ("SUCCEEDED", True, "2026-11-27T10:00:00Z")
    assert {(one["name"], one["action"], one["status"]) for one in told["outcomes"]} >= {("web-1", "stop", "planned")}
    assert "stop of web-1" in answer(*asked)


def test_a_failed_action_ends_with_exit_code_1(aws: EmbeddedAws, stack: str) -> None:
    sick = instance_id(aws, "sick")
    result = tool("run", "--stack", stack, "--schedule", "always", "--wait")
    assert (result.exit_code, result.stderr) == (1, "")
    assert f"start of sick ({sick}) failed: " in result.stdout
    assert "SUCCEEDED: 1 failed" in result.stdout


def test_a_run_with_nothing_to_do_says_so(stack: str) -> None:
    result = tool("run", "--stack", stack, "--service", "rds", "--wait")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].endswith(" SUCCEEDED: nothing to report")


def test_without_wait_the_run_is_named_at_once(stack: str) -> None:
    told = answer_json("run", "--stack", stack, "--service", "rds")
    assert ADHOC.fullmatch(told["run_id"])
    assert told["execution"].endswith(f":{told['run_id']}")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(("--at", "2026-11-27T18:00"), "--at needs --dry-run: a real run decides for now only", id="at"),
        pytest.param(
            ("--account", "999999999999"),
            f"accounts: '999999999999' is not accepted; the stack knows {HUB}",
            id="account",
        ),
        pytest.param(
            ("--region", "us-east-1"), f"regions: 'us-east-1' is not accepted; the stack knows {HOME}", id="region"
        ),
        pytest.param(
            ("--schedule", "nope"),
            "schedules: 'nope' is not accepted; the stack knows always, office-hours",
            id="schedule",
        ),
        pytest.param(
            ("--instance", "web 1"),
            "instances: 'web 1' is not accepted; it takes an EC2 instance id or an RDS identifier",
            id="instance",
        ),
        pytest.param(
            ("--confirm", "x", "--dry-run"),
            "confirm stands alone or with notify; it stops exactly what the named run withheld",
            id="confirm-alone",
        ),
    ],
)
def test_what_the_run_would_refuse_is_refused_before_it_starts(
    stack: str, options: tuple[str, ...], message: str
) -> None:
    assert complaint("run", "--stack", stack, *options) == (2, f"scheduler-cli: {message}\n")


def test_a_run_that_fails_tells_why_and_ends_with_1(stack: str) -> None:
    result = tool("run", "--stack", stack, "--confirm", "nobody", "--wait")
    assert result.exit_code == 1
    assert "FAILED: confirm: no run 'nobody' of the last 35 days has decided anything." in result.stdout


def test_unknown_runs_and_instances_are_bad_arguments(stack: str) -> None:
    assert complaint("runs", "show", "nobody", "--stack", stack) == (
        2,
        f"scheduler-cli: stack {stack} knows no run 'nobody'; `scheduler-cli runs` lists those that did something\n",
    )
    code, line = complaint("history", "i-0", "--stack", stack)
    assert (code, line.count("\n")) == (2, 1)
    assert line.startswith("scheduler-cli: no run of the last 35 days decided anything about 'i-0'")


def test_a_region_that_hides_the_stack_is_explained(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-northwest-1")
    code, line = complaint("run", "--stack", stack, "--region", HOME)
    assert (code, line.endswith("; --stack-region says where the stack is\n")) == (2, True)


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        pytest.param("", (), id="none"),
        pytest.param('{"due": 0}', (), id="nothing-due"),
        pytest.param(
            '{"message": "p\\n\\nFAILED\\n  a: b\\n  c: d\\n\\nSTARTED\\n  e"}', ("a: b", "c: d"), id="failed"
        ),
    ],
)
def test_what_failed_as_a_whole_is_read_from_the_mail(output: str, lines: tuple[str, ...]) -> None:
    assert failed_lines(output) == lines


def test_progress_counts_states_and_shards() -> None:
    progress = Progress()
    entered = [{"id": 1, "type": "ExecutionStarted"}, _entered(2, "PlanRun"), _entered(3, "EvaluateTargets")]
    begun = {"id": 4, "type": "MapStateStarted", "mapStateStartedEventDetails": {"length": 3}}
    done = {"id": 6, "type": "MapIterationSucceeded", "mapIterationSucceededEventDetails": {"name": "EvaluateTargets"}}
    progress.take([*entered, begun, _entered(5, "Evaluate"), done])
    assert str(progress) == "PlanRun › EvaluateTargets, 1 of 3 shards"
    progress.take([{"id": 7, "type": "MapStateExited"}, _entered(8, "GatherActions"), _entered(9, "ApplyActions")])
    assert (str(progress), progress.is_acting, progress.last_event) == (
        "… › EvaluateTargets, 1 of 3 shards › GatherActions › ApplyActions",
        True,
        9,
    )


def _entered(number: int, name: str) -> dict[str, object]:
    kind = "MapStateEntered" if name in ("EvaluateTargets", "ApplyActions") else "TaskStateEntered"
    return {"id": number, "type": kind, "stateEnteredEventDetails": {"name": name}}
