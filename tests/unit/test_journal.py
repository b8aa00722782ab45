"""One entry of a run's journal."""

import pytest
from tests.unit.specimens import DATABASES, ID, TARGET, make_entry

from instance_scheduler.journal import Status, entry_from_item, entry_to_item

ENTRIES = [
    make_entry("start"),
    make_entry("stop", unexplained=True, withheld=True, status=Status.SKIPPED, row="S4"),
    make_entry("resize", to_type="m5.large", taken_over="run-0", version=7, failures=2, zone="cn-north-1a"),
    make_entry("none", status=Status.SKIPPED, code="E1", schedule="no-such"),
    make_entry("hibernate", status=Status.FAILED, code="Some.Code", earlier_failure="its start did not hold: x"),
    make_entry("stop", target=DATABASES, instance="orders", kind="cluster", engine="aurora-mysql"),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.action for entry in ENTRIES])
def test_an_entry_is_read_as_it_was_written(entry):
    assert entry_from_item({"sk": entry.key, **entry_to_item(entry)}) == entry


def test_an_item_carries_the_two_attributes_of_the_index():
    item = entry_to_item(make_entry())

    assert (item["instance"], item["at"]) == (ID, "2026-11-23T12:00:00Z")


def test_a_key_is_the_target_and_the_instance():
    assert make_entry().key == f"{TARGET}/{ID}"


@pytest.mark.parametrize(
    ("name", "label"), [("web-1", f"web-1 ({ID})"), ("", ID), (ID, ID)], ids=["named", "unnamed", "named as its id"]
)
def test_a_label_is_the_name_and_the_id(name, label):
    assert make_entry(name=name).label == label


@pytest.mark.parametrize(
    ("action", "to_type", "resizes"), [("resize", "m5.large", True), ("start", "m5.large", True), ("start", "", False)]
)
def test_what_changes_the_type_travels_with_the_resizes(action, to_type, resizes):
    assert make_entry(action, to_type=to_type).resizes is resizes
