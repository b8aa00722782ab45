"""Which accounts a stack schedules: named ones, those of an organization, less the excluded; each in its own regions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.specimens import HOME, MONDAY_NOON

from instance_scheduler.accounts import Members, are_fresh, label, members_from_item, members_to_item, with_members
from instance_scheduler.settings import Service, Settings
from instance_scheduler.target import known_targets

STAGING, TESTING = "444455556666", "777788889999"
UNITS = ("ou-ab12-cdefgh34",)
MEMBERS = Members(read_at=MONDAY_NOON, units=UNITS, names={STAGING: "staging", TESTING: ""})
SETTINGS = Settings(organizational_units=UNITS, scheduled_services=(Service.EC2,))


def places(settings):
    return [(target.account, target.region) for target in known_targets(settings, HOME)]


def test_members_are_written_as_ids_names_and_instant_and_read_back():
    item = members_to_item(MEMBERS)

    assert (item["ids"], item["names"], item["read_at"]) == (
        [STAGING, TESTING],
        {STAGING: "staging", TESTING: ""},
        "2026-11-23T12:00:00Z",
    )
    assert members_from_item(item) == MEMBERS


def test_members_come_on_top_of_the_accounts_that_are_named():
    named = replace(SETTINGS, accounts=("999900001111", STAGING))

    assert with_members(named, MEMBERS).accounts == ("999900001111", STAGING, TESTING)


@pytest.mark.parametrize(
    ("settings", "members"), [(SETTINGS, None), (Settings(), MEMBERS)], ids=["never read", "no longer asked for"]
)
def test_without_members_or_units_the_settings_stay_as_they_are(settings, members):
    assert with_members(settings, members) == settings


@pytest.mark.parametrize(
    ("members", "age", "fresh"),
    [
        (MEMBERS, timedelta(minutes=59), True),
        (MEMBERS, timedelta(minutes=60), False),
        (MEMBERS, timedelta(days=-1), True),
        (replace(MEMBERS, units=("r-ab12",)), timedelta(0), False),
        (None, timedelta(0), False),
    ],
    ids=["within the hour", "after an hour", "a dry run about yesterday", "other units", "never read"],
)
def test_members_are_read_again_after_an_hour_and_where_the_units_changed(members, age, fresh):
    assert are_fresh(members, SETTINGS, MONDAY_NOON + age) is fresh


def test_an_excluded_account_is_left_out_wherever_it_is_named():
    settings = replace(SETTINGS, accounts=(STAGING, TESTING), excluded_accounts=(TESTING, HOME.account))

    assert places(settings) == [(STAGING, HOME.region)]


def test_an_account_with_regions_of_its_own_is_looked_at_there_alone():
    settings = replace(
        SETTINGS,
        accounts=(STAGING,),
        regions=("cn-north-1", "cn-northwest-1"),
        account_regions=((STAGING, ("cn-northwest-1",)), (TESTING, ("cn-north-1",))),
    )

    assert places(settings) == [
        (HOME.account, "cn-north-1"),
        (HOME.account, "cn-northwest-1"),
        (STAGING, "cn-northwest-1"),
    ]


@pytest.mark.parametrize(
    ("account", "text"),
    [(STAGING, f"{STAGING} (staging)"), (TESTING, TESTING), ("1", "1")],
    ids=["named", "", "unknown"],
)
def test_an_account_is_called_by_its_id_and_its_name_where_it_has_one(account, text):
    assert label(account, MEMBERS.names) == text
