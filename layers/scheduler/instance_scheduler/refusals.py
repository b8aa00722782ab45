"""What AWS may answer instead of doing what it was asked, and what is done about each answer.

Sources: EC2 developer guide, "Error codes for the Amazon EC2 API"; RDS API reference, the errors of each action and "Common
errors". A code that stands nowhere here is treated as REFUSED, which is right for whatever concerns single instances.
"""

from collections.abc import Mapping
from enum import StrEnum


class Treatment(StrEnum):
    """What is done about an error code."""

    REFUSED = "refused"
    """The ids that the message names are to blame; where it names none, the call is bisected. It failed, and is tried again."""
    CAPACITY = "capacity"
    """AWS lacks room: split by type and zone, then bisected; a resized instance tries its alternates."""
    WRONG_STATE = "wrong state"
    """As REFUSED, but looked at: where the instance is on its way to, or in, the wanted state, the action counts as done."""
    GONE = "gone"
    """It was terminated or deleted meanwhile: left out, no failure."""
    PROTECTED = "protected"
    """A person protects it from being stopped: left alone, told and tried once a day."""
    NO_HIBERNATION = "no hibernation"
    """As REFUSED, but what was to hibernate is stopped plainly."""
    NO_SNAPSHOT = "no snapshot"
    """The snapshot on stop cannot be taken: the database is stopped without one, and told."""
    DENIED = "denied"
    """As REFUSED, until it is plain that the permission lacks altogether: then the rest is not asked for one by one."""
    WHOLE = "whole call"
    """Nothing to do with any one instance: a smaller call fails just so."""
    THROTTLED = "throttled"
    """Tried again within the function's time; what is left is not done, and due again."""
    UNKNOWN_END = "unknown end"
    """The call may have been carried out: the claim stays, and the next run looks."""


OUT_OF_TIME = "OutOfTime"
"""Our own code for a call that was not made because the function's time is needed for recording what was done."""

_CODES: Mapping[Treatment, str] = {
    Treatment.REFUSED: """
        AttachmentLimitExceeded DBCapacityReservationNotFound DBSubnetGroupDoesNotCoverEnoughAZs DBSubnetGroupNotFoundFault
        AuthorizationNotFound ConcurrentTagAccess EncryptedVolumesNotSupported IncorrectSpotRequestState IncorrectState
        InvalidDBCapacityReservationState InvalidDBClusterEndpointStateFault InvalidDBShardGroupState
        InvalidDBSnapshotState InvalidHostState InvalidID InvalidInstanceAttributeValue InvalidInstanceID
        InvalidInstanceID.Malformed InvalidInstanceType InvalidParameter InvalidParameterCombination
        InvalidParameterValue InvalidState InvalidSubnet InvalidTagKey.Malformed InvalidVPCNetworkStateFault
        InvalidSpotInstanceRequestID.NotFound KMSKeyNotAccessibleFault TagLimitExceeded TagPolicyViolation Unsupported
        UnsupportedInstanceAttribute UnsupportedTenancy VpcEncryptionControlViolationException""",
    Treatment.CAPACITY: """
        InsufficientCapacity InsufficientDBInstanceCapacity InsufficientHostCapacity InsufficientInstanceCapacity
        InsufficientReservedInstanceCapacity InstanceLimitExceeded MaxSpotInstanceCountExceeded VcpuLimitExceeded""",
    Treatment.WRONG_STATE: """
        IncorrectInstanceState InvalidDBClusterStateFault InvalidDBInstanceState""",
    Treatment.GONE: """
        InvalidInstanceID.NotFound DBInstanceNotFound DBClusterNotFoundFault DBSnapshotNotFound""",
    Treatment.PROTECTED: "OperationNotPermitted",
    Treatment.NO_HIBERNATION: "UnsupportedHibernationConfiguration UnsupportedOperation",
    Treatment.NO_SNAPSHOT: "SnapshotQuotaExceeded DBSnapshotAlreadyExists",
    Treatment.DENIED: "AccessDenied AccessDeniedException NotAuthorized UnauthorizedOperation",
    Treatment.WHOLE: """
        AuthFailure Blocked ExpiredToken IncompleteSignature InvalidClientTokenId MissingAuthenticationToken OptInRequired
        PendingVerification RequestExpired ValidationError""",
    Treatment.THROTTLED: """
        OutOfTime PriorRequestNotComplete RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown Throttling
        ThrottlingException TooManyRequestsException""",
    Treatment.UNKNOWN_END: "InternalError InternalFailure ServerInternal ServiceUnavailable Unavailable",
}
TREATMENTS: Mapping[str, Treatment] = {code: treatment for treatment, codes in _CODES.items() for code in codes.split()}
"""Every documented code → what is done about it."""

