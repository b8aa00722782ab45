"""Public holidays of the `holidays` library → days off and make-up working days of a calendar."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from instance_scheduler.attributes import did_you_mean
from instance_scheduler.calendar import DayRange, merge_ranges
from instance_scheduler.recurrence import WEEKDAY_NAMES
from scheduler_cli.failures import BadArgument, ExtraIsMissing

_DAY = timedelta(days=1)
_LONGEST_BLOCK = 20
"""Days that a block of holidays and weekends may go on for; longer ones do not exist."""

BLOCKS = frozenset({"CN"})
"""Countries that publish whole blocks: the State Council's notices (国务院办公厅关于…部分节假日安排的通知) name every day from
the first to the last, weekends included, while the library names the days other than plain weekends. There the weekend days
that touch a holiday, and are not made up for, are days off too, so that `holiday` means the whole block. Everywhere else the
library's days are taken as they are."""

CORRECTIONS: Mapping[str, Mapping[date, str]] = {"CN": {}}
"""Country → date → `off` or the weekday that it stands in for, where the library disagrees with what was published.
Compared with the notices for 2024, 2025 and 2026 (国办发明电〔2023〕7号, 〔2024〕12号, and that of 4 November 2025): the
library, with the blocks above, has every one of their days, so nothing stands here yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayRange:
    """Days off in a row, and what they are called."""

    days: DayRange
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHolidays:
    """The days off and make-up working days of a country in some years."""

    country: str
    years: tuple[int, ...]
    days_off: tuple[HolidayRange, ...]
    working_days: Mapping[date, str]
    """Date → the first three letters of the weekday that it stands in for."""
    unpublished: tuple[int, ...]
    """Years for which the country makes up for days off, but the library does not know when yet."""
    source: str
    """The library and its version."""


def public_holidays(country: str, years: Sequence[int], subdivision: str | None = None) -> PublicHolidays:
    """Ask the library; raises ExtraIsMissing without it, BadArgument for a country, subdivision or year that it does not have."""
    library = _library()
    code = country.upper()
    _check(library, code, subdivision)
    around = range(min(years) - 1, max(years) + 2)
    known = library.country_holidays(
        code, subdiv=subdivision, years=around, expand=False, language=_language(library, code)
    )
    names = {day: str(name) for day, name in known.items()}
    exchanges = _exchanges(known, around)
    working = {day: "mon" for day in known.weekend_workdays if day not in names}
    working |= {day: WEEKDAY_NAMES[made_up.weekday()][:3] for made_up, day in exchanges.items() if day in working}
    for day, word in CORRECTIONS.get(code, {}).items():
        working.pop(day, None)
        names.pop(day, None)
        if word == "off":
            names[day] = "day off"
        else:
            working[day] = word
    off = set(_blocks(names, working, known)) if code in BLOCKS else set(names)
    return PublicHolidays(
        country=code,
        years=tuple(years),
        days_off=tuple(_ranges(sorted(day for day in off - set(working) if day.year in years), names, exchanges)),
        working_days={day: working[day] for day in sorted(working) if day.year in years},
        unpublished=tuple(year for year in years if _is_unpublished(known, year)),
        source=f"holidays {library.__version__}",
    )


def _library() -> Any:
    try:
        return import_module("holidays")
    except ImportError as error:
        raise ExtraIsMissing("calendars", "calendars are made by the holidays library") from error


def _check(library: Any, code: str, subdivision: str | None) -> None:
    countries = library.list_supported_countries()
    if code not in countries:
        raise BadArgument(
            f"{code!r} is no country that the holidays library knows; write a code such as CN, DE or US"
            f"{did_you_mean(code, countries)}"
        )
    if subdivision is not None and subdivision not in countries[code]:
        listed = ", ".join(sorted(countries[code])) or "none"
        raise BadArgument(f"{code} has no subdivision {subdivision!r}; known are {listed}")


def _language(library: Any, code: str) -> str | None:
    """English names where the library has them."""
    languages = library.list_localized_countries().get(code, [])
    return "en_US" if "en_US" in languages else None


def _exchanges(known: Any, years: Iterable[int]) -> dict[date, date]:
    """Days off for which another day is worked: the day off → the day that is worked."""
    found: dict[date, date] = {}
    for year in years:
        entries = getattr(known, "special_public_holidays", {}).get(year, ())
        for entry in (entries,) if entries and isinstance(entries[0], int) else entries:
            if len(entry) >= 4 and all(isinstance(member, int) for member in entry):
                to_month, to_day, from_month, from_day, *from_year = entry
                worked = date(from_year[0] if from_year else year, from_month, from_day)
                found[date(year, to_month, to_day)] = worked
    return found


def _blocks(names: Mapping[date, str], working: Mapping[date, str], known: Any) -> Iterator[date]:
    """Every holiday, and the weekend days that follow from it without a day that is worked between."""
    for day in names:
        for step in (_DAY, -_DAY):
            for distance in range(_LONGEST_BLOCK):
                reached = day + distance * step
                if reached in working or not (reached in names or known.is_weekend(reached)):
                    break
                yield reached


def _ranges(days: Sequence[date], names: Mapping[date, str], exchanges: Mapping[date, date]) -> Iterator[HolidayRange]:
    for span in merge_ranges(DayRange(first=day, last=day) for day in days):
        own = [names[day] for day in sorted(names) if span.first <= day <= span.last and day not in exchanges]
        yield HolidayRange(days=span, names=tuple(dict.fromkeys(name.partition(" (")[0] for name in own)))


def _is_unpublished(known: Any, year: int) -> bool:
    """Whether the country exchanges days nearly every year, but the library has none for a later one."""
    exchanged = getattr(known, "special_public_holidays", {})
    last = max(exchanged, default=None)
    return bool(getattr(known, "has_substituted_holidays", False)) and last is not None and year > last
