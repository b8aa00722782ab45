"""List prices, from the one dated table `prices.json`: each with the page that it was read on, or the word that it was not."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

REGIONS = ("us-east-1", "cn-north-1")
_TABLE: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
AS_OF = str(_TABLE["as_of"])


def price(region: str, name: str) -> float:
    """One thing's price, in the region's currency."""
    return float(_TABLE["prices"][name][region]["price"])


def currency(region: str) -> str:
    """The currency's code."""
    return str(_TABLE["currencies"][region])


def price_table() -> str:
    """A Markdown table of all prices; what was not checked has a question mark."""
    head = " | ".join(f"{region}, {currency(region)}" for region in REGIONS)
    return "\n".join([f"| price | {head} |", "|---|---|---|", *_rows()])


def source_table() -> str:
    """A Markdown table of where each price was read."""
    rows = ["| price | region | read on | seen |", "|---|---|---|---|"]
    for name, by_region in _TABLE["prices"].items():
        for region in REGIONS:
            entry = by_region[region]
            seen = entry["seen"] if entry["checked"] else f"not checked {entry['seen']}".strip()
            rows.append(f"| {_words(name)} | {region} | {entry['source']} | {seen} |")
    return "\n".join(rows)


def _rows() -> Iterator[str]:
    for name, by_region in _TABLE["prices"].items():
        cells = " | ".join(_cell(by_region[region]) for region in REGIONS)
        yield f"| {_words(name)} | {cells} |"


def _cell(entry: Mapping[str, Any]) -> str:
    return f"{entry['price']:.10g}" + ("" if entry["checked"] else " (?)")


def _words(name: str) -> str:
    return name.replace("_", " ")
