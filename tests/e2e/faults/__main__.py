"""Play the fault suite and print its table: `python -m tests.e2e.faults [--sample N] [--seed S] [--only TEXT] [--list]`."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence

from tests.e2e.faults.cases import Case, cases_of
from tests.e2e.faults.estate import faulty_aws
from tests.e2e.faults.play import Verdict, calls_of_a_good_run, play

COLUMNS = ("throttled", "denied", "internal error", "documented", "dies before", "dies after", "stopped")


def main(arguments: Sequence[str] | None = None) -> int:
    """Play all cases, or some; 1 where something was lost."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--sample", type=int, help="play so many cases, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="play the cases whose label contains this text")
    parser.add_argument("--list", action="store_true", help="name the cases and play none")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    with faulty_aws() as faulty:
        cases = [case for case in cases_of(calls_of_a_good_run(faulty)) if options.only in case.label]
        chosen = choose(cases, options.sample, options.seed)
        if options.list:
            print("\n".join(case.label for case in chosen))
            return 0
        verdicts = []
        for case in chosen:
            verdicts.append(play(faulty, case))
            _report(verdicts[-1])
    _print_table(verdicts)
    lost = [verdict for verdict in verdicts if verdict.lost]
    unmet = sum(not verdict.met for verdict in verdicts)
    minutes = (time.monotonic() - began) / 60
    print(
        f"{len(verdicts)} of {len(cases)} cases played in {minutes:.1f} minutes: {len(verdicts) - len(lost)} survived, "
        f"{len(lost)} lost, {unmet} never met their call"
    )
    return 1 if lost else 0


def choose(cases: Sequence[Case], count: int | None, seed: int) -> list[Case]:
    """Choose some of the cases by a seed, in the order of the table; all where no count is given."""
    if count is None or count >= len(cases):
        return list(cases)
    chosen = set(random.Random(seed).sample(range(len(cases)), count))
    return [case for number, case in enumerate(cases) if number in chosen]


def _report(verdict: Verdict) -> None:
    if verdict.lost:
        print(f"LOST {verdict.case.label}: {'; '.join(verdict.lost)}", file=sys.stderr, flush=True)


def _print_table(verdicts: Sequence[Verdict]) -> None:
    width = max((len(verdict.case.api) for verdict in verdicts), default=10)
    print(f"{'survived / played':<{width}} " + " ".join(f"{column:>14}" for column in COLUMNS))
    for api in dict.fromkeys(verdict.case.api for verdict in verdicts):
        print(f"{api:<{width}} " + " ".join(f"{_cell(verdicts, api, column):>14}" for column in COLUMNS))


def _cell(verdicts: Sequence[Verdict], api: str, column: str) -> str:
    played = [verdict for verdict in verdicts if (verdict.case.api, verdict.case.column) == (api, column)]
    return f"{sum(not verdict.lost for verdict in played)}/{len(played)}" if played else "-"


if __name__ == "__main__":
    sys.exit(main())
