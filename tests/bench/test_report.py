"""The pages about performance and costs say what was measured last, and the cost table what a counted month comes to."""

import pytest
from bench import report
from bench.cost import Pace, month_of
from bench.figures import Figure, figure_from, number
from bench.month import count_month

FIGURES = [figure_from(raw) for raw in report.read_results()["figures"]]
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
        pytest.param(report.COSTS, report.cost_tables(), id="costs"),
    ],
)
def test_a_page_holds_the_tables_of_the_last_recorded_run(document, content):
    page = document.read_text(encoding="utf-8")

    assert report.with_tables(page, content) == page


@pytest.mark.parametrize("name", ROWS)
def test_every_row_that_must_reach_something_was_measured(name):
    [figure] = [figure for figure in FIGURES if figure.name == name]

    assert figure.target is not None


@pytest.mark.parametrize("name", [figure.name for figure in FIGURES if figure.is_reached is False])
def test_what_misses_its_target_is_explained_on_the_page(name):
    explained = report.DOCUMENT.read_text(encoding="utf-8").partition(report.BEGIN)[0]

    assert f"**{name}**" in explained


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


@pytest.mark.parametrize("name", ["transitions", "lambda_seconds", "api_calls", "write_units", "read_units"])
def test_the_cost_table_agrees_with_a_month_counted_tick_by_tick(name):
    counted, _ = MONTH
    reckoned = month_of(1, 2, Pace())

    assert reckoned.to_json()[name] == pytest.approx(counted.to_json()[name], rel=0.1)


MONTH = count_month(1, 2, Pace())
