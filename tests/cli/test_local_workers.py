"""Functions in worker processes: what comes back, what is captured, and what happens when one fails, hangs or dies."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scheduler_local.deploy import FunctionSource
from scheduler_local.recorder import Recorder
from scheduler_local.workers import ENVIRONMENTS_PER_FUNCTION, Workers, template_for_a_fork

CODE = """
import os, sys, threading, time
import shelf

STARTED = time.monotonic()

def handler(event, context):
    print("working on", event.get("do"))
    match event.get("do"):
        case "echo":
            return {"event": event, "shelf": shelf.NAME}
        case "describe":
            return {
                "name": context.function_name,
                "arn": context.invoked_function_arn,
                "memory": context.memory_limit_in_mb,
                "left": context.get_remaining_time_in_millis(),
                "variables": {key: os.environ.get(key) for key in ("STAGE", "HOME", "PYTHONPATH")},
                "path": sys.path[:2],
            }
        case "raise":
            raise ValueError("no such shelf")
        case "exit":
            sys.exit(3)
        case "set":
            return {1, 2}
        case "sleep":
            before = context.get_remaining_time_in_millis()
            time.sleep(event["seconds"])
            return before - context.get_remaining_time_in_millis()
        case "hang":
            threading.Event().wait(event["seconds"])
        case "parent":
            return os.getppid()
    return os.getpid()
"""

OF_THE_CORE = "from instance_scheduler import plan\nhandler = lambda event, context: plan.NAME"
CORES = ("core of one layer", "core of another")
"""Layers of two functions with one and the same code."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("code")
    for name, code in (("good", CODE), ("bad_import", "import nowhere"), ("bad_start", "raise RuntimeError('early')")):
        (root / name).mkdir()
        (root / name / "app.py").write_text(code)
    (root / "layer").mkdir()
    (root / "layer" / "shelf.py").write_text("NAME = 'layer'")
    (root / "core").mkdir()
    (root / "core" / "app.py").write_text(OF_THE_CORE)
    for name in CORES:
        (root / name / "instance_scheduler").mkdir(parents=True)
        (root / name / "instance_scheduler" / "plan.py").write_text(f"NAME = {name!r}")
    return root


@pytest.fixture(scope="module")
def workers(folder: Path) -> Iterator[Workers]:
    started = serving(folder)
    yield started
    started.close()


def serving(folder: Path) -> Workers:
    """Workers that serve the folder's functions."""
    started = Workers(recorder=Recorder())
    started.start()
    functions = {
        name: FunctionSource(
            name=name,
            folder=folder / code,
            layers=(folder / layer,),
            handler="app.handler",
            environment={"STAGE": "test"},
            timeout=seconds,
            memory=512,
            role_arn="arn:aws-cn:iam::111122223333:role/none",
            arn=f"arn:aws-cn:lambda:cn-north-1:111122223333:function:{name}",
        )
        for name, code, layer, seconds in (
            ("good", "good", "layer", 20.0),
            ("slow", "good", "layer", 0.3),
            ("bad-import", "bad_import", "layer", 20.0),
            ("bad-start", "bad_start", "layer", 20.0),
            *((name, "core", name, 20.0) for name in CORES),
        )
    }
    started.serve(functions, lambda function, number: dict(function.environment))
    return started


def call(workers: Workers, name: str, **event: Any) -> tuple[bool, Any]:
    """Whether the invocation failed, and its result."""
    failed, result, _ = workers.invoke(name, json.dumps(event))
    return failed, json.loads(result)


def test_a_handler_answers_with_the_layer_on_its_path(workers: Workers) -> None:
    assert call(workers, "good", do="echo") == (False, {"event": {"do": "echo"}, "shelf": "layer"})


def test_a_core_that_is_shared_is_that_of_the_functions_own_layer(workers: Workers) -> None:
    assert [call(workers, name) for name in CORES] == [(False, name) for name in CORES]


