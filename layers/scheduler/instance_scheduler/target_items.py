"""Targets in the state table: what is said of each on an item of its own and on its group's item, read as one record.

A large sweep writes one item for all its targets of a group. What concerns one target alone stands on its own item: an alarm
that was lowered, a failure, a sweep of few targets, marks. So that of two writers none forgets the other, each says what it knew:
an entry of a group's item which `version` the own item had (`seen`), an own item which sweep the group's entry told of (`known`).
Where one knew the other, it holds; where neither did they were under way side by side, and the earlier alarm holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from instance_scheduler.errors import InvalidInput
from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.mark import marks_of
from instance_scheduler.settings import Service
from instance_scheduler.target import Target, TargetRecord, parse_target

KEEP_SWEPT = timedelta(days=35)
"""What a sweep left is forgotten, and its target due, when no other came for so long; a full sweep comes once a day at least."""
KEEP_SAID = timedelta(days=7)
"""A failure, or an alarm that was lowered, matters until the next sweep; an outage must not leave items for long."""
_FORGET = timedelta(days=2)
"""An entry of a group's item that was not renewed for this long is that of a target in another group by now, or in none."""
_GROUPS = "group/"

Line = tuple[str, str, str]
"""An entry of a group's item as it is written: the sweep's instant, its config hash, and `next_due managed open seen`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a complete sweep leaves of a target."""

    target: Target
    at: datetime
    due: datetime
    config_hash: str
    managed: int
    open_sweeps: int
    seen: int = 0
    """The version of the target's own item that the plan of the sweep knew."""
    known: datetime | None = None
    """The sweep that the group's item told of when the plan read it."""


def group_sort_key(service: Service, group: int) -> str:
    """Name a group's item among those of the targets; letters sort behind the digits of accounts."""
    return f"{_GROUPS}{service}/{group}"


class TargetRecords(Mapping[Target, TargetRecord]):
    """The records of all targets, each read from its items only when it is asked for."""

    def __init__(self, items: Iterable[Mapping[str, object]]) -> None:
        """Take the items under the targets' partition key, in any order."""
        self._own: dict[str, Mapping[str, object]] = {}
        self._lines: dict[str, Line] = {}
        for item in items:
            name = str(item["sk"])
            if name.startswith(_GROUPS):
                self._add(name.split("/")[1], read_lines(item))
            else:
                self._own[name] = item

    def _add(self, service: str, lines: Mapping[str, Line]) -> None:
        for place, line in lines.items():
            name = f"{place}/{service}"
            held = self._lines.get(name)
            # A target that came into another group has entries in both; all instants are written in one form, which sorts.
            if held is None or held[0] < line[0]:
                self._lines[name] = line

    def __getitem__(self, target: Target) -> TargetRecord:
        name = str(target)
        own, line = self._own.get(name), self._lines.get(name)
        if own is None and line is None:
            raise KeyError(target)
        return _record(target, own or {}, line)

    def __iter__(self) -> Iterator[Target]:
        return iter(self._targets())

    def __len__(self) -> int:
        return len(self._targets())

    def _targets(self) -> list[Target]:
        targets = []
        for name in sorted({*self._own, *self._lines}):
            # What somebody wrote by hand and names no target is none.
            with suppress(ValueError):
                targets.append(parse_target(name))
        return targets


def read_lines(item: Mapping[str, object]) -> dict[str, Line]:
    """Read the entries of a group's item: `<account>/<region>` → entry; no item has none."""
    swept_at, config_hash = str(item.get("swept_at", "")), str(item.get("config_hash", ""))
    lines: dict[str, Line] = {}
    for text in str(item.get("targets", "")).splitlines():
        place, _, rest = text.partition(" ")
        lines[place] = (swept_at, config_hash, rest)
        if rest.count(" ") == 5:
            # An entry of another sweep than the item's latest.
            rest, at, other_hash = rest.rsplit(" ", 2)
            lines[place] = (at, other_hash, rest)
    return lines


