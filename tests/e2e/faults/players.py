"""Processes that play cases at the same time, each with an embedded AWS of its own."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache

from tests.e2e.faults.cases import Case
from tests.e2e.faults.estate import FaultyAws, faulty_aws
from tests.e2e.faults.play import Verdict, calls_of_a_good_run, play


@contextmanager
def players_of(count: int) -> Iterator[ProcessPoolExecutor]:
    """Keep so many processes; what they have not begun when the context ends is not begun."""
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def calls() -> list[str]:
    """Name the calls of a run in which nothing goes wrong and every environment is cold."""
    return calls_of_a_good_run(_estate())


def play_here(case: Case) -> Verdict:
    """Play a case in this process; once more where its call did not come, as one more look at a resize may not."""
    verdict = play(_estate(), case)
    return verdict if verdict.met else play(_estate(), case)


@cache
def _estate() -> FaultyAws:
    """Start the embedded AWS of this process, which ends when the process does."""
    started = faulty_aws()
    # A process of a pool leaves without running what `atexit` keeps.
    multiprocessing.util.Finalize(None, started.__exit__, args=(None, None, None), exitpriority=10)
    return started.__enter__()
