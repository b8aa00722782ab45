"""A sign of life on a terminal while a command waits: a spinner on stderr, and nothing anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

PATIENCE = 1.0
"""Seconds that a command may take in silence."""
_began: list[float] = []
"""When this command first waited: many short waits are a long one to whoever looks on."""
_open = Lock()
"""Held by the outermost wait; what waits inside it stays silent."""


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Show the text beside a spinner while the block runs, once the command has taken a second.

    Only a terminal on stderr sees it; nothing of it stays on the screen. A wait inside a wait shows the outer one's text.
    """
    if not sys.stderr.isatty() or not _open.acquire(blocking=False):
        yield
        return
    _began[:] = _began or [time.monotonic()]
    spinner = _Spinner(text)
    timer = Timer(max(0.0, _began[0] + PATIENCE - time.monotonic()), spinner.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        spinner.stop()
        _open.release()


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing in the block show a spinner: something else draws on the terminal."""
    taken = _open.acquire(blocking=False)
    try:
        yield
    finally:
        if taken:
            _open.release()


class _Spinner:
    """A spinner that another thread may start at the moment at which it is stopped."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lock = Lock()
        self._status: Status | None = None
        self._over = False

    def start(self) -> None:
        # rich is imported here, as most commands end before anybody waits.
        from rich.console import Console

        with self._lock:
            console = Console(stderr=True, highlight=False)
            if not self._over and console.is_interactive:
                self._status = console.status(self._text)
                self._status.start()

    def stop(self) -> None:
        with self._lock:
            self._over = True
            if self._status is not None:
                self._status.stop()
