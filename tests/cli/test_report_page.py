"""The report's page: what stands in it, that it loads nothing, and how it works in a real browser."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.browser import CHROMIUM, Page, browser
from tests.cli.test_timeline import TARGET, told

from instance_scheduler.config import Config, parse_config
from instance_scheduler.settings import Settings
from scheduler_cli.prices import PriceList
from scheduler_cli.report import Week, make_report
from scheduler_cli.report_names import names_words, search_words
from scheduler_cli.report_page import render
from scheduler_cli.report_week import week_view
from scheduler_cli.run_report import RunItem
from scheduler_cli.timeline import Known, Span, Timeline, timeline_of
from scheduler_cli.timetable import local_days

BEGIN = datetime(2026, 3, 23, tzinfo=UTC)
SPAN = Span(begin=BEGIN, end=BEGIN + timedelta(days=7))
SUNDAY = "2026-03-29"
"""At 02:00 the clocks of Berlin go on to 03:00."""
AT = "2026-03-27T01:00:00Z"
EVIL = "<script>alert(1)</script>"
ITEMS = [
    {"type": "period", "name": "early", "begintime": "01:00", "endtime": "05:00"},
    {"type": "period", "name": "office", "begintime": "09:00", "endtime": "18:00", "weekdays": "mon-fri"},
    {"type": "calendar", "name": "de", "days_off": ["2026-03-25"]},
    {"type": "schedule", "name": "night", "timezone": "Europe/Berlin", "periods": ["early"], "description": "&c."},
    {"type": "schedule", "name": "office-hours", "timezone": "Europe/Berlin", "periods": ["office"], "calendar": "de"},
    {"type": "schedule", "name": "broken", "periods": ["missing"]},
]
PRICES = PriceList(currency="EUR", prices={"t3.small": 0.5})


def config() -> Config:
    return parse_config(ITEMS, Settings(default_timezone="Europe/Berlin"))


def server(name: str, *decisions: Any) -> Timeline:
    """An instance of this name; hours of decisions count from 23 November."""
    away = BEGIN - datetime(2026, 11, 23, tzinfo=UTC)
    moved = [
        type(one)(
            run=one.run, entry=type(one.entry)(**fields_of(one.entry) | {"at": one.entry.at + away, "name": name})
        )
        for one in decisions
    ]
    return timeline_of(TARGET, f"i-{name[:4]}", moved, SPAN, known=Known())


def fields_of(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def page() -> str:
    timelines = [
        server("web-1", told(9, "start"), told(18)),
        server("web-2", told(9, "start", "failed"), told(9.1, "start", "failed"), told(10, "start"), told(34)),
        server("stuck", told(-1), told(33, "start", "failed")),
        server(EVIL, told(12, "start")),
    ]
    report = make_report(
        title=f"prod {EVIL}",
        made_at=SPAN.end,
        config=config(),
        timelines=timelines,
        span=SPAN,
        first_day=date(2026, 3, 23),
        prices=PRICES,
        runs=[RunItem(id=f"run-{n}", at=AT, dry_run=False, tick=True, counts={"failed": 1}) for n in range(23)],
        account_names={"111122223333": f"测试 {EVIL}"},
    )
    return render(report)


@pytest.fixture(scope="module")
def html() -> str:
    return page()


def test_a_page_asks_for_nothing_from_outside(html: str) -> None:
    assert not re.search(r"""(src|href|action|data|poster)\s*=\s*["']?\s*(https?:)?//""", html)
    assert not re.search(r"url\(\s*['\"]?(?!#)", html)
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_names_and_reasons_are_text_wherever_they_come_from(html: str) -> None:
    assert EVIL not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert html.count("<script") == 2
    assert "&amp;c." in html


def test_everything_that_is_drawn_is_told_in_words_too(html: str) -> None:
    drawings = re.findall(r"<svg .*?</svg>", html, re.DOTALL)[1:]
    assert drawings
    assert [
        one for one in drawings if 'role="img"' not in one or "aria-label=" not in one or "<title>" not in one
    ] == []
    assert html.count("<table") == html.count("<caption")
    assert len(re.findall(r'<th scope="(col|row|rowgroup)"', html)) == len(re.findall(r"<th[ >]", html))
    assert '<html lang="en">' in html
    assert 'class="skip" href="#main"' in html


