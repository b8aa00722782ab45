"""What a month costs at list prices: counts from the design's rules, priced with what was measured."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path

from bench.figures import Figure
from instance_scheduler.plan import SMALL_ESTATE
from instance_scheduler.settings import Settings

PART = "cost"
PRICES = json.loads((Path(__file__).parent / "prices.json").read_text(encoding="utf-8"))
SIZES = ((1, 1), (1, 2), (10, 4), (100, 4), (100, 17), (1000, 17))
TARGETS = {(1, 2): 1.3, (100, 4): 4.0, (1000, 17): 90.0}
PEER = {(10, 4): "17.6", (100, 4): "175", (1000, 17): "7,400"}
DAYS, WORKDAYS, TICK_MINUTES = 30, 22, 5
TICKS = DAYS * 24 * 60 // TICK_MINUTES
EC2, RDS, EVERY = 20, 2, 4
"""Instances of a pair that holds any, and every which pair does."""
GIGABYTES = 0.5
LOG_BYTES = 520 + 330
"""Of one invocation: our line, and Lambda's own three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds that invocations take, from the measured figures: warm, 512 MB, calls over a network."""

    plan_idle: float = 0.06
    plan_per_target: float = 0.0002
    """Seconds for each record of a target that the plan reads."""
    evaluator: float = 0.05
    per_empty_target: float = 0.03
    per_managed_target: float = 0.09
    other: float = 0.5
    """GatherActions, StartStop for each 100 instances, SummarizeRun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What a month comes to."""

    transitions: float
    invocations: float
    lambda_seconds: float
    api_calls: float
    write_units: float
    read_units: float

    def price(self, region: str) -> float:
        """In the region's currency."""
        prices: Mapping[str, float] = PRICES[region]
        return (
            self.transitions * prices["transition"]
            + self.lambda_seconds * GIGABYTES * prices["lambda_gb_second"]
            + self.invocations * prices["lambda_request"]
            + self.write_units * prices["dynamodb_write_unit"]
            + self.read_units * prices["dynamodb_read_unit"]
            + self.invocations * LOG_BYTES / 1e9 * prices["log_gigabyte"]
        )

    def to_json(self) -> dict[str, float]:
        """The counts."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Of single things, as counted on the embedded AWS."""

    empty_target_calls: float = 2.5
    """Describes (EC2 one, RDS two) and the alarm."""
    managed_target_calls: float = 3.5
    writes_per_target: float = 1
    writes_per_visit: float = 0.1
    """Of a shard's item, which holds 50 visits in five kilobytes."""
    writes_per_shard: float = 0.9
    """What is begun of a kilobyte, of a shard's item."""
    writes_per_action: float = 9
    """Journal 2, claim 2, outcome 4, and the verification's share."""
    target_bytes: int = 230


COSTS = Costs()


def month_of(
    count: int,
    regions: int,
    pace: Pace,
    *,
    full_sweep: int = 15,
    tick: int = TICK_MINUTES,
    enforced: bool = False,
    size: int = Settings().targets_per_shard,
) -> Month:
    """Reckon a month of so many accounts and regions; one pair in four holds 20 EC2 and 2 RDS under office hours."""
    pairs = count * regions
    targets = 2 * pairs
    holding = ceil(pairs / EVERY)
    managed, empty = 2 * holding, targets - 2 * holding
    ticks = DAYS * 24 * 60 // tick
    is_large = targets > 1000
    marks = DAYS * 24 * 60 / max(full_sweep, tick, 30 if is_large else 0)
    empty_marks = DAYS * 4 if is_large else marks
    if enforced:
        marks = ticks
    changes = 2 * WORKDAYS
    # A change is swept on its tick, unless the full sweep falls on it, and the tick after it.
    alone = 0 if enforced else 1 - tick / max(full_sweep, tick)
    extra = 0 if enforced else changes * (1 + alone)
    managed_sweeps, empty_sweeps = managed * (marks + extra), empty * empty_marks
    actions = holding * (EC2 + RDS) * changes
    shards, sweeping = _shards(targets, managed, ticks, marks, empty_marks, extra, size)
    batches = changes * (managed if managed <= SMALL_ESTATE else 2 * ceil(managed / 2 / size))
    transitions = 3 * ticks + 2 * sweeping + shards + changes * 7 + batches
    plan_seconds = ticks * (pace.plan_idle + pace.plan_per_target * targets)
    evaluator_seconds = (
        shards * pace.evaluator + managed_sweeps * pace.per_managed_target + empty_sweeps * pace.per_empty_target
    )
    acting_seconds = changes * 2 * pace.other + actions / 100 * pace.other
    return Month(
        transitions=transitions,
        invocations=ticks + shards + changes * 2 + batches,
        lambda_seconds=plan_seconds + evaluator_seconds + acting_seconds,
        api_calls=2 * ticks
        + 2 * shards
        + managed_sweeps * COSTS.managed_target_calls
        + empty_sweeps * COSTS.empty_target_calls
        + actions * 0.1,
        write_units=(managed_sweeps + empty_sweeps) * (COSTS.writes_per_target + COSTS.writes_per_visit)
        + shards * COSTS.writes_per_shard
        + actions * COSTS.writes_per_action,
        read_units=ticks * (1 + ceil(targets * COSTS.target_bytes / 4096))
        + shards * 2
        + managed_sweeps * 1.5
        + actions,
    )


