"""The CLI alone: a wheel in an empty environment, with what it requires and nothing else."""

import json
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "cli", "layers/scheduler")
CASE = {
    "schedule": {"periods": ["day"]},
    "periods": {"day": {"begintime": "09:00", "endtime": "18:00"}},
    "at": "2026-11-23T10:00Z",
}


def required(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    """A distribution and all that it requires, extras left out; what another platform requires is not installed."""
    try:
        found.setdefault(name, distribution(name))
    except ModuleNotFoundError:
        return found
    for line in distribution(name).requires or ():
        requirement, _, marker = line.partition(";")
        word = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0].lower()
        if "extra" not in marker and word not in found:
            required(word, found)
    return found


def link(found: Distribution, folder: Path) -> None:
    """Make a distribution importable from a folder."""
    tops = {file.parts[0] for file in found.files or () if not file.parts[0].startswith((".", "_pytest"))}
    for top in tops - {"bin", "__pycache__"}:
        if not (folder / top).exists():
            (folder / top).symlink_to(Path(str(found.locate_file(top))))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        place = source / name
        place.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, place)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(source / "dist"), str(source)], check=True, capture_output=True)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that holds the wheel and its requirements; no extra, and nothing of this repository."""
    place = tmp_path_factory.mktemp("empty")
    venv.create(place, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, capture_output=True)
    (packages,) = place.glob("lib/python*/site-packages")
    for name, found in required("instance-scheduler-stepfunctions", {}).items():
        if name != "instance-scheduler-stepfunctions":
            link(found, packages)
    return place


def call(environment: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(environment / "bin" / "scheduler-cli"), *arguments]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        cwd=environment,
        env={"PATH": "/usr/bin:/bin"},
        check=False,
    )


def test_help_is_shown(environment: Path) -> None:
    told = call(environment, "--help")

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("Usage: scheduler-cli")


def test_the_version_is_that_of_the_wheel(environment: Path, wheel: Path) -> None:
    assert call(environment, "--version").stdout.split()[-1] == wheel.name.split("-")[1]


def test_schedules_are_evaluated(environment: Path) -> None:
    told = call(environment, "evaluate", stdin=json.dumps(CASE))

    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout) == {"desired_state": "running", "desired_type": None, "period": "day"}


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("schema",), id="schema"),
        pytest.param(("expression", "mon#1", "--year", "2026"), id="expression"),
        pytest.param(("local", "--help"), id="help of local"),
    ],
)
def test_what_needs_no_extra_works(environment: Path, arguments: tuple[str, ...]) -> None:
    told = call(environment, *arguments)

    assert (told.returncode, told.stderr) == (0, "")


def test_without_a_clone_there_is_nothing_to_play(environment: Path, tmp_path: Path) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    code = f"import sys; sys.path[:0] = [{str(packages)!r}]; from scheduler_cli.main import main; main()"
    # The interpreter of the tests has the extra; the packages are those of the wheel.
    told = subprocess.run(
        [sys.executable, "-P", "-c", code, "local", "demo"], capture_output=True, text=True, cwd=tmp_path, check=False
    )

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == (
        "scheduler-cli: template, state machine and handlers stand in a clone of the project, and this installation is none;"
        " call make demo in one\n"
    )


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        pytest.param(("local", "demo"), "local", id="local demo"),
        pytest.param(("local", "run", "any.yaml", "--at", "2026-11-23T01:00:00Z"), "local", id="local run"),
        pytest.param(("calendar", "import", "CN", "--years", "2026"), "calendars", id="calendar import"),
    ],
)
def test_what_needs_an_extra_says_so_in_one_line(environment: Path, arguments: tuple[str, ...], extra: str) -> None:
    told = call(environment, *arguments)

    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert re.search(
        rf"pip install 'instance_scheduler_stepfunctions-[\d.]+-py3-none-any\.whl\[{extra}\]'", told.stderr
    )


def test_the_environment_is_really_without_extras_and_without_the_repository(environment: Path) -> None:
    probe = "import importlib.util as u; print([n for n in ('moto', 'holidays', 'pytest') if u.find_spec(n)])"
    told = subprocess.run(
        [str(environment / "bin" / "python"), "-c", probe], capture_output=True, text=True, cwd=environment, check=True
    )

    assert told.stdout == "[]\n"
