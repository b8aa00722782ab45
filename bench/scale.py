"""The plan and the workflow at size: time and memory of PlanRun, events and payloads of the execution.

The plan, the state machine and the state table are real; above one target the evaluators and actors are stand-ins that answer
what the real ones answer, since the embedded AWS cannot hold 34,000 targets' instances.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bench.estates import QUIET, TICK, accounts, estate
from bench.figures import Figure
from bench.measured import Taken, cpu_share, measured
from bench.processor import MEMORY, plan_at
from bench.runs import playing
from instance_scheduler.aws.state_store import StateStore
from instance_scheduler.aws.table import Table
from instance_scheduler.plan import cut_shards, cut_sweep, plan_visits
from instance_scheduler.settings import Service, Settings
from instance_scheduler.target import Home, Target, known_targets
from instance_scheduler.target_items import Swept
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.result import RunResult

PART = "scale"
LATER = QUIET + timedelta(hours=1)
SIZES = ((1, 1), (10, 4), (100, 4), (1000, 17))
LARGEST = (1000, 17)
_CALL = 0.02
"""Seconds of a call to DynamoDB or SSM that we reckon with: the embedded one is not DynamoDB, and slower."""


def measure() -> Iterator[Figure]:
    """Plan and run at each size, everything due at once."""
    for count, regions in SIZES:
        yield from _at_size(count, regions)


def _at_size(count: int, regions: int) -> Iterator[Figure]:
    raw = estate(1, regions, {})
    raw["config"] = raw["config"] | {"config": {"remote_account_ids": list(accounts(count)[1:])}}
    size = f"{count:,}×{regions}"
    is_largest = (count, regions) == LARGEST
    with playing(raw, QUIET) as aws:
        with measured(aws, "plan-run") as plan:
            first, first_calls = _counted(aws, lambda: plan_at(plan, QUIET))
            _write_targets(aws, count, regions)
            idle, idle_calls = _counted(aws, lambda: plan_at(plan, QUIET + TICK))
        targets = first.result["due"]
        if (targets, idle.result["due"]) != (2 * count * regions, 0):
            raise RuntimeError(f"{size}: {targets} and {idle.result['due']} targets due")
        plans = (("everything due, cold", first, first_calls), ("nothing due, warm", idle, idle_calls))
        for name, taken, calls in plans:
            seconds = taken.cpu / cpu_share(MEMORY) + calls * _CALL
            yield _figure(
                f"plan at {size}, {name}",
                seconds,
                unit="s",
                target=10 if is_largest else None,
                how=f"{taken.cpu:.2f} s of CPU at the share of {MEMORY} MB, and {calls} calls at 20 ms",
            )
        yield _figure(
            f"CPU of a plan at {size}, nothing due", idle.cpu * 1000, unit="ms", how="what a month's plans go by"
        )
        yield _figure(f"plan at {size}, memory", idle.rss, unit="MB", target=MEMORY)
        with _stand_ins(aws, report=0):
            quiet = aws.run(LATER, {"notify": "never"})
        yield from _history(f"sweep at {size}", quiet, 5000)
        with _stand_ins(aws, report=1, batches=len(first.result["shards"])):
            acting = aws.run(LATER + TICK, {"notify": "never"})
        yield from _history(f"every target acting at {size}", acting, 20000)


def _counted(aws: EmbeddedAws, invoke: Callable[[], Taken]) -> tuple[Taken, int]:
    mark = aws.recorder.mark()
    taken = invoke()
    return taken, len(aws.recorder.since(mark).calls)


def _history(name: str, run: RunResult, most: int) -> Iterator[Figure]:
    if run.status != "SUCCEEDED":
        raise RuntimeError(f"{name}: {run.status} {run.execution.cause}")
    yield _figure(f"{name}: events", run.cost.history_events, target=most)
    yield _figure(f"{name}: largest payload", run.cost.largest_payload_bytes / 1024, unit="KiB", target=200)
    yield _figure(f"{name}: transitions", run.cost.state_transitions)


def _write_targets(aws: EmbeddedAws, count: int, regions: int) -> None:
    """Let every target have been swept at the first instant, as the evaluators record it: by groups."""
    regional = estate(1, regions, {})["settings"]["regions"]
    settings = Settings(accounts=accounts(count), regions=tuple(regional))
    config_hash = _config_hash(aws)
    targets = known_targets(settings, Home(partition="aws", account=accounts(1)[0], region=regional[0]))
    visits = plan_visits(targets, targets, {}, settings.targets_per_shard)
    state = StateStore(Table(aws.client("dynamodb"), aws.tables.state_table))
    for shard in cut_sweep(visits, settings.targets_per_shard):
        left = state.record_sweeps(
            shard.service,
            visits[shard.targets[0]].group,
            [
                Swept(
                    target=target,
                    at=QUIET,
                    due=QUIET + timedelta(hours=6),
                    config_hash=config_hash,
                    managed=0,
                    open_sweeps=0,
                )
                for target in shard.targets
            ],
        )
        if left:
            raise RuntimeError(f"{len(left)} targets of {shard.label} were not recorded")


def _config_hash(aws: EmbeddedAws) -> str:
    with measured(aws, "plan-run") as plan:
        return str(plan_at(plan, QUIET, dry_run=True).result["run"]["config_hash"])


@contextmanager
def _stand_ins(aws: EmbeddedAws, *, report: int, batches: int = 0) -> Iterator[None]:
    """Let evaluators, actors and the summary answer at once; GatherActions hands over so many batches of all 50 targets."""
    real = aws.workers.invoke
    targets = [
        Target(account=f"{number:012d}", region="us-east-1", service=Service.EC2) for number in range(17, 51 * 50)
    ]
    label = cut_shards(targets, 50)[0].label
    answers: Mapping[str, Callable[[Any], Any]] = {
        "evaluate": lambda event: {"shard": event["shard"], "report": report, "error": None},
        "start-stop": lambda event: {"batch": event["batch"], "error": None},
        "gather-actions": lambda event: {
            "run": event["run"],
            "limits": event["limits"],
            "errors": [],
            "batches": [{"batch": one, "function": _actor(aws), "label": label} for one in range(batches)],
            "resizes": [],
        },
        "summarize-run": lambda event: {"mail": False, "subject": "", "message": "", "counts": {}},
    }

    def invoke(name: str, payload: str) -> tuple[bool, str, tuple[str, ...]]:
        answer = next((make for word, make in answers.items() if word in name), None)
        if answer is None:
            return real(name, payload)
        return False, json.dumps(answer(json.loads(payload))), ()

    aws.workers.invoke = invoke  # type: ignore[method-assign]  # for as long as the context
    try:
        yield
    finally:
        aws.workers.invoke = real  # type: ignore[method-assign]


def _actor(aws: EmbeddedAws) -> str:
    return next(one.arn for one in aws.deployment.functions.values() if one.name.endswith("start-stop-ec2"))


def _figure(name: str, value: float, **more: Any) -> Figure:
    return Figure(part=PART, name=name, value=value, **more)
