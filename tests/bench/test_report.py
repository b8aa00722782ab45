"""The pages about performance and costs say what was measured last, and the cost table what a counted month comes to."""

import inspect
import json
import re
from pathlib import Path

import pytest
from bench import month, prices, report
from bench.cost import TICKS, month_of
from bench.figures import Figure, number
from bench.measured import cpu_share
from bench.month import FUNCTIONS, count_month
from bench.pace import Pace, Rate, pace_from_figures, pace_to_figures

FIGURES = report.recorded_figures()
ROWS = (
    "spoke calls per idle pair and sweep",
    "calls when nothing is due",
    "spoke calls to start 200 EC2, warm",
    "calls to start 200 EC2, warm",
    "calls of the first run, cold, both services due, 200 EC2 to start",
    "StartInstances calls, 200 EC2 of which 5 are bad",
    "CPU per warm pair, 20 EC2 + 2 RDS",
    "clients made when warm",
    "25 EC2 targets at 150 ms a call, warm, 512 MB",
    "25 RDS targets at 150 ms a call, warm, 512 MB",
    "transitions when nothing is due",
    "transitions of a sweep without changes, beside one a shard",
    "write units of a quiet sweep of 50 targets",
    "plan at 1,000×17, everything due, cold",
    "plan at 1,000×17, nothing due, warm",
    "a month of 1×2, us-east-1",
    "a month of 100×4, us-east-1",
    "a month of 1,000×17, us-east-1",
    "largest difference of a count",
)


@pytest.mark.parametrize(
    ("document", "content"),
    [
        pytest.param(report.DOCUMENT, report.tables(FIGURES), id="performance"),
        pytest.param(report.COSTS, report.cost_tables(FIGURES), id="costs"),
    ],
)
def test_a_page_holds_the_tables_of_the_last_recorded_run(document, content):
    page = document.read_text(encoding="utf-8")

    assert report.with_tables(page, content) == page


@pytest.mark.parametrize("name", ROWS)
def test_every_row_that_must_reach_something_was_measured(name):
    [figure] = [figure for figure in FIGURES if figure.name == name]

    assert figure.target is not None


def test_what_misses_its_target_is_explained_on_the_page():
    explained = report.DOCUMENT.read_text(encoding="utf-8").partition(report.BEGIN)[0]

    missed = [figure.name for figure in FIGURES if figure.is_reached is False]
    assert [name for name in missed if f"**{name}**" not in explained] == []


def test_a_page_without_a_place_for_the_tables_is_refused():
    with pytest.raises(ValueError, match="no place for the figures"):
        report.with_tables("# Performance", "")


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (12_345.0, "12,345"), (1.234, "1.23"), (43.57, "43.6")], ids=str
)
def test_a_number_has_as_many_digits_as_matter(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        pytest.param(Figure(part="runs", name="f", value=3, target=3), True, id="at the target"),
        pytest.param(Figure(part="runs", name="f", value=4, target=3), False, id="above it"),
        pytest.param(Figure(part="runs", name="f", value=4, target=3, at_least=True), True, id="at least"),
        pytest.param(Figure(part="runs", name="f", value=4), None, id="no target"),
    ],
)
def test_a_figure_knows_whether_it_reaches_its_target(figure, reached):
    assert figure.is_reached is reached


# The counted month.

PACE = Pace(
    rates={
        name: Rate(base=0.004, each=0.002, each_managed=0.012 if name.startswith("evaluate") else 0)
        for name in FUNCTIONS
    }
)


WEEK = 7 * 24 * 12
"""Ticks of a week; `make bench` counts the whole month and records the largest difference."""


@pytest.fixture(scope="module")
def counted():
    return {name: count * TICKS / WEEK for name, count in count_month(1, 2, PACE, ticks=WEEK).to_json().items()}


@pytest.mark.parametrize(
    "name", ["transitions", "invocations", "lambda_seconds", "api_calls", "write_units", "read_units"]
)
def test_the_cost_table_agrees_with_weeks_counted_tick_by_tick(counted, name):
    reckoned = month_of(1, 2, PACE)

    assert reckoned.to_json()[name] == pytest.approx(counted[name], rel=0.1)


def test_the_months_seconds_come_from_the_pace_of_the_invocations_that_were_made():
    slower = Pace(rates=dict(PACE.rates) | {"plan_run": Rate(base=1.004, each=0.002)})

    added = count_month(1, 2, slower, ticks=36).lambda_seconds - count_month(1, 2, PACE, ticks=36).lambda_seconds

    assert added == pytest.approx(36 / cpu_share(512))


def test_the_recorded_pace_names_every_function_of_the_month():
    assert set(pace_from_figures(FIGURES).rates) == set(FUNCTIONS)


def test_a_pace_is_read_back_as_it_was_recorded():
    read = pace_from_figures(pace_to_figures(PACE))

    assert read.rates["evaluate_ec2"].each_managed == pytest.approx(0.012)
    assert set(read.rates) == set(PACE.rates)


def test_the_states_that_the_month_passes_are_those_of_the_machine():
    definition = (report.DOCUMENT.parents[1] / "statemachine" / "scheduler.asl.json").read_text(encoding="utf-8")

    passed = set(re.findall(r'"([A-Z][A-Za-z]+\??)"', inspect.getsource(month._run)))

    assert len(passed) > 10
    assert [name for name in passed if f'"{name}": {{' not in definition] == []


def test_every_price_names_its_source_in_both_regions():
    table = json.loads(Path(prices.__file__).with_suffix(".json").read_text(encoding="utf-8"))

    entries = [by_region[region] for by_region in table["prices"].values() for region in prices.REGIONS]
    assert all(entry["source"] and entry["price"] > 0 and (entry["seen"] or not entry["checked"]) for entry in entries)
