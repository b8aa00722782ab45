"""`scheduler-cli local run` from outside: exit codes, one JSON object a run, errors in one line, nothing left running."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scheduler_cli.main import main

ROOT = Path(__file__).parents[2]
SMALL = Path(__file__).parent / "scenarios" / "small.yaml"
MORNING = "2026-11-23T01:00:00Z"
COMMAND = [sys.executable, "-c", "from scheduler_cli.main import main; main()", "local", "run"]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT}/layers/scheduler:{ROOT}/cli"}


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Play runs in a process of their own."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, env=ENVIRONMENT, timeout=120, check=False
    )


def invoke(*arguments: str) -> Result:
    """Call the command in this process, for arguments that it refuses before it starts anything."""
    return CliRunner().invoke(main, ["local", "run", *arguments])


@pytest.fixture(scope="module")
def played() -> "subprocess.CompletedProcess[str]":
    """A dry look, the real run, the same moment again, an input that fails, and the evening."""
    inputs = ('{"dry_run": true}', "{}", "{}", '{"acounts": []}', "{}")
    moments = ("2026-11-23T01:00:00Z",) * 4 + ("2026-11-23T10:00:00Z",)
    arguments = [part for at, text in zip(moments, inputs, strict=True) for part in ("--at", at, "--input", text)]
    return run(str(SMALL), "--json", *arguments)


@pytest.fixture(scope="module")
def runs(played: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    return [json.loads(line) for line in played.stdout.splitlines()]


def states(result: dict[str, Any]) -> dict[str, str]:
    """The state of each instance after a run."""
    return {instance["name"]: instance["state"] for instance in result["instances"]}


def test_each_run_is_one_line_of_json_with_the_members_of_the_contract(runs: list[dict[str, Any]]) -> None:
    assert [result["at"] for result in runs] == [MORNING] * 4 + ["2026-11-23T10:00:00Z"]
    assert list(runs[0]) == ["run_id", "at", "status", "outcomes", "instances", "summary", "notification", "cost"]
    assert list(runs[1]["outcomes"][0]) == ["account", "region", "service", "name", "action", "status", "reason"]
    assert list(runs[1]["instances"][0]) == ["account", "region", "service", "name", "state", "type"]
    assert list(runs[1]["cost"]) == [
        "state_transitions",
        "lambda_invocations",
        "api_calls",
        "history_events",
        "largest_payload_bytes",
    ]


def test_one_execution_that_fails_makes_the_exit_code_1(
    played: "subprocess.CompletedProcess[str]", runs: list[dict[str, Any]]
) -> None:
    assert [result["status"] for result in runs] == ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert played.returncode == 1
    assert played.stderr == ""


def test_a_dry_run_lists_what_it_would_do_and_changes_nothing(runs: list[dict[str, Any]]) -> None:
    assert {(outcome["name"], outcome["action"], outcome["status"]) for outcome in runs[0]["outcomes"]} == {
        ("web-1", "start", "planned"),
        ("orders", "start", "planned"),
        ("far", "start", "planned"),
    }
    assert states(runs[0]) == {"web-1": "stopped", "orders": "stopped", "far": "stopped", "other": "running"}


def test_a_run_starts_what_its_schedule_wants_in_both_accounts(runs: list[dict[str, Any]]) -> None:
    assert states(runs[1]) == {"web-1": "running", "orders": "available", "far": "running", "other": "running"}
    assert {outcome["status"] for outcome in runs[1]["outcomes"]} == {"succeeded"}
    assert runs[1]["notification"]["subject"]
    assert "far" in runs[1]["notification"]["message"]


def test_the_same_moment_again_changes_nothing(runs: list[dict[str, Any]]) -> None:
    assert runs[2]["outcomes"] == []
    assert runs[2]["instances"] == runs[1]["instances"]
    assert runs[2]["notification"] is None


def test_the_evening_stops_them_again(runs: list[dict[str, Any]]) -> None:
    assert states(runs[4]) == {"web-1": "stopped", "orders": "stopped", "far": "stopped", "other": "running"}


def test_the_cost_counts_what_the_workers_called(runs: list[dict[str, Any]]) -> None:
    cost = runs[1]["cost"]
    assert cost["api_calls"]["ec2:StartInstances"] == 2
    assert cost["api_calls"]["rds:StartDBInstance"] == 1
    assert "lambda:Invoke" not in cost["api_calls"]
    assert "sns:Publish" not in cost["api_calls"]
    assert cost["lambda_invocations"] < cost["state_transitions"] < cost["history_events"]
    assert 0 < cost["largest_payload_bytes"] < 262_144


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["missing.yaml", "--at", MORNING], "missing.yaml: No such file", id="no file"),
        pytest.param([str(SMALL), "--at", "soon"], "'soon' is not an instant", id="no instant"),
        pytest.param([str(SMALL), "--at", "2026-11-23T01:00:00"], "has no offset", id="no offset"),
        pytest.param([str(SMALL), "--at", MORNING, "--input", "{"], "--input is not JSON", id="no JSON"),
        pytest.param([str(SMALL), "--at", MORNING, "--input", "[]"], "not a JSON object", id="no object"),
        pytest.param(
            [str(SMALL), "--at", MORNING, "--input", "{}", "--input", "{}"],
            "given 2 times for 1 runs",
            id="too many inputs",
        ),
        pytest.param(
            [str(SMALL), "--at", "2026-11-23T02:00:00Z", "--at", MORNING],
            "only a dry run may go back",
            id="back in time",
        ),
        pytest.param(
            [str(SMALL), "--at", MORNING, "--until", "2026-11-22T00:00:00Z"], "--until lies before --at", id="until"
        ),
        pytest.param([str(SMALL), "--at", MORNING, "--every", "soon"], "not an interval such as 5m", id="every"),
        pytest.param([str(SMALL)], "Missing option '--at'", id="no --at"),
    ],
)
def test_a_bad_argument_is_told_and_ends_with_exit_code_2(arguments: list[str], complaint: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert complaint in result.output
    assert "Traceback" not in result.output


def test_a_wrong_key_in_the_scenario_is_refused_with_its_path_and_exit_code_2(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SMALL.read_text().replace("state: running", "sate: running"))
    result = invoke(str(wrong), "--at", MORNING)
    assert result.exit_code == 2
    assert "wrong.yaml: accounts.111122223333.cn-north-1.ec2[1]" in result.output
    assert "'sate' is not known; did you mean 'state'?" in result.output
    assert len(result.output.splitlines()) == 1


def test_a_region_of_another_partition_is_refused_with_exit_code_2(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SMALL.read_text().replace("cn-northwest-1:", "us-east-1:"))
    result = run(str(wrong), "--at", MORNING)
    assert result.returncode == 2
    assert "us-east-1 is not a region of the partition aws-cn" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def children_of(process: int) -> list[int]:
    """The processes that a process started, and theirs."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, listed.splitlines())}
    mine = [child for child, parent in parents.items() if parent == process]
    return mine + [grandchild for child in mine for grandchild in children_of(child)]


def comes_true(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition comes to hold within the time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


def is_running(process: int) -> bool:
    """Whether a process exists and is not merely waiting to be forgotten."""
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes through /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill"])
def test_nothing_is_left_running_however_it_ends(how: signal.Signals) -> None:
    # Whatever runs the tests in the background may have had the signal ignored, for its children too.
    python, flag, program, *words = COMMAND
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    process = subprocess.Popen(
        [
            python,
            flag,
            heeds + program,
            *words,
            str(SMALL),
            "--json",
            "--at",
            MORNING,
            "--until",
            "2026-12-23T00:00:00Z",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        started = children_of(process.pid)
        process.send_signal(how)
        process.wait(timeout=120)
    assert len(started) >= 2
    assert comes_true(lambda: not any(map(is_running, started)), 60)
