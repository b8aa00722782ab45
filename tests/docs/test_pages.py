"""The pages hold together: links, decisions, states, and nothing of anybody's machine."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.docs.pages import PAGES, ROOT, anchors, links, name_of, text_of

LINKS = [(page, link) for page in PAGES for link in links(page) if not re.match(r"[a-z]+:", link)]
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
PICTURES = sorted((ROOT / "docs" / "images").glob("*.svg"))
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|home|root|Users|tmp|mnt|opt)/")


def states(machine: Mapping[str, Any]) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield name
        yield from states(state.get("ItemProcessor", {"States": {}}))


STATES = sorted(states(json.loads((ROOT / "statemachine" / "scheduler.asl.json").read_text(encoding="utf-8"))))


@pytest.mark.parametrize(("page", "link"), LINKS, ids=[f"{name_of(page)}->{link}" for page, link in LINKS])
def test_a_link_leads_to_a_file_and_to_a_heading_in_it(page: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page

    assert target.is_file()
    assert not anchor or anchor in anchors(target)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_no_path_of_a_machine(page: Path) -> None:
    assert not MACHINE_PATHS.search(text_of(page))


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=name_of)
@pytest.mark.parametrize("start", ["README.md", "README.zh-CN.md"])
def test_both_readmes_lead_to_every_page(page: Path, start: str) -> None:
    assert name_of(page) in links(ROOT / start)


def test_the_index_of_decisions_names_each_with_its_title() -> None:
    index = text_of(ROOT / "docs" / "adr" / "README.md")
    titles = [text_of(page).splitlines()[0].removeprefix("# ") for page in DECISIONS]

    assert re.findall(r"^- \[(.+)\]\((.+)\)$", index, re.MULTILINE) == [
        (title, page.name) for title, page in zip(titles, DECISIONS, strict=True)
    ]


def test_decisions_are_numbered_without_a_gap() -> None:
    titles = [text_of(page).splitlines()[0] for page in DECISIONS]

    assert [title.split(".")[0] for title in titles] == [f"# {number}" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_tells_context_decision_and_consequence(page: Path) -> None:
    assert re.findall(r"^\*\*(\w+)\.\*\*", text_of(page), re.MULTILINE) == ["Context", "Decision", "Consequence"]


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_in_the_architecture_and_in_its_picture(state: str) -> None:
    assert f"`{state}`" in text_of(ROOT / "docs" / "architecture.md")
    assert f">{state}<" in (ROOT / "docs" / "images" / "state-machine.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("picture", PICTURES, ids=name_of)
def test_a_picture_is_well_formed_small_and_asks_no_other_host(picture: Path) -> None:
    source = picture.read_text(encoding="utf-8")
    ElementTree.fromstring(source)

    assert len(source) < 200_000
    assert "url(http" not in source
    assert "@import" not in source


def test_the_readmes_are_of_the_same_substance() -> None:
    english, chinese = (text_of(ROOT / name) for name in ("README.md", "README.zh-CN.md"))
    figures = re.compile(r"\d{1,3}(?:,\d{3})+|\$\d+\.\d+")

    assert sorted(figures.findall(english)) == sorted(figures.findall(chinese))
    assert len(re.findall(r"^\|", english, re.MULTILINE)) == len(re.findall(r"^\|", chinese, re.MULTILINE))
