"""`scheduler-cli describe-schedule-usage`, named and answered as the CLI of AWS Instance Scheduler does."""

from collections.abc import Iterable
from datetime import date, timedelta

import click

from instance_scheduler.schedule import DesiredState, Schedule
from instance_scheduler.timezones import offset_at
from scheduler_cli.failures import BadArgument
from scheduler_cli.moments import Day, local_day, now
from scheduler_cli.sources import Source, complete_schedule, pick_schedule, source_options
from scheduler_cli.stack_options import answer_options, print_answer
from scheduler_cli.timetable import LocalDay, Span, local_days

_FORM = "%m/%d/%y %H:%M:%S"
_MOST_DAYS = 3700
_NO_PERIOD = "override_status"
_EPILOG = """\b
Examples:
  scheduler-cli describe-schedule-usage --stack prod --name office-hours
  scheduler-cli describe-schedule-usage --name office-hours --startdate 20261001 --enddate 20261031 \\
      --query 'sum(Usage.*.BillingHours)'
"""


@click.command(epilog=_EPILOG)
@click.option("--name", "-n", required=True, metavar="SCHEDULE", shell_complete=complete_schedule, help="The schedule.")
@click.option("--startdate", type=Day(), metavar="YYYYMMDD", help="The first day.  [default: today]")
@click.option(
    "--enddate", type=Day(), metavar="YYYYMMDD", help="The last day.  [default: today, or --startdate if that is later]"
)
@answer_options
@source_options
def describe_schedule_usage(
    source: Source, name: str, startdate: date | None, enddate: date | None, query: str | None
) -> None:
    """List, for each day, the periods in which a schedule runs instances, and their billing hours and seconds.

    Begin and end are shown in the schedule's time zone, cut at midnight. A change of the instance type begins a new entry,
    because a resized instance is billed anew. Hours are rounded up entry by entry.
    """
    schedule = pick_schedule(source.config(), name)
    today = local_day(now(), schedule.timezone)
    first = startdate or min(today, enddate or today)
    last = enddate or max(today, first)
    if first > last:
        raise BadArgument(f"--enddate {last} is earlier than --startdate {first}")
    count = (last - first).days + 1
    if count > _MOST_DAYS:
        raise BadArgument(f"{count} days are too many; at most {_MOST_DAYS} can be described at once")
    answer = usage(schedule, local_days(schedule, first, count))
    print_answer(answer, query)


def usage(schedule: Schedule, days: Iterable[LocalDay]) -> dict[str, object]:
    """The usage of a schedule on some of its days, in the form of AWS Instance Scheduler."""
    return {"Usage": {day.day.isoformat(): _day(day) for day in days}, "Schedule": schedule.name}


def _day(day: LocalDay) -> dict[str, object]:
    running = [span for span in day.spans if span.desired.state is DesiredState.RUNNING]
    periods: dict[str, object] = {}
    for span in running:
        periods[_free_name(span.desired.period or _NO_PERIOD, periods)] = {
            "Begin": _wall(span.begin == day.spans[0].begin, span, day, at_begin=True),
            "End": _wall(span.end == day.spans[-1].end, span, day, at_begin=False),
            "BillingHours": _hours(span),
            "BillingSeconds": int(span.length.total_seconds()),
        }
    return {
        "RunningPeriods": periods,
        "BillingSeconds": sum(int(span.length.total_seconds()) for span in running),
        "BillingHours": sum(_hours(span) for span in running),
    }


def _free_name(name: str, taken: dict[str, object]) -> str:
    """A period's name; with a number where the period runs more than once on the day."""
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}#{number}", number + 1
    return free


def _wall(is_midnight: bool, span: Span, day: LocalDay, *, at_begin: bool) -> str:
    """The wall clock at an edge of a span; the edge of a day is its midnight."""
    if is_midnight:
        return (day.day + timedelta(days=0 if at_begin else 1)).strftime(_FORM)
    at = span.begin if at_begin else span.end
    return (at + offset_at(at, day.zone)).strftime(_FORM)


def _hours(span: Span) -> int:
    return -(-int(span.length.total_seconds()) // 3600)
