"""The items that a new stack begins with."""

import pytest

from instance_scheduler.config import parse_config
from instance_scheduler.samples import CONFIG_ITEM, sample_items
from instance_scheduler.settings import Settings


def test_the_samples_have_no_fault_of_any_kind():
    assert parse_config(sample_items(), Settings()).faults == ()


def test_every_sample_schedule_is_usable():
    config = parse_config(sample_items(), Settings())

    schedules = {item["name"] for item in sample_items() if item["type"] == "schedule"}
    assert (set(config.schedules), config.faulty) == (schedules, {})


def test_the_config_item_takes_nothing_from_the_stacks_settings():
    settings = Settings(default_timezone="Asia/Shanghai", regions=("cn-north-1",), create_rds_snapshot=True)

    assert set(CONFIG_ITEM) == {"type", "name"}
    assert parse_config(sample_items(), settings).settings == settings


def test_no_two_samples_have_the_same_key():
    keys = [(item["type"], item["name"]) for item in sample_items()]

    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("attribute", ["description"])
def test_every_period_and_schedule_says_what_it_is_for(attribute):
    silent = [item["name"] for item in sample_items() if item["type"] != "config" and not item.get(attribute)]

    assert silent == []
