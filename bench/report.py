"""What `python -m bench` writes: `results.json`, the table on the terminal, the tables of `docs/performance.md`."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.cost import option_table
from bench.extras import extras_table
from bench.figures import PEER, Figure, figure_from, number
from bench.pace import pace_from_figures
from bench.prices import AS_OF, price_table, source_table

RESULTS = Path(__file__).parent / "results.json"
DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
COSTS = DOCUMENT.with_name("cost.md")
BEGIN, END = "<!-- figures: begin (written by `make bench`) -->", "<!-- figures: end -->"
TITLES = {
    "runs": "Whole runs",
    "processor": "Processor, clients, memory",
    "imports": "Imports",
    "pace": "What the functions take, warm",
    "scale": "Plan and workflow at size",
    "core": "The core alone",
    "cost": "A month at list prices",
    "month": "A simulated month beside the cost table",
}
_MARKS = {True: "reached", False: "**not reached**", None: ""}


def read_results() -> dict[str, Any]:
    """The recorded figures; none where nothing is recorded yet."""
    if not RESULTS.exists():
        return {"measured_at": {}, "figures": []}
    return dict(json.loads(RESULTS.read_text(encoding="utf-8")))


def record(parts: Iterable[str], figures: Sequence[Figure]) -> list[Figure]:
    """Put the figures of these parts in the place of the recorded ones; all figures, by part."""
    measured, results = set(parts), read_results()
    kept = [figure_from(raw) for raw in results["figures"] if raw["part"] not in measured]
    order = list(TITLES)
    every = sorted([*kept, *figures], key=lambda figure: order.index(figure.part))
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    instants = results["measured_at"] | dict.fromkeys(measured, now)
    document = {"measured_at": dict(sorted(instants.items())), "figures": [figure.to_json() for figure in every]}
    RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for file, content in ((DOCUMENT, tables(every)), (COSTS, cost_tables(every))):
        file.write_text(with_tables(file.read_text(encoding="utf-8"), content), encoding="utf-8")
    return every


def recorded_figures() -> list[Figure]:
    """The figures of the last recorded run."""
    return [figure_from(raw) for raw in read_results()["figures"]]


def cost_tables(figures: Iterable[Figure]) -> str:
    """The tables of `docs/cost.md`."""
    options = f"\n## What a setting costs\n\n{option_table(pace_from_figures(figures))}\n"
    extras = f"\n## What an option costs beside that\n\n{extras_table()}\n"
    prices = f"\n## Prices, as of {AS_OF}\n\n{price_table()}\n"
    return f"{options}{extras}{prices}\n## Where the prices were read\n\n{source_table()}"


def with_tables(document: str, content: str) -> str:
    """The document with its tables made anew."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not pattern.search(document):
        raise ValueError("The document has no place for the figures.")
    return pattern.sub(lambda _: f"{BEGIN}\n{content}\n{END}", document)


def tables(figures: Sequence[Figure]) -> str:
    """One Markdown table a part."""
    return "\n".join(
        "\n".join([f"\n## {TITLES[part]}\n", *_table(list(members))])
        for part, members in groupby(figures, key=lambda figure: figure.part)
    )


def lines(figures: Iterable[Figure]) -> Iterable[str]:
    """One line a figure, for a terminal."""
    for figure in figures:
        target = "" if figure.target is None else f"  (at {_bound(figure)} {number(figure.target)})"
        mark = _MARKS[figure.is_reached].replace("*", "")
        yield f"{figure.name:72} {number(figure.value):>12} {figure.unit:5}{target}  {mark}"


def _table(figures: Sequence[Figure]) -> Iterable[str]:
    yield f"| figure | measured | must reach | {PEER} | | what was counted |"
    yield "|---|---|---|---|---|---|"
    for figure in figures:
        target = "" if figure.target is None else f"{'≥' if figure.at_least else '≤'} {number(figure.target)}"
        value = f"{number(figure.value)} {figure.unit}".strip()
        yield f"| {figure.name} | {value} | {target} | {figure.peer} | {_MARKS[figure.is_reached]} | {figure.how} |"


def _bound(figure: Figure) -> str:
    return "least" if figure.at_least else "most"
