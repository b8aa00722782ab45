"""Figures: what was measured, beside what must be reached and what the peer takes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

PEER = "AWS Instance Scheduler 3.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    part: str
    name: str
    value: float
    unit: str = ""
    target: float | None = None
    """At most this, unless `at_least`."""
    peer: str = ""
    """What the peer takes, as published or measured on its own code."""
    how: str = ""
    """What exactly was counted."""
    at_least: bool = False

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def to_json(self) -> dict[str, Any]:
        """The figure as `results.json` holds it."""
        return asdict(self)


def figure_from(raw: Mapping[str, Any]) -> Figure:
    """Read a figure back."""
    return Figure(**raw)


def number(value: float) -> str:
    """Write a number with as many digits as matter."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"
