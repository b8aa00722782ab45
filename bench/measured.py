"""Invocations in a process of their own: processor time, memory, clients made, bytes logged, under the CPU share of a Lambda."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from bench import environment
from scheduler_local.embedded import EmbeddedAws

FULL_CORE_MEMORY = 1769
"""Megabytes at which a function has one whole vCPU (AWS Lambda developer guide, Configure memory)."""
_CGROUPS = Path("/sys/fs/cgroup/cpu")
_PERIOD = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one invocation took."""

    cpu: float
    """Seconds of processor time, all threads."""
    wall: float
    rss: float
    """Megabytes at most since the process began."""
    clients: int = 0
    log_bytes: int = 0
    result: Any = None


class MeasuredFunction:
    """One environment of one function, cold until it is first invoked."""

    def __init__(self, aws: EmbeddedAws, name: str, *, memory: int | None = None) -> None:
        """`name` as in `plan-run`; `memory` limits the processor to that of a function of so many megabytes, where it can."""
        self._source = next(one for one in aws.deployment.functions.values() if one.name.endswith(f"-{name}"))
        self._number = 900 + uuid.uuid4().int % 10_000
        self._log = NamedTemporaryFile(prefix="bench-log-")  # noqa: SIM115  # closed with the function
        folders = [str(self._source.folder), *map(str, self._source.layers)]
        variables = dict(aws.clients.environment_of(self._source, self._number))
        variables |= {"BENCH_LOG": self._log.name, "BENCH_PATH": os.pathsep.join(folders)}
        self._group = _limited(memory) if memory else None
        self._process = subprocess.Popen(
            [sys.executable, "-I", environment.__file__],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=(lambda: _join(self._group)) if self._group else None,  # before any import
        )
        self.init = self._answer()

    @property
    def is_limited(self) -> bool:
        """Whether the system allowed the limit on the processor."""
        return self._group is not None

    def invoke(self, payload: Mapping[str, Any]) -> Taken:
        """Run the handler."""
        context = {
            "function_name": self._source.name,
            "invoked_function_arn": self._source.arn,
            "memory_limit_in_mb": str(self._source.memory),
            "aws_request_id": str(uuid.uuid4()),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"payload": payload, "context": context}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._log.close()
        if self._group is not None:
            with suppress(OSError):
                self._group.rmdir()

    def _answer(self) -> Taken:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._source.name} ended: {Path(self._log.name).read_text()[-2000:]}")
        return Taken(**json.loads(line))


@contextmanager
def measured(aws: EmbeddedAws, name: str, *, memory: int | None = None) -> Iterator[MeasuredFunction]:
    """A measured environment that ends with the context."""
    function = MeasuredFunction(aws, name, memory=memory)
    try:
        yield function
    finally:
        function.close()


def cpu_share(memory: int) -> float:
    """The share of a core that a function of so many megabytes has."""
    return memory / FULL_CORE_MEMORY


@cache
def quotas_work() -> bool:
    """Whether a group of processes can be limited here."""
    group = _CGROUPS / f"bench-{os.getpid()}-try"
    try:
        group.mkdir()
        (group / "cpu.cfs_quota_us").write_text("10000")
        group.rmdir()
    except OSError:
        return False
    return True


def _limited(memory: int) -> Path | None:
    if not quotas_work():
        return None
    group = _CGROUPS / f"bench-{uuid.uuid4().hex[:8]}"
    group.mkdir()
    (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
    (group / "cpu.cfs_quota_us").write_text(str(int(_PERIOD * cpu_share(memory))))
    return group


def _join(group: Path | None) -> None:
    assert group is not None
    (group / "cgroup.procs").write_text(str(os.getpid()))
