"""When an action that failed is tried again."""

from datetime import datetime, timedelta

from instance_scheduler.settings import Settings

QUICK_TRIES = 3
"""Failures after which the very next tick tries again (semantics: the next three ticks, then doubling)."""
SLOWEST_RESIZE = timedelta(days=1)
"""A resize stops a running instance, so one that keeps failing is tried once a day in the end."""


def retry_at(failures: int, at: datetime, settings: Settings, *, resize: bool = False) -> datetime:
    """Say when the `failures`-th failure in a row, at this instant, is tried again.

    The next three ticks each try; then the interval doubles, up to that of the full sweep (a day for a resize).
    """
    tick = timedelta(minutes=settings.interval_minutes)
    slowest = SLOWEST_RESIZE if resize else max(tick, timedelta(minutes=settings.full_sweep_minutes))
    doublings = min(max(0, failures - QUICK_TRIES), 20)
    return at + min(tick * (1 << doublings), slowest)