def test_a_template_forked_for_another_process_serves_it_and_the_first_goes_on(
    workers: Workers, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first = call(workers, "good", do="parent")
    with template_for_a_fork() as use_template, monkeypatch.context() as forked:
        forked.setattr("scheduler_local.workers._templates", [])
        use_template()
        with closing(serving(folder)) as others:
            assert call(others, "good", do="echo")[1]["shelf"] == "layer"
            _, second = call(others, "good", do="parent")
    assert first != second
    assert call(workers, "good", do="parent") == (False, first)


def test_a_handler_sees_what_lambda_shows_it_and_nothing_of_this_process(workers: Workers, folder: Path) -> None:
    _, seen = call(workers, "good", do="describe")
    assert seen["name"] == "good"
    assert seen["arn"].endswith(":function:good")
    assert seen["memory"] == "512"
    assert 15_000 < seen["left"] <= 20_000
    assert seen["variables"] == {"STAGE": "test", "HOME": None, "PYTHONPATH": None}
    assert seen["path"] == [str(folder / "good"), str(folder / "layer")]


def test_what_a_handler_prints_is_captured_for_its_invocation(workers: Workers) -> None:
    workers.invoke("good", '{"do": "echo"}')
    _, _, lines = workers.invoke("good", '{"do": "other"}')
    assert lines == ("working on other",)


@pytest.mark.parametrize(
    ("name", "event", "kind", "message"),
    [
        pytest.param("good", {"do": "raise"}, "ValueError", "no such shelf", id="exception"),
        pytest.param("good", {"do": "exit"}, "Runtime.ExitError", "Runtime exited", id="exit"),
        pytest.param("good", {"do": "set"}, "Runtime.MarshalError", "Unable to marshal response", id="no JSON"),
        pytest.param("slow", {"do": "hang", "seconds": 5}, "Sandbox.Timedout", "timed out after 0.30", id="time-out"),
        pytest.param("slow", {"do": "sleep", "seconds": 5}, "Sandbox.Timedout", "timed out after 0.30", id="overslept"),
        pytest.param("bad-import", {}, "Runtime.ImportModuleError", "Unable to import module 'app'", id="bad import"),
        pytest.param("bad-start", {}, "RuntimeError", "early", id="error at import"),
    ],
)
def test_a_failure_comes_back_as_lambda_words_it(
    workers: Workers, name: str, event: dict[str, Any], kind: str, message: str
) -> None:
    failed, error = call(workers, name, **event)
    assert failed
    assert error["errorType"] == kind
    assert message in error["errorMessage"]


def test_a_sleep_is_short_and_counts_whole_for_the_time_that_is_left(workers: Workers) -> None:
    began = time.monotonic()
    failed, counted = call(workers, "good", do="sleep", seconds=15)
    assert (failed, 15_000 <= counted < 16_000) == (False, True)
    assert time.monotonic() - began < 5


def test_an_environment_is_kept_for_the_next_invocation(workers: Workers) -> None:
    assert call(workers, "good", do="pid") == call(workers, "good", do="pid")


def test_after_a_death_the_next_invocation_gets_a_new_environment(workers: Workers) -> None:
    _, first = call(workers, "good", do="pid")
    call(workers, "good", do="exit")
    failed, second = call(workers, "good", do="pid")
    assert not failed
    assert second != first


def test_a_killed_environment_ends_its_invocation_at_once(workers: Workers) -> None:
    with ThreadPoolExecutor() as threads:
        running = threads.submit(call, workers, "good", do="hang", seconds=15)
        time.sleep(0.3)
        began = time.monotonic()
        workers.kill(workers.busy("good")[0])
        failed, error = running.result()
    assert failed
    assert error["errorType"] == "Runtime.ExitError"
    assert time.monotonic() - began < 5


def test_invocations_at_once_run_in_environments_of_their_own_up_to_the_limit(workers: Workers) -> None:
    invocations = ENVIRONMENTS_PER_FUNCTION + 2
    with ThreadPoolExecutor(invocations) as threads:
        answers = list(threads.map(lambda _: call(workers, "good", do="hang", seconds=0.3)[1], range(invocations)))
    assert len(set(answers)) == ENVIRONMENTS_PER_FUNCTION
