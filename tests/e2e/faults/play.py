"""One case, played: a run with the fault, three ticks without, and what is then looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from instance_scheduler.refusals import TREATMENTS, Treatment
from scheduler_local.result import RunResult
from tests.e2e.faults.cases import Case
from tests.e2e.faults.estate import OLD_SNAPSHOTS, RESIZED, TICK, WANTED, FaultyAws

FURTHER_TICKS = 3
PROTECTION = {code for code, treatment in TREATMENTS.items() if treatment is Treatment.PROTECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a case."""

    case: Case
    lost: tuple[str, ...]
    """What was not as it should be; empty = survived."""
    met: bool
    """Whether the run came to the call at all."""


def play(faulty: FaultyAws, case: Case) -> Verdict:
    """Play a case on an estate that is put back first."""
    at = faulty.next_day()
    if case.api.startswith(("ssm:", "sts:")):
        # A warm environment makes these calls no more.
        faulty.cool_down()
    faulty.aws.inject(**case.fault)
    first = faulty.aws.run(at)
    met = faulty.aws.faults.hits > 0
    faulty.aws.faults.clear()
    runs = [first, *(faulty.aws.run(at + number * TICK) for number in range(1, FURTHER_TICKS + 1))]
    if case.error in PROTECTION and case.api == "ec2:StopInstances":
        # What a person protects is left alone for a day, by design.
        runs.append(faulty.aws.run(at + timedelta(days=1)))
    lost = (*_misplaced(faulty), *_doubled(faulty), *_snapshots(faulty), *_unnamed(runs), *_unfinished(runs))
    return Verdict(case=case, lost=lost, met=met)


def calls_of_a_good_run(faulty: FaultyAws) -> list[str]:
    """Name the calls of a run in which nothing goes wrong and every environment is cold, the machine's publication included."""
    at = faulty.next_day()
    faulty.cool_down()
    run = faulty.aws.run(at)
    faults = [*_misplaced(faulty), *_doubled(faulty), *_snapshots(faulty)]
    assert run.status == "SUCCEEDED", run.execution.cause
    assert not faults, faults
    return [recorded.api for recorded in run.record.calls if recorded.call.caller.origin in ("worker", "machine")]


def _misplaced(faulty: FaultyAws) -> Iterator[str]:
    for standing in faulty.aws.instances():
        if (standing.state, standing.type) != WANTED[standing.name]:
            yield f"{standing.name} is {standing.state} on {standing.type}"


def _doubled(faulty: FaultyAws) -> Iterator[str]:
    for (name, state), times in sorted(faulty.moves.items()):
        # A resize that was rolled back and tried again stops and starts a second time; nothing else moves twice.
        if times > (2 if name in RESIZED and state == "stopping" else 3 if name in RESIZED else 1):
            yield f"{name} went {state} {times} times"


def _snapshots(faulty: FaultyAws) -> Iterator[str]:
    taken = faulty.snapshots - set(OLD_SNAPSHOTS)
    if len(taken) > 1:
        yield f"{len(taken)} snapshots were taken"
    if not faulty.snapshots:
        yield "no snapshot stands"


def _unnamed(runs: Sequence[RunResult]) -> Iterator[str]:
    """Whatever failed in any of the runs stands in a message."""
    told = " ".join(
        f"{published.subject} {published.message}" for run in runs for published in run.record.notifications
    )
    for run in runs:
        if run.status != "SUCCEEDED" and run.run_id not in told:
            yield f"the end of {run.run_id} was not told"
        for outcome in run.outcomes:
            if outcome["status"] == "failed" and outcome["name"] not in told:
                yield f"the failure of {outcome['name']} was not told"
        failed = [one for one in run.invocations if one.failed and "configure" not in one.function]
        if run.status == "SUCCEEDED" and failed and not any(word in told for word in ("FAILED", "failed")):
            yield f"the failure of {failed[0].function} was not told"


def _unfinished(runs: Sequence[RunResult]) -> Iterator[str]:
    if runs[-1].status != "SUCCEEDED":
        yield f"the last tick ended {runs[-1].status}"
