"""Whole runs on the embedded AWS: calls, transitions, write units, log bytes."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bench.estates import CONFIG, MORNING, QUIET, TICK, databases, estate, pair, servers
from bench.figures import Figure
from bench.units import write_units
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.recorder import RecordedCall
from scheduler_local.result import RunResult
from scheduler_local.scenario import parse_scenario

PART = "runs"
SPOKE = ("ec2:", "rds:", "sts:")
WARM_UP = {"name": "early", "begintime": "08:50", "endtime": "17:00", "weekdays": ["mon-fri"]}


@contextmanager
def playing(raw: Mapping[str, Any], at: datetime) -> Iterator[EmbeddedAws]:
    """An embedded AWS for a scenario."""
    with EmbeddedAws(parse_scenario(dict(raw)), at=at) as aws:
        yield aws


def measure() -> Iterator[Figure]:
    """Play the runs and count."""
    yield from _idle_pair()
    yield from _quiet_shards()
    yield from _starts()


def _idle_pair() -> Iterator[Figure]:
    with playing(estate(1, 1, pair(20, 2)), QUIET) as aws:
        aws.run(QUIET)
        aws.run(QUIET + TICK)
        sweep, idle = aws.run(QUIET + 3 * TICK), aws.run(QUIET + 4 * TICK)
    yield _figure(
        "spoke calls per idle pair and sweep",
        _spoke(sweep.calls),
        target=3,
        peer="9",
        how="20 EC2 and 2 RDS, sessions cached",
    )
    yield _figure("hub calls per idle pair and sweep", len(sweep.calls) - _spoke(sweep.calls), how="plan included")
    yield _figure("calls when nothing is due", len(idle.calls), target=3, how="all, warm")
    yield _figure("transitions when nothing is due", idle.cost.state_transitions, target=3)
    shards = sum("evaluate" in one.function for one in sweep.invocations)
    yield _figure(
        "transitions of a sweep without changes, beside one a shard", sweep.cost.state_transitions - shards, target=5
    )
    logs = [sum(len(line) + 1 for line in one.log) for one in sweep.invocations if "evaluate" in one.function]
    yield _figure("log bytes per idle shard", max(logs), unit="B", target=1024)


def _quiet_shards() -> Iterator[Figure]:
    with playing(estate(25, 1, {}), QUIET) as aws:
        aws.run(QUIET)
        sweep = aws.run(QUIET + 3 * TICK)
    yield _figure(
        "write units of a quiet sweep of 50 targets", write_units(sweep.calls), target=50, how="the journal included"
    )
    yield _figure("calls of a quiet sweep of 50 empty targets, hub", len(sweep.calls) - _spoke(sweep.calls))


def _starts() -> Iterator[Figure]:
    config = dict(CONFIG)
    config["periods"] = [*CONFIG["periods"], WARM_UP]
    config["schedules"] = [*CONFIG["schedules"], {"name": "early", "periods": ["early"]}]
    first = servers(1, "stopped")[0] | {"name": "early", "tags": {"Schedule": "early"}}
    one = estate(1, 1, {"ec2": [*servers(200, "stopped"), first]}) | {"config": config}
    one["settings"] |= {"scheduled_services": ["ec2"]}
    with playing(one, MORNING - 2 * TICK) as aws:
        aws.run(MORNING - 2 * TICK)
        aws.run(MORNING - TICK)
        run = aws.run(MORNING)
        _require(run, 200)
        yield _figure(
            "spoke calls to start 200 EC2, warm", _spoke(run.calls), target=5, peer="204", how="AssumeRole included"
        )
        yield _figure("calls to start 200 EC2, warm", len(run.calls), target=25, peer="255")
    with playing(estate(1, 1, {"ec2": servers(200, "stopped"), "rds": databases(1)}), MORNING) as aws:
        run = aws.run(MORNING)
        _require(run, 200)
        yield _figure("calls of the first run, cold, both services due, 200 EC2 to start", len(run.calls), target=36)
    with playing(one, MORNING) as aws:
        for number in range(5):
            name = f"server-{40 * number + 7}"
            aws.inject(api="ec2:StartInstances", instance=name, error="IncorrectInstanceState")
        run = aws.run(MORNING)
        _require(run, 196)
        yield _figure(
            "StartInstances calls, 200 EC2 of which 5 are bad", run.cost.api_calls["ec2:StartInstances"], target=6
        )


def _require(run: RunResult, started: int) -> None:
    count = sum(outcome["status"] == "succeeded" for outcome in run.outcomes)
    if count != started:
        raise RuntimeError(f"{run.run_id}: {count} started instead of {started}: {run.execution.cause}")


def _spoke(calls: Iterable[RecordedCall]) -> int:
    return sum(recorded.api.startswith(SPOKE) for recorded in calls)


def _figure(name: str, value: float, **more: Any) -> Figure:
    return Figure(part=PART, name=name, value=value, **more)
