"""One Lambda environment that measures itself: the child process of `measured.py`.

Started as a script, without the bench on its path. Reads one invocation a line (JSON), runs the real handler in this process, and
answers one line with its result and what the invocation took. Nothing is imported ahead, so that the first invocation is as cold
as Lambda's.
"""

import importlib
import json
import logging
import os
import sys
import time
from types import SimpleNamespace


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    log = open(os.environ["BENCH_LOG"], "w+")  # noqa: SIM115  # as long as the process
    os.dup2(log.fileno(), 1)
    began, wall = time.process_time(), time.perf_counter()
    sys.path[:0] = os.environ["BENCH_PATH"].split(os.pathsep)
    logging.getLogger().setLevel(logging.WARNING)
    handler = importlib.import_module("app").handler
    clients = count_clients()
    init = {"cpu": time.process_time() - began, "wall": time.perf_counter() - wall}
    print(json.dumps(init | {"rss": peak()}), file=answers, flush=True)
    for line in sys.stdin:
        invocation = json.loads(line)
        context = SimpleNamespace(**invocation["context"], get_remaining_time_in_millis=lambda: 600_000)
        made, written = len(clients), os.fstat(log.fileno()).st_size
        began, wall = time.process_time(), time.perf_counter()
        result = handler(invocation["payload"], context)
        taken = {"cpu": time.process_time() - began, "wall": time.perf_counter() - wall}
        sys.stdout.flush()
        taken |= {"clients": len(clients) - made, "rss": peak()}
        taken |= {"log_bytes": os.fstat(log.fileno()).st_size - written, "result": result}
        print(json.dumps(taken), file=answers, flush=True)


def count_clients() -> list[str]:
    """Note the name of every client that botocore makes from now on."""
    from botocore.session import Session

    made: list[str] = []
    create = Session.create_client

    def counted(session: Session, service_name: str, *args: object, **more: object) -> object:
        made.append(service_name)
        return create(session, service_name, *args, **more)  # type: ignore[arg-type, call-overload]  # handed on as it is

    Session.create_client = counted  # type: ignore[method-assign, assignment]  # counts, and does the same
    return made


def peak() -> float:
    """Megabytes of memory at most so far."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
