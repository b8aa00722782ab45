"""What a month costs at list prices: counts from the design's rules, priced with what was measured."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import ceil

from bench.figures import Figure
from bench.meter import Work
from bench.pace import Pace
from bench.prices import REGIONS, currency, price
from instance_scheduler.alarm import WAVE
from instance_scheduler.plan import SMALL_ESTATE
from instance_scheduler.settings import Settings

PART = "cost"
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
        return (
            self.transitions * price(region, "transition")
            + self.lambda_seconds * GIGABYTES * price(region, "lambda_gb_second")
            + self.invocations * price(region, "lambda_request")
            + self.write_units * price(region, "dynamodb_write_unit")
            + self.read_units * price(region, "dynamodb_read_unit")
            + self.invocations * LOG_BYTES / 1e9 * price(region, "log_gigabyte")
        )

    def to_json(self) -> dict[str, float]:
        """The counts."""
        return asdict(self)


_OWN, _LINE, _VISIT = 230, 51, 64
"""Bytes of a target's own item, of its line in the item of its group, and of its visit in a shard's item."""
_WRITES_PER_ACTION = 10
"""Journal and index 2, claim 2, the item's outcome 2, the journal's 2 and the index 1, and of a start its verification 2."""
_READS_PER_ACTION = 0.6
"""The journal is read by three functions, at some 600 bytes a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sweeps:
    """How often targets are swept in a month, and in how many shards."""

    ticks: float
    """On which something is swept."""
    shards: float
    managed: float
    empty: float
    records: float
    """Groups' items written; none in a small estate, where each target has its own."""

    @property
    def targets(self) -> float:
        """Looked at."""
        return self.managed + self.empty

    @property
    def per_shard(self) -> float:
        """Targets of a shard, on the average."""
        return self.targets / self.shards


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
    targets, holding = 2 * pairs, ceil(pairs / EVERY)
    ticks, changes = DAYS * 24 * 60 // tick, 2 * WORKDAYS
    is_small = targets <= SMALL_ESTATE
    sweeps = _sweeps(pairs, ticks, full_sweep=full_sweep, tick=tick, enforced=enforced, size=size)
    batches = _shards_at_once(2 * holding, size)
    invocations = [
        (ticks, Work("plan_run", hub_calls=3, targets=targets)),
        *((sweeps.shards / 2, work) for work in _evaluations(sweeps, is_small)),
        *((changes * times, work) for times, work in _actions(holding, batches)),
    ]
    hours = DAYS * 24
    assumed = 2 * count * (min(hours, sweeps.targets / targets) + changes)
    records = sweeps.records * max(1, ceil((min(pairs, size) * _LINE + 150) / 1024))
    visits = sweeps.shards * ceil((sweeps.per_shard * _VISIT + 100) / 1024)
    return Month(
        transitions=3 * ticks + 2 * sweeps.ticks + sweeps.shards + changes * (6 + batches),
        invocations=sum(times for times, _ in invocations),
        lambda_seconds=sum(times * pace.seconds(work) for times, work in invocations),
        api_calls=sum(times * (work.hub_calls + work.spoke_calls) for times, work in invocations) + assumed,
        write_units=(sweeps.targets if is_small else records + visits)
        + changes * (1 + holding * (EC2 + RDS) * _WRITES_PER_ACTION),
        read_units=ticks * (1 + ceil(targets * (_OWN if is_small else _LINE) / 4096))
        + (0 if is_small else sweeps.shards + 2 * sweeps.records)
        + sweeps.managed * 1.5
        + changes * holding * (EC2 + RDS) * _READS_PER_ACTION,
    )


def _evaluations(sweeps: _Sweeps, is_small: bool) -> Iterator[Work]:
    """The average shard of each service: parameters, visits, records; a look or two and the items of each target."""
    managed = sweeps.managed / sweeps.shards
    records = 1 if is_small else 1 + 2 * sweeps.records / sweeps.shards
    for function, looks in (("evaluate_ec2", 1), ("evaluate_rds", 2)):
        yield Work(
            function,
            hub_calls=1 + records + managed,
            spoke_calls=looks * sweeps.per_shard,
            targets=sweeps.per_shard,
            managed=managed,
        )


def _actions(holding: int, batches: int) -> Iterator[tuple[float, Work]]:
    """What acts on one change: the journal is written by the evaluators, a transaction for each target."""
    yield 1, Work("gather_actions", hub_calls=2 + 2 * holding, entries=holding * (EC2 + RDS))
    for function, size, calls in (("start_stop_ec2", EC2, 1), ("start_stop_rds", RDS, RDS)):
        targets = 2 * holding / batches
        # Of each target: its entries, claims and outcomes; the batch itself, unless it travels.
        hub = 1 + (0 if batches <= SMALL_ESTATE and targets == 1 else 1) + 3 * targets
        yield batches / 2, Work(function, hub_calls=hub, spoke_calls=calls * targets, entries=size * targets)
    yield 1, Work("summarize_run", hub_calls=4, entries=holding * (EC2 + RDS))


def _sweeps(pairs: int, ticks: int, *, full_sweep: int, tick: int, enforced: bool, size: int) -> _Sweeps:
    targets, holding = 2 * pairs, ceil(pairs / EVERY)
    is_large = targets > 1000
    interval = max(full_sweep, tick, 30 if is_large else 0)
    marks = DAYS * 24 * 60 / interval
    empty_marks = DAYS * 4 if is_large else marks
    groups = 1 if targets <= SMALL_ESTATE else ceil(pairs / size)
    slots = min(ceil(groups / WAVE), interval // tick)
    # A change is swept on its tick, unless the group's full sweep falls on it, and so is what it began, on the next one.
    extra = 0.0 if enforced else 2 * WORKDAYS * (1 + 1 - 1 / slots)
    looks = ticks if enforced else marks + extra
    managed, empty = 2 * holding * looks, (targets - 2 * holding) * empty_marks
    if targets <= SMALL_ESTATE:
        return _Sweeps(ticks=looks, shards=managed + empty, managed=managed, empty=empty, records=0)
    return _Sweeps(
        ticks=min(ticks, looks if enforced else slots * marks + extra),
        shards=_shards(pairs, groups, slots, marks, empty_marks, extra, size, ticks if enforced else 0),
        managed=managed,
        empty=empty,
        records=2 * groups * (looks if enforced else marks + extra),
    )


def _shards(
    pairs: int, groups: int, slots: int, marks: float, empty_marks: float, extra: float, size: int, every: int
) -> float:
    """Shards of both services: a group is never cut; where its managed targets alone are due, several fit into one."""
    holding = ceil(pairs / EVERY)
    of_changes = _shards_at_once(2 * holding, size)
    if every:
        return 2 * groups * empty_marks + max(0.0, every - empty_marks * slots) * of_changes
    if empty_marks == marks:
        return 2 * groups * marks + extra * of_changes
    together = max(1, size // ceil(min(pairs, size) / EVERY))
    return 2 * groups * (empty_marks + (marks - empty_marks) / together) + extra * of_changes


def _shards_at_once(due: int, size: int) -> int:
    return due if due <= SMALL_ESTATE else 2 * ceil(due / 2 / size)


def measure(pace: Pace) -> Iterator[Figure]:
    """Price each size of estate, in US dollars and in Chinese yuan."""
    for count, regions in SIZES:
        month = month_of(count, regions, pace)
        for region in REGIONS:
            is_us = region == "us-east-1"
            yield Figure(
                part=PART,
                name=f"a month of {count:,}×{regions}, {region}",
                value=round(month.price(region), 2),
                unit=currency(region),
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
