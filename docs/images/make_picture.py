"""Draws docs/images/run.svg and mail.svg: the first moment of `make demo`, as the terminal shows it.

    .venv/bin/python docs/images/make_picture.py

Instance ids are the same every time; only the seconds that the run took differ.
"""

import re
from io import StringIO
from pathlib import Path

from moto.moto_api._internal import mock_random
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from instance_scheduler.instants import parse_instant
from scheduler_local.command import DEMO, MOMENTS
from scheduler_local.embedded import EmbeddedAws
from scheduler_local.render import show_run
from scheduler_local.result import RunResult
from scheduler_local.scenario import read_scenario

HERE = Path(__file__).parent
COLUMNS = 132
"""Wide enough for the table's reasons, narrow enough to be read where the page is 900 pixels wide."""
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""rich's fonts come from another host, which a picture must not ask for; the reader's own monospaced font serves."""
MAIL_BEGINS = "The mail"


def main() -> None:
    """Play the demo's first moment and draw it."""
    at, title = MOMENTS[0]
    lines = shown(play(at), title)
    mail = next(number for number, line in enumerate(lines) if MAIL_BEGINS in line)
    end = next(number for number, line in enumerate(lines) if line.lstrip("\x1b[0123456789m").startswith("Cost"))
    draw("run.svg", "make demo", lines[:mail] + lines[end:])
    draw("mail.svg", "The mail of this run", lines[mail:end])


def play(at: str) -> RunResult:
    """Play one run of the demo on the embedded AWS."""
    moment = parse_instant(at)
    mock_random.seed(2026)
    with EmbeddedAws(read_scenario(DEMO), at=moment) as aws:
        return aws.run(moment)


def shown(result: RunResult, title: str) -> list[str]:
    """The lines that the demo prints for a run, colours included."""
    paper = StringIO()
    show_run(
        Console(file=paper, width=COLUMNS, force_terminal=True, color_system="truecolor", highlight=False),
        result,
        title,
    )
    return paper.getvalue().rstrip().splitlines()


def draw(name: str, title: str, lines: list[str]) -> None:
    """Write lines with terminal colours as an SVG that asks no other host for anything."""
    console = Console(file=StringIO(), width=COLUMNS, record=True, force_terminal=True, color_system="truecolor")
    for line in lines:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop", crop=True)
    picture = FONT_FACE.sub("", console.export_svg(title=title, theme=MONOKAI, unique_id=name.removesuffix(".svg")))
    picture = picture.replace(
        "font-family: Fira Code, monospace", "font-family: ui-monospace, Menlo, Consolas, monospace"
    )
    (HERE / name).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
