"""What an hour costs: a price list in a file, or AWS's own list prices; and what that makes of a timeline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from scheduler_cli.failures import BadArgument
from scheduler_cli.timeline import Power, Timeline

_HOUR = timedelta(hours=1)
_KEYS = frozenset({"currency", "prices", "regions"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Prices of an hour by type (an instance type, or a database's class), some of them for one region only."""

    currency: str
    prices: Mapping[str, float]
    regions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def price(self, kind: str, region: str) -> float | None:
        """The price of an hour, None where the list has none."""
        return self.regions.get(region, {}).get(kind, self.prices.get(kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What a timeline cost, and what always-on would have: on the type that the instance had at the beginning."""

    on: float
    always_on: float

    @property
    def saved(self) -> float:
        """The difference; below 0 where larger types cost more than the hours off saved."""
        return self.always_on - self.on

    def __add__(self, other: Money) -> Money:
        return Money(on=self.on + other.on, always_on=self.always_on + other.always_on)


def read_prices(file: Path) -> PriceList:
    """Read a price list, YAML or JSON; raises BadArgument.

    `{currency: USD, prices: {t3.small: 0.0208, db.t3.medium: 0.068}, regions: {eu-central-1: {t3.small: 0.024}}}`
    """
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadArgument(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("prices"), dict) or set(raw) - _KEYS:
        raise BadArgument(f"{file}: a price list has the keys currency, prices and, where prices differ, regions")
    regions = raw.get("regions") or {}
    if not isinstance(regions, dict):
        raise BadArgument(f"{file}: regions: write region names with their prices")
    return PriceList(
        currency=str(raw.get("currency", "USD")),
        prices=_numbers(file, "prices", raw["prices"]),
        regions={str(name): _numbers(file, f"regions.{name}", prices) for name, prices in regions.items()},
    )


def money(timeline: Timeline, prices: PriceList) -> Money | None:
    """Price a timeline; None where a type has no price or is not known."""
    region = timeline.target.region
    if not timeline.stretches:
        return Money(on=0.0, always_on=0.0)
    known = [prices.price(stretch.type, region) for stretch in timeline.stretches]
    priced = [price for price in known if price is not None]
    if len(priced) < len(known):
        return None
    spent = sum(
        price * (stretch.length / _HOUR)
        for stretch, price in zip(timeline.stretches, priced, strict=True)
        if stretch.power is not Power.OFF
    )
    return Money(on=spent, always_on=priced[0] * (timeline.span.length / _HOUR))


def money_of_all(timelines: Iterable[Timeline], prices: PriceList) -> Money | None:
    """Price many: those that can be priced; None where none can."""
    priced = [one for one in (money(timeline, prices) for timeline in timelines) if one is not None]
    return sum(priced, Money(on=0.0, always_on=0.0)) if priced else None


def money_json(worth: Money | None, prices: PriceList) -> dict[str, object] | None:
    """Money for machines, to a hundredth of a cent."""
    if worth is None:
        return None
    figures = {"on": worth.on, "always_on": worth.always_on, "saved": worth.saved}
    return {"currency": prices.currency, **{name: round(figure, 4) for name, figure in figures.items()}}


def unpriced(timelines: Iterable[Timeline], prices: PriceList) -> list[str]:
    """The types for which the list has no price, as `t3.small in cn-north-1`."""
    places = {(one.type, timeline.target.region) for timeline in timelines for one in timeline.stretches}
    missing = [(kind, region) for kind, region in places if prices.price(kind, region) is None]
    return sorted(f"{kind or 'an unknown type'} in {region}" for kind, region in missing)


def prices_from_aws(client: Any, timelines: Iterable[Timeline], china: bool) -> PriceList:
    """Ask AWS's price list for what the timelines need: Linux on demand, databases by engine. Raises ClientError."""
    wanted: dict[tuple[str, str], str] = {}
    for timeline in timelines:
        engine = next((told.entry.engine for told in timeline.decisions if told.entry.engine), "")
        for stretch in timeline.stretches:
            if stretch.type:
                wanted[stretch.type, timeline.target.region] = engine
    regions: dict[str, dict[str, float]] = {}
    for (kind, region), engine in wanted.items():
        price = _asked(client, kind, region, engine, "CNY" if china else "USD")
        if price is not None:
            regions.setdefault(region, {})[kind] = price
    return PriceList(currency="CNY" if china else "USD", prices={}, regions=regions)


_ENGINES = {
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "postgres": "PostgreSQL",
    "aurora-mysql": "Aurora MySQL",
    "aurora-postgresql": "Aurora PostgreSQL",
}


def _asked(client: Any, kind: str, region: str, engine: str, currency: str) -> float | None:
    fields = {"instanceType": kind, "regionCode": region}
    if kind.startswith("db."):
        service = "AmazonRDS"
        fields |= {"databaseEngine": _ENGINES.get(engine, engine), "deploymentOption": "Single-AZ"}
    else:
        service = "AmazonEC2"
        fields |= {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in fields.items()]
    found = client.get_products(ServiceCode=service, Filters=filters, MaxResults=1)["PriceList"]
    for product in map(json.loads, found):
        for term in product.get("terms", {}).get("OnDemand", {}).values():
            for dimension in term["priceDimensions"].values():
                if dimension["unit"] == "Hrs" and currency in dimension["pricePerUnit"]:
                    return float(dimension["pricePerUnit"][currency])
    return None


def _numbers(file: Path, place: str, raw: Any) -> dict[str, float]:
    if not isinstance(raw, dict):
        raise BadArgument(f"{file}: {place}: write types with the price of an hour")
    for name, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadArgument(f"{file}: {place}.{name}: {value!r} is no price")
    return {str(name): float(value) for name, value in raw.items()}
