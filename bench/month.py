"""A month by counting: every tick of 30 days through the product's plan and evaluation, on an estate in memory."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from bench.cost import COSTS, EC2, EVERY, RDS, TICKS, Month, Pace
from bench.estates import CONFIG, accounts, estate
from instance_scheduler.alarm import next_due, open_sweeps_after, pace_of
from instance_scheduler.config import Config, parse_config
from instance_scheduler.decision import Action
from instance_scheduler.evaluation import Evaluation, Sweep, evaluate_target
from instance_scheduler.guard import is_planned
from instance_scheduler.plan import Visit, cut_shards, due_targets, plan_visits
from instance_scheduler.record import InstanceRecord, LastAction
from instance_scheduler.request import RunRequest
from instance_scheduler.settings import Service, Settings
from instance_scheduler.sighting import Sighting
from instance_scheduler.target import Home, Target, TargetRecord, known_targets

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
"""A Sunday; 30 days with 21 or 22 working days."""
_TICK = timedelta(minutes=5)


@dataclass(slots=True)
class Estate:
    """Targets, their records, and the instances in every fourth pair."""

    config: Config
    targets: tuple[Target, ...]
    records: dict[Target, TargetRecord] = field(default_factory=dict)
    sightings: dict[Target, dict[str, Sighting]] = field(default_factory=dict)
    items: dict[Target, dict[str, InstanceRecord]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def count_month(count: int, regions: int, pace: Pace) -> tuple[Month, Counter[str]]:
    """Play every tick and count."""
    world = _build(count, regions)
    for number in range(TICKS):
        _play(world, BEGIN + number * _TICK, f"run-{number}")
    return _month(world, pace), world.counts


def _build(count: int, regions: int) -> Estate:
    names = estate(1, regions, {})["settings"]["regions"]
    settings = Settings(accounts=accounts(count), regions=tuple(names))
    items = [{"type": "period", **one} for one in CONFIG["periods"]]
    items += [{"type": "schedule", **one} for one in CONFIG["schedules"]]
    targets = known_targets(settings, Home(partition="aws", account=accounts(1)[0], region=names[0]))
    world = Estate(config=parse_config(items, settings), targets=targets)
    for place, target in enumerate(targets):
        holds = place // 2 % EVERY == 0
        # All instances of a target behave alike here: one stands for them, and is counted as often.
        ids = ["all"] if holds else []
        world.items[target] = {}
        world.sightings[target] = {
            one: Sighting(target=target, id=one, name=one, state="stopped", schedule_tag="office-hours") for one in ids
        }
    return world


def _play(world: Estate, at: datetime, run: str) -> None:
    counts, config = world.counts, world.config
    request = RunRequest(id=run, at=at, start_time=at, tick=True)
    counts["plans"] += 1
    counts["transitions"] += 3
    counts["reads"] += 1 + ceil(len(world.records) * COSTS.target_bytes / 4096)
    due = due_targets(request, world.targets, world.records, config.config_hash)
    if not due:
        return
    size = config.settings.targets_per_shard
    shards = cut_shards(due, size)
    visits = plan_visits(due, world.targets, world.records, size)
    counts["transitions"] += 2 + len(shards)
    counts["shards"] += len(shards)
    for shard in shards:
        counts["reads"] += 2
        counts["writes"] += max(1, ceil((130 + 95 * len(shard.targets)) / 1024))
    sweep = Sweep(request=request, config=config, is_alive=lambda run: False)
    acted = [target for target in due if _sweep(world, visits[target], sweep)]
    if acted:
        batches = cut_shards(acted, size)
        counts["batches"] += len(batches)
        counts["acting runs"] += 1
        counts["transitions"] += 7 + len(batches)


def _sweep(world: Estate, visit: Visit, sweep: Sweep) -> bool:
    target, counts, at = visit.target, world.counts, sweep.request.at
    seen = world.sightings[target]
    # What was on its way at the sweep before has arrived.
    settled = {"pending": "running", "stopping": "stopped"}
    evaluation = evaluate_target(target, list(seen.values()), world.items[target], sweep)
    world.sightings[target] = {
        one: replace(what, state=settled.get(what.state, what.state)) for one, what in seen.items()
    }
    counts["managed sweeps" if seen else "empty sweeps"] += 1
    counts["writes"] += 1 + 2 * len(evaluation.updates) * _instances(target)
    # Twenty records are two units, two are one.
    counts["reads"] += (2 if target.service is Service.EC2 else 1) if seen else 0
    for one, record in evaluation.updates.items():
        world.items[target][one] = replace(record, version=record.version + 1)
    pace = pace_of(sweep.config.settings, targets=visit.estate, managed=evaluation.managed, group=visit.group)
    opened = open_sweeps_after(visit.open_sweeps, evaluation.attention)
    world.records[target] = TargetRecord(
        target=target,
        swept_at=at,
        next_due=next_due(at, pace, evaluation.attention, opened),
        config_hash=sweep.config.config_hash,
        managed=evaluation.managed,
        open_sweeps=opened,
    )
    return _act(world, target, evaluation, at)


def _act(world: Estate, target: Target, evaluation: Evaluation, at: datetime) -> bool:
    entries = [entry for entry in evaluation.entries if is_planned(entry)]
    for entry in entries:
        starts = entry.action is Action.START
        last = LastAction(action=entry.action, at=at, run="run", verified=not starts)
        world.items[target][entry.instance] = InstanceRecord(
            stored=entry.new_stored,
            version=entry.version + 2,
            schedule=entry.schedule,
            schedule_hash=entry.schedule_hash,
            last_action=last,
            expires_at=4_000_000_000,
        )
        before = world.sightings[target][entry.instance]
        world.sightings[target][entry.instance] = replace(before, state="running" if starts else "stopped")
    actions = len(entries) * _instances(target)
    world.counts["actions"] += actions
    world.counts["writes"] += 8 * actions
    world.counts["reads"] += actions
    return bool(entries)


def _instances(target: Target) -> int:
    return EC2 if target.service is Service.EC2 else RDS


def _month(world: Estate, pace: Pace) -> Month:
    counts = world.counts
    seconds = (
        counts["plans"] * (pace.plan_idle + pace.plan_per_target * len(world.targets))
        + counts["shards"] * pace.evaluator
        + counts["managed sweeps"] * pace.per_managed_target
        + counts["empty sweeps"] * pace.per_empty_target
        + counts["acting runs"] * 2 * pace.other
        + counts["actions"] / 100 * pace.other
    )
    return Month(
        transitions=counts["transitions"],
        invocations=counts["plans"] + counts["shards"] + counts["acting runs"] * 2 + counts["batches"],
        lambda_seconds=seconds,
        api_calls=2 * counts["plans"]
        + 2 * counts["shards"]
        + counts["managed sweeps"] * COSTS.managed_target_calls
        + counts["empty sweeps"] * COSTS.empty_target_calls
        + counts["actions"] * 0.1,
        write_units=counts["writes"],
        read_units=counts["reads"],
    )