_EC2_ALWAYS = """
    AuthFailure Blocked OptInRequired PendingVerification RequestExpired UnauthorizedOperation
    InternalError InternalFailure RequestLimitExceeded ServiceUnavailable Unavailable"""
_RDS_ALWAYS = """
    AccessDenied NotAuthorized OptInRequired RequestExpired InternalFailure ServiceUnavailable Throttling
    ThrottlingException ValidationError"""
_OF_CALLS: Mapping[str, str] = {
    "ec2:DescribeInstances": "InvalidInstanceID.Malformed InvalidInstanceID.NotFound",
    "ec2:DescribeInstanceTypes": "InvalidInstanceType InvalidParameterValue",
    "ec2:DescribeSpotInstanceRequests": "InvalidSpotInstanceRequestID.NotFound",
    "ec2:StartInstances": """
        EncryptedVolumesNotSupported IncorrectInstanceState IncorrectSpotRequestState InsufficientCapacity
        InsufficientHostCapacity InsufficientInstanceCapacity InsufficientReservedInstanceCapacity InstanceLimitExceeded
        InvalidHostState InvalidInstanceID InvalidInstanceID.Malformed InvalidInstanceID.NotFound InvalidState
        MaxSpotInstanceCountExceeded Unsupported UnsupportedOperation UnsupportedTenancy VcpuLimitExceeded""",
    "ec2:StopInstances": """
        IncorrectInstanceState InvalidInstanceID InvalidInstanceID.Malformed InvalidInstanceID.NotFound
        OperationNotPermitted UnsupportedHibernationConfiguration UnsupportedOperation""",
    "ec2:ModifyInstanceAttribute": """
        AttachmentLimitExceeded IncorrectInstanceState InvalidInstanceAttributeValue InvalidInstanceID.NotFound
        InvalidInstanceType InvalidParameterCombination InvalidParameterValue OperationNotPermitted Unsupported
        UnsupportedInstanceAttribute UnsupportedOperation""",
    "ec2:CreateTags": """
        ConcurrentTagAccess InvalidID InvalidInstanceID.NotFound InvalidTagKey.Malformed TagLimitExceeded
        TagPolicyViolation""",
    "rds:DescribeDBInstances": "DBInstanceNotFound",
    "rds:DescribeDBClusters": "DBClusterNotFoundFault",
    "rds:DescribeDBSnapshots": "DBSnapshotNotFound",
    "rds:StartDBInstance": """
        AuthorizationNotFound DBCapacityReservationNotFound DBClusterNotFoundFault DBInstanceNotFound
        DBSubnetGroupDoesNotCoverEnoughAZs DBSubnetGroupNotFoundFault InsufficientDBInstanceCapacity
        InvalidDBCapacityReservationState InvalidDBClusterStateFault InvalidDBInstanceState InvalidSubnet
        InvalidVPCNetworkStateFault KMSKeyNotAccessibleFault VpcEncryptionControlViolationException""",
    "rds:StopDBInstance": """
        DBInstanceNotFound DBSnapshotAlreadyExists InvalidDBCapacityReservationState InvalidDBClusterStateFault
        InvalidDBInstanceState SnapshotQuotaExceeded""",
    "rds:StartDBCluster": """
        DBClusterNotFoundFault InvalidDBClusterStateFault InvalidDBInstanceState InvalidDBShardGroupState
        KMSKeyNotAccessibleFault VpcEncryptionControlViolationException""",
    "rds:StopDBCluster": """
        DBClusterNotFoundFault InvalidDBClusterStateFault InvalidDBInstanceState InvalidDBShardGroupState""",
    "rds:DeleteDBSnapshot": "DBSnapshotNotFound InvalidDBSnapshotState",
    "rds:AddTagsToResource": """
        DBClusterNotFoundFault DBInstanceNotFound InvalidDBClusterEndpointStateFault InvalidDBClusterStateFault
        InvalidDBInstanceState""",
}
DOCUMENTED: Mapping[str, tuple[str, ...]] = {
    api: tuple((codes + (_EC2_ALWAYS if api.startswith("ec2:") else _RDS_ALWAYS)).split())
    for api, codes in _OF_CALLS.items()
}
"""Every EC2 and RDS call that is made → the codes that AWS documents for it."""


def treatment_of(code: str) -> Treatment:
    """Say what is done about an error code."""
    return TREATMENTS.get(code, Treatment.REFUSED)
