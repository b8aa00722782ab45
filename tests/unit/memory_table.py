"""A table in memory that keeps the conditions of the product's own updates, for laws that live through thousands of runs."""

import operator
import re

_OPERATORS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COMPARISON = re.compile(r"(\S+) (=|<=|>=|<|>) (:\w+)")
_ABSENCE = re.compile(r"attribute_not_exists\((\S+)\)")


class MemoryTable:
    """The part of `Table` by which targets are read and written."""

    def __init__(self):
        self.items = {}

    def query(self, condition, values):
        assert condition in ("pk = :pk", "pk = :pk AND sk = :sk")
        found = ((key, item) for key, item in sorted(self.items.items()) if key[0] == values[":pk"])
        return iter([dict(item) for (_, sk), item in found if sk == values.get(":sk", sk)])

    def get(self, key):
        item = self.items.get((key["pk"], key["sk"]))
        return dict(item) if item is not None else None

    def update(self, key, change):
        item = self.items.get((key["pk"], key["sk"]), {})
        if not all(_holds(condition, item, change._names, change._values) for condition in change._conditions):
            return False
        assert not change._within
        numbers = {name: item.get(name, 0) + number for name, number in change._adds.items()}
        kept = {name: value for name, value in item.items() if name not in change._removes}
        self.items[key["pk"], key["sk"]] = {**kept, **change._sets, **numbers, **key}
        return True


def _holds(condition, item, names, values):
    return any(_term(term, item, names, values) for term in condition.split(" OR "))


def _term(term, item, names, values):
    if absence := _ABSENCE.fullmatch(term):
        return names.get(absence[1], absence[1]) not in item
    name, sign, value = _COMPARISON.fullmatch(term).groups()
    held = item.get(names.get(name, name))
    return held is not None and _OPERATORS[sign](held, values[value])
