"""A trimmed, seeded selection of the fault suite; `make faults` plays all of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from instance_scheduler.refusals import DOCUMENTED
from tests.e2e.faults.__main__ import choose
from tests.e2e.faults.cases import Case, cases_of
from tests.e2e.faults.estate import FaultyAws, faulty_aws
from tests.e2e.faults.play import calls_of_a_good_run, play

SELECTED = 16
SEED = 20261123


@pytest.fixture(scope="module")
def faulty() -> Iterator[FaultyAws]:
    with faulty_aws() as started:
        yield started


@pytest.fixture(scope="module")
def calls(faulty: FaultyAws) -> list[str]:
    return calls_of_a_good_run(faulty)


def test_the_scenario_contains_every_kind_of_action(calls: list[str]) -> None:
    assert {api for api in DOCUMENTED if api not in calls} == set()


def test_each_call_of_a_run_is_denied_dies_or_is_stopped_in_some_case(calls: list[str]) -> None:
    met = {(case.api, case.skip) for case in cases_of(calls) if case.column in ("dies before", "stopped")}

    assert met == {(api, number) for api in set(calls) for number in range(calls.count(api))}


@pytest.mark.parametrize("number", range(SELECTED))
def test_a_selected_fault_loses_nothing(faulty: FaultyAws, calls: list[str], number: int) -> None:
    case = choose(cases_of(calls), SELECTED, SEED)[number]

    verdict = play(faulty, case)

    assert verdict.lost == (), case.label


@pytest.mark.parametrize(
    "case",
    [
        Case(api="ec2:StartInstances", column="dies after"),
        Case(api="rds:StopDBInstance", column="dies after"),
        Case(api="ec2:StopInstances", column="denied", error="UnauthorizedOperation"),
        Case(api="ec2:StartInstances", column="documented", error="InsufficientInstanceCapacity"),
    ],
    ids=lambda case: case.label,
)
def test_the_faults_that_hurt_most_lose_nothing(faulty: FaultyAws, case: Case) -> None:
    verdict = play(faulty, case)

    assert (verdict.lost, verdict.met) == ((), True)
