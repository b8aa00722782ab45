"""What each option of the template costs a month beside the scheduler itself, from the list prices."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.cost import EC2, EVERY, RDS, TICKS, WORKDAYS
from bench.prices import REGIONS, currency, price

_PAIRS = 40
"""Of the estate that the table is about: 10 accounts × 4 regions."""
_ACTIONS = _PAIRS // EVERY * (EC2 + RDS) * 2 * WORKDAYS
_RUNS = 2 * WORKDAYS
"""Runs that act, and send a mail."""
_STACK_METRICS, _SCHEDULE_METRICS = 10, 7
"""Metrics of the stack as a whole, and of each schedule and service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """An option, and the priced things that it takes a month."""

    name: str
    takes: tuple[tuple[str, float], ...]
    """The price's name, and how many of it."""
    only: str = ""
    """The one region of the table that has it, where not both do."""

    def cost(self, region: str) -> float:
        """In the region's currency."""
        return sum(price(region, name) * count for name, count in self.takes)


EXTRAS = (
    Extra(name="`Alarms` `essential`, the default: 2 alarms", takes=(("alarm", 2),)),
    Extra(name="`Alarms` `all`, with `UseMetrics`: 5 alarms", takes=(("alarm", 5),)),
    Extra(
        name="`UseMetrics`: 24 metrics, of one schedule and both services",
        takes=(("metric", _STACK_METRICS + 2 * _SCHEDULE_METRICS),),
    ),
    Extra(name="`UseMetrics`: each further schedule of one service", takes=(("metric", _SCHEDULE_METRICS),)),
    Extra(name="`Dashboard`", takes=(("dashboard", 1),)),
    Extra(
        name="`KmsKeyArn`: a key of your own, and for each table a request in five minutes",
        takes=(("customer_key", 1), ("key_request", 2 * TICKS)),
    ),
    Extra(name=f"`PublishEvents`: one event for each of {_ACTIONS:,} actions", takes=(("event", _ACTIONS),)),
    Extra(name="`Tracing`: a trace a run", takes=(("trace", TICKS),), only="us-east-1"),
    Extra(name=f"mails to one address: {_RUNS}", takes=(("mail", _RUNS),)),
)


def extras_table() -> str:
    """A Markdown table of the options, in each region's currency."""
    head = " | ".join(f"{region}, {currency(region)}" for region in REGIONS)
    return "\n".join([f"| a month, 10×4 | {head} |", "|---|---|---|", *_rows()])


def _rows() -> Iterator[str]:
    for extra in EXTRAS:
        cells = [f"{extra.cost(region):.2f}" if extra.only in ("", region) else "–" for region in REGIONS]
        yield f"| {extra.name} | {' | '.join(cells)} |"
