"""How long invocations take: processor time as measured, waits as counted calls times a network's latency."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.figures import Figure
from bench.measured import cpu_share
from bench.meter import Work

PART = "pace"
MEMORY = 512
HUB_CALL, SPOKE_CALL = 0.01, 0.15
"""Seconds that a call waits: one to DynamoDB, SSM or STS at home, and one to EC2 or RDS wherever that is."""
_PLANS = (("CPU of a plan at 1×1, nothing due", 2), ("CPU of a plan at 1,000×17, nothing due", 34_000))
"""What another part measures of the plan, and how many targets each of these estates has."""
THREADS = 8
"""Targets that an evaluator looks at side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Seconds of processor time: of an invocation, and of each thing that it goes through."""

    base: float
    each: float = 0
    each_managed: float = 0
    """Of an evaluator: of a target that holds 20 EC2 instances or 2 databases, where `each` is one that holds none."""

    def cpu(self, work: Work) -> float:
        """Processor seconds of an invocation."""
        things = work.entries or work.targets - work.managed
        return self.base + self.each * things + self.each_managed * work.managed


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The rates of the functions, warm."""

    rates: Mapping[str, Rate]

    def seconds(self, work: Work) -> float:
        """What Lambda bills for an invocation at 512 MB; an evaluator waits for several targets at once."""
        side_by_side = min(THREADS, max(1, work.targets)) if work.function.startswith("evaluate") else 1
        waits = work.hub_calls * HUB_CALL + work.spoke_calls * SPOKE_CALL
        return self.rates[work.function].cpu(work) / cpu_share(MEMORY) + waits / side_by_side


_NAMES = {
    "base": "CPU of {}, an invocation",
    "each": "CPU of {}, each {}",
    "each_managed": "CPU of {}, each target of 20 EC2 or 2 RDS",
}
_THINGS = {"plan_run": "target", "evaluate_ec2": "empty target", "evaluate_rds": "empty target"}


def pace_to_figures(pace: Pace) -> Iterable[Figure]:
    """Write the rates as figures, in milliseconds."""
    for function, rate in pace.rates.items():
        for attribute, name in _NAMES.items():
            seconds = getattr(rate, attribute)
            if seconds:
                named = name.format(function, _THINGS.get(function, "decision"))
                yield Figure(part=PART, name=named, value=seconds * 1000, unit="ms", how=f"{function}.{attribute}")


def pace_from_figures(figures: Iterable[Figure]) -> Pace:
    """Read the rates back from the figures of a run."""
    known = list(figures)
    rates: dict[str, dict[str, float]] = {}
    for figure in known:
        if figure.part == PART:
            function, attribute = figure.how.split(".")
            rates.setdefault(function, {})[attribute] = figure.value / 1000
    return Pace(rates={function: Rate(**rate) for function, rate in rates.items()} | _of_plans(known))


def _of_plans(figures: Iterable[Figure]) -> dict[str, Rate]:
    """The rate of the plan, by the line through the smallest and the largest estate; none where they were not measured."""
    taken = {figure.name: figure.value / 1000 for figure in figures}
    (small, few), (large, many) = _PLANS
    if small not in taken or large not in taken:
        return {}
    return {"plan_run": line(taken[small], few, taken[large], many)}


def line(low: float, few: int, high: float, many: int) -> Rate:
    """The line through two points, which does not fall."""
    each = max(0.0, (high - low) / (many - few))
    return Rate(base=max(0.0, low - each * few), each=each)
