"""`scheduler-cli report`, the report of a rehearsal and `history --json` tell the same hours; prices make money of them."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.stack import reached
from tests.cli.test_rehearsal import run
from tests.cli.test_timeline import told, told_of
from tests.cli.tool import answer, answer_json, complaint, tool

from scheduler_cli.endings import failures_of
from scheduler_cli.prices import Money, PriceList, money, prices_from_aws, read_prices, unpriced
from scheduler_cli.report_page import render
from scheduler_cli.timeline import Span
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.playing import report_of
from scheduler_local.rehearsal import Rehearsal, read_rehearsal
from scheduler_local.scenario import read_scenario

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "examples" / "demo" / "scenario.yaml"
FIRST = datetime.fromisoformat("2026-11-22T16:00:00Z")
"""Monday 00:00 in Shanghai."""
STEPS = (0, 9, 11.5, 15, 18, 22, 24, 30, 33, 35.5, 39, 42, 46, 48)
"""Hours at which a run takes place: where the demo's timetables have their transitions, on two days."""
SPAN = Span(begin=FIRST, end=FIRST + timedelta(hours=48))
ENDS = ("--days", "2", "--until", "2026-11-24T16:00:00Z")
HOURS = ("hours_on", "hours_always_on", "hours_saved", "starts", "stops", "resizes", "failures")


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[EmbeddedAws, Rehearsal]]:
    """Two days of the demo's estate, and what a rehearsal makes of them."""
    with EmbeddedAws(read_scenario(DEMO), at=FIRST) as aws:
        results = [aws.run(FIRST + timedelta(hours=step)) for step in STEPS]
        yield aws, read_rehearsal(aws, SPAN, results[0], results[-1])


@pytest.fixture
def stack(played: tuple[EmbeddedAws, Rehearsal]) -> Iterator[str]:
    with reached(played[0]) as name:
        yield name


def figures_of(page: str) -> dict[str, Any]:
    """The figures that a page holds for machines."""
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    figures: dict[str, Any] = json.loads(found[1])
    return figures


def hours_of(told: dict[str, Any]) -> dict[str, list[float]]:
    """Each instance's hours and counts, and those of all."""
    instances = {f"{one['account']}/{one['region']}/{one['name']}": one for one in told["instances"]}
    return {name: [one[key] for key in HOURS] for name, one in {**instances, "total": told["total"]}.items()}


def test_a_rehearsal_its_report_the_stacks_report_and_history_tell_the_same_hours(
    played: tuple[EmbeddedAws, Rehearsal], stack: str, tmp_path: Path
) -> None:
    _, rehearsal = played
    history = hours_of(answer_json("history", "--stack", stack, *ENDS))
    out = tmp_path / "report.html"
    words = answer("report", "--stack", stack, *ENDS, "--out", str(out))
    assert words.startswith(f"{out}: 20 instances, on ")
    assert hours_of(figures_of(out.read_text(encoding="utf-8"))) == history
    assert hours_of(figures_of(render(report_of(rehearsal, "demo", None)))) == history
    assert hours_of(rehearsal.to_json()) == history
    assert len(history) == 21


@pytest.mark.parametrize(
    ("name", "on", "actions"),
    [
        pytest.param("111122223333/cn-north-1/web-1", 18, (2, 2, 0, 0), id="two working days"),
        pytest.param("111122223333/cn-north-1/shop-1", 18, (2, 2, 4, 0), id="resizes"),
        pytest.param("111122223333/cn-north-1/batch-1", 10, (2, 2, 0, 0), id="a night"),
        pytest.param("444455556666/cn-north-1/legacy", 0, (0, 1, 0, 0), id="off for good"),
        pytest.param("444455556666/cn-north-1/mystery", 48, (0, 0, 0, 0), id="left alone"),
    ],
)
def test_hours_are_what_the_timetable_says(
    played: tuple[EmbeddedAws, Rehearsal], name: str, on: float, actions: tuple[int, ...]
) -> None:
    told = hours_of(played[1].to_json())[name]
    assert told[:3] == [on, 48, 48 - on]
    assert tuple(told[3:]) == actions


def test_the_page_shows_the_hours_that_history_tells(
    played: tuple[EmbeddedAws, Rehearsal], stack: str, tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    answer("report", "--stack", stack, *ENDS, "--out", str(out))
    page = out.read_text(encoding="utf-8")
    shown = re.findall(r'data-instance="([^"]+)" data-on="([^"]+)" data-saved="([^"]+)"', page)
    history = answer_json("history", "--stack", stack, *ENDS)["instances"]
    assert sorted(shown) == sorted((one["name"], str(one["hours_on"]), str(one["hours_saved"])) for one in history)
    assert page.count("<article") == 6
    assert "InsufficientInstanceCapacity" in page
    assert "Thu 26 Nov" in page


def test_one_instance_has_its_hours_and_its_decisions(played: tuple[EmbeddedAws, Rehearsal], stack: str) -> None:
    told = answer_json("history", "orders", "--stack", stack, *ENDS)
    assert [(one["name"], one["hours_on"], one["hours_saved"]) for one in told["instances"]] == [("orders", 18, 30)]
    assert [one["action"] for one in told["decisions"]] == ["stop", "start", "stop", "start"]
    assert [(one["from"], one["state"]) for one in told["instances"][0]["timeline"]][:2] == [
        ("2026-11-22T16:00:00Z", "off"),
        ("2026-11-23T01:00:00Z", "on"),
    ]
    words = answer("history", "orders", "--stack", stack, *ENDS)
    assert words.endswith("orders: on 18.0 h of 48.0 h in 2 days, 30.0 h saved\n")


def test_no_hour_is_reckoned_from_before_the_stack_was_there(stack: str) -> None:
    told = answer_json("history", "orders", "--stack", stack, "--days", "30", *ENDS[2:])
    assert told["from"] == "2026-11-22T16:00:00Z"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--prices", "missing.yaml"), "missing.yaml cannot be read", id="no price list"),
        pytest.param(("--prices", "x.yaml", "--prices-from-aws"), "give --prices or --prices-from-aws", id="both"),
        pytest.param(("--out", "/nowhere/report.html"), "/nowhere/report.html: No such file", id="no place"),
        pytest.param(("--days", "36"), "36 is not in the range", id="too far back"),
    ],
)
def test_a_bad_argument_is_one_line_and_exit_code_2(stack: str, arguments: tuple[str, ...], message: str) -> None:
    code, line = complaint("report", "--stack", stack, *arguments)
    assert (code, line.count("\n")) == (2, 1)
    assert message in line


