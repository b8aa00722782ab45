"""What the parsers find wrong in the bad input of their own tests: every row of every table, and every test without one."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import product
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

from instance_scheduler.errors import Fault, InvalidInput
from instance_scheduler.expressions import ExpressionError
from instance_scheduler.override import UnreadableOverride

TEXTS: dict[type, Callable[[Any], str]] = {
    ExpressionError: str,
    Fault: lambda fault: fault.message,
    InvalidInput: str,
    UnreadableOverride: lambda override: override.reason,
}
"""What says what is wrong, and how to read it."""
_PARAM = type(pytest.param())


def provoked_by(module: ModuleType) -> list[str]:
    """Run the tests of a module that need no fixture, and give each text of what was found wrong, once."""
    with _recorded() as texts:
        for run in _runs(module):
            run()
    return list(dict.fromkeys(texts))


def _runs(module: ModuleType) -> Iterator[Callable[[], object]]:
    for name, test in vars(module).items():
        if not name.startswith("test_") or hasattr(test, "hypothesis"):
            continue
        rows = [dict(row) for row in _rows(test)]
        if rows and set(inspect.signature(test).parameters) == set(rows[0]):
            yield from (partial(test, **row) for row in rows)


def _rows(test: Callable[..., object]) -> Iterator[list[tuple[str, object]]]:
    """Give the rows of a test's tables, each as pairs of an argument and its value; one empty row where it has no table."""
    tables = [mark.args for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    for cells in product(*(_table(*table) for table in tables)):
        yield [pair for cell in cells for pair in cell]


def _table(names: str | tuple[str, ...], rows: list[object]) -> Iterator[list[tuple[str, object]]]:
    for row in rows:
        if isinstance(names, str):
            yield [(names, row.values[0] if isinstance(row, _PARAM) else row)]
        else:
            yield list(zip(names, row.values if isinstance(row, _PARAM) else row, strict=True))


@contextmanager
def _recorded() -> Iterator[list[str]]:
    """Keep the text of everything of these kinds that is made meanwhile."""
    texts: list[str] = []
    with ExitStack() as stack:
        for kind, read in TEXTS.items():
            stack.enter_context(patch.object(kind, "__init__", _keeping(kind.__init__, read, texts)))
        yield texts


def _keeping(make: Callable[..., None], read: Callable[[Any], str], texts: list[str]) -> Callable[..., None]:
    def keep(self: object, *values: object, **named: object) -> None:
        make(self, *values, **named)
        texts.append(read(self))

    return keep
