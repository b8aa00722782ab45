"""Runs that fail as a whole: how the same failure is known again, what to do about it, and which ones were told today."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime

from instance_scheduler.advice import advice_on_run
from instance_scheduler.errors import InvalidInput
from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.mark import is_news

_CHANGING = re.compile(r"[0-9a-f-]{8,}|\d+")
"""What differs from run to run in the text of one failure: ids of requests, seconds, the instant."""
_REFUSED = re.compile(r"An error occurred \((?P<code>[\w.]+)\) when calling")
_DENIED = re.compile(r"AccessDenied|NotAuthorized|Unauthorized|KMS|UnrecognizedClient|InvalidClientToken|ExpiredToken")
_GONE = "ResourceNotFoundException"
MISSING = "is missing in the Parameter Store"
"""In the reason of a run that found a parameter of the stack gone."""
_MOST = 20
"""Failures that are remembered beside the latest: a parameter of the store holds them with room to spare, and no day has more."""


def failure_code(error: str, reason: str) -> str:
    """Name a failure so that the same one has the same name; what differs from run to run, such as request ids, is left out."""
    return f"{error}_{hashlib.sha256(_CHANGING.sub('', reason).encode()).hexdigest()[:8]}"


def names_itself(error: str, reason: str) -> bool:
    """Say whether a reason tells by itself what the error's name would tell: AWS's refusals name their code and call."""
    return error in reason or _REFUSED.search(reason) is not None


def advice_on_failure(error: str, reason: str, *, by_hand: bool) -> str:
    """Name the advice on a run that failed as a whole, by the error's name or by what AWS refused: `advice.<something>`."""
    refused = _REFUSED.search(reason)
    code = refused["code"] if refused is not None else error
    if _DENIED.search(code):
        return "advice.hub_denied"
    if code == _GONE or MISSING in reason:
        return "advice.hub_gone"
    if code == "Misconfigured":
        return "advice.config"
    return advice_on_run(code, by_hand=by_hand)


def is_untold(told: Mapping[str, str], code: str, at: datetime) -> bool:
    """Say whether a failure was last told more than a day ago, never, or at this very instant, as a repeated call finds it."""
    return told.get(code) == format_instant(at) or is_news(told, code, at)


def read_told(text: str) -> dict[str, str]:
    """Read the failures told of last, code → instant, as `write_told` wrote them; what cannot be read tells of none."""
    try:
        told = {str(code): parse_instant(str(at)) for code, at in json.loads(text).items()}
    except (ValueError, AttributeError, InvalidInput):
        return {}
    return {code: format_instant(at) for code, at in told.items()}


def write_told(told: Mapping[str, str], code: str, at: datetime) -> str:
    """Write the failures told of last with one more, without those told more than a day ago."""
    lasting = sorted((name for name in told if not is_news(told, name, at)), key=told.__getitem__)
    kept = {name: told[name] for name in lasting if name != code}
    return json.dumps(dict(list(kept.items())[-_MOST:]) | {code: format_instant(at)})
