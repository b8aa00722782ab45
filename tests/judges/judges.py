"""The judges of what is deployed: commands, played in a repository's folder, that end with 0 where they find no fault."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
CHECKOV = ROOT / ".venv-judges" / "bin" / "checkov"
NODE = ROOT / "tools" / "judges" / "node_modules"
HUB, SPOKE, MACHINE = "template.yaml", "spoke/template.yaml", "statemachine/scheduler.asl.json"
_PYTHON = str(BIN / "python")
_TESTS = (_PYTHON, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """One command, and what it judges."""

    name: str
    subject: str
    command: tuple[str, ...]
    reads: frozenset[str] = frozenset({HUB})
    needs: Path | None = None
    """What has to be installed beside the project's own environment."""
    in_ci: bool = False
    """Whether another target of `make ci` plays it anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge said."""

    judge: Judge
    ok: bool
    seconds: float
    said: str
    skipped: str = ""
    """Why it was not asked."""

    @property
    def line(self) -> str:
        """One line: name, subject, word, seconds."""
        word = f"skipped: {self.skipped}" if self.skipped else "ok" if self.ok else "FAILED"
        return f"{self.judge.name:<22} {self.judge.subject:<66} {word:<7} {self.seconds:6.1f} s"


def _sam(template: str) -> tuple[str, ...]:
    return (str(BIN / "sam"), "validate", "--lint", "--region", "us-east-1", "--template", template)


def _lint(region: str) -> tuple[str, ...]:
    return (_PYTHON, "-m", "tests.judges.transformed", region)


def _states_language(judge: str) -> tuple[str, ...]:
    return (_PYTHON, "-m", "tests.judges.definition", judge)


JUDGES = (
    Judge(name="sam validate (hub)", subject="template.yaml, with --lint", command=_sam(HUB)),
    Judge(
        name="sam validate (spoke)",
        subject="spoke/template.yaml, with --lint",
        command=_sam(SPOKE),
        reads=frozenset({SPOKE}),
    ),
    Judge(
        name="asl-validator",
        subject="the state machine as it is deployed, in both partitions",
        command=_states_language("asl-validator"),
        reads=frozenset({HUB, MACHINE}),
        needs=NODE,
    ),
    Judge(
        name="AWS language service",
        subject="the state machine as it is deployed, in both partitions",
        command=_states_language("states-language"),
        reads=frozenset({HUB, MACHINE}),
        needs=NODE,
    ),
    Judge(
        name="cfn-lint (aws)",
        subject="both templates in us-east-1, transformed, the definition in it",
        command=_lint("us-east-1"),
        reads=frozenset({HUB, SPOKE, MACHINE}),
    ),
    Judge(
        name="cfn-lint (aws-cn)",
        subject="both templates in cn-north-1, transformed, the definition in it",
        command=_lint("cn-north-1"),
        reads=frozenset({HUB, SPOKE, MACHINE}),
    ),
    Judge(
        name="checkov",
        subject="both templates against its policies",
        command=(
            *(str(CHECKOV), "--quiet", "--compact", "--skip-download", "--framework", "cloudformation"),
            *("-f", HUB, "-f", SPOKE),
        ),
        reads=frozenset({HUB, SPOKE}),
        needs=CHECKOV,
    ),
    Judge(
        name="sam build",
        subject="functions and layer, as they are uploaded",
        command=(str(BIN / "sam"), "build"),
        in_ci=True,
    ),
    Judge(
        name="update",
        subject="the stack of the previous release, updated to this one",
        command=(*_TESTS, "tests/template/test_update.py"),
        reads=frozenset({HUB, SPOKE}),
        in_ci=True,
    ),
    Judge(
        name="agreement",
        subject="templates, state machine, settings and roles among each other",
        command=(*_TESTS, "tests/template", "--ignore", "tests/template/test_update.py"),
        reads=frozenset({HUB, SPOKE, MACHINE}),
        in_ci=True,
    ),
    Judge(
        name="IAM and botocore",
        subject="each permission used, each call against the service models",
        command=(*_TESTS, "tests/permissions"),
        reads=frozenset({HUB, SPOKE, MACHINE}),
        in_ci=True,
    ),
)


def ask(judge: Judge, root: Path = ROOT) -> Verdict:
    """Play a judge in a repository's folder; one that is not installed is skipped, but never in CI."""
    if judge.needs is not None and not judge.needs.exists() and "CI" not in os.environ:
        return Verdict(judge=judge, ok=True, seconds=0, said="", skipped="not installed here (npm or index missing)")
    began = time.monotonic()
    try:
        done = subprocess.run(
            judge.command, cwd=root, env=_environment(), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        ok, said = done.returncode == 0, done.stdout + done.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        ok, said = False, str(error)
    return Verdict(judge=judge, ok=ok, seconds=time.monotonic() - began, said=said)


def _environment() -> Mapping[str, str]:
    """The layer's makefile wants the name of a Python; what is judged must not reach back into this repository."""
    ours = {"PYTHON": _PYTHON, "SAM_CLI_TELEMETRY": "0", "LOG_LEVEL": "ERROR", "PYTHONPATH": "", "NO_COLOR": "1"}
    return {**os.environ, **ours, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def copy_repository(to: Path) -> Path:
    """A copy of what is under judgement, without what is built or installed."""
    left_out = shutil.ignore_patterns(
        ".git", ".venv*", ".aws-sam", "node_modules", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info"
    )
    return Path(shutil.copytree(ROOT, to, ignore=left_out, symlinks=True))
