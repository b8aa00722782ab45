"""`scheduler-cli report`, the report of a rehearsal and `history --json` tell the same hours; prices make money of them."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.browser import CHROMIUM, Page, browser
from tests.cli.stack import reached
from tests.cli.test_local_command import run
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
PRICES = ROOT / "examples" / "prices.yaml"
FIRST = datetime.fromisoformat("2026-11-22T16:00:00Z")
"""Monday 00:00 in Shanghai."""
STEPS = (0, 9, 11.5, 15, 18, 22, 24, 30, 33, 35.5, 39, 42, 46, 48)
"""Hours at which a run takes place: where the demo's timetables have their transitions, on two days."""
EVERY = int(os.environ.get("MONTH_EVERY_HOURS", "23"))
LATER = range(48 + EVERY, 30 * 24, EVERY)
"""Hours of the runs of the other four weeks: one a day, at every hour of the day in turn; `make month` plays one an hour."""
SPAN = Span(begin=FIRST, end=FIRST + timedelta(hours=48))
ENDS = ("--days", "2", "--until", "2026-11-24T16:00:00Z")
MONTH = Span(begin=FIRST, end=FIRST + timedelta(days=30))
MONTHS_ENDS = ("--days", "31", "--until", "2026-12-22T16:00:00Z")
HOURS = ("hours_on", "hours_always_on", "hours_saved", "starts", "stops", "resizes", "failures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A month of the demo's estate, while the stack that played it lives."""

    aws: EmbeddedAws
    days: Rehearsal
    """What a rehearsal makes of the first two days."""
    month: Rehearsal


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    with EmbeddedAws(read_scenario(DEMO), at=FIRST) as aws:
        first = [aws.run(FIRST + timedelta(hours=step)) for step in STEPS]
        days = read_rehearsal(aws, SPAN, first[0], first[-1])
        *_, last = (aws.run(FIRST + timedelta(hours=step)) for step in LATER)
        yield Played(aws=aws, days=days, month=read_rehearsal(aws, MONTH, first[0], last))


@pytest.fixture
def stack(played: Played) -> Iterator[str]:
    with reached(played.aws) as name:
        yield name


def figures_of(page: str) -> dict[str, Any]:
    """The figures that a page holds for machines."""
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    figures: dict[str, Any] = json.loads(found[1])
    return figures


def without_timelines(history: dict[str, Any]) -> dict[str, Any]:
    """What the page has of `history --json`: all but the stretches of each instance, and the decisions."""
    kept = {name: value for name, value in history.items() if name != "decisions"}
    return kept | {
        "instances": [
            {name: value for name, value in one.items() if name != "timeline"} for one in history["instances"]
        ]
    }


def sums_of(told: list[dict[str, Any]]) -> list[float]:
    return [sum(one[key] for one in told) for key in (*HOURS, "hours_unknown")]


def saved_of(told: list[dict[str, Any]]) -> float:
    return sum(one["money"]["saved"] for one in told if one["money"])


def shown(figures: dict[str, Any]) -> list[str]:
    """Hours on and saved, money and counts of a row, as the page writes them."""
    unknown = f"{figures['hours_unknown']:,.1f} not known" if figures["hours_unknown"] else ""
    counts = [str(figures[name] or "") for name in ("starts", "stops", "resizes", "failures")]
    money = f"{figures['money']['saved']:,.2f}" if figures["money"] else "–"
    return [f"{figures['hours_on']:,.1f}", f"{figures['hours_saved']:,.1f}{unknown}", money, *counts]


def texts(page: Page, selector: str) -> list[list[str]]:
    """What stands in the cells of rows; of anything else, its one text."""
    found: list[list[str]] = page.evaluate(
        f"[...document.querySelectorAll('{selector}')].map(one =>"
        "(one.cells ? [...one.cells] : [one]).map(cell => cell.textContent.trim()))"
    )
    return found


TRIES = r"""[...document.querySelectorAll('#failures tbody tr')]
.map(row => /(\d+) tries/.exec(row.cells[2].textContent)?.[1] ?? '1')"""


def hours_of(told: dict[str, Any]) -> dict[str, list[float]]:
    """Each instance's hours and counts, and those of all."""
    instances = {f"{one['account']}/{one['region']}/{one['name']}": one for one in told["instances"]}
    return {name: [one[key] for key in HOURS] for name, one in {**instances, "total": told["total"]}.items()}


def test_the_figures_of_a_rehearsed_month_are_the_same_in_its_report_the_stacks_report_and_history(
    played: Played, stack: str, tmp_path: Path
) -> None:
    prices = ("--prices", str(PRICES))
    history = answer_json("history", "--stack", stack, *MONTHS_ENDS, *prices)
    out = tmp_path / "report.html"
    told = answer_json("report", "--stack", stack, *MONTHS_ENDS, *prices, "--out", str(out))
    of_the_stack = figures_of(out.read_text(encoding="utf-8"))
    of_the_rehearsal = figures_of(render(report_of(played.month, "demo", read_prices(PRICES))))

    assert (history["from"], history["until"]) == ("2026-11-22T16:00:00Z", "2026-12-22T16:00:00Z")
    assert {"page": str(out)} | of_the_stack == told
    assert of_the_stack == without_timelines(history)
    assert hours_of(of_the_rehearsal) == hours_of(played.month.to_json()) == hours_of(history)
    assert of_the_rehearsal["total"]["money"] == history["total"]["money"]
    assert len(history["instances"]) == 20
    assert min(history["total"][one] for one in ("starts", "stops", "resizes", "failures")) > 5


def test_the_sums_of_a_month_are_those_of_its_instances_and_of_its_schedules(stack: str) -> None:
    history = answer_json("history", "--stack", stack, *MONTHS_ENDS, "--prices", str(PRICES))
    instances, schedules, total = history["instances"], history["schedules"], history["total"]
    always = [one["hours_always_on"] for one in instances]

    assert always == [720] * 20
    assert sums_of(instances) == pytest.approx(sums_of([total]))
    assert sums_of(schedules) == pytest.approx(sums_of([total]))
    assert sum(one["instances"] for one in schedules) == 20
    assert total["hours_on"] + total["hours_saved"] == pytest.approx(total["hours_always_on"])
    assert saved_of(instances) == pytest.approx(saved_of(schedules)) == pytest.approx(saved_of([total]))
    assert history["unpriced"] == ["an unknown type in cn-northwest-1"]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_the_page_of_a_month_opens_in_a_browser_and_shows_the_figures_of_history(stack: str, tmp_path: Path) -> None:
    prices = ("--prices", str(PRICES))
    out = tmp_path / "report.html"
    answer("report", "--stack", stack, *MONTHS_ENDS, *prices, "--out", str(out))
    history = answer_json("history", "--stack", stack, *MONTHS_ENDS, *prices)
    with browser() as page:
        page.open(out)
        instances, schedules = texts(page, "#timeline tr[data-instance]"), texts(page, ".shares tbody tr")
        sums = texts(page, ".sums strong")
        tries = sum(map(int, page.evaluate(TRIES)))
        complaints, requests = page.complaints, page.requests

    assert (complaints, [address for address in requests if not address.startswith("file:")]) == ([], [])
    assert sorted(row[-7:] for row in instances) == sorted(shown(one) for one in history["instances"])
    assert [(row[0], row[1], row[2:]) for row in schedules] == [
        (one["schedule"], str(one["instances"]), [*shown(one)[:1], f"{one['hours_always_on']:,.1f}", *shown(one)[1:]])
        for one in history["schedules"]
    ]
    total = history["total"]
    acted = total["starts"] + total["stops"] + total["resizes"]
    assert sums[0] == [f"{total['hours_on']:,.1f} h"]
    assert sums[1] == [f"{total['hours_saved']:,.1f} h"]
    assert sums[2] == [f"{total['money']['saved']:,.2f} USD"]
    assert sums[3:] == [[f"{acted:,}"], [f"{total['failures']:,}"]]
    assert tries == total["failures"]


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
def test_hours_are_what_the_timetable_says(played: Played, name: str, on: float, actions: tuple[int, ...]) -> None:
    told = hours_of(played.days.to_json())[name]
    assert told[:3] == [on, 48, 48 - on]
    assert tuple(told[3:]) == actions


def test_the_page_has_a_week_of_each_schedule_its_failures_and_what_comes_next(stack: str, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    words = answer("report", "--stack", stack, *ENDS, "--out", str(out))
    page = out.read_text(encoding="utf-8")
    assert words.startswith(f"{out}: 20 instances, on ")
    assert page.count("<article") == 6
    assert "InsufficientInstanceCapacity" in page
    assert "Thu 26 Nov" in page


def test_one_instance_has_its_hours_and_its_decisions(stack: str) -> None:
    told = answer_json("history", "orders", "--stack", stack, *ENDS)
    assert [(one["name"], one["hours_on"], one["hours_saved"]) for one in told["instances"]] == [("orders", 18, 30)]
    assert [one["action"] for one in told["decisions"]] == ["stop", "start", "stop", "start"]
    assert [(one["from"], one["state"]) for one in told["instances"][0]["timeline"]][:2] == [
        ("2026-11-22T16:00:00Z", "off"),
        ("2026-11-23T01:00:00Z", "on"),
    ]
    words = answer("history", "orders", "--stack", stack, *ENDS)
    assert words.endswith("orders: on 18.0 h of 48.0 h in 2 days, 30.0 h saved\n")


def test_money_is_told_beside_the_hours(stack: str) -> None:
    worth = answer_json("history", "orders", "--stack", stack, *ENDS, "--prices", str(PRICES))["total"]["money"]
    assert worth == {"currency": "USD", "on": 1.26, "always_on": 3.36, "saved": 2.1}
    words = answer("history", "orders", "--stack", stack, *ENDS, "--prices", str(PRICES))
    assert words.endswith("30.0 h saved\n1.26 USD of 3.36, 2.10 USD saved\n")
    words = answer("history", "catalog", "--stack", stack, *ENDS, "--prices", str(PRICES))
    assert words.endswith("\nno price, and left out: an unknown type in cn-northwest-1\n")


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
