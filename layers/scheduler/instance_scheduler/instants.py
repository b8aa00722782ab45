"""Instants at message borders: ISO 8601 in UTC with a `Z`, whole seconds."""

import re
from datetime import UTC, datetime

from dateutil import parser

from instance_scheduler.errors import InvalidInput

_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant with an offset or `Z`; the result is aware and in UTC.

    Raises InvalidInput where the text is no instant or has no offset.
    """
    try:
        # The form that we write ourselves, tens of thousands of which a plan of a large estate reads.
        if _OURS.fullmatch(text):
            return datetime.fromisoformat(text)
        instant = parser.isoparse(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{text!r} is not an instant; write it as 2026-11-23T01:00:00Z.") from error
    raise InvalidInput(f"{text!r} has no offset; write it as {text}Z or with an offset such as +08:00.")


def format_instant(instant: datetime) -> str:
    """Write an aware instant in UTC, cut to the second: `2026-11-23T01:00:00Z`."""
    return f"{instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def cut_to_minute(instant: datetime) -> datetime:
    """Drop seconds and below."""
    return instant.replace(second=0, microsecond=0)
