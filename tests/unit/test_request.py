"""The input of an execution and its clock (design, section 3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.specimens import make_request

from instance_scheduler.errors import InvalidInput
from instance_scheduler.request import (
    Known,
    RunRequest,
    read_request,
    request_from_message,
    request_to_message,
    settings_of_run,
)
from instance_scheduler.settings import Notify, Service, Settings

START = datetime(2026, 11, 23, 1, 0, 42, 123000, tzinfo=UTC)
AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
KNOWN = Known(
    accounts=("111122223333", "444455556666"),
    regions=("cn-north-1", "cn-northwest-1"),
    services=(Service.EC2, Service.RDS),
    schedules=("kept", "office"),
)
SETTINGS = Settings(interval_minutes=5, default_timezone="Asia/Shanghai")
KEYS = "at, dry_run, accounts, regions, services, schedules, instances, notify, confirm"


def read(raw, settings=SETTINGS):
    return read_request(raw, run_id="run-1", start_time=START, settings=settings, known=KNOWN)


def shifted(**change):
    return (AT + timedelta(**change)).strftime("%Y-%m-%dT%H:%M:%SZ")


# Ticks and ad hoc runs.


@pytest.mark.parametrize(
    ("raw", "tick"),
    [
        ({"at": "2026-11-23T01:00:00Z"}, True),
        ({"at": "2026-11-23T01:00:00Z", "Comment": "by hand"}, True),
        ({"at": "2026-11-23T01:00:00Z", "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn"}, True),
        ({}, False),
        ({"Comment": "by hand"}, False),
        ({"dry_run": False}, False),
        ({"at": "2026-11-23T01:00:00Z", "dry_run": False}, False),
        ({"at": "2026-11-23T01:00:00Z", "notify": "always"}, False),
    ],
    ids=[
        "at alone",
        "at and the console's comment",
        "at and a nested start's key",
        "nothing",
        "a comment alone",
        "dry_run false",
        "at and dry_run",
        "at and notify",
    ],
)
def test_an_input_that_holds_at_alone_is_a_tick(raw, tick):
    assert read(raw).tick is tick


def test_an_input_without_anything_is_an_unfiltered_run_for_now():
    assert read({}) == RunRequest(id="run-1", at=AT, start_time=START, timezone="Asia/Shanghai")


# The clock.


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ({}, AT),
        ({"at": "2026-11-23T01:00:59Z"}, AT),
        ({"at": "2026-11-23T09:00:30+08:00"}, AT),
        ({"at": "2026-11-23T01:05:00Z"}, AT + timedelta(minutes=5)),
    ],
    ids=["the start", "seconds", "an offset", "another minute"],
)
def test_the_instant_of_a_run_is_cut_to_the_minute(raw, at):
    assert read(raw).at == at


@pytest.mark.parametrize("minutes", [-10, 10], ids=["before", "after"])
def test_a_real_run_may_be_two_intervals_off(minutes):
    assert read({"at": shifted(minutes=minutes), "notify": "always"}).at == AT + timedelta(minutes=minutes)


@pytest.mark.parametrize("minutes", [-11, 11, -60 * 24], ids=["before", "after", "yesterday"])
def test_a_real_run_decides_only_for_now(minutes):
    with pytest.raises(InvalidInput, match=r"more than two intervals away from the start of the run.*use dry_run"):
        read({"at": shifted(minutes=minutes), "notify": "always"})


def test_the_interval_is_that_of_the_settings():
    assert read({"at": shifted(minutes=60), "notify": "always"}, Settings(interval_minutes=30)).at == AT + timedelta(
        hours=1
    )


@pytest.mark.parametrize("change", [{"days": -400}, {"days": 400}], ids=["last year", "next year"])
def test_a_dry_run_may_ask_about_any_instant(change):
    assert read({"at": shifted(**change), "dry_run": True}).at == AT + timedelta(**change)


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (-10, False), (-11, True), (11, True)])
def test_a_tick_that_far_off_is_late_and_not_refused(minutes, late):
    assert read({"at": shifted(minutes=minutes)}).late is late


# Notify.


@pytest.mark.parametrize(
    ("raw", "notify"),
    [
        ({}, "changes"),
        ({"dry_run": True}, "never"),
        ({"dry_run": True, "notify": "always"}, "always"),
        ({"notify": "errors"}, "errors"),
        ({"notify": "never"}, "never"),
    ],
    ids=["nothing said", "a dry run", "a dry run that says", "errors", "never"],
)
def test_a_run_tells(raw, notify):
    assert read(raw).notify == notify


def test_what_a_run_tells_comes_from_the_settings_where_the_input_says_nothing():
    assert read({}, Settings(notify=Notify.ERRORS)).notify is Notify.ERRORS


# Names.


def test_every_filter_is_read():
    request = read(
        {
            "accounts": ["444455556666"],
            "regions": ["cn-northwest-1"],
            "services": ["rds"],
            "schedules": ["office"],
            "instances": ["i-0123456789abcdef0", "orders"],
        }
    )

    assert (request.accounts, request.regions, request.services) == (
        ("444455556666",),
        ("cn-northwest-1",),
        (Service.RDS,),
    )
    assert (request.schedules, request.instances) == (("office",), ("i-0123456789abcdef0", "orders"))


@pytest.mark.parametrize(
    "instance", ["i-01234567", "i-0123456789abcdef0", "orders", "Orders-2", "a" * 63, "cluster:orders"]
)
def test_an_instance_is_an_ec2_id_or_an_rds_identifier(instance):
    assert read({"instances": [instance]}).instances == (instance,)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("now", f"The input must be a JSON object, not 'now'; accepted keys are {KEYS}."),
        (["at"], f"The input must be a JSON object, not ['at']; accepted keys are {KEYS}."),
        (None, "The input must be a JSON object, not None"),
        ({"region": "cn-north-1"}, f"The input has an unknown key 'region'; accepted keys are {KEYS}."),
        ({"comment": "x"}, "The input has an unknown key 'comment'"),
        ({"at": 5}, "at: 5 is not a string."),
        ({"at": "noon"}, "'noon' is not an instant; write it as 2026-11-23T01:00:00Z."),
        ({"at": "2026-11-23T01:00:00"}, "has no offset; write it as 2026-11-23T01:00:00Z"),
        ({"at": None}, "at: None is not a string."),
        ({"dry_run": "true"}, "dry_run: 'true' is neither true nor false."),
        ({"dry_run": 1}, "dry_run: 1 is neither true nor false."),
        ({"notify": "sometimes"}, "notify: 'sometimes' is not one of changes, always, errors, never."),
        ({"notify": None}, "notify: None is not one of"),
        ({"notify": ["always"]}, "notify: ['always'] is not one of"),
        ({"accounts": "111122223333"}, "accounts: '111122223333' is not a list."),
        ({"accounts": None}, "accounts: None is not a list."),
        ({"schedules": []}, "schedules: an empty list names nothing; leave schedules out for no limit."),
        (
            {"accounts": ["777788889999"]},
            "accounts: '777788889999' is not accepted; the stack knows 111122223333, 444455556666.",
        ),
        ({"accounts": [111122223333]}, "accounts: 111122223333 is not accepted; the stack knows"),
        (
            {"regions": ["us-east-1"]},
            "regions: 'us-east-1' is not accepted; the stack knows cn-north-1, cn-northwest-1.",
        ),
        ({"services": ["s3"]}, "services: 's3' is not accepted; the stack knows ec2, rds."),
        ({"schedules": ["ofice"]}, "schedules: 'ofice' is not accepted; the stack knows kept, office."),
        (
            {"instances": ["i-xyz/1"]},
            "instances: 'i-xyz/1' is not accepted; it takes an EC2 instance id or an RDS identifier.",
        ),
        ({"instances": ["orders\n"]}, "instances: 'orders\\n' is not accepted"),
        ({"confirm": "run-0", "dry_run": True}, "confirm stands alone or with notify"),
        ({"confirm": "run-0", "at": "2026-11-23T01:00:00Z"}, "confirm stands alone or with notify"),
        ({"confirm": "run-0", "instances": ["orders"]}, "confirm stands alone or with notify"),
        ({"confirm": "no/run"}, "confirm: 'no/run' is not the id of a run."),
        ({"confirm": ""}, "confirm: '' is not the id of a run."),
        ({"confirm": 7}, "confirm: 7 is not a string."),
    ],
    ids=lambda value: str(value)[:50] if not isinstance(value, str) else "",
)
def test_an_input_is_refused_with_what_is_accepted(raw, text):
    with pytest.raises(InvalidInput) as raised:
        read(raw)

    assert text in str(raised.value)


def test_an_instant_before_the_calendar_is_refused_as_any_other():
    with pytest.raises(InvalidInput, match="is not an instant"):
        read({"at": "0001-01-01T00:00:00+14:00", "dry_run": True})


# Confirming, filters, records.


@pytest.mark.parametrize(
    "raw", [{"confirm": "run-0"}, {"confirm": "run-0", "notify": "always"}, {"confirm": "run-0", "Comment": "x"}]
)
def test_a_confirmation_stands_alone_or_with_notify(raw):
    request = read(raw)

    assert (request.confirm, request.tick) == ("run-0", False)


@pytest.mark.parametrize(
    ("changes", "filtered", "records"),
    [
        ({}, False, True),
        ({"tick": False}, False, True),
        ({"accounts": ("111122223333",)}, False, True),
        ({"regions": ("cn-north-1",), "services": (Service.EC2,)}, False, True),
        ({"schedules": ("office",)}, True, False),
        ({"instances": ("orders",)}, True, False),
        ({"confirm": "run-0"}, True, False),
        ({"dry_run": True}, False, False),
    ],
    ids=[
        "a tick",
        "ad hoc",
        "by account",
        "by region and service",
        "by schedule",
        "by instance",
        "a confirmation",
        "a dry run",
    ],
)
def test_a_sweep_is_recorded_only_by_a_real_run_that_looks_at_whole_targets(changes, filtered, records):
    request = make_request(**changes)

    assert (request.filtered, request.records_sweeps) == (filtered, records)


@pytest.mark.parametrize(
    "request_",
    [
        make_request(),
        make_request(
            tick=False, dry_run=True, notify=Notify.ALWAYS, schedules=("office",), instances=("orders", "i-01234567")
        ),
        make_request(tick=False, confirm="run-0", timezone="Asia/Shanghai"),
        make_request(started_tags="State=started", stopped_tags="State=stopped", create_rds_snapshot=True),
        make_request(shards=({"estate": 1, "visits": "a"},), batches=({"targets": "b"},)),
    ],
    ids=["a tick", "a filtered dry run", "a confirmation", "a config that says how to act", "a few shards and batches"],
)
def test_a_request_travels_through_the_states_unchanged(request_):
    assert request_from_message(request_to_message(request_)) == request_


def test_what_is_empty_does_not_travel():
    assert set(request_to_message(make_request())) == {
        "id",
        "at",
        "start_time",
        "tick",
        "dry_run",
        "notify",
        "timezone",
    }


def test_a_message_that_names_what_is_empty_is_read_too():
    """Executions that were started before a deployment go on after it, and may be redriven."""
    empty = {
        "schedules": [],
        "instances": [],
        "confirm": "",
        "started_tags": "",
        "stopped_tags": "",
        "create_rds_snapshot": False,
        "use_metrics": False,
        "config_hash": "",
        "shards": [],
        "batches": [],
    }

    assert request_from_message(request_to_message(make_request()) | empty) == make_request()


def test_a_run_acts_by_the_settings_that_its_plan_read():
    config = replace(
        SETTINGS,
        default_timezone="America/New_York",
        started_tags="State=started",
        stopped_tags="State=stopped",
        create_rds_snapshot=True,
    )

    assert settings_of_run(read({}, config), SETTINGS) == config


def test_filters_by_target_do_not_travel_since_the_shards_hold_their_targets():
    request = make_request(tick=False, accounts=("111122223333",), regions=("cn-north-1",), services=(Service.EC2,))

    assert request_from_message(request_to_message(request)) == replace(request, accounts=(), regions=(), services=())