def test_failures_stand_with_their_end(html: str) -> None:
    rows = re.findall(r"<tr data-filter=[^>]*>\s*<td>(.*?)</tr>", html, re.DOTALL)
    words = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    [mended, standing] = [row for row in words if "start" in row and ("started" in row or "not ended" in row)]
    assert "web-2" in mended
    assert "2 tries" in mended
    assert mended.endswith("started Mon 23 Mar 11:00")
    assert "stuck" in standing
    assert standing.endswith("not ended yet")


def test_the_latest_runs_that_went_wrong_stand_in_the_zone_of_the_stack(html: str) -> None:
    assert html.count(f'<time datetime="{AT}">Fri 27 Mar 02:00</time>') == 20
    assert "and 3 earlier ones" in html


def test_many_instances_are_named_in_part_and_all_can_be_searched() -> None:
    many = [server(f"web-{number}", told(9, "start")) for number in range(30)]
    assert names_words(many).endswith("web-22, web-23 and 6 more")
    assert "web-29" in search_words("office-hours", many, {})


@pytest.mark.parametrize(
    ("zone", "day", "running", "missing", "hours"),
    [
        pytest.param("Europe/Berlin", "2026-10-25", [(60, 180), (120, 300)], [], "5 h", id="an hour that comes twice"),
        pytest.param("Europe/Berlin", "2026-03-29", [(60, 120), (180, 300)], [(120, 180)], "3 h", id="a skipped one"),
        pytest.param(
            "Australia/Lord_Howe", "2026-10-04", [(60, 120), (150, 300)], [(120, 150)], "3:30 h", id="half an hour"
        ),
        pytest.param("Africa/Cairo", "2026-04-24", [(60, 300)], [(0, 60)], "4 h", id="a day without a midnight"),
    ],
)
def test_the_cells_of_a_day_on_which_clocks_change(
    zone: str, day: str, running: list[tuple[int, int]], missing: list[tuple[int, int]], hours: str
) -> None:
    items = [ITEMS[0], {"type": "schedule", "name": "night", "timezone": zone, "periods": ["early"]}]
    schedule = parse_config(items, Settings()).schedules["night"]
    days = tuple(local_days(schedule, date.fromisoformat(day), 1))

    [shown] = week_view(Week(schedule=schedule, days=days, instances=()), {})["days"]

    assert [cell(one) for one in shown["pieces"] if one["state"] == "running"] == running
    assert [cell(one) for one in shown["missing"]] == missing
    assert shown["hours"] == hours
    assert shown["note"].startswith("clocks change: ")


def cell(drawn: dict[str, int]) -> tuple[int, int]:
    return drawn["x"], drawn["x"] + drawn["width"]


def test_a_schedule_with_an_error_is_told(html: str) -> None:
    assert re.search(r"<strong>broken</strong> has an error, and its instances are left alone: .*missing", html)


def test_money_is_told_where_the_list_has_prices(html: str) -> None:
    sums = " ".join(re.sub(r"<[^>]+>", " ", html[html.index('class="sums"') :]).split())
    assert "Money saved" in sums
    assert "EUR" in sums


