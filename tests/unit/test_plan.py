"""Which targets a run looks at, and how they are cut into shards."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.specimens import DATABASES, MONDAY_NOON, TARGET, make_request

from instance_scheduler.plan import SMALL_ESTATE, Shard, Visit, cut_shards, cut_sweep, due_targets, is_due, plan_visits
from instance_scheduler.settings import Service
from instance_scheduler.target import Target, TargetRecord

TICK = timedelta(minutes=5)
OTHER_ACCOUNT = replace(TARGET, account="444455556666")
OTHER_REGION = replace(TARGET, region="cn-northwest-1")
SWEPT = TargetRecord(target=TARGET, swept_at=MONDAY_NOON - TICK, next_due=MONDAY_NOON, config_hash="h")


def estate(count):
    regions = [f"cn-north-{number}" for number in range(1, 41)]
    return [
        Target(account=f"{number // 80:012}", region=regions[number % 40], service=list(Service)[number // 40 % 2])
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("record", "due"),
    [
        (None, True),
        (TargetRecord(target=TARGET), True),
        (TargetRecord(target=TARGET, failures=1, next_due=MONDAY_NOON), True),
        (TargetRecord(target=TARGET, failures=4, next_due=MONDAY_NOON + TICK), False),
        (SWEPT, True),
        (replace(SWEPT, next_due=MONDAY_NOON - TICK), True),
        (replace(SWEPT, next_due=MONDAY_NOON + TICK), False),
        (replace(SWEPT, next_due=MONDAY_NOON + TICK, config_hash="before"), True),
        (replace(SWEPT, swept_at=MONDAY_NOON), False),
        (replace(SWEPT, swept_at=MONDAY_NOON, config_hash="before"), False),
        (replace(SWEPT, swept_at=MONDAY_NOON + TICK), False),
    ],
    ids=[
        "unknown",
        "marked only",
        "never swept and to be tried now",
        "never swept and to be tried later",
        "its alarm rings",
        "its alarm rang before",
        "its alarm rings later",
        "the config changed",
        "the tick came twice",
        "the tick came twice and the config changed",
        "a later tick was faster",
    ],
)
def test_a_tick_looks_at_a_target(record, due):
    assert is_due(TARGET, record, make_request(), "h") is due


@pytest.mark.parametrize(
    ("names", "due"),
    [
        ({}, {TARGET, DATABASES, OTHER_ACCOUNT, OTHER_REGION}),
        ({"accounts": (OTHER_ACCOUNT.account,)}, {OTHER_ACCOUNT}),
        ({"regions": (OTHER_REGION.region,)}, {OTHER_REGION}),
        ({"services": (Service.RDS,)}, {DATABASES}),
        ({"accounts": (TARGET.account,), "services": (Service.EC2,)}, {TARGET, OTHER_REGION}),
        ({"accounts": (OTHER_ACCOUNT.account,), "services": (Service.RDS,)}, set()),
        ({"schedules": ("office",)}, {TARGET, DATABASES, OTHER_ACCOUNT, OTHER_REGION}),
    ],
    ids=["nothing", "an account", "a region", "a service", "two of them", "what does not exist", "a schedule"],
)
def test_an_ad_hoc_run_looks_at_what_it_names_whatever_was_swept(names, due):
    known = [TARGET, DATABASES, OTHER_ACCOUNT, OTHER_REGION]
    records = {target: replace(SWEPT, target=target, swept_at=MONDAY_NOON) for target in known}

    assert set(due_targets(make_request(tick=False, **names), known, records, "h")) == due


def test_a_tick_that_comes_too_late_looks_at_nothing():
    assert due_targets(make_request(late=True), [TARGET], {}, "h") == ()


def test_due_targets_are_sorted():
    due = due_targets(make_request(), [OTHER_ACCOUNT, DATABASES, TARGET], {}, "h")

    assert due == (TARGET, DATABASES, OTHER_ACCOUNT)


def test_a_visit_knows_what_the_plan_saw_and_its_place_in_the_estate():
    known = estate(120)
    record = TargetRecord(target=known[115], known=MONDAY_NOON, open_sweeps=2, failures=3, version=4)

    visits = plan_visits([known[115], known[0]], known, {known[115]: record}, 50)

    assert visits == {
        known[115]: Visit(
            target=known[115], version=4, known=MONDAY_NOON, open_sweeps=2, failures=3, group=1, estate=120
        ),
        known[0]: Visit(target=known[0], version=0, known=None, open_sweeps=0, failures=0, group=0, estate=120),
    }


def test_groups_are_of_one_service_and_the_services_keep_step():
    known = estate(160)

    groups = {target: visit.group for target, visit in plan_visits(known, known, {}, 50).items()}

    assert Counter((target.service, group) for target, group in groups.items()) == {
        (service, group): size for service in Service for group, size in ((0, 50), (1, 30))
    }
    assert all(groups[replace(target, service=Service.RDS)] == group for target, group in groups.items())


def cut(known, due, size):
    return cut_sweep(plan_visits(due, known, {}, size), size)


def test_a_whole_estate_is_one_shard_a_group():
    known = estate(1600)

    assert [len(shard.targets) for shard in cut(known, known, 50)] == [50] * 32


def test_a_group_is_never_cut_and_small_parts_of_groups_share_a_shard():
    known = estate(800)
    due = [target for place, target in enumerate(known) if place % 80 < 6 or place % 80 in range(40, 46)]

    shards = cut(known, due, 50)

    groups = plan_visits(due, known, {}, 50)
    homes = {(target.service, groups[target].group): shard.number for shard in shards for target in shard.targets}
    assert all(
        homes[target.service, groups[target].group] == shard.number for shard in shards for target in shard.targets
    )
    assert sorted(target for shard in shards for target in shard.targets) == sorted(due)
    assert max(len(shard.targets) for shard in shards) <= 50
    assert len(shards) < len(homes)


def test_few_targets_of_a_large_estate_have_a_shard_each():
    known = estate(800)

    assert [len(shard.targets) for shard in cut(known, known[:SMALL_ESTATE], 50)] == [1] * SMALL_ESTATE


def test_a_small_estate_has_a_shard_for_each_target_with_its_name():
    shards = cut_shards(estate(SMALL_ESTATE), 50)

    assert [len(shard.targets) for shard in shards] == [1] * SMALL_ESTATE
    assert [shard.label for shard in shards] == [str(shard.targets[0]) for shard in shards]


def test_a_shard_of_many_targets_is_labelled_by_their_count_and_the_first():
    shard = Shard(number=0, service=Service.EC2, targets=(TARGET, OTHER_REGION))

    assert shard.label == "2 ec2 targets from 111122223333/cn-north-1/ec2"


def test_an_estate_of_34000_targets_is_680_shards():
    assert len(cut_shards(estate(34_000), 50)) == 680


def test_nothing_due_is_no_shard():
    assert cut_shards([], 50) == ()


@settings(deadline=None)
@given(count=st.integers(0, 200), size=st.integers(1, 60))
def test_every_target_is_in_one_shard_of_its_own_service(count, size):
    shards = cut_shards(estate(count), size)

    assert sorted(target for shard in shards for target in shard.targets) == sorted(estate(count))
    assert all(target.service is shard.service for shard in shards for target in shard.targets)
    assert [shard.number for shard in shards] == list(range(len(shards)))
    assert all(1 <= len(shard.targets) <= max(1, size) for shard in shards)
