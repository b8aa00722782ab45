"""The law of the alarm clocks: whatever happens to ticks, runs and items, no transition is missed by more than one tick.

Two worlds live through the same faults. One sweeps what is due, the other everything on every tick. From the second tick
after the last fault on, no instance may be seen in another state in the one than in the other.
"""

import logging
from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.simulation import REGIONS, START, TICK, World, config_of, tick_at

FAULTY, ALL = 14, 32
"""Ticks on which faults are met, and ticks in all."""
CONFIGS = (
    config_of(("08:35", "08:50"), ("09:20", "09:40"), ("09:55", "10:20"), ("10:45", "11:05")),
    config_of(("08:40", "09:05"), ("09:35", "09:45"), ("10:00", "10:05"), ("10:50", "12:00")),
    config_of(("08:45", "10:00"), ("10:15", "10:30"), stop_new_instances=False),
)
TAGS = {"web-eu-west-1": "s", "api-eu-west-1": "s", "kept-eu-west-2": "kept", "far-us-west-2": "s"}
"""Two targets of the first group and one of the second; two more hold nothing."""
WEB, API = "web-eu-west-1", "api-eu-west-1"
EXAMPLES = 60


@pytest.fixture(autouse=True, scope="module")
def quiet():
    """Thousands of runs log nothing, take their targets in turn, and think of five targets as many."""
    logging.disable(logging.CRITICAL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("instance_scheduler.aws.sweep._THREADS", 1)
        patch.setattr("instance_scheduler.alarm.WAVE", 1)
        patch.setattr("instance_scheduler.plan.SMALL_ESTATE", 1)
        patch.setattr("instance_scheduler.aws.target_store._FEW", 1)
        yield
    logging.disable(logging.NOTSET)


def lost(world, number):
    """The tick never comes."""


def plain(world, number):
    world.run(tick_at(number))


def doubled(world, number):
    world.run(tick_at(number))
    world.run(tick_at(number))


def overtaken(world, number):
    """The tick before it comes only now, after this one."""
    world.run(tick_at(number))
    world.run(tick_at(number - 1))


def concurrent(world, number):
    """A second run of the tick passes while the first one's sweep is under way."""
    world.state.after_reading.append(lambda: world.run(tick_at(number)))
    world.run(tick_at(number))


def overtaken_in_the_sweep(world, number):
    """The sweep of the tick before goes on only after this tick's run is through."""
    world.state.after_reading.append(lambda: world.run(tick_at(number)))
    world.run(tick_at(number - 1))
    if world.state.after_reading:
        world.state.after_reading.clear()
        world.run(tick_at(number))


def faster_in_the_sweep(world, number):
    """While this tick's sweep is under way, that of the tick before is recorded."""
    world.state.before_recording.append(lambda: world.run(tick_at(number - 1)))
    world.run(tick_at(number))
    world.state.before_recording.clear()


def changes_regions(regions):
    """Targets without instances come or go: groups are made up anew."""

    def event(world, number):
        world.regions = regions
        world.run(tick_at(number))

    return event


def dies(moment):
    def event(world, number):
        world.state.dies = moment
        world.run(tick_at(number))
        world.state.dies = ""

    return event


def fails(how):
    def event(world, number):
        world.fails = how
        world.run(tick_at(number))
        world.fails = ""

    return event


def unreachable(world, number):
    world.unreachable = True
    world.run(tick_at(number))
    world.unreachable = False


def changes_config(index):
    def event(world, number):
        world.config = CONFIGS[index]
        world.run(tick_at(number))

    return event


def changes_config_while_a_sweep_runs(index):
    def event(world, number):
        world.state.after_reading.append(lambda: setattr(world, "config", CONFIGS[index]))
        world.run(tick_at(number))
        world.state.after_reading.clear()
        world.config = CONFIGS[index]

    return event


def asks(**what):
    """An ad hoc run comes two minutes after the tick."""

    def event(world, number):
        world.run(tick_at(number))
        world.run(tick_at(number + 0.4) | what)

    return event


def asks_and_fails(how, **what):
    """What goes wrong with the ad hoc run is seen by nobody but the ticks after it."""

    def event(world, number):
        world.run(tick_at(number))
        world.fails = how
        world.run(tick_at(number + 0.4) | what)
        world.fails = ""

    return event


def tags_and_asks(how=""):
    """Somebody tags an instance anew and looks after it with a run of that instance alone."""

    def event(world, number):
        world.run(tick_at(number))
        world.tags = world.tags | {API: "on"}
        world.fails = how
        world.run(tick_at(number + 0.4) | {"instances": [API]})
        world.fails = ""

    return event


def overrides(text, hours):
    """Somebody overrides an instance while the sweep of it runs, or just after the tick."""

    def event(world, number):
        at = START + number * TICK
        words = f"{text}@{(at + hours * TICK).isoformat()}" if hours else text
        pending = [lambda: world.set_override(WEB, words, at + TICK / 5)]
        world.state.after_reading.append(lambda: pending.pop()())
        world.run(tick_at(number))
        world.state.after_reading.clear()
        for late in pending:
            late()

    return event


EVENTS = {
    "plain": plain,
    "lost": lost,
    "doubled": doubled,
    "overtaken": overtaken,
    "overtaken in the sweep": overtaken_in_the_sweep,
    "concurrent": concurrent,
    "overtakes in the sweep": faster_in_the_sweep,
    "one region more": changes_regions(("ap-east-1", *REGIONS)),
    "two regions less": changes_regions((*REGIONS[:2], REGIONS[-1])),
    "regions as before": changes_regions(REGIONS),
    "shard dies before recording": dies("before recording"),
    "shard dies after recording": dies("after recording"),
    "dies looking": dies("looking"),
    "dies journaled": dies("journaled"),
    "dies swept": dies("swept"),
    "refused": fails("refused"),
    "lost call": fails("lost"),
    "unheard call": fails("unheard"),
    "broken start": fails("broken"),
    "withheld": fails("withheld"),
    "unreachable": unreachable,
    "config 0": changes_config(0),
    "config 1": changes_config(1),
    "config 2": changes_config(2),
    "config 1 in the sweep": changes_config_while_a_sweep_runs(1),
    "config 2 in the sweep": changes_config_while_a_sweep_runs(2),
    "ad hoc": asks(notify="never"),
    "dry": asks(dry_run=True),
    "filtered": asks(schedules=["kept"]),
    "one instance": asks(instances=[API]),
    "one instance, broken start": asks_and_fails("broken", instances=[API]),
    "one instance, lost call": asks_and_fails("lost", instances=[API]),
    "tagged and run": tags_and_asks(),
    "tagged and run, broken start": tags_and_asks("broken"),
    "override running": overrides("running", 0),
    "override stopped": overrides("stopped", 0),
    "override running for a while": overrides("running", 4),
    "override stopped for a while": overrides("stopped", 9),
}


def live_through(world, names):
    """Play the events, then clean ticks; what is seen after each clean tick but the first."""
    for number, name in enumerate(names):
        EVENTS[name](world, number + 1)
    seen = []
    for number in range(len(names) + 1, ALL):
        plain(world, number)
        seen.append(dict(world.observed))
    return seen[1:]


@example(names=[*["plain"] * 5, "override running"], start=0)
@example(names=[*["plain"] * 5, "override running for a while"], start=0)
@example(names=["override running"], start=1)
@example(names=["refused"] * 6, start=2)
@example(names=["refused"] * 9, start=2)
@example(names=["broken start"] * 8, start=2)
@example(names=[*["plain"] * 7, "tagged and run, broken start"], start=1)
@example(names=[*["lost call"] * 5, "plain", "one instance"], start=2)
@example(names=[*["plain"] * 17, "lost", "overtakes in the sweep"], start=1)
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    names=st.lists(st.one_of(st.sampled_from(["plain", "lost"]), st.sampled_from(sorted(EVENTS))), max_size=FAULTY),
    start=st.sampled_from(range(len(CONFIGS))),
)
def test_no_transition_is_missed_by_more_than_one_tick_after_the_fault(names, start):
    worlds = [World(tags=TAGS, config=CONFIGS[start], always=always) for always in (False, True)]

    clocked, always = (live_through(world, names) for world in worlds)

    assert clocked == always


def test_the_target_sleeps_while_nothing_can_happen():
    clocked, always = (World(tags=TAGS, config=CONFIGS[0], always=always) for always in (False, True))

    assert live_through(clocked, []) == live_through(always, [])
    assert (clocked.sweeps, always.sweeps) == (59, 155)


def test_the_worlds_begin_on_a_mark_of_the_clock():
    assert datetime.fromisoformat(tick_at(0)["at"]) == START
