"""The snapshots that stops take, and which of them a newer one has replaced."""

from datetime import UTC, datetime

import pytest

from instance_scheduler.snapshots import Snapshot, snapshot_name, superseded


def of(*described):
    return [
        Snapshot(id=name if "-" in name else f"ns-stopped-orders-{name}", status=status) for name, status in described
    ]


def test_a_snapshot_is_named_for_the_database_and_the_minute_in_utc():
    at = datetime(2026, 11, 23, 10, 5, 59, tzinfo=UTC)

    assert snapshot_name("ns", "orders", at) == "ns-stopped-orders-202611231005"


@pytest.mark.parametrize(
    ("snapshots", "names"),
    [
        pytest.param(of(), (), id="none"),
        pytest.param(of(("202611010000", "available")), (), id="the only one"),
        pytest.param(of(("202611010000", "creating")), (), id="the only one is not done"),
        pytest.param(
            of(("202611010000", "available"), ("202611020000", "creating")), (), id="the newest is not available yet"
        ),
        pytest.param(
            of(("202611030000", "creating"), ("202611020000", "available"), ("202611010000", "available")),
            ("202611010000",),
            id="older than the newest available one",
        ),
        pytest.param(
            of(("202611020000", "available"), ("202611010000", "failed")), ("202611010000",), id="an old failed one"
        ),
        pytest.param(
            of(
                ("202611020000", "available"),
                ("by-hand", "available"),
                ("ns-stopped-orders-2-202611010000", "available"),
            ),
            (),
            id="what is not of this database's stops",
        ),
    ],
)
def test_one_available_snapshot_always_stands(snapshots, names):
    assert superseded(snapshots, "ns", "orders") == tuple(f"ns-stopped-orders-{name}" for name in names)
