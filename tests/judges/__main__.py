"""Ask every judge and print one line each: `python -m tests.judges [--beside-ci] [--only NAME]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.judges.judges import JUDGES, ask


def main(arguments: Sequence[str] | None = None) -> int:
    """1 where one of them is against it; what it said goes to standard error."""
    parser = argparse.ArgumentParser(prog="judges", description=__doc__)
    parser.add_argument("--beside-ci", action="store_true", help="leave out what other targets of make ci play anyway")
    parser.add_argument("--only", default="", help="ask those whose name contains this text")
    options = parser.parse_args(arguments)
    against = 0
    for judge in JUDGES:
        if options.only not in judge.name or (options.beside_ci and judge.in_ci):
            continue
        verdict = ask(judge)
        print(verdict.line, flush=True)
        if not verdict.ok:
            against += 1
            print(verdict.said, file=sys.stderr, flush=True)
    return 1 if against else 0


if __name__ == "__main__":
    sys.exit(main())
