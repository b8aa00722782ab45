"""The beginning of a run: input and config are read, due targets are cut into shards and written down."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.aws.estate import make_stack
from tests.unit.specimens import CONFIG, CONFIG_ITEMS, DATABASES, MONDAY_NOON, TARGET, make_entry, make_request

from instance_scheduler.aws.planning import plan_run
from instance_scheduler.aws.sweep import visits_of
from instance_scheduler.errors import InvalidInput
from instance_scheduler.journal import Status
from instance_scheduler.request import request_from_message
from instance_scheduler.settings import Settings
from instance_scheduler.target_items import Swept

TICK = {"at": "2026-11-23T12:00:00Z"}


def plan(stack, raw=TICK, run="run-1", start=MONDAY_NOON):
    return plan_run(stack, raw, run, start)


def record_sweep(stack, target, at=MONDAY_NOON):
    due = at + timedelta(minutes=5)
    swept = Swept(target=target, at=at, due=due, config_hash=CONFIG.config_hash, managed=1, open_sweeps=0)
    assert stack.state.record_sweeps(target.service, 0, [swept]) == ()


def test_a_plan_is_what_the_workflow_passes_on(stack):
    assert plan(stack) == {
        "run": {
            "id": "run-1",
            "at": "2026-11-23T12:00:00Z",
            "start_time": "2026-11-23T12:00:00Z",
            "tick": True,
            "dry_run": False,
            "notify": "changes",
            "timezone": "UTC",
            "config_hash": stack.config().config_hash,
            "shards": [
                {"estate": 2, "visits": "111122223333/cn-north-1/ec2 0 0 0 0 -"},
                {"estate": 2, "visits": "111122223333/cn-north-1/rds 0 0 0 0 -"},
            ],
        },
        "due": 2,
        "report": 0,
        "shards": [
            {"shard": 0, "function": "arn:evaluate_ec2", "label": "111122223333/cn-north-1/ec2"},
            {"shard": 1, "function": "arn:evaluate_rds", "label": "111122223333/cn-north-1/rds"},
        ],
        "limits": {"shards": 10, "resizes": 10},
    }


def test_what_a_few_shards_hold_travels_with_the_run_and_is_not_written_down(stack, table):
    request = request_from_message(plan(stack)["run"])

    assert [visit.target for number in (0, 1) for visit in visits_of(stack, request, number)] == [TARGET, DATABASES]
    assert list(table.query("pk = :pk", {":pk": "run/run-1"})) == []


def test_what_many_shards_hold_is_written_down_and_does_not_travel(stack):
    accounts = tuple(f"4444555566{number:02}" for number in range(10))
    request = request_from_message(plan(replace(stack, settings=Settings(accounts=accounts)))["run"])

    assert request.shards == ()
    assert [len(visits_of(stack, request, number)) for number in (0, 1)] == [11, 11]


def test_a_target_that_was_swept_at_this_instant_is_not_due(stack):
    record_sweep(stack, TARGET)

    answer = plan(stack)

    assert (answer["due"], [shard["label"] for shard in answer["shards"]]) == (1, [str(DATABASES)])


@pytest.mark.parametrize("at", [MONDAY_NOON, MONDAY_NOON + timedelta(minutes=5)], ids=["twice", "after a later one"])
def test_a_tick_that_comes_again_does_nothing(stack, table, at):
    record_sweep(stack, TARGET, at)
    record_sweep(stack, DATABASES, at)
    before = list(table.scan())

    answer = plan(stack)

    assert (answer["due"], answer["shards"], list(table.scan())) == (0, [], before)


def test_a_tick_that_comes_too_late_does_nothing(stack):
    assert plan(stack, start=MONDAY_NOON + timedelta(minutes=11))["due"] == 0


def test_an_ad_hoc_run_sweeps_what_it_names_although_it_was_swept(stack):
    record_sweep(stack, TARGET)

    answer = plan(stack, {"services": ["ec2"]})

    assert [shard["label"] for shard in answer["shards"]] == [str(TARGET)]


def test_the_settings_of_the_config_item_count(table):
    items = [*CONFIG_ITEMS, {"type": "config", "name": "scheduler", "regions": {"cn-northwest-1"}}]

    answer = plan(make_stack(table, items=items))

    assert {shard["label"].split("/")[1] for shard in answer["shards"]} == {"cn-northwest-1"}


def test_a_large_estate_travels_as_numbers_and_short_labels(table):
    accounts = tuple(f"{number:012}" for number in range(1, 41))
    stack = make_stack(table, settings=Settings(accounts=accounts, targets_per_shard=10, max_concurrent_shards=4))

    answer = plan(stack)

    assert (answer["due"], len(answer["shards"]), answer["limits"]["shards"]) == (82, 10, 4)
    assert answer["shards"][0]["label"] == "10 ec2 targets from 000000000001/cn-north-1/ec2"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"accounts": ["444455556666"]}, "the stack knows 111122223333"),
        ({"schedules": ["nights"]}, "the stack knows asleep, broken, kept, large-by-day, office"),
        ({"hours": 3}, "unknown key 'hours'"),
        ({"confirm": "run-0"}, "no run 'run-0' of the last 35 days"),
    ],
    ids=["account", "schedule", "key", "confirm"],
)
def test_an_input_that_cannot_be_carried_out_raises_with_what_is_known(stack, raw, text):
    with pytest.raises(InvalidInput, match=text):
        plan(stack, raw)


def test_a_schedule_with_an_error_may_be_named(stack):
    assert plan(stack, {"schedules": ["broken"]})["due"] == 2


@pytest.mark.parametrize(
    "item",
    [
        {"type": "config", "name": "scheduler", "tagname": "Another"},
        {"type": "config", "name": "scheduler", "default_timezone": "Mars/Olympus"},
    ],
    ids=["another tag", "no time zone"],
)
def test_a_config_item_at_fault_stops_the_run_and_is_named(table, item):
    with pytest.raises(InvalidInput, match=r"config scheduler, (tagname|default_timezone)"):
        plan(make_stack(table, items=[*CONFIG_ITEMS, item]))


def test_a_bad_schedule_stops_nothing(stack):
    assert "broken" in stack.config().faulty
    assert plan(stack)["due"] == 2


# Confirming.


def test_a_confirmed_run_looks_at_the_targets_of_the_withheld_stops_alone(stack):
    before = make_request(id="run-0")
    withheld = make_entry("stop", target=DATABASES, instance="orders", withheld=True, status=Status.SKIPPED)
    stack.state.write_entries(before, [withheld, make_entry("start")])

    answer = plan(stack, {"confirm": "run-0"})

    assert [shard["label"] for shard in answer["shards"]] == [str(DATABASES)]
    assert answer["run"]["confirm"] == "run-0"


def test_a_confirmed_run_that_withheld_nothing_has_nothing_to_do(stack):
    stack.state.write_entries(make_request(id="run-0"), [make_entry("start")])

    assert plan(stack, {"confirm": "run-0"})["due"] == 0


def test_a_config_that_is_held_already_is_not_read_again(stack):
    planned = stack.config()

    assert stack.config(planned.config_hash) is planned
    assert stack.config("another") is not planned
