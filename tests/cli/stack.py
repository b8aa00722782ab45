"""A stack on the embedded AWS for the tests of the operator's commands, reached over HTTP as the real one is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from scheduler_local.authorization import ADMINISTRATOR_KEY
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.scenario import parse_scenario

HUB, HOME, NEAR = "111122223333", "cn-north-1", "cn-northwest-1"
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 09:00 in Shanghai, the beginning of office hours."""
PERIODS = [
    {"name": "office", "begintime": "09:00", "endtime": "18:00", "weekdays": ["mon-fri"]},
    {"name": "weekend", "weekdays": ["sat-sun"]},
]
SCHEDULES = [
    {"name": "office-hours", "timezone": "Asia/Shanghai", "periods": ["office"]},
    {"name": "always", "override_status": "running"},
]


def server(name: str, state: str = "stopped", schedule: str = "office-hours", **more: Any) -> dict[str, Any]:
    """An EC2 instance of a scenario, stored as it stands unless said otherwise."""
    seed = {"name": name, "type": "t3.small", "state": state, "stored_state": state}
    return seed | {"tags": {"Schedule": schedule}} | more


def scenario(*servers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A scenario with these instances in the hub's own account and region."""
    return {
        "partition_region": HOME,
        "settings": {"default_timezone": "Asia/Shanghai"},
        "config": {"periods": PERIODS, "schedules": SCHEDULES},
        "accounts": {HUB: {HOME: {"ec2": list(servers)}}},
        "timing": {"stopping_seconds": 0.1, "starting_seconds": 0.1},
    } | more


def started(raw: dict[str, Any]) -> Iterator[EmbeddedAws]:
    """An embedded AWS for a module's fixture."""
    with EmbeddedAws(parse_scenario(raw), at=MORNING) as aws:
        yield aws


@contextmanager
def reached(aws: EmbeddedAws) -> Iterator[str]:
    """The stack's name; the caller's credentials are those of an administrator of the hub."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", aws.client("ssm").meta.endpoint_url)
        patch.setenv("AWS_ACCESS_KEY_ID", ADMINISTRATOR_KEY.format(account=HUB))
        patch.setenv("AWS_SECRET_ACCESS_KEY", "administrator")
        patch.setenv("AWS_DEFAULT_REGION", HOME)
        patch.delenv("AWS_SESSION_TOKEN", raising=False)
        patch.delenv("AWS_PROFILE", raising=False)
        yield aws.deployment.parameter_prefix.strip("/").rpartition("/")[2]


def instance_id(aws: EmbeddedAws, name: str) -> str:
    """The EC2 id of the instance of this name."""
    return next(standing.id for standing in aws.instances() if standing.name == name)
