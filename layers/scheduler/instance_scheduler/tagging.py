"""The tags that are written after a start or a stop: `started_tags` and `stopped_tags` with their macros filled in."""

import re
from collections.abc import Mapping
from datetime import datetime

from instance_scheduler.timezones import zone

_MACRO = re.compile(r"\{(\w+)\}")


def written_tags(template: str, *, at: datetime, timezone: str, scheduler: str, tag_key: str) -> dict[str, str]:
    """Fill in a template such as `State=started by {scheduler},Since={year}-{month}-{day} {hour}:{minute} {timezone}`.

    `at` is aware; the macros give the wall clock of `timezone`. An unknown macro stays as it is. The schedule tag and the
    override tag are never written: they decide, and the actor's role may not write them.
    """
    local = at.astimezone(zone(timezone))
    macros = {
        "scheduler": scheduler,
        "year": f"{local:%Y}",
        "month": f"{local:%m}",
        "day": f"{local:%d}",
        "hour": f"{local:%H}",
        "minute": f"{local:%M}",
        "timezone": timezone,
    }
    tags = (entry.partition("=") for entry in template.split(",") if entry.strip())
    return {
        key.strip(): _filled(value.strip(), macros)
        for key, _, value in tags
        if key.strip() and key.strip() not in (tag_key, f"{tag_key}Override")
    }


def _filled(value: str, macros: Mapping[str, str]) -> str:
    return _MACRO.sub(lambda found: macros.get(found[1], found[0]), value)
