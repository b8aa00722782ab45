"""The table in memory holds to the product's conditions, and counts as DynamoDB bills."""

import pytest
from bench.memory_table import MemoryTable
from bench.meter import Meter, size_of
from bench.units import item_size
from tests.unit.specimens import make_entry, make_request

from instance_scheduler.aws.state_store import StateStore
from instance_scheduler.aws.table import Update, to_attributes

KEY = {"pk": "a", "sk": "b"}
ITEM = KEY | {"text": "x" * 2000, "number": 12, "flag": True, "map": {"k": "v"}, "list": ["y"]}


@pytest.fixture
def meter():
    return Meter()


@pytest.fixture
def table(meter):
    return MemoryTable(meter)


def test_an_item_is_as_large_as_its_typed_form():
    assert size_of(ITEM) == item_size(to_attributes(ITEM))


def test_a_change_whose_condition_does_not_hold_costs_and_changes_nothing(table, meter):
    table.load([KEY | {"version": 2}])
    change = Update().set(text="new").when("#version = :version", {"#version": "version"}, {":version": 1})

    assert table.update(KEY, change) is False
    assert table.get(KEY) == KEY | {"version": 2}
    assert (meter.counts["write units"], meter.calls["dynamodb:UpdateItem"]) == (1, 1)


@pytest.mark.parametrize(
    ("write", "calls", "units"),
    [
        pytest.param(lambda table, items: table.put_all(items), 2, 60, id="a batch of 25 a call"),
        pytest.param(lambda table, items: table.put_together(items), 1, 120, id="a transaction costs double"),
    ],
)
def test_writes_are_counted_by_calls_and_begun_kilobytes(table, meter, write, calls, units):
    write(table, [ITEM | {"sk": str(number)} for number in range(30)])

    assert (meter.calls.total(), meter.counts["write units"]) == (calls, units)


def test_a_decision_costs_the_index_a_write_beside_its_own(table, meter):
    StateStore(table).write_entries(make_request(), [make_entry()])

    assert meter.counts["write units"] == 2


def test_a_read_costs_a_unit_for_each_begun_four_kilobytes(table, meter):
    table.load([ITEM, ITEM | {"sk": "c"}, ITEM | {"sk": "d"}])

    assert len(list(table.query("pk = :pk", {":pk": "a"}))) == 3
    assert meter.counts["read units"] == 2
