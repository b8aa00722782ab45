"""A scenario file: what it may say, and how a wrong one is refused."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from instance_scheduler.settings import Settings
from scheduler_local.scenario import InvalidScenario, parse_scenario, read_scenario

HUB = "111122223333"


def scenario(**changes: Any) -> dict[str, Any]:
    """The smallest scenario, changed."""
    return {"partition_region": "cn-north-1", "accounts": {HUB: {"cn-north-1": {}}}} | changes


def estate(**kinds: Any) -> dict[str, Any]:
    """A scenario with these instances in the hub."""
    return scenario(accounts={HUB: {"cn-north-1": kinds}})


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        pytest.param([], "scenario: the document: [] is not of type 'object'", id="no mapping"),
        pytest.param({"accounts": {HUB: {}}}, "'partition_region' is a required property", id="no region"),
        pytest.param(scenario(typo=1), "scenario: the document: 'typo' is not known", id="unknown key"),
        pytest.param(scenario(accounts={}), "accounts: {} should be non-empty", id="no account"),
        pytest.param(scenario(accounts={"123": {}}), "accounts: '123' does not match", id="short account id"),
        pytest.param(
            estate(ec2=[{"name": "a", "typ": "t3.micro"}]),
            "cn-north-1.ec2[0]: 'typ' is not known; did you mean 'type'?",
            id="typo",
        ),
        pytest.param(
            estate(ec2=[{"nmae": "a"}]),
            "scenario: accounts.111122223333.cn-north-1.ec2[0]: 'nmae' is not known; did you mean 'name'?",
            id="a misspelt required key",
        ),
        pytest.param(estate(ec2=[{"type": "t3.micro"}]), "cn-north-1.ec2[0]: 'name' is a required", id="no name"),
        pytest.param(estate(ec2=[{"name": "a", "state": "off"}]), "ec2[0].state: 'off' is not one of", id="state"),
        pytest.param(
            estate(ec2=[{"name": "a", "kms_key": "alias/mine"}]),
            "+$', the ARN of the customer managed key that encrypts the instance's volumes",
            id="an alias for a key",
        ),
        pytest.param(
            estate(ec2=[{"name": "a", "kms_key": "arn:aws-cn:kms:cn-northwest-1:111122223333:key/one"}]),
            "accounts.111122223333.cn-north-1: a: the kms_key arn:aws-cn:kms:cn-northwest-1:111122223333:key/one is not of",
            id="a key of another region",
        ),
        pytest.param(
            estate(ec2=[{"name": "a", "kms_key": "arn:aws:kms:cn-north-1:111122223333:key/one"}]),
            "is not of the region of its instance",
            id="a key of another partition",
        ),
        pytest.param(
            estate(ec2=[{"name": "a", "license": "windows"}]),
            "ec2[0].license: 'windows' does not match",
            id="a license by its name",
        ),
        pytest.param(
            estate(ec2=[{"name": "a", "kms_kye": "one"}]),
            "'kms_kye' is not known; did you mean 'kms_key'?",
            id="key typo",
        ),
        pytest.param(
            scenario(roles={"444455556666": {}}), "roles: 444455556666 is none of the scenario's accounts", id="roles"
        ),
        pytest.param(
            scenario(roles={HUB: {"volume_kms_key_arns": ["key one"]}}),
            f"roles.{HUB}.volume_kms_key_arns[0]: 'key one' does not match",
            id="no ARN",
        ),
        pytest.param(
            scenario(roles={HUB: {"use_license_manager": "yes"}}),
            f"roles.{HUB}.use_license_manager: 'yes' is not of type 'boolean'",
            id="no boolean",
        ),
        pytest.param(estate(rds=[{"name": "A_b"}]), "rds[0].name: 'A_b' does not match", id="identifier"),
        pytest.param(estate(ec2=[{"name": "a"}, {"name": "a"}]), "ec2 names a twice", id="twice"),
        pytest.param(scenario(settings={"timezone": "UTC"}), "settings: 'timezone' is not one of", id="setting"),
        pytest.param(scenario(timing={"stopping_seconds": -1}), "timing.stopping_seconds: -1 is less", id="timing"),
        pytest.param(scenario(faults=[{"api": "ec2:StopInstances"}]), "faults[0]: 'error' is a required", id="fault"),
        pytest.param(scenario(config={"periods": [{}]}), "config.periods[0]: 'name' is a required", id="config"),
    ],
)
def test_a_wrong_scenario_is_refused_with_the_path_of_the_fault(raw: Any, complaint: str) -> None:
    with pytest.raises(InvalidScenario) as refused:
        parse_scenario(raw)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_misspelt_required_key_is_one_mistake() -> None:
    with pytest.raises(InvalidScenario) as refused:
        parse_scenario(estate(ec2=[{"nmae": "a"}]))
    assert "required" not in str(refused.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InvalidScenario, match=r"typo.*timing\.stopping_seconds"):
        parse_scenario(scenario(typo=1, timing={"stopping_seconds": -1}))


def test_the_first_account_is_the_hub_and_the_others_become_the_spokes_of_the_settings() -> None:
    read = parse_scenario(scenario(accounts={HUB: {"cn-north-1": {}}, "444455556666": {"cn-northwest-1": {}}}))
    assert read.hub == HUB
    assert read.settings["accounts"] == ["444455556666"]
    assert read.settings["regions"] == ["cn-north-1", "cn-northwest-1"]


def test_settings_of_the_scenario_win_over_what_its_estate_suggests() -> None:
    read = parse_scenario(scenario(settings={"regions": ["cn-north-1"], "resize_waits": [1]}))
    assert read.settings["regions"] == ["cn-north-1"]
    assert read.settings["resize_waits"] == [1]


def test_every_setting_of_the_stack_may_stand_in_a_scenario() -> None:
    names = list(Settings.__annotations__)
    assert set(names) <= set(parse_scenario(scenario(settings=dict.fromkeys(names, "x"))).settings)


def test_times_dates_and_account_ids_that_yaml_would_turn_into_numbers_stay_text(tmp_path: Path) -> None:
    (tmp_path / "timetable.yaml").write_text(
        "periods: [{name: late, begintime: 17:00, endtime: 23:30, weekdays: mon-fri}]\n"
        "calendars: [{name: cn, days_off: [2026-10-01]}]\n"
        "schedules: [{name: all, periods: [late], enforced: true}]\n"
    )
    (tmp_path / "scenario.yaml").write_text(
        "partition_region: cn-north-1\nconfig: timetable.yaml\naccounts: {012345678901: {cn-north-1: {}}}\n"
    )
    read = read_scenario(tmp_path / "scenario.yaml")
    period, schedule, calendar, config = read.config_items
    assert read.hub == "012345678901"
    assert period == {"type": "period", "name": "late", "begintime": "17:00", "endtime": "23:30", "weekdays": "mon-fri"}
    assert schedule == {"type": "schedule", "name": "all", "periods": ["late"], "enforced": True}
    assert calendar["days_off"] == ["2026-10-01"]
    assert config == {"type": "config", "name": "scheduler"}


def test_an_instance_may_say_everything_that_the_design_lists() -> None:
    [ec2] = parse_scenario(
        estate(
            ec2=[
                {
                    "name": "web",
                    "lifecycle": "spot",
                    "spot_type": "persistent",
                    "auto_scaling_group": "web-asg",
                    "launch_time": "2026-11-01T08:00:00+08:00",
                    "override": "running",
                }
            ]
        )
    ).ec2
    assert (ec2.lifecycle, ec2.spot_type, ec2.auto_scaling_group) == ("spot", "persistent", "web-asg")
    assert ec2.launch_time == datetime(2026, 11, 1, tzinfo=UTC)
    assert ec2.override == "running"


def test_a_cluster_stands_among_the_databases_with_its_members() -> None:
    read = parse_scenario(
        estate(rds=[{"name": "orders"}], clusters=[{"name": "shop", "members": ["shop-1", "shop-2"]}])
    )
    assert [(seed.name, seed.members) for seed in read.rds] == [("orders", None), ("shop", ("shop-1", "shop-2"))]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        pytest.param("missing.yaml", None, "No such file", id="missing"),
        pytest.param("bad.yaml", "a: [1", "bad.yaml: while parsing", id="bad YAML"),
        pytest.param("bad.json", "{", "bad.json: Expecting property name", id="bad JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, name: str, text: str | None, complaint: str
) -> None:
    file = tmp_path / name
    file.write_text(text) if text is not None else None
    with pytest.raises(InvalidScenario) as refused:
        read_scenario(file)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_key_and_a_license_are_completed_in_the_instances_own_account_and_region() -> None:
    (seed,) = parse_scenario(estate(ec2=[{"name": "a", "kms_key": "mrk-1", "license": "lic-1"}])).ec2

    assert seed.kms_key == "arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1"
    assert seed.license == "arn:aws-cn:license-manager:cn-north-1:111122223333:license-configuration:lic-1"


def test_arns_of_another_account_stay_as_they_are() -> None:
    key = "arn:aws-cn:kms:cn-north-1:444455556666:key/mrk-1"
    license_arn = "arn:aws-cn:license-manager:cn-north-1:444455556666:license-configuration:lic-1"
    (seed,) = parse_scenario(estate(ec2=[{"name": "a", "kms_key": key, "license": license_arn}])).ec2

    assert (seed.kms_key, seed.license) == (key, license_arn)


def test_keys_of_an_accounts_roles_are_completed_for_each_of_its_regions() -> None:
    accounts = {HUB: {"cn-north-1": {}, "cn-northwest-1": {}}}
    every = "arn:aws-cn:kms:*:444455556666:key/*"
    roles = {HUB: {"volume_kms_key_arns": ["mrk-1", every], "use_license_manager": True}}

    read = parse_scenario(scenario(accounts=accounts, roles=roles))

    assert read.roles[HUB] == {
        "VolumeKmsKeyArns": ",".join(
            [
                "arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1",
                "arn:aws-cn:kms:cn-northwest-1:111122223333:key/mrk-1",
                every,
            ]
        ),
        "UseLicenseManager": "true",
    }
