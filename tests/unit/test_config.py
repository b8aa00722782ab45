"""Raw items → Config: what is accepted, what is refused, and with which words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from tests.unit.building import Item, config_of, items, make_schedule

from instance_scheduler.config import Config
from instance_scheduler.errors import Severity
from instance_scheduler.schedule import DesiredState
from instance_scheduler.settings import Service, Settings

OFFICE: Mapping[str, Item] = {"office": {"begintime": "09:00", "endtime": "17:00", "weekdays": "mon-fri"}}


def lines(config: Config) -> list[str]:
    """Every fault as `error: period mornings, begintime: …`."""
    return [f"{fault.severity}: {fault}" for fault in config.faults]


def errors_of_period(**attributes: object) -> list[str]:
    return lines(config_of({"type": "period", "name": "p", **attributes}))


def faults_of_schedule(**attributes: object) -> list[str]:
    return lines(config_of(*items(OFFICE, **attributes)))


def faults_of_calendar(**attributes: object) -> list[str]:
    return lines(config_of({"type": "calendar", "name": "c", **attributes}))


def faults_of_config(**attributes: object) -> list[str]:
    return lines(config_of({"type": "config", "name": "scheduler", **attributes}))


# ------------------------------------------------------------------------------------------------ what is accepted


def test_table_of_aws_instance_scheduler_is_read_as_it_is() -> None:
    config = config_of(
        {
            "type": "config",
            "name": "scheduler",
            "tagname": "Schedule",
            "default_timezone": "Europe/Berlin",
            "regions": {"eu-central-1"},
            "scheduled_services": {"ec2", "rds"},
            "remote_account_ids": {"111122223333"},
            "organization_id": "",
            "started_tags": "",
            "trace": False,
            "use_metrics": False,
            "schedule_clusters": True,
            "create_rds_snapshot": False,
        },
        {
            "type": "period",
            "name": "office-hours",
            "description": "Office hours",
            "begintime": "09:00",
            "endtime": "17:00",
            "weekdays": {"mon-fri"},
            "configured_in_stack": "arn:aws:cloudformation:eu-central-1:111122223333:stack/s/1",
        },
        {
            "type": "schedule",
            "name": "uk-office-hours",
            "description": "",
            "periods": {"office-hours"},
            "timezone": "Europe/London",
            "enforced": False,
            "retain_running": None,
            "stop_new_instances": True,
            "use_maintenance_window": True,
            "ssm_maintenance_window": set(),
            "override_status": "",
        },
    )
    assert (lines(config), list(config.schedules), config.settings.default_timezone) == (
        [],
        ["uk-office-hours"],
        "Europe/Berlin",
    )


@pytest.mark.parametrize(
    "periods",
    ["a,b", " a , b ", ["a", "b"], ("b", "a"), {"a", "b"}, ["a,b"], ["a", "", "b", "a"]],
    ids=["text", "text with spaces", "list", "tuple", "set", "list of one text", "list with repetitions"],
)
def test_lists_come_as_sets_lists_or_comma_separated_texts(periods: object) -> None:
    schedule = make_schedule({"a": {"weekdays": "mon"}, "b": {"weekdays": "tue"}}, periods=periods)
    assert [str(reference) for reference in schedule.periods] == ["a", "b"]


@pytest.mark.parametrize("monthdays", [1, Decimal("1"), {Decimal("1")}, [1], ["1"], "1"], ids=repr)
def test_numbers_come_as_numbers_or_texts(monthdays: object) -> None:
    assert str(make_schedule({"p": {"monthdays": monthdays}}).periods[0].period.monthdays) == "1"


def test_dates_of_a_yaml_file_are_dates() -> None:
    schedule = make_schedule(OFFICE, calendar={"days_off": [date(2026, 10, 1)]})
    assert schedule.calendar is not None
    assert schedule.calendar.is_day_off(date(2026, 10, 1))


@pytest.mark.parametrize("word", [True, "true", "True", "yes", "ON", " on "], ids=repr)
def test_words_for_true(word: object) -> None:
    assert make_schedule(OFFICE, enforced=word).enforced is True


@pytest.mark.parametrize("word", [False, "false", "No", "off"], ids=repr)
def test_words_for_false(word: object) -> None:
    assert make_schedule(OFFICE, stop_new_instances=word).stop_new_instances is False


@pytest.mark.parametrize("nothing", [None, "", " ", [], [""], {""}, set()], ids=repr)
def test_empty_values_count_as_absent(nothing: object) -> None:
    periods = {
        "p": {"begintime": "09:00", "endtime": None, "weekdays": nothing, "monthdays": nothing, "months": nothing}
    }
    schedule = make_schedule(
        periods,
        enforced=nothing,
        stop_new_instances=nothing,
        use_maintenance_window=nothing,
        override_status=nothing,
        timezone=nothing,
        ssm_maintenance_window=nothing,
        use_metrics=nothing,
    )
    assert (schedule.stop_new_instances, schedule.use_maintenance_window, schedule.enforced) == (True, True, False)
    assert (schedule.override_status, schedule.timezone, schedule.use_metrics) == (None, "UTC", None)
    assert schedule.periods[0].period.weekdays is None


@pytest.mark.parametrize("word", ["running", "Running", " STOPPED "])
def test_override_status_is_read_in_any_case(word: str) -> None:
    schedule = config_of({"type": "schedule", "name": "s", "override_status": word}).schedules["s"]
    assert schedule.override_status == DesiredState(word.strip().lower())


def test_periods_keep_their_types() -> None:
    schedule = make_schedule(OFFICE, periods={"office@t3.large", "office", " office @ db.r5.large "})
    assert [reference.instance_type for reference in schedule.periods] == [None, "db.r5.large", "t3.large"]


def test_calendar_merges_ranges_and_reads_weekdays() -> None:
    config = config_of(
        {
            "type": "calendar",
            "name": "c",
            "days_off": ["2026-10-03 .. 2026-10-05", "2026-10-01..2026-10-02", "2026-12-25"],
            "working_days": ["2026-10-10", "2026-10-11 = Thursday", "2026-10-17=7", "2026-10-17=sun"],
        }
    )
    calendar = config.calendars["c"]
    assert [str(span) for span in calendar.days_off] == ["2026-10-01..2026-10-05", "2026-12-25"]
    assert {day.isoformat(): weekday for day, weekday in calendar.working_days.items()} == {
        "2026-10-10": 0,
        "2026-10-11": 3,
        "2026-10-17": 6,
    }


# --------------------------------------------------------------------------------------- what is refused in periods

TIME = "is no time; write H:MM or HH:MM from 00:00 to"


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("begintime", "9am", f"'9am' {TIME} 23:59"),
        ("begintime", "25:00", f"'25:00' {TIME} 23:59"),
        ("begintime", "24:00", f"'24:00' {TIME} 23:59"),
        ("begintime", "9:5", f"'9:5' {TIME} 23:59"),
        ("begintime", "09:60", f"'09:60' {TIME} 23:59"),
        ("begintime", "09:00:00", f"'09:00:00' {TIME} 23:59"),
        ("begintime", "-1:00", f"'-1:00' {TIME} 23:59"),
        ("begintime", 540, f"540 {TIME} 23:59 (in quotes in YAML)"),
        ("endtime", "24:01", f"'24:01' {TIME} 24:00"),
        ("endtime", "noon", f"'noon' {TIME} 24:00"),
        ("endtime", ["9:00"], f"['9:00'] {TIME} 24:00 (in quotes in YAML)"),
    ],
    ids=str,
)
def test_bad_time_is_named_with_what_is_accepted(attribute: str, value: object, message: str) -> None:
    assert errors_of_period(**{attribute: value, "weekdays": "mon"}) == [f"error: period p, {attribute}: {message}"]


@pytest.mark.parametrize("end", ["09:00", "9:00"])
def test_period_that_begins_when_it_ends_is_refused(end: str) -> None:
    message = f"error: period p, endtime: {end!r} is the begintime too; such a period would never run"
    assert errors_of_period(begintime="09:00", endtime=end) == [message]


def test_midnight_to_midnight_is_refused_but_a_whole_day_is_not() -> None:
    assert len(errors_of_period(begintime="00:00", endtime="00:00")) == 1
    assert errors_of_period(begintime="00:00", endtime="24:00") == []


@pytest.mark.parametrize(
    ("attribute", "value", "beginning"),
    [
        (
            "weekdays",
            "mon-",
            "'mon-' is not accepted: a weekday is missing after 'mon-' (position 5); accepted are mon or",
        ),
        ("monthdays", "0", "'0' is not accepted: 0 is not between 1 and 31 (position 1); accepted are 1-31, 25-5, "),
        (
            "months",
            "foo",
            "'foo' is not accepted: 'foo' is no name of a month (position 1); accepted are jan or january, ",
        ),
        ("weekdays", [["mon"], True], "[['mon'], True] is not accepted; write a text, a set or a list of texts"),
        ("monthdays", 1.5, "1.5 is not accepted; write a text, a set or a list of texts"),
        ("monthdays", Decimal("NaN"), "Decimal('NaN') is not accepted; write a text, a set or a list of texts"),
        ("months", {"a": 1}, "{'a': 1} is not accepted; write a text, a set or a list of texts"),
    ],
    ids=str,
)
def test_bad_expression_is_named_with_its_place_and_what_is_accepted(
    attribute: str, value: object, beginning: str
) -> None:
    (line,) = errors_of_period(**{attribute: value, "begintime": "09:00"})
    assert line.startswith(f"error: period p, {attribute}: {beginning}")


def test_every_bad_term_of_every_attribute_is_named() -> None:
    found = errors_of_period(
        begintime="9am", endtime="25:00", weekdays="foo,mon,bar", monthdays=["0", "L-3"], months="x"
    )
    assert [line.split(":")[1].strip() for line in found] == [
        "period p, begintime",
        "period p, endtime",
        "period p, weekdays",
        "period p, weekdays",
        "period p, monthdays",
        "period p, monthdays",
        "period p, months",
    ]


@pytest.mark.parametrize("attributes", [{}, {"description": "x"}, {"begintime": "", "weekdays": [""]}], ids=str)
def test_period_without_a_condition_is_refused(attributes: dict[str, object]) -> None:
    conditions = "begintime, endtime, weekdays, monthdays and months"
    assert errors_of_period(**attributes) == [
        f"error: period p: it has no condition; give at least one of {conditions}"
    ]


def test_period_whose_name_no_schedule_can_write_is_warned_about() -> None:
    assert lines(config_of({"type": "period", "name": "a@b", "weekdays": "mon"})) == [
        "warning: period a@b, name: no schedule can refer to 'a@b': what follows @ is read as an instance type"
    ]


# ------------------------------------------------------------------------------------- what is refused in schedules


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("periods", ["office@"], "'office@' has no instance type; accepted are name and name@instance-type"),
        ("periods", ["@t3.large"], "'@t3.large' has no period; accepted are name and name@instance-type"),
        ("periods", ["office@a@b"], "'office@a@b' has more than one @; accepted are name and name@instance-type"),
        ("periods", ["ofice"], "'ofice' refers to a period that does not exist; did you mean 'office'?"),
        ("periods", ["xyz"], "'xyz' refers to a period that does not exist"),
        ("periods", ["Office"], "'Office' refers to a period that does not exist; did you mean 'office'?"),
        (
            "timezone",
            "Asia/Shangai",
            "'Asia/Shangai' is no time zone; accepted are names of the tz database such as Asia/Shanghai;"
            " did you mean 'Asia/Shanghai'?",
        ),
        (
            "timezone",
            "Mars/Phobos",
            "'Mars/Phobos' is no time zone; accepted are names of the tz database such as Asia/Shanghai",
        ),
        ("timezone", ["UTC", "CET"], "['UTC', 'CET'] is not accepted; write one text"),
        ("override_status", "on", "'on' is not accepted; write running or stopped"),
        ("override_status", "any", "'any' is not accepted; write running or stopped"),
        ("enforced", "maybe", "'maybe' is not accepted; write true, false, yes, no, on or off"),
        ("use_metrics", "sometimes", "'sometimes' is not accepted; write true, false, yes, no, on or off"),
        ("hibernate", 1, "1 is not accepted; write true, false, yes, no, on or off"),
        ("calendar", "cn", "'cn' refers to a calendar that does not exist"),
    ],
    ids=str,
)
def test_bad_attribute_of_a_schedule_is_named_with_what_is_accepted(
    attribute: str, value: object, message: str
) -> None:
    assert faults_of_schedule(**{attribute: value}) == [f"error: schedule s, {attribute}: {message}"]


@pytest.mark.parametrize("name", ["ignore", "none", "off", "Off", "IGNORE"])
def test_words_that_take_an_instance_out_of_scheduling_are_no_names(name: str) -> None:
    config = config_of(*items(OFFICE, name=name))
    assert (list(config.schedules), list(config.faulty)) == ([], [name])
    assert lines(config) == [
        f"error: schedule {name}, name: {name!r} is no name for a schedule:"
        " the tag values ignore, none, off take an instance out of scheduling"
    ]


@pytest.mark.parametrize("periods", [None, "", [], [""]], ids=repr)
def test_schedule_needs_periods_or_override_status(periods: object) -> None:
    message = "error: schedule s: it has neither periods nor override_status; give at least one of them"
    assert faults_of_schedule(periods=periods) == [message]


def test_schedule_with_nothing_but_an_ssm_maintenance_window_is_refused() -> None:
    config = config_of(*items(OFFICE, periods=[], ssm_maintenance_window=["mw"]))
    assert list(config.faulty) == ["s"]
    assert lines(config) == [
        "error: schedule s, ssm_maintenance_window:"
        " nothing else is given, and SSM maintenance windows are not yet supported"
    ]


def test_ssm_maintenance_window_beside_periods_is_warned_about() -> None:
    config = config_of(*items(OFFICE, ssm_maintenance_window=["mw"]))
    assert list(config.schedules) == ["s"]
    assert lines(config) == [
        "warning: schedule s, ssm_maintenance_window:"
        " SSM maintenance windows are not yet supported; the attribute has no effect"
    ]


def test_schedule_that_refers_to_a_bad_period_or_calendar_is_out_of_use() -> None:
    config = config_of(
        {"type": "period", "name": "p", "begintime": "9am"},
        {"type": "calendar", "name": "c", "days_off": "someday"},
        {"type": "schedule", "name": "s", "periods": ["p"], "calendar": "c"},
    )
    assert [str(fault) for fault in config.faulty["s"]] == [
        "schedule s, periods: 'p' cannot be used: period p has an error",
        "schedule s, calendar: 'c' refers to a calendar that has an error",
    ]


def test_one_bad_schedule_never_stops_the_others() -> None:
    config = config_of(
        *items(OFFICE),
        {"type": "schedule", "name": "bad", "periods": ["nowhere"], "timezone": "Nowhere"},
        {"type": "period", "name": "unused", "months": "13"},
    )
    assert (list(config.schedules), list(config.faulty), len(config.faults)) == (["s"], ["bad"], 3)


@pytest.mark.parametrize("periods", [["nowhere"], ["p"], ["p@"], ["p", "nowhere"]], ids=str)
def test_while_the_state_is_overridden_errors_in_periods_are_warnings(periods: list[str]) -> None:
    config = config_of(
        {"type": "period", "name": "p", "begintime": "9am"},
        {"type": "schedule", "name": "s", "periods": periods, "override_status": "stopped"},
    )
    severities = {fault.severity for fault in config.faults if fault.item == "schedule s"}
    assert (list(config.schedules), severities) == (["s"], {Severity.WARNING})


@pytest.mark.parametrize("attribute", ["timezone", "calendar"])
def test_while_the_state_is_overridden_other_errors_are_still_errors(attribute: str) -> None:
    assert list(config_of(*items(OFFICE, override_status="stopped", **{attribute: "nowhere"})).faulty) == ["s"]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"type": "schedule", "name": "s", "override_status": "running", "enforce": True},
            "warning: schedule s, enforce: 'enforce' is no attribute that is known here; did you mean 'enforced'?",
        ),
        (
            {"type": "period", "name": "p", "weekdays": "mon", "begin_time": "9:00"},
            "warning: period p, begin_time: 'begin_time' is no attribute that is known here; did you mean 'begintime'?",
        ),
        (
            {"type": "calendar", "name": "c", "holidays": "x"},
            "warning: calendar c, holidays: 'holidays' is no attribute that is known here",
        ),
        (
            {"type": "config", "name": "scheduler", "colour": "blue"},
            "warning: config scheduler, colour: 'colour' is no attribute that is known here",
        ),
        (
            {"type": "config", "name": "other"},
            "warning: config other, name: the item has no effect: only config scheduler is read",
        ),
        (
            {"type": "planet", "name": "x"},
            "warning: item 1, type: 'planet' is no type that is known here; accepted are period, schedule, config, calendar",
        ),
        ({"type": "period"}, "error: item 1, name: None is no name; write a text"),
        ({"type": "schedule", "name": " "}, "error: item 1, name: ' ' is no name; write a text"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_known_is_pointed_out(item: Item, message: str) -> None:
    assert lines(config_of(item)) == [message]


def test_what_is_no_item_at_all_is_pointed_out() -> None:
    assert lines(config_of("nonsense")) == ["error: item 1: 'nonsense' is no item"]  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("kind", ["period", "schedule", "calendar"])
def test_items_with_the_same_name_are_refused(kind: str) -> None:
    item = {"type": kind, "name": "x", "weekdays": "mon", "override_status": "running", "days_off": "2026-10-01"}
    known = [line for line in lines(config_of(item, item)) if line.startswith("error")]
    assert known == [f"error: {kind} x, name: 'x' is given to more than one {kind}"] * 2


@pytest.mark.parametrize(
    ("periods", "references", "message"),
    [
        ({"a": {"begintime": "09:00"}, "b": {"begintime": "9:00"}}, ["a@x.y", "b"], "a@x.y and b"),
        ({"a": {"begintime": "09:00"}, "b": {"begintime": "9:00"}}, ["a", "b@x.y"], "b@x.y and a"),
        ({"a": {"weekdays": "mon"}, "b": {"begintime": "0:00"}}, ["a@x.y", "b@x.z"], "a@x.y and b@x.z"),
        ({"a": {"begintime": "09:00"}}, ["a@x.y", "a@x.z"], "a@x.y and a@x.z"),
        ({"a": {"weekdays": "mon"}, "b": {"weekdays": "tue#1"}}, ["a@x.y", "b"], "a@x.y and b"),
        ({"a": {"monthdays": "1"}, "b": {"monthdays": "2W"}}, ["a@x.y", "b"], "a@x.y and b"),
        ({"a": {"monthdays": "28"}, "b": {"monthdays": "L"}}, ["a@x.y", "b"], "a@x.y and b"),
    ],
)
def test_periods_that_can_begin_together_with_different_types_are_warned_about(
    periods: Mapping[str, Item], references: list[str], message: str
) -> None:
    winner = message.split(" ")[0]
    assert lines(config_of(*items(periods, periods=references))) == [
        f"warning: schedule s, periods: {message} can begin at the same moment; then {winner} decides the type"
    ]


@pytest.mark.parametrize(
    ("periods", "references"),
    [
        ({"a": {"begintime": "09:00"}, "b": {"begintime": "09:01"}}, ["a@x.y", "b"]),
        ({"a": {"begintime": "09:00"}, "b": {"begintime": "09:00"}}, ["a@x.y", "b@x.y"]),
        ({"a": {"weekdays": "mon"}, "b": {"weekdays": "tue-fri"}}, ["a@x.y", "b"]),
        ({"a": {"months": "jan"}, "b": {"months": "feb-dec"}}, ["a@x.y", "b"]),
        ({"a": {"monthdays": "1-15"}, "b": {"monthdays": "16/1"}}, ["a@x.y", "b"]),
        ({"a": {"endtime": "09:00"}, "b": {"weekdays": "*"}}, ["a@x.y", "b"]),
    ],
    ids=["other begin", "same type", "other weekdays", "other months", "other days", "an end alone never runs"],
)
def test_periods_that_cannot_tie_are_not_warned_about(periods: Mapping[str, Item], references: list[str]) -> None:
    assert lines(config_of(*items(periods, periods=references))) == []


def test_holiday_without_a_calendar_is_warned_about() -> None:
    assert lines(config_of(*items({"p": {"weekdays": "mon,holiday"}}))) == [
        "warning: schedule s, periods: p names holiday, which matches no day in a schedule without a calendar"
    ]


# ------------------------------------------------------------------------------------- what is refused in calendars


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("days_off", "1 May", "'1 May' is no day; accepted are 2026-10-01 and 2026-10-01..2026-10-07"),
        ("days_off", "2026-02-30", "'2026-02-30' is no day; accepted are 2026-10-01 and 2026-10-01..2026-10-07"),
        ("days_off", "20261001", "'20261001' is no day; accepted are 2026-10-01 and 2026-10-01..2026-10-07"),
        ("days_off", "2026-10-01..", "'2026-10-01..' is no day; accepted are 2026-10-01 and 2026-10-01..2026-10-07"),
        (
            "days_off",
            "2026-10-07..2026-10-01",
            "'2026-10-07..2026-10-01' ends before it begins; write the earlier day first",
        ),
        (
            "working_days",
            "2026-10-10=foo",
            "'2026-10-10=foo' names no weekday; accepted are 2026-10-10 (counts as a Monday) and 2026-10-10=thu",
        ),
        (
            "working_days",
            "2026-10-10=mon-fri",
            "'2026-10-10=mon-fri' names no weekday; accepted are 2026-10-10 (counts as a Monday) and 2026-10-10=thu",
        ),
        (
            "working_days",
            "2026-10-10=",
            "'2026-10-10=' names no weekday; accepted are 2026-10-10 (counts as a Monday) and 2026-10-10=thu",
        ),
        (
            "working_days",
            "2026-10-10..2026-10-11",
            "'2026-10-10..2026-10-11' is no day; accepted are 2026-10-10 (counts as a Monday) and 2026-10-10=thu",
        ),
        (
            "working_days",
            ["2026-10-10=tue", "2026-10-10=wed"],
            "'2026-10-10=wed' contradicts another entry: a day stands in for one weekday",
        ),
    ],
    ids=str,
)
def test_bad_day_is_named_with_what_is_accepted(attribute: str, value: object, message: str) -> None:
    assert faults_of_calendar(**{attribute: value}) == [f"error: calendar c, {attribute}: {message}"]


# ------------------------------------------------------------------------------------------------- the config item


def test_values_of_the_config_item_win_over_the_settings() -> None:
    config = config_of(
        {
            "type": "config",
            "name": "scheduler",
            "tagname": "Plan",
            "default_timezone": "Asia/Shanghai",
            "regions": ["cn-north-1", "cn-northwest-1"],
            "scheduled_services": "rds",
            "remote_account_ids": {"111122223333"},
            "cross_account_roles": {"arn:aws-cn:iam::444455556666:role/instance-scheduler-reader", "111122223333"},
            "started_tags": "state=started,at={year}",
            "stopped_tags": ["state=stopped"],
            "create_rds_snapshot": "yes",
            "use_metrics": True,
        },
        *items(OFFICE),
        settings=Settings(tag_key="Plan", default_timezone="UTC", regions=("eu-west-1",), stopped_tags="x=y"),
    )
    settings = config.settings
    assert lines(config) == []
    assert (settings.default_timezone, config.schedules["s"].timezone) == ("Asia/Shanghai", "Asia/Shanghai")
    assert settings.regions == ("cn-north-1", "cn-northwest-1")
    assert settings.scheduled_services == (Service.RDS,)
    assert settings.accounts == ("111122223333", "444455556666")
    assert (settings.started_tags, settings.stopped_tags) == ("state=started,at={year}", "state=stopped")
    assert (settings.create_rds_snapshot, settings.use_metrics) == (True, True)


def test_accounts_of_the_config_item_come_on_top_of_those_of_the_setting() -> None:
    settings = Settings(accounts=("777788889999",))
    item = {"type": "config", "name": "scheduler", "remote_account_ids": {"111122223333"}}
    assert config_of(item, settings=settings).settings.accounts == ("777788889999", "111122223333")


def test_of_a_role_that_is_not_assumed_the_account_counts_and_a_warning_says_so() -> None:
    role = "arn:aws:iam::444455556666:role/Scheduler-Role"
    config = config_of({"type": "config", "name": "scheduler", "cross_account_roles": {role}})
    (line,) = lines(config)
    assert config.settings.accounts == ("444455556666",)
    assert line.startswith(f"warning: config scheduler, cross_account_roles: of {role!r} only the account counts: ")


def test_role_of_another_partition_is_an_error_of_config_scheduler() -> None:
    role = "arn:aws:iam::444455556666:role/instance-scheduler-reader"
    item = {"type": "config", "name": "scheduler", "cross_account_roles": {role}}
    assert lines(config_of(item, settings=Settings(partition="aws-cn"))) == [
        f"error: config scheduler, cross_account_roles: {role!r} cannot be assumed:"
        " roles do not cross partitions, and this stack is in aws-cn"
    ]


@pytest.mark.parametrize(
    "value",
    [
        {"111122223333": ["eu-west-1", "eu-west-2"]},
        {"111122223333": {"eu-west-1", "eu-west-2"}},
        '{"111122223333": ["eu-west-1", "eu-west-2"]}',
        "111122223333=eu-west-1+eu-west-2",
    ],
    ids=["a map of lists", "a map of sets", "JSON", "text"],
)
def test_regions_of_one_account_are_put_beside_those_of_the_setting(value: object) -> None:
    settings = Settings(account_regions=(("111122223333", ("eu-north-1",)), ("444455556666", ("us-east-1",))))
    config = config_of({"type": "config", "name": "scheduler", "account_regions": value}, settings=settings)
    assert lines(config) == []
    assert config.settings.account_regions == (
        ("111122223333", ("eu-west-1", "eu-west-2")),
        ("444455556666", ("us-east-1",)),
    )


def test_bad_regions_of_an_account_are_an_error_of_config_scheduler() -> None:
    (line,) = faults_of_config(account_regions={"111122223333": ["north"]})
    assert line.startswith("error: config scheduler, account_regions: ")
    assert "'north' is no region" in line


def test_config_item_without_values_leaves_the_settings_alone() -> None:
    settings = Settings(
        default_timezone="Asia/Tokyo", regions=("eu-west-1",), accounts=("111122223333",), use_metrics=True
    )
    assert config_of({"type": "config", "name": "scheduler", "regions": ""}, settings=settings).settings == settings


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        (
            "tagname",
            "schedule",
            "'schedule' is not accepted; the stack was deployed for 'Schedule', and only a deployment can change that",
        ),
        (
            "default_timezone",
            "asia/shanghai",
            "'asia/shanghai' is no time zone; accepted are names of the tz database such as Asia/Shanghai;"
            " did you mean 'Asia/Shanghai'?",
        ),
        ("regions", "north", "'north' is no region; write names such as cn-north-1"),
        (
            "scheduled_services",
            "ec-2",
            "'ec-2' is no service; accepted are ec2, rds, neptune, docdb, asg; did you mean 'ec2'?",
        ),
        ("remote_account_ids", "1234", "'1234' is no account; write ids of 12 digits or the ARNs of roles"),
        ("cross_account_roles", "arn:x", "'arn:x' is no account; write ids of 12 digits or the ARNs of roles"),
        ("started_tags", "started", "'started' is no tag; write key=value, several separated by commas"),
        ("stopped_tags", "Schedule=x", "'Schedule=x' would overwrite the schedule tag; use another key"),
        ("create_rds_snapshot", "perhaps", "'perhaps' is not accepted; write true, false, yes, no, on or off"),
        ("trace", "loud", "'loud' is not accepted; write true, false, yes, no, on or off"),
    ],
)
def test_bad_value_of_the_config_item_is_an_error_of_config_scheduler(attribute: str, value: str, message: str) -> None:
    assert faults_of_config(**{attribute: value}) == [f"error: config scheduler, {attribute}: {message}"]


@pytest.mark.parametrize(
    ("services", "warnings"),
    [
        ("ec2,rds,neptune,docdb", []),
        ("ec2,asg", ["'asg' is not yet supported and has no effect"]),
        ("ec2,neptune", ["'neptune' is scheduled with 'rds', which is not listed, and has no effect"]),
    ],
)
def test_services_that_have_no_effect_are_warned_about(services: str, warnings: list[str]) -> None:
    expected = [f"warning: config scheduler, scheduled_services: {warning}" for warning in warnings]
    assert faults_of_config(scheduled_services=services) == expected


def test_unknown_default_time_zone_of_the_settings_is_an_error_of_config_scheduler() -> None:
    (line,) = lines(config_of(settings=Settings(default_timezone="Nowhere")))
    assert line.startswith("error: config scheduler, default_timezone: 'Nowhere' is no time zone")


def test_absent_default_time_zone_is_utc() -> None:
    assert config_of(settings=Settings(default_timezone="")).settings.default_timezone == "UTC"


# --------------------------------------------------------------------------------------------------- the config hash


def test_config_hash_is_the_same_for_the_same_items_in_any_order() -> None:
    first = items(
        {"p": {"weekdays": {"mon", "tue", "wed", "thu", "fri"}}, "q": {"monthdays": {Decimal(1), Decimal(2)}}}
    )
    second = [{**item, "description": "reworded"} for item in reversed(first)]
    assert config_of(*first).config_hash == config_of(*second).config_hash


@pytest.mark.parametrize(
    "changed",
    [
        config_of(*items(OFFICE, enforced=True)),
        config_of(*items(OFFICE), {"type": "calendar", "name": "unused", "days_off": "2026-10-01"}),
        config_of(*items(OFFICE), settings=Settings(default_timezone="Asia/Shanghai")),
        config_of(*items(OFFICE), settings=Settings(regions=("eu-west-1",))),
    ],
    ids=["a schedule", "a calendar", "a setting that decides", "a setting that says where"],
)
def test_config_hash_changes_with_items_and_with_settings_that_decide(changed: Config) -> None:
    assert changed.config_hash != config_of(*items(OFFICE)).config_hash


def test_config_hash_does_not_change_with_settings_that_only_tell() -> None:
    told = config_of(*items(OFFICE), settings=Settings(use_metrics=True))
    assert told.config_hash == config_of(*items(OFFICE)).config_hash


@pytest.mark.parametrize(
    "value",
    [{1: "a", "b": {2, "c"}}, b"bytes", float("nan"), object, [{(1, 2): 3}]],
    ids=["map", "bytes", "nan", "class", "list of maps"],
)
def test_values_that_nobody_expects_do_not_stop_the_parser(value: object) -> None:
    assert list(config_of(*items(OFFICE), {"type": "period", "name": "odd", "weekdays": value}).schedules) == ["s"]


def test_keys_that_are_no_texts_do_not_stop_the_parser() -> None:
    odd: dict[object, object] = {"type": "period", "name": "odd", "weekdays": "mon", 1: "x", None: "y"}
    assert list(config_of(*items(OFFICE), odd).schedules) == ["s"]  # type: ignore[arg-type]  # on purpose
