"""How long the core takes to decide about a large estate, and `scheduler-cli evaluate` to answer many cases.

    python bench/decisions.py

Aims: 100,000 instances over 50 schedules at one instant in 0.5 s, 10,000 distinct cases in 15 s, each on one core.
"""

import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("layers/scheduler", "cli")]

from instance_scheduler.config import parse_config
from instance_scheduler.decision import ObservedState, Situation, StoredState, decide
from instance_scheduler.schedule import Schedule
from instance_scheduler.settings import Service, Settings
from scheduler_cli.evaluate import answer_lines

INSTANCES, SCHEDULES, CASES = 100_000, 50, 10_000
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def make_schedules() -> list[Schedule]:
    """Schedules of three periods each in several zones."""
    items: list[dict[str, object]] = []
    for number in range(SCHEDULES):
        names = [f"p{number}-{part}" for part in range(3)]
        for part, name in enumerate(names):
            times = {"begintime": f"{6 + part * 5:02d}:00", "endtime": f"{9 + part * 5:02d}:{number:02d}"}
            items.append({"type": "period", "name": name, **times, "weekdays": "mon-fri", "monthdays": "1-L"})
        zone = ("Asia/Shanghai", "UTC", "Europe/London")[number % 3]
        items.append({"type": "schedule", "name": f"s{number}", "periods": names, "timezone": zone})
    return list(parse_config(items, Settings()).schedules.values())


def make_situations(chance: random.Random) -> list[Situation]:
    """One situation an instance."""
    stored, observed = list(StoredState), list(ObservedState)
    return [
        Situation(
            at=AT,
            service=Service.EC2,
            stored=chance.choice(stored),
            observed=chance.choice(observed),
            instance_type="t3.small",
            schedule_tag="s",
            override=None,
            claimed=False,
            retry_at=None,
            maintenance_window_open=False,
            restarted_by_aws=False,
        )
        for _ in range(INSTANCES)
    ]


def make_cases(chance: random.Random) -> list[bytes]:
    """Distinct lines for `scheduler-cli evaluate`."""
    weekdays = ("mon-fri", "fri-mon", "friL", "mon#1", "*", "wed/2", "holiday")
    lines = []
    for number in range(CASES):
        clock = f"{chance.randrange(24):02d}:{chance.randrange(60):02d}"
        periods = {
            f"p{part}": {"begintime": clock, "weekdays": chance.choice(weekdays), "monthdays": f"{part + 1}-L"}
            for part in range(3)
        }
        case = {
            "schedule": {
                "periods": list(periods),
                "timezone": "America/New_York",
                "calendar": "c",
                "description": str(number),
            },
            "periods": periods,
            "calendars": {"c": {"days_off": ["2026-10-01..2026-10-07"], "working_days": ["2026-10-10"]}},
            "at": f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}T{clock}:00Z",
            "instance": {"stored_state": "stopped", "observed_state": "running", "type": "t3.small"},
        }
        lines.append(json.dumps(case).encode())
    return lines


def main() -> None:
    """Measure both and print a line for each."""
    chance = random.Random(1)
    schedules, situations, cases = make_schedules(), make_situations(chance), make_cases(chance)
    began = time.perf_counter()
    actions = sum(
        decide(situation, schedules[index % SCHEDULES]).action != "none" for index, situation in enumerate(situations)
    )
    print(
        f"{INSTANCES} instances over {SCHEDULES} schedules: {time.perf_counter() - began:.2f} s, {actions} actions (aim: 0.5 s)"
    )
    began = time.perf_counter()
    errors = sum("error" in answer for answer in answer_lines(cases))
    print(f"{CASES} cases for evaluate: {time.perf_counter() - began:.2f} s, {errors} errors (aim: 15 s)")


if __name__ == "__main__":
    main()
