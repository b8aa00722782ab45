"""The processor time of invocations, warm, of every function but the plan: what a played month and the cost table reckon with."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from bench.estates import MORNING, TICK, accounts, estate, pair
from bench.figures import Figure
from bench.measured import MeasuredFunction, measured
from bench.pace import Pace, Rate, line, pace_to_figures
from bench.processor import plan_at
from bench.runs import playing

_ACCOUNTS, _EVERY, _TRIES = 40, 4, 3
_HOLDING = _ACCOUNTS // _EVERY
_EARLY = MORNING - timedelta(hours=2)
_EVENING = MORNING + timedelta(hours=8)
_FUNCTIONS = (
    *("plan-run", "evaluate-ec2", "evaluate-rds", "gather-actions"),
    *("start-stop-ec2", "start-stop-rds", "summarize-run"),
)
Functions = Mapping[str, MeasuredFunction]


def measure() -> Iterator[Figure]:
    """Sweep and act with functions that measure themselves."""
    raw = estate(_ACCOUNTS, 1, pair(20, 2, "stopped"), every=_EVERY)
    with playing(raw, _EARLY) as aws, ExitStack() as opened:
        functions = {name: opened.enter_context(measured(aws, name)) for name in _FUNCTIONS}
        _sweep(functions, _EARLY)
        rates = _of_sweeps(functions) | _of_actions(functions)
    yield from pace_to_figures(Pace(rates=rates))


def _of_sweeps(functions: Functions) -> dict[str, Rate]:
    names = accounts(_ACCOUNTS)
    empty = [name for place, name in enumerate(names) if place % _EVERY]
    asked = {"one": empty[:1], "empty": empty, "all": list(names)}
    least = {word: _least_sweep(functions, some) for word, some in asked.items()}
    rates = {}
    for evaluator in ("evaluate-ec2", "evaluate-rds"):
        empties = line(least["one"][evaluator], 1, least["empty"][evaluator], len(empty))
        managed = (least["all"][evaluator] - least["empty"][evaluator]) / _HOLDING
        rates[evaluator.replace("-", "_")] = Rate(base=empties.base, each=empties.each, each_managed=managed)
    return rates


def _least_sweep(functions: Functions, some: list[str]) -> dict[str, float]:
    sweeps = [_sweep(functions, _EARLY + TICK, accounts=some, notify="never") for _ in range(_TRIES)]
    return {name: min(sweep[name] for sweep in sweeps) for name in sweeps[0]}


def _of_actions(functions: Functions) -> dict[str, Rate]:
    """Act in the morning, cold, and in the evening, warm; the base is what an invocation takes that finds nothing."""
    _act(functions, MORNING)
    nothing = _act(functions, MORNING + TICK)
    something = _act(functions, _EVENING)
    decisions = {"start-stop-ec2": 20 * _HOLDING, "start-stop-rds": 2 * _HOLDING}
    base = nothing["gather-actions"]
    return {
        name.replace("-", "_"): line(nothing.get(name, base), 0, seconds, decisions.get(name, 22 * _HOLDING))
        for name, seconds in something.items()
    }


def _act(functions: Functions, at: datetime) -> dict[str, float]:
    """Take a tick to its end; the processor time of the functions that act."""
    planned = plan_at(functions["plan-run"], at).result
    _evaluate(functions, planned)
    instant = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    event = {"run": planned["run"], "limits": planned["limits"], "errors": [], "entered_time": instant}
    gathered = functions["gather-actions"].invoke(event)
    taken = {"gather-actions": gathered.cpu}
    for batch in gathered.result["batches"]:
        name = _short(batch["function"])
        event = {"run": gathered.result["run"], "batch": batch["batch"], "entered_time": instant}
        taken[name] = functions[name].invoke(event).cpu
    event = {
        "run": gathered.result["run"],
        "errors": [],
        "failed_batches": [],
        "resized": [],
        "execution": "arn:aws:states:us-east-1:1:execution:m:r",
    }
    return taken | {"summarize-run": functions["summarize-run"].invoke(event).cpu}


def _sweep(functions: Functions, at: datetime, **asked: Any) -> dict[str, float]:
    return _evaluate(functions, plan_at(functions["plan-run"], at, **asked).result)


def _evaluate(functions: Functions, planned: Mapping[str, Any]) -> dict[str, float]:
    """Invoke each shard's evaluator, one after another; the processor time of the last of each."""
    taken = {}
    for shard in planned["shards"]:
        name = _short(shard["function"])
        taken[name] = functions[name].invoke({"run": planned["run"], "shard": shard["shard"]}).cpu
    return taken


def _short(arn: str) -> str:
    return next(name for name in _FUNCTIONS if arn.endswith(name))
