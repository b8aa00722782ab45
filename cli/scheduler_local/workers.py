"""Lambda as the embedded AWS has it: environments are worker processes, kept warm, several a function called at once."""

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Lock
from typing import IO, Any

from scheduler_local import worker
from scheduler_local.deploy import FunctionSource
from scheduler_local.recorder import Invocation, Recorder

ENVIRONMENTS_PER_FUNCTION = 4
"""How many processes one function may have; further invocations wait for one."""


EnvironmentOf = Callable[[FunctionSource, int], Mapping[str, str]]


@dataclass(slots=True)
class Environment:
    """One process that runs one function's code."""

    number: int
    function: str
    pid: int
    channel: socket.socket
    log: IO[bytes]
    log_stream: str
    alive: bool = True

    def kill(self) -> None:
        """End the process at once."""
        self.alive = False
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and let go of what belonged to it."""
        self.kill()
        self.channel.close()
        self.log.close()

    def new_lines(self) -> tuple[str, ...]:
        """What the process has printed since the last look."""
        return tuple(self.log.read().decode(errors="replace").splitlines())


@dataclass(slots=True)
class _Pool:
    """The environments of one function."""

    idle: list[Environment] = field(default_factory=list)
    count: int = 0


class Workers:
    """Runs functions by name. Everything that it starts ends with `close`, or with this process."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._functions: Mapping[str, FunctionSource] = {}
        self._environment_of: EnvironmentOf = lambda function, number: {}
        self._pools: dict[str, _Pool] = {}
        self._free = Condition()
        self._next = 0
        self._all: dict[int, Environment] = {}
        self._logs = TemporaryDirectory(prefix="scheduler-local-")
        self._template: _Template | None = None

    def start(self) -> None:
        """Let the process from which environments are forked get ready, unless it is already there."""
        self._template = _living_template()

    def serve(self, functions: Mapping[str, FunctionSource], environment_of: EnvironmentOf) -> None:
        """Take these functions on; `environment_of` gives the variables of an environment by its function and number."""
        self._functions = functions
        self._environment_of = environment_of
        self._pools = {name: _Pool() for name in functions}

    def close(self) -> None:
        """End every process."""
        for environment in list(self._all.values()):
            environment.close()
        self._logs.cleanup()

    def busy(self, name: str) -> list[int]:
        """The numbers of the environments in which this function runs now."""
        idle = {environment.number for environment in self._pools[name].idle}
        mine = [entry for entry in self._all.values() if entry.function == name and entry.alive]
        return [entry.number for entry in mine if entry.number not in idle]

    def kill(self, number: int) -> None:
        """End the environment of this number, as a crash would."""
        self._all[number].kill()

    def invoke(self, name: str, payload: str) -> tuple[bool, str, tuple[str, ...]]:
        """Run a function; the answer says whether it failed, and holds its result as JSON and what it printed."""
        function = self._functions[name]
        began = time.monotonic()
        request_id = str(uuid.uuid4())
        environment = self._take(function)
        answer = self._converse(environment, function, request_id, payload)
        lines = environment.new_lines()
        self._give_back(function, environment)
        failed = "error" in answer
        result = json.dumps(answer["error"], ensure_ascii=False) if failed else str(answer["result"])
        self._recorder.add(
            Invocation(
                function=name,
                request_id=request_id,
                environment=environment.number,
                payload=payload,
                result=result,
                failed=failed,
                seconds=time.monotonic() - began,
                log=lines,
            )
        )
        return failed, result, lines

    def _converse(
        self, environment: Environment, function: FunctionSource, request_id: str, payload: str
    ) -> Mapping[str, Any]:
        context = {
            "function_name": function.name,
            "invoked_function_arn": function.arn,
            "memory": function.memory,
            "request_id": request_id,
            "log_stream": environment.log_stream,
            "seconds": function.timeout,
        }
        environment.channel.settimeout(function.timeout)
        try:
            worker.send(environment.channel, {"payload": payload, "context": context})
            answer: Any = worker.receive(environment.channel)
        except TimeoutError:
            answer = {"timed_out": True}
        except OSError:
            answer = None
        if answer is None:
            environment.alive = False
            message = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
            return {"error": {"errorType": "Runtime.ExitError", "errorMessage": message}}
        assert isinstance(answer, dict)
        if answer.get("timed_out"):
            environment.kill()
            message = f"RequestId: {request_id} Error: Task timed out after {function.timeout:.2f} seconds"
            return {"error": {"errorType": "Sandbox.Timedout", "errorMessage": message}}
        return answer

    def _take(self, function: FunctionSource) -> Environment:
        """An idle environment, a new one, or, at the limit, the next that becomes idle."""
        pool = self._pools[function.name]
        with self._free:
            while not pool.idle and pool.count >= ENVIRONMENTS_PER_FUNCTION:
                self._free.wait()
            if pool.idle:
                return pool.idle.pop()
            pool.count += 1
        try:
            return self._fork(function)
        except BaseException:
            with self._free:
                pool.count -= 1
                self._free.notify_all()
            raise

    def _give_back(self, function: FunctionSource, environment: Environment) -> None:
        pool = self._pools[function.name]
        with self._free:
            if environment.alive:
                pool.idle.append(environment)
            else:
                pool.count -= 1
                environment.close()
            self._free.notify_all()

    def _fork(self, function: FunctionSource) -> Environment:
        assert self._template is not None, "start() comes first"
        with self._free:
            number = self._next = self._next + 1
        log_stream = f"{function.name}/[$LATEST]{number:032x}"
        log_file = Path(self._logs.name) / str(number)
        configuration = {
            "folder": str(function.folder),
            "layers": [str(layer) for layer in function.layers],
            "handler": function.handler,
            "environment": dict(self._environment_of(function, number)),
        }
        ours, theirs = socket.socketpair()
        with theirs, log_file.open("wb") as sink:
            pid = self._template.fork(configuration, theirs.fileno(), sink.fileno())
        environment = Environment(number, function.name, pid, ours, log_file.open("rb"), log_stream)
        self._all[number] = environment
        return environment


@dataclass(slots=True)
class _Template:
    """The process from which environments are forked; it ends when this process does, however that ends."""

    process: "subprocess.Popen[bytes] | None"
    """None for one that was forked from another."""
    control: socket.socket
    lock: Lock = field(default_factory=Lock)

    def fork(self, configuration: Mapping[str, Any], *descriptors: int) -> int:
        """Fork an environment that talks over a channel and prints into a log; the answer is its process id.

        With no configuration it becomes a template, which takes requests over the one descriptor.
        """
        with self.lock:
            socket.send_fds(self.control, [json.dumps(configuration).encode()], descriptors)
            return int(struct.unpack(">I", self.control.recv(4))[0])

    def lives(self) -> bool:
        """Say whether it can fork."""
        return self.process is None or self.process.poll() is None

    def end(self) -> None:
        """Let it end, and wait for it where it is this process's own."""
        self.control.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()


_templates: list[_Template] = []


def _living_template() -> _Template:
    """The template process, kept for all embedded AWS that follow one another in this process."""
    if not _templates or not _templates[-1].lives():
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", worker.__file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath)},
            )
        _templates.append(_Template(process, ours))
    return _templates[-1]


@contextmanager
def template_for_a_fork() -> Iterator[Callable[[], None]]:
    """Have the template forked for a process that this one is about to fork; that one calls what it is given, to use it."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _living_template().fork({}, theirs.fileno())
        template = _Template(None, ours)
        yield lambda: _templates.append(template)


@atexit.register
def _end_templates() -> None:
    for template in _templates:
        template.end()
