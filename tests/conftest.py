"""The order of the tests: what takes long comes first, so that no worker sits over it alone at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = (
    "workflow/test_telling.py",
    "docs/test_shell_examples.py",
    "workflow/",
    "permissions/",
    "e2e/",
    "cli/test_rehearsal.py",
    "cli/test_report.py",
    "bench/",
    "judges/",
    "unit/test_transition.py",
    "cli/test_local",
    "cli/",
)
"""Folders and files that play whole runs, the longest first."""
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by file; those of one file keep their order."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    place = item.path.relative_to(HERE).as_posix()
    return next((rank for rank, start in enumerate(LONG) if place.startswith(start)), len(LONG))
