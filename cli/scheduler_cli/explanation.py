"""What `explain` has to say, and how it says it to machines."""

from dataclasses import dataclass
from datetime import datetime

from instance_scheduler.decision import decide
from instance_scheduler.instants import format_instant
from instance_scheduler.schedule import Schedule, desired_at
from instance_scheduler.transition import Transition
from scheduler_cli.forecast import Forecast
from scheduler_cli.instance_view import InstanceView
from scheduler_cli.moments import local_day
from scheduler_cli.reasons import PeriodReason, because
from scheduler_cli.words import local_iso, special_day_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A schedule at an instant, and an instance where one is asked about."""

    schedule: Schedule
    at: datetime
    reasons: tuple[PeriodReason, ...]
    transitions: tuple[Transition, ...]
    view: InstanceView | None
    forecast: Forecast | None


def as_json_object(explanation: Explanation) -> dict[str, object]:
    """The explanation as `explain --json` prints it."""
    schedule, at = explanation.schedule, explanation.at
    desired = desired_at(schedule, at)
    answer: dict[str, object] = {
        "schedule": schedule.name,
        "at": format_instant(at),
        "local": local_iso(at, schedule.timezone),
        "timezone": schedule.timezone,
        "desired_state": desired.state,
        "desired_type": desired.instance_type,
        "period": desired.period,
        "because": because(schedule, at),
        "day": special_day_words(local_day(at, schedule.timezone), schedule.calendar) or None,
        "periods": [
            {"period": str(one.reference), "wish": one.wish, "decides": one.decides, "reason": one.reason}
            for one in explanation.reasons
        ],
        "transitions": [
            {
                "at": format_instant(transition.at),
                "local": local_iso(transition.at, schedule.timezone),
                "desired_state": transition.desired.state,
                "desired_type": transition.desired.instance_type,
                "period": transition.desired.period,
            }
            for transition in explanation.transitions
        ],
    }
    if explanation.view is not None:
        answer["instance"] = _instance_json(explanation, explanation.view)
    return answer


def _instance_json(explanation: Explanation, view: InstanceView) -> dict[str, object]:
    situation = view.situation
    decision = decide(situation, explanation.schedule)
    ahead = explanation.forecast or Forecast(start=None, stop=None)
    return {
        "label": view.label,
        "observed_state": situation.observed,
        "stored_state": situation.stored,
        "type": situation.instance_type,
        "unsupported": view.unsupported or None,
        "row": decision.row,
        "action": decision.action,
        "new_stored_state": decision.new_stored or situation.stored,
        "desired_type": decision.desired_type,
        "explanation": decision.explanation,
        "notes": list(view.notes),
        "next_start": format_instant(ahead.start[0]) if ahead.start is not None else None,
        "next_stop": format_instant(ahead.stop[0]) if ahead.stop is not None else None,
    }
