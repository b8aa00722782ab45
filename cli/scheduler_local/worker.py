"""The child process of the embedded AWS: runs one function's handler as Lambda's runtime does.

Started as a script, without this package on its path. One process (the template) imports what every function needs; for each
environment it forks, and the child becomes that environment. Frames are a length and JSON.
"""

import functools
import gc
import importlib
import json
import os
import queue
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_LENGTH = struct.Struct(">I")
PACE = 40
"""A function that sleeps does so for a fortieth of the time; its clock for time budgets goes on by all of it."""
WARMED = ("ssm", "dynamodb", "sts", "stepfunctions", "ec2", "rds")
"""Services whose models are read once, before the first fork: a client costs tenths of a second without that."""
CORE = "instance_scheduler"
"""The package whose core is imported once, before the first fork: lint lets it read neither the environment nor the clock."""
SHARED_LIBRARIES = ("aws_lambda_powertools.logging", "boto3.dynamodb.types")
"""What the shell imports of libraries, once too."""
_OF_ITS_OWN = frozenset({"observability"})
"""Modules beside the core that an environment imports for itself: the logger reads its variables."""


class Context:
    """What Lambda hands a handler beside the event."""

    identity = None
    client_context = None
    function_version = "$LATEST"

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.function_name = values["function_name"]
        self.invoked_function_arn = values["invoked_function_arn"]
        self.memory_limit_in_mb = str(values["memory"])
        self.aws_request_id = values["request_id"]
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = values["log_stream"]
        self._deadline = time.monotonic() + values["seconds"]
        _sleeper.deadline = self._deadline

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's time-out."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class Sleeper:
    """Sleeps in a hurry, so that whoever waits between two tries need not be waited for."""

    def __init__(self) -> None:
        self.deadline = float("inf")
        """When the invocation times out, by this clock."""
        self.out_of_time: Callable[[], None] = lambda: None
        """What happens to who would sleep beyond it."""
        self._really_sleep, self._really_now = time.sleep, time.monotonic
        self._gained = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds as `time.monotonic` counts them, and those that were slept in a hurry."""
        return self._really_now() + self._gained

    def sleep(self, seconds: float) -> None:
        """Let this thread pause; the clock of the process stands at the end of it afterwards."""
        end = self.now() + seconds
        if end > self.deadline:
            self.out_of_time()
        self._really_sleep(seconds / PACE)
        with self._lock:
            self._gained += max(0.0, end - self.now())


_sleeper = Sleeper()


def receive(channel: socket.socket) -> Any | None:
    """The next frame; None where the other side has gone."""
    header = _exactly(channel, _LENGTH.size)
    body = _exactly(channel, _LENGTH.unpack(header)[0]) if header else None
    return json.loads(body) if body is not None else None


def send(channel: socket.socket, frame: Any) -> None:
    """Write one frame."""
    body = json.dumps(frame).encode()
    channel.sendall(_LENGTH.pack(len(body)) + body)


def _exactly(channel: socket.socket, size: int) -> bytes | None:
    chunks = bytearray()
    while len(chunks) < size:
        chunk = channel.recv(size - len(chunks))
        if not chunk:
            return None
        chunks += chunk
    return bytes(chunks)


def serve_template(control: socket.socket) -> None:
    """Fork an environment for each request, or another template, until the embedded AWS goes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _warm_up()
    shared: list[str] = []
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 65536, 2)
        if not message:
            return
        configuration = json.loads(message)
        if configuration and configuration["layers"] != shared:
            shared = configuration["layers"]
            _share_core(shared)
        child = os.fork()
        if child == 0:
            control.close()
            if not configuration:
                control = socket.socket(fileno=descriptors[0])
                continue
            _become_environment(configuration, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        control.sendall(_LENGTH.pack(child))


def _warm_up() -> None:
    """Import boto3, which belongs to Lambda's runtime, and read its models; environments share them as they fork."""
    import boto3
    from botocore import loaders
    from botocore.config import Config

    read = loaders.JSONFileLoader.load_file
    read_once = functools.cache(lambda path: read(loaders.JSONFileLoader(), path))
    setattr(loaders.JSONFileLoader, "load_file", lambda self, path: read_once(path))  # noqa: B010  # no method of its type
    session: Any = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1")
    for service in WARMED:
        # What retries in the standard way imports is not what the default one does.
        session.client(service, config=Config(retries={"mode": "standard"}))
    _freeze()


def _share_core(layers: list[str]) -> None:
    """Import the core as it stands in these layers, in the place of any other; an error is left to each environment."""
    for name in [name for name in sys.modules if name.partition(".")[0] == CORE]:
        del sys.modules[name]
    before = list(sys.path)
    sys.path[:0] = layers
    for file in (file for layer in layers for file in sorted(Path(layer, CORE).glob("*.py"))):
        if file.stem not in _OF_ITS_OWN:
            with suppress(Exception):
                importlib.import_module(f"{CORE}.{file.stem}")
    for library in SHARED_LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(library)
    _look_zones_up()
    sys.path[:] = before
    _freeze()


def _look_zones_up() -> None:
    """Ask pytz which zones there are: it looks at six hundred files at its first answer."""
    with suppress(ImportError):
        import pytz

        len(pytz.all_timezones_set)


def _freeze() -> None:
    """Keep the collector of forks from touching, and so copying, what is shared."""
    gc.collect()
    gc.freeze()


def _become_environment(configuration: Mapping[str, Any], channel_descriptor: int, log_descriptor: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for stream in (1, 2):
        os.dup2(log_descriptor, stream)
    os.environ.clear()
    os.environ.update(configuration["environment"])
    time.tzset()
    time.monotonic = _sleeper.now
    time.sleep = _sleeper.sleep  # type: ignore[assignment]  # of numbers, the one kind that is never slept is missing
    # What is installed in place is not part of a function: its code comes from its folder and its layers alone.
    sys.meta_path[:] = [finder for finder in sys.meta_path if "__editable__" not in getattr(finder, "__module__", "")]
    libraries = [path for path in sys.path if path.startswith((sys.prefix, sys.base_prefix))]
    sys.path[:] = [configuration["folder"], *configuration["layers"], *libraries]
    os.chdir(configuration["folder"])
    serve_environment(socket.socket(fileno=channel_descriptor), configuration["handler"])


def serve_environment(channel: socket.socket, handler_name: str) -> None:
    """Import the handler, then answer invocations one after another; ends with its parent."""
    events: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_listen, args=(channel, events), daemon=True).start()
    _sleeper.out_of_time = functools.partial(_time_out, channel)
    handler, failure = _load(handler_name)
    while True:
        invocation = events.get()
        answer = failure if handler is None else _invoke(handler, invocation)
        sys.stdout.flush()
        sys.stderr.flush()
        send(channel, answer)
        if handler is None:
            os._exit(1)


def _listen(channel: socket.socket, events: "queue.Queue[Any]") -> None:
    """Read invocations aside, so that the parent's end is noticed in the middle of one as well."""
    with suppress(OSError):
        while (invocation := receive(channel)) is not None:
            events.put(invocation)
    os._exit(0)


def _time_out(channel: socket.socket) -> None:
    """End as Lambda ends an invocation that outlives its time."""
    sys.stdout.flush()
    sys.stderr.flush()
    send(channel, {"timed_out": True})
    os._exit(1)


def _load(handler_name: str) -> tuple[Callable[..., Any] | None, Any]:
    module_name, _, function_name = handler_name.rpartition(".")
    try:
        handler: Callable[..., Any] = getattr(importlib.import_module(module_name.replace("/", ".")), function_name)
    except ImportError as error:
        traceback.print_exc()
        message = f"Unable to import module '{module_name}': {error}"
        return None, {"error": {"errorMessage": message, "errorType": "Runtime.ImportModuleError", "stackTrace": []}}
    except AttributeError:
        traceback.print_exc()
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        return None, {"error": {"errorMessage": message, "errorType": "Runtime.HandlerNotFound", "stackTrace": []}}
    except Exception as error:  # noqa: BLE001  # whatever the module raises at import is the function's error
        return None, {"error": _described(error)}
    return handler, None


def _invoke(handler: Callable[..., Any], invocation: Mapping[str, Any]) -> Any:
    context = Context(invocation["context"])
    os.environ["_X_AMZN_TRACE_ID"] = f"Root=1-{context.aws_request_id[:8]}-{'0' * 24};Sampled=0"
    try:
        result = handler(json.loads(invocation["payload"]), context)
    except Exception as error:  # noqa: BLE001  # Lambda turns whatever a handler raises into an error of the function
        return {"error": _described(error) | {"requestId": context.aws_request_id}}
    except SystemExit:
        sys.stdout.flush()
        os._exit(1)
    try:
        return {"result": json.dumps(result, ensure_ascii=False)}
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return {"error": {"errorMessage": message, "errorType": "Runtime.MarshalError", "stackTrace": []}}


def _described(error: Exception) -> dict[str, Any]:
    traceback.print_exception(type(error), error, error.__traceback__.tb_next if error.__traceback__ else None)
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    return {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": frames}


if __name__ == "__main__":
    serve_template(socket.socket(fileno=int(sys.argv[1])))
