"""Targets and what the state table holds of them."""

import pytest
from tests.unit.specimens import HOME, TARGET

from instance_scheduler.settings import Service, Settings
from instance_scheduler.target import Target, known_targets, parse_target


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


@pytest.mark.parametrize("text", ["111122223333/cn-north-1", "111122223333/cn-north-1/s3", "a/b/c/d"])
def test_what_names_no_target_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_target(text)
