"""Small estates on the embedded AWS: the real template, state machine and handlers, IAM enforced."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from scheduler_local.embedded import EmbeddedAws
from scheduler_local.scenario import parse_scenario
from tests.permissions.checks import with_checks

HUB = "111122223333"
SPOKE = "444455556666"
REGIONS = {"aws": ("us-east-1", "us-west-2"), "aws-cn": ("cn-north-1", "cn-northwest-1")}
"""Partition → the hub's region and another one."""
HOME, NEAR = REGIONS["aws-cn"]
"""The regions of the test's partition, while it runs."""

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 09:00 in Shanghai, the beginning of office hours."""
LATER = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""Monday 18:00 in Shanghai, the end of office hours."""

CONFIG = {
    "periods": [
        {"name": "office", "begintime": "09:00", "endtime": "18:00", "weekdays": ["mon-fri"]},
        {"name": "peak", "begintime": "12:00", "endtime": "14:00", "weekdays": ["mon-fri"]},
    ],
    "schedules": [
        {"name": "office-hours", "periods": ["office"]},
        {"name": "kept", "periods": ["office"], "retain_running": True},
        {"name": "scaled", "periods": ["office@t3.small", "peak@m5.large"]},
        {"name": "large", "periods": ["office@m5.large"]},
    ],
}

Embed = Callable[..., EmbeddedAws]


def server(name: str, state: str = "stopped", schedule: str = "office-hours", **more: Any) -> dict[str, Any]:
    """An EC2 instance of a scenario, stored as it stands unless said otherwise."""
    return {
        "name": name,
        "type": "t3.small",
        "state": state,
        "stored_state": state,
        "tags": {"Schedule": schedule},
    } | more


def database(name: str, state: str = "stopped", schedule: str = "office-hours", **more: Any) -> dict[str, Any]:
    """An RDS database of a scenario, stored as it stands unless said otherwise."""
    stored = "running" if state == "available" else state
    seed = {"name": name, "class": "db.t3.medium", "engine": "mysql", "state": state, "stored_state": stored}
    return seed | {"tags": {"Schedule": schedule}} | more


def scenario(*servers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A scenario with these instances in the hub's own account and region."""
    return {
        "partition_region": HOME,
        "settings": {"regions": [HOME], "default_timezone": "Asia/Shanghai"},
        "config": CONFIG,
        "accounts": {HUB: {HOME: {"ec2": list(servers)}}},
        "timing": {"stopping_seconds": 0.3, "starting_seconds": 0.3},
    } | more


@pytest.fixture(params=sorted(REGIONS), autouse=True)
def partition(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Play every scenario in both partitions: HOME and NEAR are the partition's regions, here and in the test's module."""
    name = str(request.param)
    for module in (sys.modules[scenario.__module__], request.module):
        for variable, region in zip(("HOME", "NEAR"), REGIONS[name], strict=True):
            monkeypatch.setattr(module, variable, region, raising=False)
    return name


@pytest.fixture
def embed() -> Iterator[Embed]:
    """Start an embedded AWS for a scenario, each call held against botocore's service models; it ends with the test."""
    with ExitStack() as stack:

        def start(raw: dict[str, Any], **options: Any) -> EmbeddedAws:
            return with_checks(stack.enter_context(EmbeddedAws(parse_scenario(raw), **options)))

        yield start
