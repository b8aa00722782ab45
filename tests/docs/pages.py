"""The pages of the documentation, cut into what the tests look at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")],
    key=lambda page: page.relative_to(ROOT).as_posix(),
)
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: Path
    number: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.language}-{self.number}"


def name_of(page: Path) -> str:
    """The page's path within the repository."""
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    """The page's text."""
    return page.read_text(encoding="utf-8")


def blocks(language: str) -> list[Block]:
    """All fenced blocks of a language, without the indentation of the list that they stand in."""
    return [block for page in PAGES for block in _blocks(page) if block.language == language]


def commands(program: str) -> list[str]:
    """Every command line of a program, in fenced blocks of shell and in inline code, without what follows a comment sign."""
    shown = [line for block in blocks("sh") for line in block.text.replace("\\\n", " ").splitlines()]
    shown += [code for page in PAGES for code in _CODE.findall(_FENCE.sub("", text_of(page)))]
    lines = (re.sub(r"\s+#\s.*$", "", line).strip().removeprefix(".venv/bin/") for line in shown)
    return sorted({line for line in lines if re.match(rf"{program}\s+[a-z]", line)})


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures."""
    return _LINK.findall(_FENCE.sub("", text_of(page)))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(page: str, after: str) -> dict[str, list[str]]:
    """The rows of the tables between a text and the next heading of the same page, by the code in their first cell."""
    text = text_of(ROOT / page).split(after, 1)[1]
    section = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    return {row[0].strip("`"): row[1:] for row in cells if row[0].startswith("`")}


def _blocks(page: Path) -> Iterator[Block]:
    for number, found in enumerate(_FENCE.finditer(text_of(page)), start=1):
        indent = len(found["indent"])
        text = "\n".join(line[indent:] for line in found["text"].splitlines())
        yield Block(page, number, found["language"], text)
