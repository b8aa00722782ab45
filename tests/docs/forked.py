"""Programs that fork from a process which has played a run before: a command of a page costs what it does, not its imports.

The server is this file as a program, with the path of its socket. A client hands over its streams and exits as its fork does.
"""

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from scheduler_cli.main import main
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.scenario import read_scenario
from scheduler_local.workers import template_for_a_fork

FIRST = Path(__file__).parents[2] / "examples" / "first" / "scenario.yaml"

CLIENT = """#!{python} -IS
import json, os, socket, sys
place = socket.socket(socket.AF_UNIX)
place.connect({socket!r})
words = json.dumps([{program!r}, sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(place, [len(words).to_bytes(4, "big")], [0, 1, 2])
place.sendall(words)
sys.exit(place.recv(1)[0])
"""


@contextmanager
def forking(folder: Path) -> Iterator[Path]:
    """Run the server; answer its socket."""
    place = folder / "forked"
    process = subprocess.Popen([sys.executable, __file__, str(place)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        yield place
        process.terminate()


def write_client(file: Path, place: Path, program: str) -> None:
    """Write a program that has the server run a Python file, or `scheduler-cli` by its name."""
    file.write_text(CLIENT.format(python=sys.executable, socket=str(place), program=program), encoding="utf-8")


def _serve(place: str) -> None:
    # What a run imports and reads for the first time, all forks share.
    with EmbeddedAws(read_scenario(FIRST)) as aws:
        aws.run(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            client, _ = server.accept()
            with client, template_for_a_fork() as use_template:
                if os.fork() == 0:
                    server.close()
                    use_template()
                    _play(client)


def _play(client: socket.socket) -> None:
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        head, streams, _, _ = socket.recv_fds(client, 4, 3)
        for stream, own in zip(streams, range(3), strict=True):
            os.dup2(stream, own)
        with client.makefile("rb") as words:
            program, arguments, folder, environment = json.loads(words.read(int.from_bytes(head, "big")))
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [program, *arguments]
        code = _code_of(program)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        client.sendall(bytes([code]))
        os._exit(code)


def _code_of(program: str) -> int:
    try:
        main() if program == "scheduler-cli" else runpy.run_path(program, run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # noqa: BLE001 - as an interpreter does at its end
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1])
