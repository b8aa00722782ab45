"""A DynamoDB table in memory that holds to the product's own conditions and counts what each call would cost."""

import operator
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench.meter import Meter, size_of
from instance_scheduler.aws.table import BATCH, TRANSACTION, Item, Table, Update

_OPERATORS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COMPARISON = re.compile(r"(\S+) (=|<=|>=|<|>) (:\w+)")
_ABSENCE = re.compile(r"attribute_not_exists\((\S+)\)")


class MemoryTable(Table):
    """`Table` without a client: items by partition and sort key."""

    def __init__(self, meter: Meter, keys: tuple[str, str] = ("pk", "sk")) -> None:
        self._meter = meter
        self._keys = keys
        self._items: dict[str, dict[str, dict[str, Any]]] = {}

    def scan(self, **_: object) -> Iterator[dict[str, object]]:
        """Go through every item."""
        items = [dict(item) for part in self._items.values() for item in part.values()]
        self._meter.read("dynamodb:Scan", sum(map(size_of, items)))
        return iter(items)

    def query(self, condition: str, values: Item, **_: object) -> Iterator[dict[str, object]]:
        """Go through the items under a partition key, within a span of sort keys if one is given."""
        held = self._items.get(str(values[":pk"]), {})
        first, last = str(values.get(":first", "")), str(values.get(":last", "\U0010ffff"))
        prefix = str(values.get(":prefix", ""))
        found = [dict(held[sk]) for sk in sorted(held) if first <= sk <= last and sk.startswith(prefix)]
        self._meter.read("dynamodb:Query", sum(map(size_of, found)))
        self._meter.work.entries += sum(map(_is_indexed, found))
        return iter(found)

    def get(self, key: Item) -> dict[str, object] | None:
        """Read one item."""
        item = self._held(key)
        self._meter.read("dynamodb:GetItem", size_of(item or {}))
        return dict(item) if item is not None else None

    def put_all(self, items: Iterable[Item]) -> None:
        """Write items, 25 a call."""
        self._put("dynamodb:BatchWriteItem", list(items), BATCH)

    def put_together(self, items: Iterable[Item]) -> None:
        """Write items, 100 a transaction."""
        self._put("dynamodb:TransactWriteItems", list(items), TRANSACTION, twice=True)

    def put(self, item: Item) -> None:
        """Write one item."""
        self._put("dynamodb:PutItem", [item], 1)

    def update(self, key: Item, change: Update) -> bool:
        """Update one item on its condition; it costs the same where that does not hold."""
        size, indexed = self._cost(key, change)
        self._meter.write("dynamodb:UpdateItem", [size], indexed=indexed)
        return self._apply(key, change)

    def transact(self, changes: Sequence[tuple[Item, Update]]) -> list[int]:
        """Update items together, or none of them; the indexes whose conditions do not hold."""
        costs = [self._cost(key, change) for key, change in changes]
        indexed = sum(units for _, units in costs)
        self._meter.write(
            "dynamodb:TransactWriteItems", [size for size, _ in costs], batch=TRANSACTION, twice=True, indexed=indexed
        )
        failed = [place for place, (key, change) in enumerate(changes) if not self._holds(key, change)]
        if not failed:
            for key, change in changes:
                self._apply(key, change)
        return failed

    def load(self, items: Iterable[Item]) -> None:
        """Put items there without counting them."""
        for item in items:
            self._store(item)

    def forget(self, prefix: str) -> None:
        """Drop whole partitions, as their time to live does in the end."""
        for pk in [pk for pk in self._items if pk.startswith(prefix)]:
            del self._items[pk]

    def _put(self, api: str, items: list[Item], batch: int, *, twice: bool = False) -> None:
        if items:
            indexed = sum(map(_is_indexed, items))
            self._meter.write(api, [size_of(item) for item in items], batch=batch, twice=twice, indexed=indexed)
            self.load(items)

    def _store(self, item: Item) -> None:
        pk, sk = (str(item[key]) for key in self._keys)
        self._items.setdefault(pk, {})[sk] = dict(item)

    def _held(self, key: Item) -> dict[str, Any] | None:
        pk, sk = (str(key[name]) for name in self._keys)
        return self._items.get(pk, {}).get(sk)

    def _cost(self, key: Item, change: Update) -> tuple[int, int]:
        """The size of the item, before or after the change, and the units of the index beside it."""
        held = self._held(key) or {}
        return max(size_of(held), size_of({**held, **change._sets})), int(_is_indexed(held))

    def _holds(self, key: Item, change: Update) -> bool:
        item = self._held(key) or {}
        return all(_is_true(condition, item, change._names, change._values) for condition in change._conditions)

    def _apply(self, key: Item, change: Update) -> bool:
        if not self._holds(key, change):
            return False
        item = self._held(key) or {}
        numbers = {name: item.get(name, 0) + number for name, number in change._adds.items()}
        kept = {name: value for name, value in item.items() if name not in change._removes}
        self._store({**kept, **change._sets, **numbers, **key})
        return True


def _is_indexed(item: Item) -> bool:
    """Whether the sparse index by instance holds the item: a decision; each write of one writes there too."""
    return "instance" in item and "at" in item


def _is_true(condition: str, item: Item, names: Mapping[str, str], values: Item) -> bool:
    return any(_term_is_true(term, item, names, values) for term in condition.split(" OR "))


def _term_is_true(term: str, item: Item, names: Mapping[str, str], values: Item) -> bool:
    if absence := _ABSENCE.fullmatch(term):
        return names.get(absence[1], absence[1]) not in item
    comparison = _COMPARISON.fullmatch(term)
    assert comparison is not None, term
    path, sign, value = comparison.groups()
    held: Any = item
    for name in path.split("."):
        held = held.get(names.get(name, name)) if isinstance(held, Mapping) else None
    return held is not None and bool(_OPERATORS[sign](held, values[value]))