def _shards(
    targets: int, managed: int, ticks: int, marks: float, empty_marks: float, extra: float, size: int
) -> tuple[float, float]:
    """Shards of a month, and ticks on which something is swept."""
    if targets <= SMALL_ESTATE:
        # One group: all targets have their full sweep together, one a shard.
        return managed * marks + (targets - managed) * empty_marks + managed * extra, marks + extra
    groups = ceil(targets / size)
    slots = min(groups, ticks / marks)
    if marks == ticks:
        return ticks * _shards_at_once(managed + (targets - managed) * empty_marks / ticks, size), ticks
    sweeps = targets * marks if empty_marks == marks else managed * marks + (targets - managed) * empty_marks
    sweeping = min(ticks, slots * marks + extra)
    per_tick = sweeps / sweeping
    return sweeping * _shards_at_once(per_tick, size) + extra * _shards_at_once(managed, size), sweeping


def _shards_at_once(due: float, size: int) -> float:
    return due if due <= SMALL_ESTATE else 2 * ceil(due / 2 / size)


def measure(pace: Pace) -> Iterator[Figure]:
    """Price each size of estate, in US dollars and in Chinese yuan."""
    for count, regions in SIZES:
        month = month_of(count, regions, pace)
        for region in ("us-east-1", "cn-north-1"):
            is_us = region == "us-east-1"
            yield Figure(
                part=PART,
                name=f"a month of {count:,}×{regions}, {region}",
                value=round(month.price(region), 2),
                unit=str(PRICES[region]["currency"]),
                target=TARGETS.get((count, regions)) if is_us else None,
                peer=PEER.get((count, regions), "") if is_us else "",
                how=f"{month.transitions:,.0f} transitions, {month.lambda_seconds:,.0f} s of Lambda, "
                f"{month.write_units:,.0f} write and {month.read_units:,.0f} read units",
            )


OPTIONS: Mapping[str, Mapping[str, int | bool]] = {
    "as deployed": {},
    "every schedule `enforced`": {"enforced": True},
    "`FullSweepMinutes` 5": {"full_sweep": 5},
    "`FullSweepMinutes` 30": {"full_sweep": 30},
    "`FullSweepMinutes` 60": {"full_sweep": 60},
    "`ScheduleInterval` 1": {"tick": 1},
    "`ScheduleInterval` 10": {"tick": 10},
    "`ScheduleInterval` 15": {"tick": 15},
    "`TargetsPerShard` 100": {"size": 100},
}
_SHOWN = ((1, 2), (10, 4), (100, 4), (1000, 17))


def option_table(pace: Pace) -> str:
    """A Markdown table of what each option makes of a month, in US dollars."""
    head = " | ".join(f"{count:,}×{regions}" for count, regions in _SHOWN)
    rows = [f"| a month, USD | {head} |", "|---" * (len(_SHOWN) + 1) + "|"]
    for name, option in OPTIONS.items():
        prices = [month_of(*size, pace, **option).price("us-east-1") for size in _SHOWN]  # type: ignore[arg-type]  # named
        rows.append(f"| {name} | " + " | ".join(f"{price:.2f}" for price in prices) + " |")
    return "\n".join(rows)


def price_table() -> str:
    """A Markdown table of the prices that are reckoned with."""
    regions = ("us-east-1", "cn-north-1")
    names = [name for name in PRICES[regions[0]] if name != "currency"]
    head = " | ".join(f"{region}, {PRICES[region]['currency']}" for region in regions)
    rows = [f"| price | {head} |", "|---|---|---|"]
    for name in names:
        values = " | ".join(f"{PRICES[one][name]:.10g}" for one in regions)
        rows.append(f"| {name.replace('_', ' ')} | {values} |")
    return "\n".join(rows)
