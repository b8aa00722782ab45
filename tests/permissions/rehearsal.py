"""The demo and the fault estate, played with IAM enforced and every call held against botocore's service models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from moto.rds.models import rds_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from scheduler_local.authorization import Use
from scheduler_local.command import DEMO, MOMENTS
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.recorder import RecordedCall
from scheduler_local.scenario import Scenario, parse_scenario, read_scenario
from tests.aws.presigned import CloudFormation
from tests.e2e.faults.estate import FIRST_DAY, OLD_SNAPSHOTS, SCENARIO, TICK
from tests.permissions.checks import with_checks
from tests.permissions.grants import Grant, grants_of

SECRET = "Rehearsal-External-Id-7f3a"
"""The external id of the rehearsed stacks: long enough to be found where it does not belong."""
FORGED = "web\r\n\nWITHHELD\u2028  all of them\u0085forged\u202e\u200b"
"""A name, a tag's value and an error's text that would pass for lines of a mail."""
SPOKE = "444455556666"
KEY, LICENSE = "1234abcd-12ab-34cd-56ef-1234567890ab", "lic-0123456789abcdef0123456789abcdef"
"""Of an instance with encrypted volumes, and of one that a license governs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What the scenarios asked for, and what they were given."""

    grants: tuple[Grant, ...]
    used: frozenset[Use]
    refused: frozenset[Use]
    calls: tuple[RecordedCall, ...]
    logs: tuple[str, ...]
    """Every line that a function printed."""
    mails: tuple[str, ...]
    ends: tuple[str, ...]
    """How each run ended."""
    tokens: frozenset[str]
    """The session tokens and secret keys that were handed out."""


@cache
def rehearse() -> Rehearsal:
    """Play everything once in a process."""
    plays = [_play(scenario, moments) for scenario, moments in _scenarios()]
    return Rehearsal(
        grants=tuple(grant for play in plays for grant in play.grants),
        used=frozenset().union(*(play.used for play in plays)),
        refused=frozenset().union(*(play.refused for play in plays)),
        calls=tuple(call for play in plays for call in play.calls),
        logs=tuple(line for play in plays for line in play.logs),
        mails=tuple(mail for play in plays for mail in play.mails),
        ends=tuple(end for play in plays for end in play.ends),
        tokens=frozenset().union(*(play.tokens for play in plays)),
    )


def _scenarios() -> Iterator[tuple[Scenario, list[datetime]]]:
    demo = read_scenario(DEMO)
    yield _with_secret(demo), [datetime.fromisoformat(at) for at, _ in MOMENTS]
    yield _with_secret(parse_scenario(_everything())), [FIRST_DAY + number * TICK for number in range(4)]


def _with_secret(scenario: Scenario) -> Scenario:
    return replace(scenario, settings={**scenario.settings, "external_id": SECRET, "use_metrics": True})


def _everything() -> dict[str, Any]:
    """The fault estate and a spoke: substitute types, old snapshots, targets that are refused, workers that die."""
    ((hub, places),) = SCENARIO["accounts"].items()
    ((home, estate),) = places.items()
    servers = [
        *estate["ec2"],
        _server("bid", "running", "day", lifecycle="spot", spot_type="one-time"),
        _server(
            "tight", "stopped", "large", tags={"Schedule": "large", "PreferredInstanceTypes": "m5.large,m5a.large"}
        ),
        _server("sealed", "stopped", "day", kms_key=KEY),
        _server("licensed", "stopped", "day", license=LICENSE),
    ]
    hostile = [_server(FORGED, "stopped", "day"), _server("odd", "running", f"day{FORGED}")]
    spoke = {
        home: {"ec2": [_server("far", "stopped", "day"), *hostile], "rds": [_database("ledger-2", "stopped", "day")]}
    }
    faults = [
        {"api": "ec2:StopInstances", "die": "before", "times": 1, "account": hub},
        {"api": "rds:StopDBCluster", "die": "before", "times": 1},
        {"api": "rds:StartDBInstance", "instance": "orders", "error": "InvalidDBInstanceState", "times": 1},
        {"api": "rds:StartDBCluster", "error": "InvalidDBClusterStateFault", "times": 1},
        {"api": "ec2:StartInstances", "instance": "tight", "error": "InsufficientInstanceCapacity", "times": 1},
        {"api": "ec2:StartInstances", "account": SPOKE, "error": "UnsupportedOperation", "message": FORGED, "times": 1},
        # Failures of one target, which are told by its own item; those of a whole account are told by another.
        {"api": "ec2:DescribeInstances", "account": SPOKE, "error": "InvalidParameterValue", "times": 1},
        {"api": "rds:DescribeDBInstances", "account": SPOKE, "error": "InvalidParameterValue", "times": 1},
        {"api": "ec2:DescribeInstances", "account": SPOKE, "role": "*-reader", "error": "InvalidFilter", "times": 1},
        {"api": "rds:DescribeDBInstances", "account": SPOKE, "role": "*-reader", "error": "InvalidFilter", "times": 1},
    ]
    accounts = {hub: {home: {**estate, "ec2": servers}}, SPOKE: spoke}
    roles = {hub: {"volume_kms_key_arns": [KEY], "use_license_manager": True}}
    return {**SCENARIO, "accounts": accounts, "faults": faults, "roles": roles}


def _server(name: str, state: str, schedule: str, **more: Any) -> dict[str, Any]:
    seed = {"name": name, "type": "t3.small", "state": state, "stored_state": state, "tags": {"Schedule": schedule}}
    return seed | more


def _database(name: str, state: str, schedule: str) -> dict[str, Any]:
    return {"name": name, "state": state, "stored_state": state, "tags": {"Schedule": schedule}}


def _play(scenario: Scenario, moments: list[datetime]) -> Rehearsal:
    with EmbeddedAws(scenario, at=moments[0]) as aws:
        with_checks(aws)
        _configure(aws)
        _leave_snapshots(aws)
        runs = [aws.run(at) for at in moments]
        confirm = aws.run(moments[-1] + timedelta(minutes=1), {"dry_run": True})
        return Rehearsal(
            grants=tuple(grants_of(aws)),
            used=frozenset(aws.authorizer.used),
            refused=frozenset(aws.authorizer.refused),
            calls=tuple(aws.recorder.calls),
            logs=tuple(line for invocation in aws.recorder.invocations for line in invocation.log),
            mails=tuple(f"{one.subject}\n{one.message}" for one in aws.recorder.notifications),
            ends=tuple(run.status for run in (*runs, confirm)),
            tokens=frozenset(_tokens(aws)),
        )


def _tokens(aws: EmbeddedAws) -> Iterator[str]:
    """What the sessions of roles are signed with."""
    for account in aws.scenario.accounts:
        for role in sts_backends[account][get_partition(aws.scenario.region)].assumed_roles:
            yield from (role.session_token, role.secret_access_key)


def _leave_snapshots(aws: EmbeddedAws) -> None:
    """Let the databases that are to stop have snapshots of earlier stops."""
    backend = rds_backends[aws.scenario.hub][aws.scenario.region]
    for name in OLD_SNAPSHOTS if "archive" in backend.databases else ():
        backend.create_db_snapshot("archive", name)


def _configure(aws: EmbeddedAws) -> None:
    """Do what CloudFormation does with the custom resource."""
    (name,) = [name for name in aws.deployment.functions if name.endswith("-configure")]
    failed, result, log = aws.workers.invoke(name, json.dumps(_creation(CloudFormation().url)))
    assert not failed, (result, log)


def _creation(url: str) -> Mapping[str, Any]:
    return {
        "RequestType": "Create",
        "ResponseURL": url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Configuration",
        "ResourceProperties": {},
    }
