"""Failures that are of a whole account, or of a region in it: told apart, so that one account makes one line of a mail.

Whether two regions or two services of an account met the same failure, it is one: it has one code, one reason and one mark.
Sources: STS API reference, AssumeRole; EC2 developer guide, "Error codes for the Amazon EC2 API"; "Managing AWS Regions" of the
Account Management reference: a region that is not enabled takes credentials for invalid.
"""

from instance_scheduler.journal import Entry, Status, TargetFailure
from instance_scheduler.refusals import OUT_OF_TIME, Treatment, treatment_of
from instance_scheduler.target import Target

ROLE_REFUSED = "RoleRefused"
"""The role cannot be assumed: it is not installed, does not trust this stack, or the account is suspended."""
ACTOR_REFUSED = "ActorRefused"
"""The same of the role that acts: the account was looked at, and what was decided could not be done."""
REGION_NOT_ENABLED = "RegionNotEnabled"
"""The account has not opted in to the region."""
THROTTLED = "Throttled"
"""AWS takes no more calls of the account for now, however often they were tried again."""
TOO_SLOW = "TooSlow"
"""AWS did not answer in time."""
BLOCKED = "AccountBlocked"
"""AWS has suspended the account, or not yet verified it."""
NOT_ALLOWED = "NotAllowed"
"""The role that reads may not look: EC2 and RDS have different words for it, and one policy makes both say them."""
OF_AN_ACCOUNT = frozenset({ROLE_REFUSED, THROTTLED, TOO_SLOW, BLOCKED, NOT_ALLOWED})
"""Codes of failures that are told once for an account, whichever of its targets meet them."""

NOT_DONE = "not done, due again: "
"""How the reason begins of an action that was not begun, for a cause that passes by itself."""

_ASSUME_ROLE = "AssumeRole"
_NOT_ENABLED = frozenset({"AuthFailure", "InvalidClientTokenId", "OptInRequired", "UnrecognizedClientException"})
"""What services answer in a region that the account has not enabled, where the credentials are good elsewhere."""
_BLOCKED = frozenset({"Blocked", "PendingVerification"})
_SILENCES = frozenset({"ConnectTimeoutError", "ReadTimeoutError"})


def describe_failure(target: Target, *, code: str, message: str, operation: str = "") -> TargetFailure:
    """Say why a target could not be looked at, by the error's code, AWS's own words and the operation that failed."""
    kind = _kind_of(code)
    if operation == _ASSUME_ROLE and kind not in (TOO_SLOW, THROTTLED):
        kind = ROLE_REFUSED
    reasons = {
        TOO_SLOW: f"AWS does not answer in time: {message}",
        THROTTLED: f"AWS throttles its calls: {code}: {message}",
        ROLE_REFUSED: describe_actor_refused(code, message),
        BLOCKED: f"AWS has blocked the account: {code}: {message}",
        REGION_NOT_ENABLED: f"region {target.region} is not enabled in account {target.account} ({code})",
    }
    if kind in reasons:
        return TargetFailure(target=target, code=kind, reason=reasons[kind])
    words = f"An error occurred ({code}) when calling the {operation} operation: {message}" if operation else message
    denied = treatment_of(code) is Treatment.DENIED
    return TargetFailure(target=target, code=NOT_ALLOWED if denied else code, reason=words)


def describe_actor_refused(code: str, message: str) -> str:
    """Say why nothing could be done in an account, whether or not it was looked at."""
    return f"its role cannot be assumed: {code}: {message}"


def cause_of(failure: TargetFailure) -> tuple[str, str, str]:
    """Name what failures of several targets have in common: account, code, and the region where it is to blame.

    Failures of one cause are one line.
    """
    target = failure.target
    return target.account, failure.code, target.region if failure.code == REGION_NOT_ENABLED else ""


def cause_of_entry(entry: Entry) -> tuple[str, str, str] | None:
    """As `cause_of`, of an action that failed for no reason of its instance's own; None where the instance is to blame.

    A role that acts and cannot be assumed has the cause of one that reads: the account lets the stack in or it does not.
    """
    code = _kind_of(entry.code) if entry.status is Status.FAILED else ""
    if not code:
        return None
    return entry.target.account, code, entry.target.region if code == REGION_NOT_ENABLED else ""


def mark_of_entry(entry: Entry) -> str:
    """Name the mark that says on the account's item that an action's failure was told; empty where the instance has it."""
    cause = cause_of_entry(entry)
    if cause is None:
        return ""
    # That nothing can be done is news where it was told that not all can be looked at, and the other way about.
    return ACTOR_REFUSED if entry.code == ACTOR_REFUSED else "_".join(filter(None, cause[1:]))


def reason_of_account(entry: Entry) -> str:
    """Say why an account let an action not be done, without what is said of the instance alone."""
    return entry.reason.removeprefix(NOT_DONE).removeprefix(f"{ACTOR_REFUSED}: ")


def _kind_of(code: str) -> str:
    """Name the failure of an account or a region that an error's code stands for; empty where it is of neither."""
    if code in _SILENCES:
        return TOO_SLOW
    if code in _BLOCKED:
        return BLOCKED
    if code in _NOT_ENABLED:
        return REGION_NOT_ENABLED
    if treatment_of(code) is Treatment.THROTTLED and code != OUT_OF_TIME:
        return THROTTLED
    return ROLE_REFUSED if code == ACTOR_REFUSED else ""


def mark_of_account(failure: TargetFailure) -> str:
    """Name the mark that says on the account's item that a failure was told; empty where each target is told by itself."""
    if failure.code in OF_AN_ACCOUNT:
        return failure.code
    return f"{failure.code}_{failure.target.region}" if failure.code == REGION_NOT_ENABLED else ""


def spoils(failure: TargetFailure, other: Target) -> bool:
    """Say whether another target need not be tried in the same sweep: it would meet the very same failure.

    A role that is refused is refused for the whole account; silence and a region that is not enabled go by the region.
    """
    if failure.target.account != other.account:
        return False
    return failure.code in {ROLE_REFUSED, BLOCKED} or (
        failure.target.region == other.region and failure.code in {TOO_SLOW, REGION_NOT_ENABLED}
    )
