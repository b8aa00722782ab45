"""What runs measure."""

from dataclasses import replace

import pytest
from tests.unit.specimens import CONFIG_ITEMS, DATABASES, make_entry, make_request, make_sighting

from instance_scheduler.config import parse_config
from instance_scheduler.decision import StoredState
from instance_scheduler.journal import Status
from instance_scheduler.metrics import (
    Headcount,
    Measurement,
    Metric,
    count_heads,
    is_metered,
    measure_plan,
    measure_run,
    measures_anything,
    metric_of,
)
from instance_scheduler.record import InstanceRecord
from instance_scheduler.settings import Settings
from instance_scheduler.summary import Summary

WHOLE = {"Stack": "prod"}


def config(*, stack=False, **schedules):
    """The config of the specimens, with `use_metrics` of the stack and of some schedules."""
    items = [
        item | ({"use_metrics": schedules[item["name"]]} if item["name"] in schedules else {}) for item in CONFIG_ITEMS
    ]
    return parse_config(items, Settings(stack="prod", use_metrics=stack, interval_minutes=5))


def dimensions(schedule, service="ec2"):
    return {"Stack": "prod", "Schedule": schedule, "Service": service}


def done(action, **changes):
    return make_entry(action, status=Status.SUCCEEDED, metered=True, **changes)


@pytest.mark.parametrize(
    ("of_stack", "of_schedule", "metered"),
    [(False, None, False), (True, None, True), (False, True, True), (True, False, False)],
)
def test_a_schedule_is_metered_as_it_says_else_as_the_stack_does(of_stack, of_schedule, metered):
    schedules = {} if of_schedule is None else {"office": of_schedule}
    known = config(stack=of_stack, **schedules)
    assert is_metered(known.schedules["office"], known.settings) is metered


@pytest.mark.parametrize(
    ("known", "anything"),
    [(config(), False), (config(stack=True), True), (config(office=True), True), (config(office=False), False)],
    ids=["nobody", "the stack", "one schedule", "none that says no"],
)
def test_metrics_are_measured_where_somebody_wants_them(known, anything):
    assert measures_anything(known) is anything


def test_a_sweep_counts_the_instances_of_metered_schedules():
    seen = [
        make_sighting(),
        make_sighting(state="running"),
        make_sighting(schedule_tag="kept"),
        make_sighting(schedule_tag="nosuch"),
    ]
    assert count_heads(seen, {}, config(office=True)) == {"office": Headcount(managed=2, running=1)}
    assert count_heads(seen, {}, config()) == {}


@pytest.mark.parametrize(
    ("state", "stored", "resting"),
    [
        pytest.param("stopped", "stopped", 1, id="stopped by its timetable"),
        pytest.param("stopped", "running", 0, id="stopped by a person within its periods"),
        pytest.param("stopped", "start_failed", 0, id="does not start"),
        pytest.param("stopped", "unknown", 0, id="never looked at before"),
        pytest.param("stopping", "stopped", 0, id="on its way"),
        pytest.param("running", "stopped", 0, id="started by a person outside its periods"),
    ],
)
def test_an_instance_rests_where_it_is_stopped_and_the_scheduler_wants_it_so(state, stored, resting):
    sighting = make_sighting(state=state)

    heads = count_heads([sighting], {sighting.id: InstanceRecord(stored=StoredState(stored))}, config(office=True))

    assert heads["office"].resting == resting


def test_a_plan_adds_up_what_sweeps_counted():
    heads = [("office", "ec2", Headcount(managed=2, running=1, resting=1))]
    heads.append(("office", "ec2", Headcount(managed=10, resting=4)))
    heads.append(("kept", "rds", Headcount(managed=1, running=1)))

    told = list(measure_plan(config(stack=True), heads, tick=True, due=3, targets=10))

    assert told == [
        Measurement(dimensions=dimensions("kept", "rds"), values=_heads(1, 1, 0)),
        Measurement(dimensions=dimensions("office"), values=_heads(12, 1, 5)),
        Measurement(
            dimensions=WHOLE, values={**_heads(13, 2, 5), Metric.TARGETS_SWEPT: 3.0, Metric.TARGETS_SKIPPED: 7.0}
        ),
    ]


def _heads(managed, running, resting):
    return {Metric.MANAGED: managed, Metric.RUNNING: running, Metric.HOURS_AVOIDED: pytest.approx(resting * 5 / 60)}


def test_a_run_by_hand_counts_no_hours():
    (told,) = measure_plan(config(office=True), [("office", "ec2", Headcount(managed=1))], tick=False, due=0, targets=0)
    assert set(told.values) == {Metric.MANAGED, Metric.RUNNING}


def test_a_schedule_that_is_gone_is_not_counted_any_more():
    heads = [("gone", "ec2", Headcount(managed=1))]
    assert list(measure_plan(config(office=True), heads, tick=True, due=0, targets=0)) == []


@pytest.mark.parametrize(
    ("entry", "metric"),
    [
        (done("start"), Metric.STARTED),
        (done("stop"), Metric.STOPPED),
        (done("hibernate"), Metric.STOPPED),
        (done("resize"), Metric.RESIZED),
        (make_entry("start", status=Status.FAILED), Metric.FAILED),
        (make_entry("start"), None),
        (make_entry("start", status=Status.SKIPPED), None),
        (make_entry("none", status=Status.SKIPPED), None),
    ],
)
def test_an_entry_is_counted_once(entry, metric):
    assert metric_of(entry) is metric


def test_a_run_is_counted_by_schedule_and_service_and_as_a_whole():
    entries = (
        done("start"),
        done("start", target=DATABASES),
        replace(done("stop", schedule="kept"), metered=False),
        make_entry("start", status=Status.FAILED, metered=True),
    )
    summary = Summary(request=make_request(use_metrics=True), entries=entries, errors=("a: b",))

    assert list(measure_run("prod", summary, 42.0)) == [
        Measurement(dimensions=dimensions("office"), values={Metric.STARTED: 1.0, Metric.FAILED: 1.0}),
        Measurement(dimensions=dimensions("office", "rds"), values={Metric.STARTED: 1.0}),
        Measurement(
            dimensions=WHOLE,
            values={
                Metric.STARTED: 2.0,
                Metric.STOPPED: 1.0,
                Metric.RESIZED: 0.0,
                Metric.FAILED: 2.0,
                Metric.RUN_DURATION: 42.0,
            },
        ),
    ]


def test_a_stack_without_metrics_counts_metered_schedules_alone():
    summary = Summary(request=make_request(), entries=(done("start"),))
    assert [one.dimensions for one in measure_run("prod", summary, 1.0)] == [dimensions("office")]
