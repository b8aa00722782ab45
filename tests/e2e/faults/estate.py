"""An estate with every kind of action due at one instant, on an embedded AWS that is put back between two cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.rds.models import rds_backends

from scheduler_local.embedded import EmbeddedAws
from scheduler_local.lifecycle import give_stop_reason, set_instance_state
from scheduler_local.scenario import parse_scenario

HUB = "111122223333"
HOME = "cn-north-1"
FIRST_DAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai: what works by day starts, what works by night stops."""
TICK = timedelta(minutes=5)
ACTORS = ("start-stop-ec2", "start-stop-rds", "resize")
FUNCTION_SECONDS = 58
"""The actors' time-out here: their patience with throttling ends within seconds."""
OLD_SNAPSHOTS = ("instance-scheduler-stopped-archive-202601010100", "instance-scheduler-stopped-archive-202602010100")

WANTED = {
    "web": ("running", "t3.small"),
    "spot": ("running", "t3.small"),
    "night": ("stopped", "t3.small"),
    "sleeper": ("stopped", "t3.small"),
    "insomniac": ("stopped", "t3.small"),
    "scaled": ("running", "m5.large"),
    "grown": ("running", "m5.large"),
    "orders": ("available", "db.t3.medium"),
    "archive": ("stopped", "db.t3.medium"),
    "catalogue": ("available", None),
    "ledger": ("stopped", None),
}
"""Name → state and type that the timetable wants after the instant."""
RESIZED = frozenset({"scaled", "grown"})


def _server(name: str, state: str, schedule: str, **more: Any) -> dict[str, Any]:
    seed = {"name": name, "type": "t3.small", "state": state, "stored_state": state, "tags": {"Schedule": schedule}}
    return seed | more


def _database(name: str, state: str, schedule: str, **more: Any) -> dict[str, Any]:
    stored = "running" if state == "available" else state
    return {"name": name, "state": state, "stored_state": stored, "tags": {"Schedule": schedule}} | more


SCENARIO: dict[str, Any] = {
    "partition_region": HOME,
    "settings": {
        "regions": [HOME],
        "default_timezone": "Asia/Shanghai",
        "create_rds_snapshot": True,
        "started_tags": "State=started by {scheduler}",
        "stopped_tags": "State=stopped at {hour}:{minute}",
        "resize_waits": [0],
        "resize_polls": 20,
    },
    "config": {
        "periods": [
            {"name": "by-day", "begintime": "09:00", "endtime": "18:00"},
            {"name": "by-night", "begintime": "18:00", "endtime": "09:00"},
        ],
        "schedules": [
            {"name": "day", "periods": ["by-day"]},
            {"name": "night", "periods": ["by-night"]},
            {"name": "sleeps", "periods": ["by-night"], "hibernate": True},
            {"name": "scaled", "periods": ["by-night@t3.small", "by-day@m5.large"]},
            {"name": "large", "periods": ["by-day@m5.large"]},
        ],
    },
    "accounts": {
        HUB: {
            HOME: {
                "ec2": [
                    _server("web", "stopped", "day"),
                    _server("spot", "stopped", "day", lifecycle="spot", spot_type="persistent"),
                    _server("night", "running", "night"),
                    _server("sleeper", "running", "sleeps", hibernation=True),
                    _server("insomniac", "running", "sleeps"),
                    _server("scaled", "running", "scaled"),
                    _server("grown", "stopped", "large"),
                ],
                "rds": [_database("orders", "stopped", "day"), _database("archive", "available", "night")],
                "clusters": [
                    _database("catalogue", "stopped", "day", engine="aurora-mysql"),
                    _database("ledger", "available", "night", engine="aurora-postgresql"),
                ],
            }
        }
    },
    "timing": {"stopping_seconds": 0.05, "starting_seconds": 0.05},
}


class FaultyAws:
    """The embedded AWS with that estate, and a count of every move that an instance really made."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.moves: Counter[tuple[str, str]] = Counter()
        self._day = -1
        self._count_moves()
        functions = dict(aws.deployment.functions)
        hasty = [name for name in functions if name.endswith(ACTORS)]
        functions |= {name: replace(functions[name], timeout=FUNCTION_SECONDS) for name in hasty}
        aws.workers.serve(functions, aws.clients.environment_of)

    def next_day(self) -> datetime:
        """Put everything back to where the scenario began, and give the instant of the next morning."""
        aws, self._day = self.aws, self._day + 1
        at = FIRST_DAY + self._day * timedelta(days=1)
        aws.faults.clear()
        aws.lifecycle.settle_all()
        aws.clock.set(at)
        dynamodb_backends[HUB][HOME].tables[aws.tables.state_table].items.clear()
        ids = {(seed.place, "rds", seed.name): seed.name for seed in aws.scenario.rds}
        servers = {_name(server): server for server in ec2_backends[HUB][HOME].all_instances()}
        for seed in aws.scenario.ec2:
            server = servers[seed.name]
            server.instance_type = seed.type
            server.state_reason = None
            set_instance_state(server, seed.state)
            if seed.state == "stopped":
                give_stop_reason(server, aws.clock)
            ids[seed.place, "ec2", seed.name] = server.id
        backend = rds_backends[HUB][HOME]
        for seed in aws.scenario.rds:
            found = backend.databases if seed.members is None else backend.clusters
            found[seed.name].status = seed.state
            if seed.state == "stopped":
                aws.lifecycle.expect_restart(found[seed.name])
        backend.database_snapshots.clear()
        for snapshot in OLD_SNAPSHOTS:
            backend.create_db_snapshot("archive", snapshot)
        aws.tables.seed(aws.scenario, ids)
        self.moves.clear()
        return at

    def cool_down(self) -> None:
        """End the environments of all functions, so that the next run reads parameters and assumes roles anew."""
        for pool in self.aws.workers._pools.values():
            for environment in pool.idle:
                environment.close()
            pool.count -= len(pool.idle)
            pool.idle.clear()

    @property
    def snapshots(self) -> frozenset[str]:
        """The snapshots that stand, by name."""
        return frozenset(rds_backends[HUB][HOME].database_snapshots)

    def _count_moves(self) -> None:
        lifecycle = self.aws.lifecycle
        move, move_database = lifecycle.move, lifecycle.move_database

        def counted(instance: Any, state: str, *rest: Any) -> None:
            self.moves[_name(instance), state] += 1
            move(instance, state, *rest)

        def counted_database(backend: Any, database: Any, status: str, *rest: Any) -> None:
            name = getattr(database, "db_instance_identifier", None) or database.db_cluster_identifier
            self.moves[name, status] += 1
            move_database(backend, database, status, *rest)

        lifecycle.move, lifecycle.move_database = counted, counted_database  # type: ignore[method-assign]  # listened to


@contextmanager
def faulty_aws() -> Iterator[FaultyAws]:
    """Start the embedded AWS with the estate; it ends with the context."""
    with EmbeddedAws(parse_scenario(SCENARIO)) as aws:
        yield FaultyAws(aws)


def _name(server: Any) -> str:
    return next(str(tag["value"]) for tag in server.get_tags() if tag["key"] == "Name")