needs_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def opened(html: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(html, encoding="utf-8")
    with browser() as shown:
        shown.open(file)
        yield shown


def cells(shown: Page, schedule: str, day: str, state: str) -> list[list[int]]:
    """The drawn pieces of a day: begin and end in minutes of the clock."""
    found: list[list[int]] = shown.evaluate(
        f"""[...document.querySelectorAll('[data-schedule="{schedule}"] tr[data-date="{day}"] rect.{state}')]
        .map(one => [one.x.baseVal.value, one.x.baseVal.value + one.width.baseVal.value])"""
    )
    return found


def visible(shown: Page, selector: str) -> list[str]:
    """The texts of elements that are on the screen."""
    texts: list[str] = shown.evaluate(
        f"[...document.querySelectorAll('{selector}')].filter(one => one.checkVisibility()).map(one => one.dataset.instance)"
    )
    return texts


@needs_a_browser
def test_a_page_opens_without_a_complaint_and_without_a_request(opened: Page) -> None:
    assert opened.complaints == []
    assert [address for address in opened.requests if not address.startswith("file:")] == []
    assert opened.evaluate("document.title") == f"prod {EVIL}: instance scheduler report"


@needs_a_browser
@pytest.mark.parametrize(
    ("schedule", "day", "state", "expected"),
    [
        pytest.param("office-hours", "2026-03-23", "running", [[540, 1080]], id="a working day"),
        pytest.param("office-hours", "2026-03-25", "running", [], id="a day off"),
        pytest.param("office-hours", "2026-03-28", "stopped", [[0, 1440]], id="a Saturday"),
        pytest.param("night", "2026-03-28", "running", [[60, 300]], id="the day before the clocks change"),
        pytest.param("night", SUNDAY, "running", [[60, 120], [180, 300]], id="the day on which they do"),
        pytest.param("night", SUNDAY, "missing", [[120, 180]], id="the hour that they skip"),
    ],
)
def test_the_calendar_draws_the_cells_of_each_day(
    opened: Page, schedule: str, day: str, state: str, expected: list[list[int]]
) -> None:
    assert cells(opened, schedule, day, state) == expected


@needs_a_browser
def test_the_calendar_tells_hours_days_off_and_changes_of_the_clocks(opened: Page) -> None:
    def text(day: str, schedule: str) -> str:
        told: str = opened.evaluate(
            f"""document.querySelector('[data-schedule="{schedule}"] tr[data-date="{day}"]').innerText"""
        )
        return " ".join(told.split())

    assert text(SUNDAY, "night") == "Sun 29 Mar 3 h clocks change: 23 h"
    assert text("2026-03-28", "night") == "Sat 28 Mar 4 h"
    assert text("2026-03-25", "office-hours") == "Wed 25 Mar 0 h day off (de)"


@needs_a_browser
def test_the_filter_leaves_what_has_all_its_words(opened: Page) -> None:
    def typed(words: str) -> list[str]:
        opened.evaluate("document.getElementById('filter').focus(); document.getElementById('filter').value = ''")
        opened.call("Input.insertText", text=words)
        return visible(opened, "#timeline tr[data-instance]")

    everything = visible(opened, "#timeline tr[data-instance]")
    assert len(everything) == 4
    assert typed("WEB cn-north-1") == ["web-1", "web-2"]
    assert opened.evaluate("document.getElementById('matches').textContent") == "2 of 4 instances"
    assert typed("测试 stuck") == ["stuck"]
    assert typed("nobody") == []
    opened.call("Input.dispatchKeyEvent", type="keyDown", key="Escape")
    assert visible(opened, "#timeline tr[data-instance]") == everything


@needs_a_browser
def test_the_page_fits_a_phone_and_prints(opened: Page, tmp_path: Path) -> None:
    opened.screenshot(tmp_path / "phone.png", width=390, height=800)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    opened.screenshot(tmp_path / "dark.png", scheme="dark")
    dark = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    opened.screenshot(tmp_path / "light.png", scheme="light")
    assert dark != opened.evaluate("getComputedStyle(document.body).backgroundColor")
    opened.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


@needs_a_browser
def test_in_print_the_page_is_light_and_lacks_what_only_a_screen_has_use_for(opened: Page) -> None:
    opened.call(
        "Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}]
    )
    hidden = [
        opened.evaluate(f"getComputedStyle(document.querySelector('{one}')).display") for one in ("nav", ".filter")
    ]
    colours = opened.evaluate(
        "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))"
    )
    opened.call("Emulation.setEmulatedMedia", media="", features=[])
    assert hidden == ["none", "none"]
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


@pytest.mark.parametrize("days", [0, 3])
def test_a_stack_that_has_done_nothing_yet_has_a_page_too(days: int) -> None:
    report = make_report(
        title="new",
        made_at=BEGIN + timedelta(days=days),
        config=parse_config([], Settings()),
        timelines=[],
        span=Span(begin=BEGIN, end=BEGIN + timedelta(days=days)),
        first_day=date(2026, 3, 23),
    )
    html = render(report)
    assert "No run has decided anything about an instance yet." in html
    assert "There is no schedule." in html
    assert "No action failed." in html
