"""The sign of life: on a terminal only, only when somebody waits, and gone afterwards."""

import os
import pty
import subprocess
import sys

import pytest

SCRIPT = """
import time
from scheduler_cli import waiting
waiting.PATIENCE = {patience}
with waiting.waiting("asking AWS"):
    with waiting.waiting("inner"):
        time.sleep({seconds})
print("done")
"""


def on_a_terminal(script: str, **environment: str) -> str:
    """What a terminal of 80 columns sees of a script on its stderr."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "80", "TERM": "xterm", **environment},
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # the terminal's other end is closed
        pass
    process.wait()
    os.close(ours)
    return seen.decode()


def test_a_long_wait_shows_the_outer_text_and_takes_it_away_again() -> None:
    seen = on_a_terminal(SCRIPT.format(patience=0.05, seconds=0.6))
    assert "asking AWS" in seen
    assert "inner" not in seen
    assert seen.endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A\x1b[2K"))


@pytest.mark.parametrize(
    ("patience", "environment"),
    [
        pytest.param(5, {}, id="a short wait"),
        pytest.param(0.05, {"TERM": "dumb"}, id="a terminal that cannot draw"),
    ],
)
def test_nothing_is_drawn_by(patience: float, environment: dict[str, str]) -> None:
    assert on_a_terminal(SCRIPT.format(patience=patience, seconds=0.4), **environment) == ""


def test_a_pipe_gets_no_sign_of_life() -> None:
    script = SCRIPT.format(patience=0.05, seconds=0.4)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert (ended.stdout, ended.stderr) == (b"done\n", b"")


def test_no_color_is_respected() -> None:
    seen = on_a_terminal(SCRIPT.format(patience=0.05, seconds=0.6), NO_COLOR="1")
    assert "asking AWS" in seen
    assert "\x1b[32m" not in seen


def test_what_draws_itself_silences_the_spinner() -> None:
    script = SCRIPT.format(patience=0.05, seconds=0.4).replace(
        'with waiting.waiting("asking AWS"):', "with waiting.silence():"
    )
    assert on_a_terminal(script) == ""
