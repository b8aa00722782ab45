"""The core alone: decisions a second, and `scheduler-cli evaluate` as a user runs it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.figures import Figure
from instance_scheduler.config import parse_config
from instance_scheduler.decision import ObservedState, Situation, StoredState, decide
from instance_scheduler.settings import Service, Settings
from scheduler_local.embedded import REPOSITORY

PART = "core"
INSTANCES, SCHEDULES, CASES = 100_000, 50, 10_000
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Sydney")


def measure() -> Iterator[Figure]:
    """Decide about many instances at one instant; evaluate many distinct cases in one command."""
    taken = min(_decide_all() for _ in range(3))
    yield _figure(
        f"core deciding {INSTANCES:,} instances over {SCHEDULES} schedules", taken, unit="s", target=0.5, how="CPU"
    )
    yield _figure("decisions per second", round(INSTANCES / taken), how="of CPU")
    yield _figure(
        f"`scheduler-cli evaluate` on {CASES:,} distinct cases",
        _evaluate(),
        unit="s",
        target=15,
        how="CPU, start included",
    )


def _decide_all() -> float:
    config = parse_config(_items(), Settings())
    schedules = list(config.schedules.values())
    states = [(stored, observed) for stored in StoredState for observed in ObservedState]
    situations = [
        (
            Situation(
                at=AT,
                service=Service.EC2,
                stored=states[number % len(states)][0],
                observed=states[number % len(states)][1],
                instance_type="t3.small",
                schedule_tag=schedules[number % SCHEDULES].name,
                override=None,
                claimed=False,
                retry_at=None,
                maintenance_window_open=False,
                restarted_by_aws=False,
            ),
            schedules[number % SCHEDULES],
        )
        for number in range(INSTANCES)
    ]
    began = time.process_time()
    for situation, schedule in situations:
        decide(situation, schedule)
    return time.process_time() - began


def _items() -> list[dict[str, Any]]:
    periods = [
        {
            "type": "period",
            "name": f"period-{number}",
            "begintime": f"{6 + number % 6:02d}:{number % 4 * 15:02d}",
            "endtime": f"{15 + number % 6:02d}:30",
            "weekdays": ["mon-fri"] if number % 3 else ["mon-sat"],
        }
        for number in range(SCHEDULES)
    ]
    schedules = [
        {
            "type": "schedule",
            "name": f"schedule-{number}",
            "timezone": ZONES[number % len(ZONES)],
            "periods": [f"period-{number}", f"period-{(number + 7) % SCHEDULES}"],
        }
        for number in range(SCHEDULES)
    ]
    return [*periods, *schedules]


def _evaluate() -> float:
    """Processor seconds of the command on distinct cases."""
    lines = "\n".join(json.dumps(_case(number)) for number in range(CASES))
    program = (
        "import sys, time\n"
        "from scheduler_cli.main import main\n"
        "sys.argv = ['scheduler-cli', 'evaluate']\n"
        "try:\n    main()\nfinally:\n    print(time.process_time(), file=sys.stderr)"
    )
    paths = ":".join(str(REPOSITORY / part) for part in ("layers/scheduler", "cli"))
    environment = {"PYTHONPATH": paths, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", program], input=lines, env=environment, capture_output=True, text=True, check=False
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != CASES or any("error" in answer for answer in answers):
        raise RuntimeError(f"{len(answers)} answers; {done.stderr[-500:]}")
    return float(done.stderr.split()[-1])


def _case(number: int) -> dict[str, Any]:
    minute = number % 60
    return {
        "schedule": {"name": "s", "timezone": ZONES[number % len(ZONES)], "periods": ["a", "b@m5.large"]},
        "periods": {
            "a": {"begintime": f"{7 + number % 5:02d}:{minute:02d}", "endtime": "18:00", "weekdays": "mon-fri"},
            "b": {"begintime": "19:00", "endtime": "21:00", "monthdays": f"{1 + number % 28}"},
        },
        "at": (AT + timedelta(minutes=37 * number)).isoformat(),
        "instance": {"stored_state": "stopped", "observed_state": "running" if number % 2 else "stopped"},
    }


def _figure(name: str, value: float, **more: Any) -> Figure:
    return Figure(part=PART, name=name, value=value, **more)
