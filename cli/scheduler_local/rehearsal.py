"""A rehearsal: what the runs of a span made of an estate, and what the config in force would have made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from instance_scheduler.aws.state_store import StateStore
from instance_scheduler.aws.table import Table
from instance_scheduler.config import Config, parse_config
from instance_scheduler.instants import format_instant
from instance_scheduler.settings import Service, parse_settings
from instance_scheduler.target import Target
from scheduler_cli.hours import Tally, hours, tally, tally_json, timeline_json, total
from scheduler_cli.past import Key, read_timelines
from scheduler_cli.run_report import RunItem, run_items_of
from scheduler_cli.timeline import Known, Power, Span, Timeline
from scheduler_local.estate import Standing
from scheduler_local.result import RunResult
from scheduler_local.scenario import Scenario

if TYPE_CHECKING:
    from scheduler_local.embedded import EmbeddedAws

_POWERS = {"running": Power.ON, "available": Power.ON, "stopped": Power.OFF, "terminated": Power.OFF}

Name = tuple[Target, str]
"""A target and the name of an instance on it: the same in every play of a scenario, as ids are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A span that was played."""

    span: Span
    config: Config
    """What was rehearsed."""
    timelines: tuple[Timeline, ...]
    runs: tuple[RunItem, ...] = ()
    """Runs that had something to tell, newest first."""
    account_names: Mapping[str, str] = field(default_factory=dict)
    """Account id → name, where the scenario has an organization that tells it."""
    in_force: Mapping[Name, Tally] | None = None
    """Each instance's hours of the same span under the config in force, where the two are compared."""

    @property
    def total(self) -> Tally:
        """The sums of all instances."""
        return total(self.timelines)

    @property
    def total_in_force(self) -> Tally | None:
        """The sums under the config in force."""
        return sum(self.in_force.values(), Tally()) if self.in_force is not None else None

    def instance_in_force(self, timeline: Timeline) -> Tally | None:
        """One instance's hours under the config in force; always-on where no run would have touched it."""
        if self.in_force is None:
            return None
        return self.in_force.get(name_of(timeline), Tally(always_on=self.span.length, unknown=self.span.length))

    def to_json(self) -> dict[str, Any]:
        """The rehearsal as one JSON object."""
        return {
            "from": format_instant(self.span.begin),
            "until": format_instant(self.span.end),
            "instances": [
                timeline_json(one) | _against(tally(one), self.instance_in_force(one)) for one in self.timelines
            ],
            "total": tally_json(self.total) | _against(self.total, self.total_in_force),
        }


def name_of(timeline: Timeline) -> Name:
    """The instance's target and name."""
    return timeline.target, timeline.name or timeline.instance


def read_rehearsal(aws: EmbeddedAws, span: Span, first: RunResult, last: RunResult) -> Rehearsal:
    """Read what came of a span, while the embedded AWS that played it still lives."""
    table = Table(aws.client("dynamodb"), aws.tables.state_table)
    known = _known(first.before, last.after)
    state = StateStore(table)
    members = state.members()
    return Rehearsal(
        span=span,
        config=config_of(aws.scenario),
        timelines=tuple(read_timelines(table, state, span, known)),
        runs=tuple(run_items_of(table)),
        account_names=members.names if members is not None else {},
    )


def config_of(scenario: Scenario) -> Config:
    """The scenario's config as the functions read it; raises InvalidInput."""
    return parse_config(scenario.config_items, parse_settings(scenario.settings))


def hours_by_name(rehearsal: Rehearsal) -> dict[Name, Tally]:
    """Each instance's hours."""
    return {name_of(one): tally(one) for one in rehearsal.timelines}


def _known(before: Iterable[Standing], after: Iterable[Standing]) -> dict[Key, Known]:
    ends = {_key(standing): standing for standing in after}
    return {
        key: Known(
            first=_POWERS.get(standing.state, Power.UNKNOWN),
            last=_POWERS.get(ends.get(key, standing).state, Power.UNKNOWN),
            type=standing.type or "",
        )
        for standing in before
        for key in [_key(standing)]
    }


def _key(standing: Standing) -> Key:
    target = Target(account=standing.account, region=standing.region, service=Service(standing.service))
    return target, standing.id


def _against(proposed: Tally, in_force: Tally | None) -> dict[str, object]:
    if in_force is None:
        return {}
    return {
        "hours_on_in_force": hours(in_force.on),
        "hours_saved_against_in_force": hours(in_force.on - proposed.on),
    }
