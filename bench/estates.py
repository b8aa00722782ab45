"""Estates to measure on: so many accounts and regions, some of whose pairs hold instances under `office-hours`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

HUB = "111122223333"
REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
)
"""The seventeen that every account has without opting in."""
TICK = timedelta(minutes=5)
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday, the beginning of office hours."""
QUIET = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""An instant at which nothing changes."""
CONFIG: Mapping[str, Any] = {
    "periods": [{"name": "office", "begintime": "09:00", "endtime": "17:00", "weekdays": ["mon-fri"]}],
    "schedules": [{"name": "office-hours", "periods": ["office"]}],
}


def accounts(count: int) -> tuple[str, ...]:
    """The hub and further account ids."""
    return (HUB, *(f"{444400000000 + number}" for number in range(1, count)))


def servers(count: int, state: str = "running", stored: str | None = None) -> list[dict[str, Any]]:
    """EC2 instances under office hours."""
    seed = {"type": "t3.small", "state": state, "stored_state": stored or state, "tags": {"Schedule": "office-hours"}}
    return [{"name": f"server-{number}"} | seed for number in range(count)]


def databases(count: int, state: str = "available", stored: str | None = None) -> list[dict[str, Any]]:
    """RDS databases under office hours."""
    stored = stored or ("running" if state == "available" else state)
    seed = {"class": "db.t3.medium", "engine": "mysql", "state": state, "stored_state": stored}
    seed["tags"] = {"Schedule": "office-hours"}
    return [{"name": f"database-{number}"} | seed for number in range(count)]


def pair(ec2: int, rds: int, state: str = "running") -> dict[str, Any]:
    """What an account holds in a region."""
    return {"ec2": servers(ec2, state), "rds": databases(rds, "available" if state == "running" else state)}


def estate(count: int, regions: int, content: Mapping[str, Any], every: int = 1) -> dict[str, Any]:
    """A scenario of accounts × regions; every so many-th pair holds this content, the others nothing."""
    names = REGIONS[:regions]
    holders = {
        account: {
            region: dict(content) for number, region in enumerate(names) if (place * regions + number) % every == 0
        }
        for place, account in enumerate(accounts(count))
    }
    return {
        "partition_region": REGIONS[0],
        "settings": {"regions": list(names), "accounts": list(accounts(count)[1:])},
        "config": dict(CONFIG),
        "accounts": holders,
        "timing": {"stopping_seconds": 0.01, "starting_seconds": 0.01},
    }
