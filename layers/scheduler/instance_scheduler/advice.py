"""What a person can do about a failure, by its code: keys of the catalogue of words.

Sources: EC2 developer guide, "Error codes for the Amazon EC2 API"; RDS API reference; STS API reference, AssumeRole; Lambda
developer guide, "Troubleshoot invocation issues".
"""

from collections.abc import Mapping

from instance_scheduler.decision import Action
from instance_scheduler.journal import Entry, Status
from instance_scheduler.refusals import Treatment, treatment_of

_CODES: Mapping[str, str] = {
    "quota": """
        InstanceLimitExceeded VcpuLimitExceeded MaxSpotInstanceCountExceeded InsufficientReservedInstanceCapacity
        AttachmentLimitExceeded""",
    "denied": "AccessDenied AccessDeniedException NotAllowed NotAuthorized UnauthorizedOperation AuthorizationNotFound",
    "role": "RoleRefused ActorRefused",
    "region": "RegionNotEnabled OptInRequired AuthFailure InvalidClientTokenId UnrecognizedClientException",
    "blocked": "AccountBlocked Blocked PendingVerification",
    "later": "Throttled",
    "network": """
        TooSlow ConnectTimeoutError EndpointConnectionError ReadTimeoutError ConnectionClosedError ProxyConnectionError SSLError
        HTTPClientError ServiceUnavailable Unavailable InternalError InternalFailure""",
    "key": "KMSKeyNotAccessibleFault EncryptedVolumesNotSupported",
    "type": """
        ResizeRefused Unsupported UnsupportedOperation UnsupportedInstanceAttribute InvalidInstanceAttributeValue
        InvalidInstanceType InvalidParameterCombination InvalidParameterValue UnsupportedTenancy""",
    "stuck": "ResizeTimedOut",
    "no_answer": "NoAnswer",
    "schedule": "E1",
    "override": "O3",
    "unsupported": "unsupported",
    "item": "unreadable_item",
    "database": "failed_status",
    "broken": "start_broken",
    "concurrency": "Lambda.TooManyRequestsException",
    "config": "InvalidInput",
}
_BY_CODE: Mapping[str, str] = {code: key for key, codes in _CODES.items() for code in codes.split()}
_KEY_REFUSED = ("Client.InternalError", "Client.InvalidKMSKey")
"""Codes of a StateReason with which EC2 stops an instance whose volumes it cannot decrypt (EC2 user guide, "Troubleshoot instance
launch issues")."""
_LICENSE = ":license-configuration:"
"""Of the ARN that EC2 names where a start is not allowed on the license configuration that governs the instance."""
_BY_TREATMENT: Mapping[Treatment, str] = {
    Treatment.CAPACITY: "capacity",
    Treatment.WRONG_STATE: "state",
    Treatment.PROTECTED: "protected",
    Treatment.NO_SNAPSHOT: "snapshot",
    Treatment.DENIED: "denied",
    Treatment.THROTTLED: "later",
    Treatment.UNKNOWN_END: "no_answer",
}


def advice_on(entry: Entry) -> str:
    """Name the advice on what a mail tells about an instance: `advice.<something>`."""
    if entry.earlier_failure and entry.status is not Status.FAILED:
        return advice_on_start(entry.earlier_failure)
    if any(code in entry.reason for code in _KEY_REFUSED):
        return "advice.key"
    if _LICENSE in entry.reason and treatment_of(entry.code) is Treatment.DENIED:
        return "advice.license"
    if entry.status is Status.SUCCEEDED:
        return "advice.snapshot" if treatment_of(entry.code) is Treatment.NO_SNAPSHOT else "advice.tags"
    if entry.action is not Action.RESIZE and _BY_CODE.get(entry.code) == "type":
        return "advice.again"
    return _named(entry.code, "again")


def advice_on_start(why: str) -> str:
    """Name the advice on a start that did not hold, by what EC2 or RDS says of it."""
    return "advice.key" if any(code in why for code in _KEY_REFUSED) else "advice.broken"


def advice_on_target(code: str) -> str:
    """Name the advice on a target that could not be looked at; where a role is refused, it is the reader's."""
    return "advice.role" if code == "AccessDenied" else _named(code, "again")


def advice_on_error(error: str) -> str:
    """Name the advice on a function of the run that failed, by the error's name."""
    return _named(error, "function")


def advice_on_run(error: str, *, by_hand: bool) -> str:
    """Name the advice on a run that failed as a whole."""
    if error == "InvalidInput" and by_hand:
        return "advice.input"
    return _named(error, "run")


def _named(code: str, otherwise: str) -> str:
    return f"advice.{_BY_CODE.get(code) or _BY_TREATMENT.get(treatment_of(code), otherwise)}"
