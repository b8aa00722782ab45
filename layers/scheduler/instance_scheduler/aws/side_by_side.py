"""Work on several things side by side, each within a time box: one that hangs holds up neither the others nor its caller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")
_Answer = TypeVar("_Answer")


class Turn:
    """One thing's turn. Whoever ends it first decides what becomes of it: its work, or the clock."""

    def __init__(self) -> None:
        self._over = Lock()

    def end(self) -> bool:
        """End the turn; False where it had been ended before."""
        return self._over.acquire(blocking=False)


Work = Callable[[_Thing, Turn], _Answer]


def side_by_side(
    things: Sequence[_Thing], work: Work[_Thing, _Answer], *, threads: int, seconds: float
) -> list[_Answer | None]:
    """Give the answer of `work` to each thing, in their order, or None where the clock ended its turn.

    `work` ends its turn when it has seen what it needs, and from then on has all the time that it takes. Where it cannot, the
    clock was faster: it must change nothing any more, and another thread takes its place. What it raises is raised when all
    are through.
    """
    return _Crew(things, work, seconds).answers(threads)


class _Crew(Generic[_Thing, _Answer]):
    """The threads, and what is still to come of each thing."""

    def __init__(self, things: Sequence[_Thing], work: Work[_Thing, _Answer], seconds: float) -> None:
        self._things, self._work, self._seconds = things, work, seconds
        self._waiting: SimpleQueue[int] = SimpleQueue()
        self._ready: SimpleQueue[tuple[int, _Answer | None, Exception | None]] = SimpleQueue()
        self._turns = [Turn() for _ in things]
        self._ends: dict[int, float] = {}
        """When the turns that have begun are over, by the clock."""
        self._left = set(range(len(things)))
        self._given_up: set[int] = set()

    def answers(self, threads: int) -> list[_Answer | None]:
        answers: list[_Answer | None] = [None] * len(self._things)
        errors: list[Exception] = []
        for place in self._left:
            self._waiting.put(place)
        for _ in range(min(threads, len(self._things))):
            self._add_thread()
        while self._left:
            try:
                place, answer, error = self._ready.get(timeout=self._patience())
            except Empty:
                self._end_turns()
                continue
            if place in self._left:
                self._left.discard(place)
                answers[place] = answer
                errors += [error] if error is not None else []
        if errors:
            raise errors[0]
        return answers

    def _add_thread(self) -> None:
        # A daemon: one that is left to itself must not keep the process from ending.
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                place = self._waiting.get_nowait()
            except Empty:
                return
            self._ends[place] = monotonic() + self._seconds
            try:
                self._ready.put((place, self._work(self._things[place], self._turns[place]), None))
            except Exception as error:  # noqa: BLE001  # whatever it is, it is raised where the answers are waited for
                self._ready.put((place, None, error))
            if place in self._given_up:
                return

    def _patience(self) -> float:
        """Seconds until the next turn is over; a turn that begins meanwhile lasts longer than that."""
        ends = [end for place, end in list(self._ends.items()) if place in self._left]
        return max(0.0, min(ends, default=monotonic() + self._seconds) - monotonic())

    def _end_turns(self) -> None:
        for place, end in list(self._ends.items()):
            if end > monotonic():
                continue
            del self._ends[place]
            if place in self._left and self._turns[place].end():
                self._given_up.add(place)
                self._left.discard(place)
                self._add_thread()
