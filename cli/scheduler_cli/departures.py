"""What an item of an AWS Instance Scheduler table means otherwise here, and why."""

from collections.abc import Iterator, Mapping

from instance_scheduler.attributes import ItemReader
from scheduler_cli.config_items import Item, normal

_CONFIG_SETTINGS = "scheduled_services"


def departures(item: Item, default_timezone: str, stack_timezone: str) -> Iterator[str]:
    """Name what differs, a clause each; `default_timezone` is the one of the table that the item comes from."""
    plain = normal(item)
    owner = plain.get("configured_in_stack")
    if owner:
        yield f"there the stack {owner} owned it; here it is an item like any other, and that stack no longer changes it"
    if plain["type"] == "period":
        yield from _of_period(plain)
    if plain["type"] == "schedule":
        yield from _of_schedule(plain, default_timezone, stack_timezone)
    if plain["type"] == "config" and "asg" in ItemReader(item="config", raw=plain).words(_CONFIG_SETTINGS):
        yield "Auto Scaling groups are not scheduled here"


def _of_period(plain: Mapping[str, object]) -> Iterator[str]:
    begin, end = _minutes(plain.get("begintime")), _minutes(plain.get("endtime"))
    if begin is not None and end is not None and begin > end:
        yield "it ends before it begins: there it is refused or never runs, here it runs past midnight into the next day"


def _of_schedule(plain: Mapping[str, object], default_timezone: str, stack_timezone: str) -> Iterator[str]:
    if plain.get("override_status") and plain.get("enforced") is True:
        yield "enforced holds under override_status too: manual starts and stops are undone, where there they were left alone"
    if any("@" in word for word in ItemReader(item="schedule", raw=plain).words("periods")):
        yield "an instance that a person stopped stays stopped; there a differing type had it resized and started"
    if plain.get("ssm_maintenance_window"):
        yield "SSM maintenance windows are not supported yet: the attribute is kept and has no effect"
    if not plain.get("timezone") and default_timezone != stack_timezone:
        yield f"it names no time zone: there it followed {default_timezone}, here it follows the stack's {stack_timezone}"


def _minutes(value: object) -> int | None:
    hours, separator, minutes = str(value or "").strip().partition(":")
    return int(hours) * 60 + int(minutes) if separator and hours.isdecimal() and minutes.isdecimal() else None
