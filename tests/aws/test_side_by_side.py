"""Work side by side, each thing within its time."""

from threading import Event
from time import monotonic

import pytest

from instance_scheduler.aws.side_by_side import Turn, side_by_side

BOX = 0.2


def run(things, work, threads=2, seconds=BOX):
    return side_by_side(things, work, threads=threads, seconds=seconds)


def test_answers_come_in_the_order_of_the_things():
    assert run(range(20), lambda thing, turn: thing * 2) == [2 * number for number in range(20)]


def test_nothing_to_do_is_no_answer():
    assert run([], lambda thing, turn: thing) == []


def test_a_turn_is_ended_once():
    turn = Turn()

    assert [turn.end(), turn.end()] == [True, False]


@pytest.mark.parametrize("hanging", [1, 2, 5], ids=["one", "as many as threads", "more than threads"])
def test_what_hangs_is_given_up_and_the_others_are_answered(hanging):
    released, late = Event(), []

    def work(thing, turn):
        released.wait(20 if thing < hanging else 0)
        late.append(turn.end())
        return thing

    begun = monotonic()
    answers = run(range(10), work)
    seconds = monotonic() - begun

    assert answers == [None] * hanging + list(range(hanging, 10))
    assert seconds < 5
    assert late == [True] * (10 - hanging)
    released.set()


def test_what_ended_its_turn_in_time_may_take_as_long_as_it_needs():
    def work(thing, turn):
        assert turn.end()
        Event().wait(3 * BOX)
        return thing

    assert run(["slow to write"], work) == ["slow to write"]


def test_what_is_late_learns_that_the_clock_was_faster():
    learnt, told = Event(), []

    def work(thing, turn):
        Event().wait(3 * BOX)
        told.append(turn.end())
        learnt.set()

    assert run(["late"], work) == [None]
    assert learnt.wait(20)
    assert told == [False]


def test_an_answer_that_comes_too_late_does_not_count_while_others_are_waited_for():
    answered = Event()

    def answer_late(turn):
        Event().wait(2 * BOX)
        answered.set()
        return "late"

    def write_on(turn):
        assert turn.end()
        assert answered.wait(20)
        Event().wait(BOX)
        return "in time"

    assert run([answer_late, write_on], lambda thing, turn: thing(turn)) == [None, "in time"]


def test_a_thread_that_comes_back_late_leaves_the_rest_to_the_one_in_its_place():
    running, met = set(), []

    def work(thing, turn):
        running.add(thing)
        met.append(len(running - {"late"}))
        Event().wait(2 * BOX if thing == "late" else BOX / 2)
        running.discard(thing)

    run(["late", *range(8)], work, threads=1)

    assert max(met) == 1


def test_an_error_is_raised_when_all_are_through():
    done = []

    def work(thing, turn):
        assert thing != 0, "the first"
        done.append(thing)

    with pytest.raises(AssertionError, match="the first"):
        run(range(5), work)
    assert sorted(done) == [1, 2, 3, 4]


def test_what_was_through_long_before_its_time_is_given_no_further_thread():
    writing, met = Event(), []

    def write_slowly(turn):
        writing.set()
        assert turn.end()
        Event().wait(3 * BOX)
        writing.clear()

    things = [lambda turn: None, write_slowly, lambda turn: met.append(writing.is_set())]
    run(things, lambda thing, turn: thing(turn), threads=1)

    assert met == [False]