def write_lines(lines: Mapping[str, Line]) -> dict[str, object]:
    """Write the entries of a group's item, at least one: what the latest sweep is common to them stands there once."""
    swept_at, config_hash, _ = max(lines.values())
    texts = [
        f"{place} {rest}" if (at, known) == (swept_at, config_hash) else f"{place} {rest} {at} {known}"
        for place, (at, known, rest) in sorted(lines.items())
    ]
    return {"swept_at": swept_at, "config_hash": config_hash, "targets": "\n".join(texts)}


def add_sweeps(stored: Mapping[str, Line], sweeps: Sequence[Swept]) -> tuple[dict[str, Line], tuple[Swept, ...]]:
    """Put sweeps of a group's targets among its entries; give all entries, and the sweeps that were not put there.

    A sweep stays out where another one was recorded since its plan was made, and so do entries that were long not renewed.
    """
    lines, refused = dict(stored), []
    for swept in sweeps:
        place = f"{swept.target.account}/{swept.target.region}"
        held = stored.get(place)
        if held is not None and not _is_known(held[0], swept):
            refused.append(swept)
            continue
        rest = f"{format_instant(swept.due)} {swept.managed} {swept.open_sweeps} {swept.seen}"
        lines[place] = (format_instant(swept.at), swept.config_hash, rest)
    oldest = format_instant(max(swept.at for swept in sweeps) - _FORGET)
    return {place: line for place, line in lines.items() if line[0] > oldest}, tuple(refused)


def _is_known(stored_at: str, swept: Swept) -> bool:
    return swept.known is not None and stored_at == format_instant(swept.known) and swept.known <= swept.at


def _record(target: Target, own: Mapping[str, object], line: Line | None) -> TargetRecord:
    """Read what both items say; items that somebody wrote by hand and that cannot be read are those of a target never swept."""
    version = own.get("version", 0)
    known_version = version if isinstance(version, int) else 0
    try:
        alone = _own_record(target, own, known_version) if own else TargetRecord(target=target)
        return alone if line is None else _joined(alone, _instant(own.get("known")), line)
    except (ValueError, InvalidInput):
        return TargetRecord(target=target, version=known_version)


def _own_record(target: Target, own: Mapping[str, object], version: int) -> TargetRecord:
    return TargetRecord(
        target=target,
        swept_at=_instant(own.get("swept_at")),
        next_due=_instant(own.get("next_due")),
        config_hash=str(own.get("config_hash", "")),
        managed=int(str(own.get("managed", 0))),
        open_sweeps=int(str(own.get("open", 0))),
        failures=int(str(own.get("failures", 0))),
        version=version,
        reported=marks_of(own),
    )


def _joined(own: TargetRecord, known: datetime | None, line: Line) -> TargetRecord:
    swept_at, due, managed, open_sweeps, seen = _read_line(line)
    alarm: datetime | None
    if seen == own.version:
        alarm, failures = due, 0
    elif known == swept_at:
        alarm, failures = own.next_due, own.failures
    else:
        alarm, failures = min(own.next_due or due, due), 0
    if own.swept_at is not None and own.swept_at >= swept_at:
        return replace(own, next_due=alarm, failures=failures, known=swept_at)
    return TargetRecord(
        target=own.target,
        swept_at=swept_at,
        next_due=alarm,
        config_hash=line[1],
        managed=managed,
        open_sweeps=open_sweeps,
        failures=failures,
        version=own.version,
        known=swept_at,
        reported=own.reported,
    )


@lru_cache(maxsize=4096)
def _read_line(line: Line) -> tuple[datetime, datetime, int, int, int]:
    """Read an entry: its sweep's instant, `next_due`, `managed`, `open`, `seen`. Those of a sleeping estate are much the same."""
    swept_at, _, rest = line
    due, managed, open_sweeps, seen = rest.split(" ")
    return parse_instant(swept_at), parse_instant(due), int(managed), int(open_sweeps), int(seen)


def _instant(value: object) -> datetime | None:
    return parse_instant(str(value)) if value else None
