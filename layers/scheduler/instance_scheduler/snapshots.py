"""The snapshots that stops take: their names, and which of them a newer one has replaced."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One manual snapshot of a database, in RDS's own words."""

    id: str
    status: str


def snapshot_name(namespace: str, database: str, at: datetime) -> str:
    """Name the snapshot of a stop at an aware instant: `<namespace>-stopped-<database>-<yyyymmddhhmm>`, in UTC."""
    return f"{namespace}-stopped-{database}-{at.astimezone(UTC):%Y%m%d%H%M}"


def superseded(snapshots: Sequence[Snapshot], namespace: str, database: str) -> tuple[str, ...]:
    """Name the snapshots of earlier stops that are older than the newest `available` one, so that one always exists."""
    pattern = re.compile(rf"{re.escape(f'{namespace}-stopped-{database}-')}\d{{12}}")
    own = sorted((snapshot for snapshot in snapshots if pattern.fullmatch(snapshot.id)), key=lambda one: one.id)
    available = [snapshot.id for snapshot in own if snapshot.status == "available"]
    return tuple(snapshot.id for snapshot in own if available and snapshot.id < available[-1])
