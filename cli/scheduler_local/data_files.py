"""botocore's data files, parsed once a process: every session would parse the same models and end points again."""

import gzip
import json
import marshal
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from botocore.loaders import JSONFileLoader

_OPENED_BY: dict[str, Callable[..., Any]] = {".json": open, ".json.gz": gzip.open}
"""Extension → how such a file is read; the first that there is counts, as with botocore."""


def parse_once() -> None:
    """Have every loader of this process share what was parsed."""
    setattr(JSONFileLoader, "load_file", lambda loader, path: _load(path))  # noqa: B010  # no method of its type


def _load(path: str) -> Any:
    # A model is a copy of its own: the scheduler's loader cuts it down in place. In the rest botocore fills in an end point's
    # defaults, the same whichever session does so.
    return marshal.loads(_as_bytes(path)) if path.endswith("service-2") else _parsed(path)


@cache
def _as_bytes(path: str) -> bytes:
    # Bytes become objects several times as fast as JSON does, and as objects are copied one by one.
    return marshal.dumps(_read(path))


@cache
def _parsed(path: str) -> Any:
    return _read(path)


def _read(path: str) -> Any:
    for extension, opened in _OPENED_BY.items():
        with suppress(FileNotFoundError), opened(path + extension, "rb") as file:
            return json.loads(file.read())
    return None
