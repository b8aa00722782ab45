"""Targets and what the state table holds of them."""

import pytest
from tests.unit.specimens import HOME, MONDAY_NOON, TARGET

from instance_scheduler.settings import Service, Settings
from instance_scheduler.target import Target, TargetRecord, known_targets, parse_target, target_record_from_item


def test_a_target_is_written_as_its_key_and_read_back():
    assert str(TARGET) == "111122223333/cn-north-1/ec2"
    assert parse_target(str(TARGET)) == TARGET


def test_without_settings_the_stack_knows_its_own_account_and_region():
    assert [str(target) for target in known_targets(Settings(), HOME)] == [
        "111122223333/cn-north-1/ec2",
        "111122223333/cn-north-1/rds",
    ]


def test_targets_are_accounts_by_regions_by_services():
    settings = Settings(
        accounts=("999988887777", "444455556666", "111122223333"),
        regions=("cn-northwest-1", "cn-north-1"),
        scheduled_services=(Service.RDS, Service.EC2),
    )

    targets = known_targets(settings, HOME)

    assert (len(targets), len(set(targets)), list(targets)) == (12, 12, sorted(targets))


def test_regions_of_the_settings_replace_the_stacks_own():
    targets = known_targets(Settings(regions=("cn-northwest-1",), scheduled_services=(Service.EC2,)), HOME)

    assert targets == (Target(account=HOME.account, region="cn-northwest-1", service=Service.EC2),)


def test_an_item_is_read_with_its_marks():
    item = {
        "sk": str(TARGET),
        "swept_at": "2026-11-23T12:00:00Z",
        "next_due": "2026-11-23T12:00:00Z",
        "config_hash": "h",
        "managed": 7,
        "open": 2,
        "failures": 3,
        "reported_AccessDenied": "2026-11-23T12:00:00Z",
        "of a later version": True,
    }

    assert target_record_from_item(item) == TargetRecord(
        target=TARGET,
        swept_at=MONDAY_NOON,
        next_due=MONDAY_NOON,
        config_hash="h",
        managed=7,
        open_sweeps=2,
        failures=3,
        reported={"AccessDenied": "2026-11-23T12:00:00Z"},
    )


@pytest.mark.parametrize("wrong", [{"swept_at": "noon"}, {"open": "yes"}], ids=["an instant", "a number"])
def test_an_item_that_cannot_be_read_is_that_of_a_target_never_swept(wrong):
    assert target_record_from_item({"sk": str(TARGET), "managed": 7, **wrong}) == TargetRecord(target=TARGET)


def test_an_item_that_holds_a_mark_alone_was_never_swept():
    assert target_record_from_item({"sk": str(TARGET)}) == TargetRecord(target=TARGET)


@pytest.mark.parametrize("text", ["111122223333/cn-north-1", "111122223333/cn-north-1/s3", "a/b/c/d"])
def test_what_names_no_target_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_target(text)
