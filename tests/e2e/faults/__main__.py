"""Play the fault suite and print its table; `python -m tests.e2e.faults --help` names the options.

Each case begins on an estate that is put back, so cases may be played in groups, in any order, and several at once.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence

from tests.e2e.faults.cases import Case, cases_of
from tests.e2e.faults.play import Verdict
from tests.e2e.faults.players import calls, play_here, players_of

COLUMNS = ("throttled", "denied", "internal error", "documented", "dies before", "dies after", "stopped")
AT_A_TIME = 4
"""How many cases a process takes at a time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play all cases, or some; 1 where something was lost."""
    options = _options(arguments)
    began = time.monotonic()
    with players_of(options.jobs) as players:
        made = players.submit(calls).result()
        cases = [case for case in cases_of(made) if any(text in case.label for text in options.only or [""])]
        chosen = choose(cases, options.sample, options.seed)
        if options.list:
            print("\n".join(case.label for case in chosen))
            return 0
        verdicts = list(_reported(players.map(play_here, chosen, chunksize=AT_A_TIME), len(chosen)))
    _print_table(verdicts)
    lost = [verdict for verdict in verdicts if verdict.lost]
    unmet = sum(not verdict.met for verdict in verdicts)
    minutes = (time.monotonic() - began) / 60
    print(
        f"{len(verdicts)} of {len(cases)} cases played in {minutes:.1f} minutes: {len(verdicts) - len(lost)} survived, "
        f"{len(lost) or 'nothing'} lost, {unmet} never met their call"
    )
    return 1 if lost else 0


def choose(cases: Sequence[Case], count: int | None, seed: int) -> list[Case]:
    """Choose some of the cases by a seed, in the order of the table; all where no count is given."""
    if count is None or count >= len(cases):
        return list(cases)
    chosen = set(random.Random(seed).sample(range(len(cases)), count))
    return [case for number, case in enumerate(cases) if number in chosen]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument(
        "--only", action="append", help="play the cases whose label contains this text; may be given more than once"
    )
    parser.add_argument("--sample", type=int, help="play so many cases, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="play so many at once (default: one a core)"
    )
    parser.add_argument("--list", action="store_true", help="name the cases and play none")
    return parser.parse_args(arguments)


def _reported(verdicts: Iterator[Verdict], count: int) -> Iterator[Verdict]:
    """Name what is lost as it comes, and now and then how far it is."""
    for number, verdict in enumerate(verdicts, start=1):
        if verdict.lost:
            print(f"LOST {verdict.case.label}: {'; '.join(verdict.lost)}", file=sys.stderr, flush=True)
        elif not verdict.met:
            print(f"never met: {verdict.case.label}", file=sys.stderr, flush=True)
        if number % 50 == 0:
            print(f"{number} of {count} played", file=sys.stderr, flush=True)
        yield verdict


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