def test_without_aws_prices_there_is_a_report_of_hours_only(stack: str, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = tool("report", "--stack", stack, *ENDS, "--out", str(out), "--prices-from-aws")
    assert (result.exit_code, result.stderr.startswith("No prices, hours only: ")) == (0, True)
    assert "Money saved" not in out.read_text(encoding="utf-8")


def test_a_rehearsal_writes_its_page(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("currency: CNY\nprices: {t3.small: 0.2, db.t3.medium: 0.5}\n")
    small = ROOT / "tests" / "cli" / "scenarios" / "small.yaml"
    out = tmp_path / "week.html"
    result = run(
        *(str(small), "--at", "2026-11-22T16:00:00Z", "--until", "2026-11-23T16:00:00Z", "--every", "3h", "--json"),
        *("--report", str(out), "--prices", str(prices)),
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == 9
    page = out.read_text(encoding="utf-8")
    assert len(figures_of(page)["instances"]) == 3
    assert re.search(r"Money saved</dt><dd><strong>13\.50 CNY", page)


WORTH = PriceList(
    currency="USD", prices={"t3.small": 1.0, "t3.large": 4.0}, regions={"eu-central-1": {"t3.small": 2.0}}
)


def test_money_is_reckoned_by_type_and_always_on_by_the_first_one() -> None:
    plain = told_of(told(9, "start"), told(18))
    assert money(plain, WORTH) == Money(on=9.0, always_on=24.0)
    resized = told_of(told(9, "start"), told(12, "resize", to_type="t3.large"), told(18, from_type="t3.large"))
    assert money(resized, WORTH) == Money(on=3 + 4 * 6, always_on=24.0)
    unknown = told_of(told(9, "start", from_type="x9.huge"))
    assert money(unknown, WORTH) is None
    assert unpriced([plain, unknown], WORTH) == ["x9.huge in cn-north-1"]
    assert WORTH.price("t3.small", "eu-central-1") == 2.0


def test_a_price_list_is_read_and_a_wrong_one_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text("{currency: EUR, prices: {t3.small: 1}, regions: {eu-central-1: {t3.small: 2.5}}}")
    assert read_prices(file) == PriceList(
        currency="EUR", prices={"t3.small": 1.0}, regions={"eu-central-1": {"t3.small": 2.5}}
    )
    file.write_text("{prices: {t3.small: cheap}}")
    code, line = complaint("report", "--stack", "any", "--prices", str(file))
    assert (code, "prices.t3.small: 'cheap' is no price" in line) == (2, True)


class PricingClient:
    """A price list that knows one type."""

    def get_products(self, *, ServiceCode: str, Filters: list[dict[str, str]], MaxResults: int) -> dict[str, Any]:  # noqa: N803  # boto3's names
        asked = {one["Field"]: one["Value"] for one in Filters}
        term = {"priceDimensions": {"a": {"unit": "Hrs", "pricePerUnit": {"USD": "0.0208"}}}}
        known = (ServiceCode, asked["instanceType"], asked["regionCode"]) == ("AmazonEC2", "t3.small", "cn-north-1")
        return {"PriceList": [json.dumps({"terms": {"OnDemand": {"t": term}}})] if known and MaxResults else []}


def test_aws_is_asked_for_each_type_and_what_it_lacks_stays_without_a_price() -> None:
    both = [told_of(told(9, "start")), told_of(told(9, "start", from_type="x9.huge"))]
    listed = prices_from_aws(PricingClient(), both, china=False)
    assert listed.price("t3.small", "cn-north-1") == 0.0208
    assert listed.price("x9.huge", "cn-north-1") is None


def test_a_failure_ends_with_the_same_action_with_another_or_not_yet() -> None:
    mended = told_of(told(9, "start", "failed"), told(9.1, "start", "failed"), told(9.2, "start"))
    [first] = failures_of(mended)
    assert (first.tries, first.is_mended, first.ended is not None) == (2, True, True)
    [overtaken] = failures_of(told_of(told(9, "stop", "failed"), told(18, "start")))
    assert (overtaken.is_mended, overtaken.ended is not None) == (False, True)
    [standing] = failures_of(told_of(told(9, "start", "failed")))
    assert standing.ended is None
    [later] = failures_of(told_of(told(23, "start", "failed"), told(25, "start")))
    assert later.is_mended
    [broken] = failures_of(told_of(told(9, "start"), told(9.5, "start", earlier_failure="no room"), told(18)))
    assert (broken.reason, broken.is_mended) == ("no room", True)
