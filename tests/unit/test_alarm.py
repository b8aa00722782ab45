"""The alarm clock of a target: how often it is looked at, and what lets it ring earlier."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.building import instant, make_schedule
from tests.unit.specimens import (
    CONFIG,
    DATABASES,
    MONDAY_NIGHT,
    MONDAY_NOON,
    make_claim,
    make_entry,
    make_last_action,
    make_record,
    make_sighting,
    make_sweep,
)

from instance_scheduler.alarm import (
    NO_ATTENTION,
    Attention,
    Pace,
    join,
    look_again,
    next_due,
    open_sweeps_after,
    pace_of,
)
from instance_scheduler.evaluation import evaluate_target
from instance_scheduler.mark import WITHHELD
from instance_scheduler.settings import Settings
from instance_scheduler.summary import told_code

MINUTE = timedelta(minutes=1)
PACE = Pace(tick=5 * MINUTE, full_sweep=60 * MINUTE, stagger=timedelta())


# How often a target is swept in full.


@pytest.mark.parametrize(
    ("targets", "managed", "minutes"),
    [
        pytest.param(1000, 0, 15, id="as set up to a thousand targets"),
        pytest.param(1001, 1, 30, id="half an hour above"),
        pytest.param(1001, 0, 360, id="six hours where nothing is managed"),
    ],
)
def test_full_sweeps_are_rarer_in_large_estates(targets, managed, minutes):
    assert pace_of(Settings(), targets=targets, managed=managed, group=0).full_sweep == minutes * MINUTE


@pytest.mark.parametrize(
    ("settings", "targets", "minutes"),
    [
        pytest.param(Settings(full_sweep_minutes=45), 1001, 45, id="a slower setting holds in a large estate"),
        pytest.param(Settings(full_sweep_minutes=2), 10, 5, id="never more often than the ticks"),
        pytest.param(Settings(interval_minutes=60), 10, 60, id="at least one tick"),
    ],
)
def test_the_setting_bounds_the_pace(settings, targets, minutes):
    assert pace_of(settings, targets=targets, managed=1, group=0).full_sweep == minutes * MINUTE


@pytest.mark.parametrize(
    ("group", "minutes"),
    [(0, 0), (9, 0), (10, 5), (20, 10), (60, 0)],
    ids=["first", "of the first wave", "second wave", "third", "round again"],
)
def test_waves_of_groups_are_staggered_by_ticks_within_the_full_sweep(group, minutes):
    assert pace_of(Settings(), targets=2000, managed=1, group=group).stagger == minutes * MINUTE


@pytest.mark.parametrize(
    ("at", "stagger", "due"),
    [
        pytest.param("2026-11-23T12:00", 0, "2026-11-23T13:00", id="on the mark: the next one"),
        pytest.param("2026-11-23T12:59", 0, "2026-11-23T13:00", id="just before it"),
        pytest.param("2026-11-23T12:00", 10, "2026-11-23T12:10", id="shifted"),
        pytest.param("2026-11-23T12:10", 10, "2026-11-23T13:10", id="on the shifted mark"),
    ],
)
def test_a_quiet_target_is_due_at_the_next_mark_of_its_full_sweep(at, stagger, due):
    pace = replace(PACE, stagger=stagger * MINUTE)

    assert next_due(instant(at), pace, NO_ATTENTION, 0) == instant(due)


# What rings earlier.


@pytest.mark.parametrize(
    ("attention", "minutes"),
    [
        pytest.param(Attention(wake_at=MONDAY_NOON + 7 * MINUTE), 7, id="a transition"),
        pytest.param(Attention(wake_at=MONDAY_NOON + 90 * MINUTE), 60, id="one after the full sweep"),
        pytest.param(Attention(every_tick=True), 5, id="enforced"),
        pytest.param(Attention(every_tick=True, wake_at=MONDAY_NOON + 3 * MINUTE), 3, id="whichever is first"),
    ],
)
def test_a_target_is_due_at_the_first_thing_that_could_happen(attention, minutes):
    assert next_due(MONDAY_NOON, PACE, attention, 0) == MONDAY_NOON + minutes * MINUTE


@pytest.mark.parametrize(
    ("times", "minutes"),
    [(1, 5), (2, 5), (3, 5), (4, 10), (5, 20), (6, 40), (7, 60), (60, 60)],
    ids=["first", "second", "third", "doubled", "again", "and again", "the full sweep's", "and no rarer"],
)
def test_what_stays_open_is_looked_at_on_three_ticks_and_then_at_doubling_intervals(times, minutes):
    assert look_again(MONDAY_NOON, PACE, times) == MONDAY_NOON + minutes * MINUTE
    assert next_due(MONDAY_NOON, PACE, Attention(is_open=True), times) == MONDAY_NOON + minutes * MINUTE


def test_a_run_between_two_ticks_looks_again_on_the_tick():
    assert look_again(MONDAY_NOON + 3 * MINUTE, PACE, 1) == MONDAY_NOON + 5 * MINUTE


def test_what_fails_for_long_is_looked_at_with_the_full_sweep_of_its_own_wave():
    staggered = replace(PACE, stagger=10 * MINUTE)

    assert look_again(MONDAY_NOON + 5 * MINUTE, PACE, 60) == MONDAY_NOON + 60 * MINUTE
    assert look_again(MONDAY_NOON + 5 * MINUTE, staggered, 60) == MONDAY_NOON + 10 * MINUTE


@pytest.mark.parametrize(
    ("before", "attention", "after"),
    [
        pytest.param(4, NO_ATTENTION, 0, id="nothing is open any more"),
        pytest.param(4, Attention(is_open=True), 5, id="still open"),
        pytest.param(4, Attention(is_open=True, is_fresh=True), 1, id="a fresh action begins anew"),
        pytest.param(0, Attention(every_tick=True), 0, id="enforcement alone is nothing open"),
    ],
)
def test_sweeps_in_a_row_that_found_a_target_open_are_counted(before, attention, after):
    assert open_sweeps_after(before, attention) == after


def test_a_target_asks_for_whatever_one_of_its_instances_asks_for():
    early, late = MONDAY_NOON + MINUTE, MONDAY_NOON + 2 * MINUTE

    together = join([Attention(wake_at=late), Attention(is_open=True, wake_at=early), Attention(every_tick=True)])

    assert together == Attention(is_open=True, every_tick=True, wake_at=early)
    assert join([]) == NO_ATTENTION


# What one instance asks for.


def attention_of(sighting, record, **sweep):
    return evaluate_target(sighting.target, [sighting], {sighting.id: record}, make_sweep(**sweep)).attention


END = instant("2026-11-23T17:00")
"""When `office` next wants something else than at noon."""
TOLD = {WITHHELD: "2026-11-23T12:00:00Z"}
FAILED = {"failures": 1, "retry_at": MONDAY_NOON + 5 * MINUTE}
ACT = Attention(is_open=True, acts=True, is_fresh=True, wake_at=END)
AGAIN = replace(ACT, is_fresh=False)
WAIT = Attention(is_open=True, wake_at=END)


@pytest.mark.parametrize(
    ("sighting", "record", "attention"),
    [
        pytest.param({"state": "running"}, make_record("running"), Attention(wake_at=END), id="where it should be"),
        pytest.param({}, make_record("stopped"), ACT, id="an action for the first time"),
        pytest.param({}, make_record("start_failed", failures=2), AGAIN, id="an action that failed before"),
        pytest.param(
            {},
            make_record("start_failed", **FAILED),
            replace(WAIT, wake_at=FAILED["retry_at"]),
            id="waits for its retry",
        ),
        pytest.param({"state": "pending"}, make_record("running"), WAIT, id="on its way"),
        pytest.param(
            {"state": "pending"},
            make_record("running", last_action=make_last_action()),
            WAIT,
            id="a start not yet verified",
        ),
        pytest.param(
            {"state": "running"},
            make_record("running", last_action=make_last_action()),
            Attention(wake_at=END),
            id="a start just verified",
        ),
        pytest.param({}, make_record("stopped", claim=make_claim()), WAIT, id="held by a run that lives"),
        pytest.param({"schedule_tag": "off"}, make_record("running"), NO_ATTENTION, id="taken out of scheduling"),
        pytest.param({"schedule_tag": "nosuch"}, make_record("running"), NO_ATTENTION, id="an unknown schedule"),
        pytest.param({"override_tag": "?"}, make_record("running"), NO_ATTENTION, id="an unreadable override"),
        pytest.param({"unsupported": "a spot"}, make_record("stopped"), NO_ATTENTION, id="not to be scheduled"),
    ],
)
def test_an_instance_asks_for_the_next_look_that_could_find_something(sighting, record, attention):
    assert attention_of(make_sighting(**sighting), record, alive={"run-0"}) == attention


@pytest.mark.parametrize(
    ("override", "attention"),
    [
        pytest.param("running", Attention(every_tick=True, wake_at=END), id="without an end"),
        pytest.param(
            "running@2026-11-23T12:30Z",
            Attention(every_tick=True, wake_at=MONDAY_NOON + 30 * MINUTE),
            id="until its end",
        ),
        pytest.param("running@2026-11-23T11:00Z", Attention(wake_at=END), id="over"),
    ],
)
def test_an_override_in_force_is_enforced_on_every_tick_and_wakes_at_its_end(override, attention):
    assert attention_of(make_sighting(state="running", override_tag=override), make_record("running")) == attention


@pytest.mark.parametrize(
    ("state", "record", "attention"),
    [
        pytest.param("running", {"stored": "unknown"}, Attention(is_open=True, acts=True, is_fresh=True), id="first"),
        pytest.param("running", {"stored": "unknown", "reported": TOLD}, Attention(is_open=True), id="told before"),
        pytest.param(
            "running", {"reported": TOLD}, Attention(is_open=True, acts=True, is_fresh=True), id="explained by now"
        ),
        pytest.param(
            "stopped", {"stored": "start_failed", "reported": TOLD}, Attention(is_open=True), id="wants no stop"
        ),
    ],
)
def test_a_stop_that_was_told_as_withheld_is_no_news(state, record, attention):
    asked = attention_of(make_sighting(state=state), make_record(**{"stored": "running", **record}), at=MONDAY_NIGHT)

    assert replace(asked, wake_at=None) == attention


def test_the_mark_of_a_withheld_stop_is_the_one_that_its_mail_sets():
    assert told_code(make_entry("stop", withheld=True)) == WITHHELD


def test_an_enforced_schedule_asks_for_every_tick():
    schedule = make_schedule({"day": {"begintime": "09:00", "endtime": "17:00"}}, enforced=True)
    config = replace(CONFIG, schedules={"office": schedule})

    assert attention_of(make_sighting(state="running"), make_record("running"), config=config).every_tick


def test_a_schedule_without_a_transition_sets_no_alarm():
    config = replace(CONFIG, schedules={"office": make_schedule({}, override_status="running")})

    assert attention_of(make_sighting(state="running"), make_record("running"), config=config) == NO_ATTENTION


@pytest.mark.parametrize(
    ("sighting", "at", "wake_at"),
    [
        pytest.param(
            {"maintenance_window": "tue:03:00-tue:04:00"}, MONDAY_NIGHT, instant("2026-11-24T02:50"), id="window opens"
        ),
        pytest.param({"maintenance_window": "?"}, MONDAY_NIGHT, instant("2026-11-24T09:00"), id="unreadable window"),
        pytest.param(
            {"automatic_restart_at": instant("2026-11-24T05:00")},
            MONDAY_NIGHT,
            instant("2026-11-24T05:00"),
            id="AWS will start it",
        ),
        pytest.param(
            {"automatic_restart_at": instant("2026-11-23T05:00")},
            MONDAY_NIGHT,
            instant("2026-11-24T09:00"),
            id="AWS has started it",
        ),
    ],
)
def test_a_database_wakes_its_target_for_its_window_and_for_what_aws_does_to_it(sighting, at, wake_at):
    database = make_sighting(target=DATABASES, **sighting)

    assert attention_of(database, make_record("stopped"), at=at).wake_at == wake_at


def test_a_database_that_aws_starts_early_wakes_its_target_at_the_instant_that_was_announced():
    record = make_record("stopped", automatic_restart_at=MONDAY_NIGHT + 30 * MINUTE)

    asked = attention_of(make_sighting(target=DATABASES, state="available"), record, at=MONDAY_NIGHT)

    assert asked == Attention(wake_at=MONDAY_NIGHT + 30 * MINUTE)


def test_a_resize_of_a_dead_run_keeps_its_target_open():
    record = make_record("running", claim=make_claim("resize", to_type="m5.large"))

    assert attention_of(make_sighting(state="running"), record) == Attention(is_open=True, acts=True)
