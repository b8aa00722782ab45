"""Attributes of moto that are replaced while an embedded AWS runs, and put back after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import getattr_static
from typing import Any


@contextmanager
def replaced(target: Any, **values: Any) -> Iterator[None]:
    """Give a module or class other attributes for a while."""
    # As they are kept, since a static method that was read is a plain function, and put back would be a method.
    originals = {name: getattr_static(target, name) for name in values}
    for name, value in values.items():
        setattr(target, name, value)
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(target, name, original)
