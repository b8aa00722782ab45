"""What is counted of a simulated month: invocations, the calls that each makes, DynamoDB's request units."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from threading import Lock
from typing import Any

_WRITE, _READ, _PAGE = 1024, 4096, 1024 * 1024


@dataclass(slots=True)
class Work:
    """What one invocation did, or one on the average."""

    function: str
    hub_calls: float = 0
    spoke_calls: float = 0
    targets: float = 0
    """Looked at, of an evaluator."""
    managed: float = 0
    """Of these, that hold instances."""
    entries: float = 0
    """Read from the journal."""


@dataclass(slots=True)
class Meter:
    """Collects; one invocation at a time, whose threads may all count."""

    invocations: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    work: Work = field(default_factory=lambda: Work("nothing"))
    _lock: Lock = field(default_factory=Lock)

    def begin(self, function: str) -> Work:
        """An invocation begins; what is counted from now on is its."""
        self.invocations[function] += 1
        self.work = Work(function)
        return self.work

    def call(self, api: str, times: int = 1) -> None:
        """Calls of an API, of the hub or of a spoke."""
        with self._lock:
            self.calls[api] += times
            if api.startswith(("ec2:", "rds:")):
                self.work.spoke_calls += times
            else:
                self.work.hub_calls += times

    def read(self, api: str, size: int) -> None:
        """A consistent read of so many bytes, a page a megabyte."""
        self.call(api, max(1, ceil(size / _PAGE)))
        with self._lock:
            self.counts["read units"] += max(1, ceil(size / _READ))

    def write(self, api: str, sizes: list[int], *, batch: int = 1, twice: bool = False, indexed: int = 0) -> None:
        """Writes of items of so many bytes, so many a call; `twice` in a transaction, `indexed` units of an index beside them."""
        self.call(api, ceil(len(sizes) / batch))
        units = sum(max(1, ceil(size / _WRITE)) for size in sizes)
        with self._lock:
            self.counts["write units"] += (2 if twice else 1) * units + indexed


def size_of(item: Mapping[str, Any]) -> int:
    """Bytes of an item of plain values, as `units.item_size` has them of typed ones."""
    return sum(len(name) + _size(value) for name, value in item.items())


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, bool) or value is None:
        return 1
    if isinstance(value, int | float):
        return len(str(value)) // 2 + 2
    if isinstance(value, Mapping):
        return 3 + sum(1 + len(name) + _size(part) for name, part in value.items())
    return 3 + sum(1 + _size(part) for part in value)
