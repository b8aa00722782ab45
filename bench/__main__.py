"""Measure everything, or the parts that `--only` names: `python -m bench [--only PART]... [--json] [--keep]`."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "layers" / "scheduler"), str(ROOT / "cli")]

from bench import (  # noqa: E402  # the path comes first
    core,
    cost,
    imports,
    month,
    processor,
    rates,
    report,
    runs,
    scale,
    transitions,
)
from bench.figures import Figure  # noqa: E402
from bench.pace import PART as PART_OF_PACE  # noqa: E402
from bench.pace import pace_from_figures  # noqa: E402

PART_OF_MONTH = "month"
_measured: list[Figure] = []
"""By this run so far."""


def main() -> None:
    """Measure, print, record; what misses its target is named at the end."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the scheduler takes and costs.")
    parser.add_argument("--only", action="append", choices=sorted(PARTS), help="a part to measure; may be repeated")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--keep", action="store_true", help="leave the recorded results and the document as they are")
    arguments = parser.parse_args()
    chosen = arguments.only or list(PARTS)
    figures = [figure for part in PARTS if part in chosen for figure in _told(part, PARTS[part](), arguments.json)]
    if arguments.json:
        print(json.dumps([figure.to_json() for figure in figures], indent=1, ensure_ascii=False))
    if not arguments.keep:
        report.record(chosen, figures)
    missed = [figure.name for figure in figures if figure.is_reached is False]
    if missed and not arguments.json:
        print("\nNot reached: " + "; ".join(missed))


def _told(part: str, figures: Iterable[Figure], quiet: bool) -> Iterator[Figure]:
    """Show the figures as they come."""
    if not quiet:
        print(f"\n{report.TITLES[part]}", flush=True)
    for figure in figures:
        if not quiet:
            print(*report.lines([figure]), sep="\n", flush=True)
        _measured.append(figure)
        yield figure


def _core() -> Iterator[Figure]:
    yield from core.measure()
    yield from _transitions()


def _transitions() -> Iterator[Figure]:
    """How many random schedules' next transitions differ from looking at every minute; the whole run is 20,000."""
    compared = islice(transitions.samples(1), 1000)
    wrong = sum(
        transitions.first_change_by_search(schedule, sample.after)
        != transitions.first_change_by_minutes(schedule, sample.after)
        for sample in compared
        for schedule in [sample.schedule()]
    )
    yield Figure(
        part=core.PART,
        name="next transitions that differ from looking at every minute",
        value=wrong,
        target=0,
        how="of 1,000 random schedules and instants; `python bench/transitions.py` compares 20,000",
    )


def _cost() -> Iterator[Figure]:
    return cost.measure(pace_from_figures(_known_figures()))


def _month() -> Iterator[Figure]:
    """A month by counting, beside what the cost table reckons."""
    pace = pace_from_figures(_known_figures())
    counted = month.count_month(10, 4, pace)
    reckoned = cost.month_of(10, 4, pace)
    for name, value in counted.to_json().items():
        yield Figure(
            part=PART_OF_MONTH,
            name=f"{name.replace('_', ' ')}, 10×4",
            value=round(value),
            how=f"the cost table reckons with {reckoned.to_json()[name]:,.0f}",
        )
    yield Figure(
        part=PART_OF_MONTH,
        name="the month's price, counted",
        value=round(counted.price("us-east-1"), 2),
        unit="USD",
        how=f"the cost table says {reckoned.price('us-east-1'):.2f}",
    )
    worst = max(abs(reckoned.to_json()[name] / value - 1) for name, value in counted.to_json().items())
    yield Figure(
        part=PART_OF_MONTH, name="largest difference of a count", value=round(worst * 100, 1), unit="%", target=10
    )


def _known_figures() -> list[Figure]:
    """What this run has measured so far, and of the other parts what was recorded."""
    parts = {one.part for one in _measured}
    return [*_measured, *(one for one in report.recorded_figures() if one.part not in parts)]


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    runs.PART: runs.measure,
    processor.PART: processor.measure,
    scale.PART: scale.measure,
    imports.PART: imports.measure,
    PART_OF_PACE: rates.measure,
    core.PART: _core,
    cost.PART: _cost,
    PART_OF_MONTH: _month,
}

if __name__ == "__main__":
    main()
