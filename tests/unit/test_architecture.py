"""Imports go one way: functions and cli → instance_scheduler.aws → instance_scheduler; the core is pure, handlers are thin."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers/scheduler/instance_scheduler"
CORE = sorted(PACKAGE.glob("*.py"))
SHELL = sorted((PACKAGE / "aws").glob("*.py"))
HANDLERS = sorted((ROOT / "functions").glob("*/app.py"))
FUNCTIONS = {
    "plan_run",
    "evaluate_ec2",
    "evaluate_rds",
    "gather_actions",
    "start_stop_ec2",
    "start_stop_rds",
    "resize",
    "summarize_run",
    "configure",
}
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "monotonic"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "sleep"),
}
IMPURE = {
    "boto3",
    "botocore",
    "time",
    "os",
    "random",
    "socket",
    "subprocess",
    "urllib",
    "logging",
    "requests",
    "threading",
}


def name_of(path):
    return str(path.relative_to(ROOT))


@cache
def tree_of(path):
    return ast.parse(path.read_text())


@cache
def imports_of(path):
    """Name every module that a file imports, wherever in it, and `package.name` for each `from package import name`."""
    names = set()
    for node in ast.walk(tree_of(path)):
        names |= {alias.name for alias in getattr(node, "names", ())} if isinstance(node, ast.Import) else set()
        names |= (
            {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            if isinstance(node, ast.ImportFrom)
            else set()
        )
    return names


def roots_of(path):
    return {name.partition(".")[0] for name in imports_of(path)}


@cache
def calls_of(path):
    """Name the attribute calls of a file as (object, attribute): `datetime.now()` and `datetime.datetime.now()` alike."""
    calls = [
        node.func
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return {(_last_word(func.value), func.attr) for func in calls}


def _last_word(node):
    return getattr(node, "id", None) or getattr(node, "attr", None)


@pytest.mark.parametrize("path", CORE, ids=name_of)
class TestTheCore:
    def test_imports_nothing_that_reaches_outside(self, path):
        allowed = {"observability.py": {"aws_lambda_powertools", "logging"}}.get(path.name, set())

        assert (IMPURE & roots_of(path)) - allowed == set()

    def test_does_not_import_the_shell(self, path):
        assert [name for name in imports_of(path) if name.startswith("instance_scheduler.aws")] == []

    def test_reads_no_clock(self, path):
        assert calls_of(path) & CLOCKS == set()

    def test_never_logs(self, path):
        assert [name for name in imports_of(path) if "observability" in name or "logging" in name.split(".")] == []

    def test_imports_relations_of_its_own_kind_only(self, path):
        strangers = roots_of(path) - {"instance_scheduler", "dateutil", "pytz", "aws_lambda_powertools"}

        assert strangers <= set(sys.stdlib_module_names)

    def test_leaves_pytz_to_one_module(self, path):
        assert ("pytz" in roots_of(path)) <= (path.name == "timezones.py")


@pytest.mark.parametrize("path", SHELL, ids=name_of)
class TestTheShell:
    def test_imports_neither_functions_nor_the_operators_tool(self, path):
        assert (
            roots_of(path) & {"functions", "scheduler_cli", "scheduler_local", "app", "click", "rich", "yaml"} == set()
        )

    def test_reads_the_wall_clock_for_credentials_alone(self, path):
        clocks = calls_of(path) & {clock for clock in CLOCKS if clock[0] != "time"}

        assert clocks == ({("datetime", "now")} if path.name == "session.py" else set())

    def test_reads_the_environment_in_one_place(self, path):
        assert ("os" in roots_of(path)) <= (path.name == "stack.py")

    def test_leaves_pytz_to_the_core(self, path):
        assert "pytz" not in roots_of(path)


def test_there_is_a_handler_for_every_function_of_the_design():
    assert {path.parent.name for path in HANDLERS} == FUNCTIONS


@pytest.mark.parametrize("path", HANDLERS, ids=name_of)
class TestAHandler:
    def test_has_at_most_forty_lines(self, path):
        assert len(path.read_text().splitlines()) <= 40

    def test_has_no_try(self, path):
        assert [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Try | ast.TryStar)] == []

    def test_reads_no_environment(self, path):
        assert roots_of(path) & {"os", "boto3", "botocore"} == set()

    def test_imports_the_package_alone(self, path):
        strangers = roots_of(path) - {"instance_scheduler"}

        assert strangers <= {"typing", "collections"}

    def test_is_named_as_the_template_has_it(self, path):
        functions = [node.name for node in tree_of(path).body if isinstance(node, ast.FunctionDef)]

        assert functions == ["handler"]


@pytest.mark.parametrize("path", [*CORE, *SHELL], ids=name_of)
def test_a_module_says_in_its_first_line_what_it_is_for(path):
    assert ast.get_docstring(tree_of(path))


@pytest.mark.parametrize("path", [*CORE, *SHELL], ids=name_of)
def test_no_module_is_a_drawer_for_everything(path):
    assert path.stem not in {"utils", "util", "helpers", "common", "base", "misc", "manager"}


def test_the_checks_see_what_they_look_for(tmp_path):
    path = tmp_path / "impure.py"
    path.write_text(
        "import os.path\nfrom datetime import datetime\nimport datetime as d\nd.datetime.now()\ndatetime.now()\n"
    )

    assert "os" in roots_of(path)
    assert ("datetime", "now") in calls_of(path)
