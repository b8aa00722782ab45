"""Play every mutation against the judges and write docs/judges.md: `python -m tests.judges.play_mutations [--only TEXT]`.

Each is shown first to the judge that should see it, then to all others that read the damaged file, until one is against it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.judges.judges import JUDGES, ROOT, Judge, ask, copy_repository
from tests.judges.mutations import MUTATIONS, Mutation

PAGE = ROOT / "docs" / "judges.md"
HEADING = "## Mutations\n"
NOBODY = "nobody"


def main(arguments: Sequence[str] | None = None) -> int:
    """1 where a mutation was let pass, 2 where a judge is against the undamaged repository."""
    parser = argparse.ArgumentParser(prog="mutations", description=__doc__)
    parser.add_argument("--only", default="", help="play those whose name contains this text, and write no page")
    options = parser.parse_args(arguments)
    chosen = [mutation for mutation in MUTATIONS if options.only in mutation.name]
    with TemporaryDirectory() as folder:
        root = copy_repository(Path(folder) / "repository")
        if not _all_agree(root):
            return 2
        caught = {mutation.name: _play(mutation, root) for mutation in chosen}
    if not options.only:
        write_page(caught)
    missed = [name for name, judge in caught.items() if judge == NOBODY]
    print(f"{len(caught) - len(missed)} of {len(caught)} mutations were caught")
    return 1 if missed else 0


def catcher(mutation: Mutation, root: Path, judges: Iterable[Judge] = JUDGES) -> str:
    """The judge that is against a mutation; the repository's copy is whole again afterwards."""
    with mutation.applied(root):
        for judge in sorted(judges, key=lambda judge: judge.name != mutation.by):
            if mutation.file in judge.reads and not ask(judge, root).ok:
                return judge.name
    return NOBODY


def _play(mutation: Mutation, root: Path) -> str:
    judge = catcher(mutation, root)
    print(f"{mutation.file:<32} {mutation.name:<58} {judge}", flush=True)
    return judge


def _all_agree(root: Path) -> bool:
    """Whether no judge has anything against the repository as it is: else what it says of a mutation says nothing."""
    verdicts = [ask(judge, root) for judge in JUDGES]
    for verdict in verdicts:
        print(verdict.line, flush=True)
        if not verdict.ok:
            print(verdict.said, file=sys.stderr, flush=True)
    return all(verdict.ok for verdict in verdicts)


def recorded() -> dict[str, str]:
    """The page's table: mutation → the judge that caught it."""
    table = PAGE.read_text(encoding="utf-8").split(HEADING, 1)[1]
    return dict(re.findall(r"^\| (.+?) \| `[^|]+` \| (.+?) \|$", table, re.MULTILINE))


def write_page(caught: Mapping[str, str]) -> None:
    """Put the table below its heading."""
    above = PAGE.read_text(encoding="utf-8").split(HEADING, 1)[0]
    rows = [f"| {one.name} | `{one.file}` | {caught[one.name]} |" for one in MUTATIONS]
    table = "\n".join(["| what was damaged | in | caught by |", "|---|---|---|", *rows])
    PAGE.write_text(
        f"{above}{HEADING}\nWritten by `make mutations`. Often more judges are against it than the one named.\n\n{table}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    sys.exit(main())
