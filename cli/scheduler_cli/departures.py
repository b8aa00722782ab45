"""What an item of an AWS Instance Scheduler table means otherwise here, and why."""

from collections.abc import Iterator, Mapping

from instance_scheduler.attributes import ItemReader
from instance_scheduler.config_item import apply_config_item
from instance_scheduler.settings import Settings
from scheduler_cli.config_items import Item, normal

_COMPARED = (
    *("default_timezone", "regions", "scheduled_services", "accounts", "started_tags", "stopped_tags"),
    *("create_rds_snapshot", "use_metrics"),
)


def departures(item: Item, default_timezone: str, settings: Settings) -> Iterator[str]:
    """Name what differs, a clause each; `default_timezone` is that of the item's table, `settings` are the stack's."""
    plain = normal(item)
    owner = plain.get("configured_in_stack")
    if owner:
        yield f"there the stack {owner} owned it; here it is an item like any other, and that stack no longer changes it"
    match plain["type"]:
        case "period":
            yield from _of_period(plain)
        case "schedule":
            yield from _of_schedule(plain, default_timezone, settings.default_timezone)
        case "config":
            yield from _of_config(plain, settings)


def _of_config(plain: Mapping[str, object], settings: Settings) -> Iterator[str]:
    reader = ItemReader(item="config scheduler", raw=plain)
    if "asg" in reader.words("scheduled_services"):
        yield "Auto Scaling groups are not scheduled here"
    if any("role/" in word for word in reader.words("cross_account_roles")):
        yield "of cross_account_roles the accounts count: the roles there are those of spoke/template.yaml, a reader and an actor"
    if plain.get("schedule_clusters") is False:
        yield "clusters that carry the tag are scheduled here, as they were not there"
    tag_key = reader.text("tagname")
    if tag_key not in (None, settings.tag_key):
        yield f"its tag was {tag_key}; this stack was deployed for {settings.tag_key}, and only a deployment can change that"
    there = apply_config_item(ItemReader(item="config scheduler", raw={**plain, "tagname": ""}), settings)
    for name in _COMPARED:
        if getattr(there, name) != getattr(settings, name):
            yield f"{name}: there {_words(getattr(there, name))}, this stack's own is {_words(getattr(settings, name))}"


def _words(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text or "empty"


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
