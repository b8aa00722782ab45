"""Processor time, clients and memory of evaluators, each in a process of its own."""

import statistics
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from bench.estates import QUIET, TICK, estate, pair
from bench.figures import Figure
from bench.measured import MeasuredFunction, Taken, cpu_share, measured, quotas_work
from bench.runs import playing
from scheduler_local.embedded import EmbeddedAws

PART = "processor"
PAIRS = 9
MEMORY = 512


def measure() -> Iterator[Figure]:
    """Sweep pairs cold and warm, then 25 pairs over a slow network."""
    with playing(estate(PAIRS, 1, pair(20, 2)), QUIET) as aws:
        yield from _pairs(aws)
    with playing(estate(25, 1, pair(20, 2), every=4), QUIET) as aws:
        yield from _slow_network(aws)


def _pairs(aws: EmbeddedAws) -> Iterator[Figure]:
    with measured(aws, "plan-run") as plan, measured(aws, "evaluate-ec2") as ec2, measured(aws, "evaluate-rds") as rds:
        sweeps = [_sweep(plan, (ec2, rds), QUIET + 3 * TICK * number) for number in range(6)]
        init = max(ec2.init.cpu, rds.init.cpu)
    first, *later = sweeps
    per_pair = [sum(one.cpu for one in taken) / PAIRS * 1000 for taken in later[1:]]
    yield _figure(
        "CPU per warm pair, 20 EC2 + 2 RDS",
        min(per_pair),
        unit="ms",
        target=40,
        peer="440-550",
        how=f"process time of both evaluators, best of {len(per_pair)} sweeps of {PAIRS} pairs",
    )
    yield _figure("CPU per warm pair, median", statistics.median(per_pair), unit="ms")
    yield _figure("CPU per pair, first sweep", sum(one.cpu for one in first) / PAIRS * 1000, unit="ms")
    yield _figure("clients made when warm", sum(one.clients for taken in later for one in taken), target=0)
    gigabytes = MEMORY / 1024 * min(per_pair) / 1000 / cpu_share(MEMORY)
    yield _figure("GB-s per warm pair of processor time", gigabytes, unit="GB-s", peer="1.66", how="at 512 MB's share")
    yield _figure("CPU of an evaluator's init", init, unit="s")
    yield _figure("memory of an evaluator", max(one.rss for taken in sweeps for one in taken), unit="MB", target=MEMORY)


def _slow_network(aws: EmbeddedAws) -> Iterator[Figure]:
    how = "under a CPU quota" if quotas_work() else "without a CPU quota: the system has none"
    with (
        measured(aws, "plan-run") as plan,
        measured(aws, "evaluate-ec2", memory=MEMORY) as ec2,
        measured(aws, "evaluate-rds", memory=MEMORY) as rds,
    ):
        _sweep(plan, (ec2, rds), QUIET)
        aws.inject(api="*", delay_seconds=0.15)
        times = [_sweep(plan, (ec2, rds), QUIET + 3 * TICK * number) for number in (1, 2)]
    for name, place in (("EC2", 0), ("RDS", 1)):
        yield _figure(
            f"25 {name} targets at 150 ms a call, warm, {MEMORY} MB",
            min(taken[place].wall for taken in times),
            unit="s",
            target=4,
            how=how,
        )


def _sweep(plan: MeasuredFunction, evaluators: tuple[MeasuredFunction, ...], at: datetime) -> list[Taken]:
    planned = plan_at(plan, at).result
    if len(planned["shards"]) != len(evaluators):
        raise RuntimeError(f"{len(planned['shards'])} shards instead of {len(evaluators)}")
    payloads = [{"run": planned["run"], "shard": shard["shard"]} for shard in planned["shards"]]
    # Side by side, as the workflow has them.
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda evaluator, payload: evaluator.invoke(payload), evaluators, payloads))


def plan_at(plan: MeasuredFunction, at: datetime, **asked: Any) -> Taken:
    """Plan the tick of an instant."""
    instant = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    payload: Mapping[str, Any] = {
        "input": {"at": instant, **asked},
        "run_id": f"bench-{at:%d%H%M}",
        "start_time": instant,
    }
    return plan.invoke(payload)


def _figure(name: str, value: float, **more: Any) -> Figure:
    return Figure(part=PART, name=name, value=value, **more)
