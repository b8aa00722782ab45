"""The figures of a span for machines: the same ones in a report's page, in `report --json` and in `history --json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from instance_scheduler.instants import format_instant
from scheduler_cli.hours import instance_json, tally_json, total
from scheduler_cli.prices import PriceList, money, money_json, money_of_all, unpriced
from scheduler_cli.timeline import Span, Timeline


def figures_json(
    timelines: Sequence[Timeline],
    span: Span,
    prices: PriceList | None,
    tell: Callable[[Timeline], Mapping[str, object]] = instance_json,
) -> dict[str, object]:
    """Each instance as `tell` tells it, the sums of each schedule and of all; money, where a price list is given.

    Money is null where no price is known.
    """
    figures: dict[str, object] = {
        "from": format_instant(span.begin),
        "until": format_instant(span.end),
        "instances": [
            {**tell(one)} | ({"money": money_json(money(one, prices), prices)} if prices is not None else {})
            for one in timelines
        ],
        "schedules": [
            {"schedule": name, "instances": len(members)} | _sums(members, prices)
            for name, members in by_schedule(timelines).items()
        ],
        "total": _sums(timelines, prices),
    }
    return figures if prices is None else figures | {"unpriced": unpriced(timelines, prices)}


def by_schedule(timelines: Sequence[Timeline]) -> dict[str, list[Timeline]]:
    """The instances of each schedule, in the order of its name; an empty name is that of no schedule."""
    return {
        name: [one for one in timelines if one.schedule == name] for name in sorted({one.schedule for one in timelines})
    }


def _sums(timelines: Sequence[Timeline], prices: PriceList | None) -> dict[str, object]:
    sums = tally_json(total(timelines))
    return sums if prices is None else sums | {"money": money_json(money_of_all(timelines, prices), prices)}
