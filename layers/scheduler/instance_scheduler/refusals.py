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
        AttachmentLimitExceeded AuthorizationNotFound BandwidthLimitExceeded BundlingInProgress ConcurrentTagAccess
        CreditSpecificationUpdateInProgress CustomerKeyHasBeenRevoked DBCapacityReservationNotFound
        DBSubnetGroupDoesNotCoverEnoughAZs DBSubnetGroupNotFoundFault EncryptedVolumesNotSupported FilterLimitExceeded
        IncorrectSpotRequestState IncorrectState InvalidCapacityReservationId.NotFound
        InvalidCapacityReservationState.PendingActivation InvalidDBCapacityReservationState
        InvalidDBClusterEndpointStateFault InvalidDBShardGroupState InvalidDBSnapshotState InvalidFilter InvalidHostID.NotFound
        InvalidHostId InvalidHostId.NotFound InvalidHostState InvalidID InvalidInstanceAttributeValue InvalidInstanceFamily
        InvalidInstanceID InvalidInstanceID.Malformed InvalidInstanceType InvalidInterface.IpAddressLimitExceeded
        InvalidMaxResults InvalidParameter InvalidParameterCombination InvalidParameterDependency InvalidParameterValue
        InvalidSpotInstanceRequestID.Malformed InvalidSpotInstanceRequestID.NotFound InvalidState InvalidSubnet
        InvalidTagKey.Malformed InvalidVPCNetworkStateFault KMSKeyNotAccessibleFault NonEBSInstance
        PrivateIpAddressLimitExceeded RequestResourceCountExceeded ResourceCountExceeded ResourceLimitExceeded
        SpotMaxPriceTooLow TagLimitExceeded TagPolicyViolation Unsupported UnsupportedHostConfiguration
        UnsupportedInstanceAttribute UnsupportedInstanceTypeOnHost UnsupportedTenancy VpcEncryptionControlViolationException
        ZonesMismatched""",
    Treatment.CAPACITY: """
        IncompatibleHostRequirements InsufficientAddressCapacity InsufficientCapacity InsufficientCapacityOnHost
        InsufficientDBInstanceCapacity InsufficientHostCapacity InsufficientInstanceCapacity
        InsufficientReservedInstanceCapacity InsufficientVolumeCapacity InstanceLimitExceeded MaxSpotInstanceCountExceeded
        ReservationCapacityExceeded UnavailableHostRequirements UnfulfillableCapacity VcpuLimitExceeded""",
    Treatment.WRONG_STATE: """
        IncorrectInstanceState InvalidDBClusterStateFault InvalidDBInstanceState InvalidInstanceState""",
    Treatment.GONE: """
        InvalidInstanceID.NotFound DBInstanceNotFound DBClusterNotFoundFault DBSnapshotNotFound""",
    Treatment.PROTECTED: "OperationNotPermitted",
    Treatment.NO_HIBERNATION: "UnsupportedHibernationConfiguration UnsupportedOperation",
    Treatment.NO_SNAPSHOT: "SnapshotQuotaExceeded DBSnapshotAlreadyExists",
    Treatment.DENIED: "AccessDenied AccessDeniedException NotAuthorized UnauthorizedOperation",
    Treatment.WHOLE: """
        AccountDisabled AuthFailure Blocked DryRunOperation ExpiredToken ExpiredTokenException IdempotentParameterMismatch
        IncompleteSignature InvalidAction InvalidCharacter InvalidClientTokenId InvalidPaginationToken InvalidQueryParameter
        MalformedHttpRequestException MalformedQueryString MissingAction MissingAuthenticationToken MissingParameter
        OptInRequired PendingVerification RequestEntityTooLargeException RequestExpired SignatureDoesNotMatch
        UnknownOperationException UnknownParameter UnrecognizedClientException UnsupportedProtocol ValidationError""",
    Treatment.THROTTLED: """
        OutOfTime PriorRequestNotComplete RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown Throttling
        ThrottlingException TooManyRequestsException""",
    Treatment.UNKNOWN_END: """
        ConnectTimeoutError ConnectionClosedError EndpointConnectionError HTTPClientError InternalError InternalFailure
        NoAnswer ProxyConnectionError ReadTimeoutError RequestAbortedException RequestTimeoutException RetryableError
        SSLError ServerInternal ServiceUnavailable Unavailable""",
}
TREATMENTS: Mapping[str, Treatment] = {code: treatment for treatment, codes in _CODES.items() for code in codes.split()}
"""Every documented code, and what botocore calls a call without an answer → what is done about it."""

_OF_EVERY_CALL: Mapping[str, str] = {
    "ec2": """
        AuthFailure Blocked DryRunOperation IdempotentParameterMismatch IncompleteSignature InvalidAction InvalidCharacter
        InvalidClientTokenId InvalidPaginationToken InvalidParameter InvalidParameterCombination InvalidParameterDependency
        InvalidParameterValue InvalidQueryParameter MalformedQueryString MissingAction MissingAuthenticationToken
        MissingParameter OptInRequired PendingVerification RequestExpired TagPolicyViolation UnauthorizedOperation
        UnknownParameter UnsupportedInstanceAttribute UnsupportedOperation UnsupportedProtocol ValidationError
        BandwidthLimitExceeded InsufficientAddressCapacity InsufficientCapacity InsufficientInstanceCapacity
        InsufficientHostCapacity InsufficientReservedInstanceCapacity InsufficientVolumeCapacity InternalError
        InternalFailure RequestLimitExceeded ServerInternal ServiceUnavailable Unavailable""",
    "rds": """
        AccessDenied AccessDeniedException ExpiredTokenException IncompleteSignature InternalFailure InvalidAction
        InvalidClientTokenId InvalidParameterCombination InvalidParameterValue InvalidQueryParameter
        MalformedHttpRequestException MalformedQueryString MissingAction MissingAuthenticationToken MissingParameter
        NotAuthorized OptInRequired RequestAbortedException RequestEntityTooLargeException RequestExpired
        RequestTimeoutException ServiceUnavailable Throttling ThrottlingException UnknownOperationException
        UnrecognizedClientException ValidationError""",
}
"""Service → what any of its calls may be answered."""
_OF_CALLS: Mapping[str, str] = {
    "ec2:DescribeInstances": """
        FilterLimitExceeded InvalidFilter InvalidInstanceID.Malformed InvalidInstanceID.NotFound InvalidMaxResults""",
    "ec2:DescribeInstanceTypes": "FilterLimitExceeded InvalidFilter InvalidInstanceType InvalidMaxResults",
    "ec2:DescribeSpotInstanceRequests": """
        FilterLimitExceeded InvalidFilter InvalidSpotInstanceRequestID.Malformed InvalidSpotInstanceRequestID.NotFound
        RequestResourceCountExceeded""",
    "ec2:StartInstances": """
        CustomerKeyHasBeenRevoked EncryptedVolumesNotSupported IncompatibleHostRequirements IncorrectInstanceState
        IncorrectSpotRequestState IncorrectState InsufficientCapacity InsufficientCapacityOnHost InsufficientHostCapacity
        InsufficientInstanceCapacity InsufficientReservedInstanceCapacity InstanceLimitExceeded
        InvalidCapacityReservationId.NotFound InvalidCapacityReservationState.PendingActivation InvalidHostID.NotFound
        InvalidHostId InvalidHostId.NotFound InvalidHostState InvalidInstanceID InvalidInstanceID.Malformed
        InvalidInstanceID.NotFound InvalidInstanceState InvalidState MaxSpotInstanceCountExceeded NonEBSInstance
        OperationNotPermitted ReservationCapacityExceeded ResourceCountExceeded ResourceLimitExceeded SpotMaxPriceTooLow
        UnavailableHostRequirements UnfulfillableCapacity Unsupported UnsupportedHostConfiguration
        UnsupportedInstanceTypeOnHost UnsupportedOperation UnsupportedTenancy VcpuLimitExceeded ZonesMismatched""",
    "ec2:StopInstances": """
        BundlingInProgress IncorrectInstanceState IncorrectSpotRequestState IncorrectState InvalidInstanceID
        InvalidInstanceID.Malformed InvalidInstanceID.NotFound InvalidInstanceState OperationNotPermitted
        UnsupportedHibernationConfiguration UnsupportedOperation""",
    "ec2:ModifyInstanceAttribute": """
        AttachmentLimitExceeded CreditSpecificationUpdateInProgress IncorrectInstanceState IncorrectState
        InvalidInstanceAttributeValue InvalidInstanceFamily InvalidInstanceID InvalidInstanceID.Malformed
        InvalidInstanceID.NotFound InvalidInstanceState InvalidInstanceType InvalidInterface.IpAddressLimitExceeded
        InvalidParameterCombination InvalidParameterValue OperationNotPermitted PrivateIpAddressLimitExceeded Unsupported
        UnsupportedHostConfiguration UnsupportedInstanceAttribute UnsupportedInstanceTypeOnHost UnsupportedOperation""",
    "ec2:CreateTags": """
        ConcurrentTagAccess InvalidID InvalidInstanceID.Malformed InvalidInstanceID.NotFound InvalidTagKey.Malformed
        TagLimitExceeded TagPolicyViolation""",
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
OWN: Mapping[str, tuple[str, ...]] = {api: tuple(codes.split()) for api, codes in _OF_CALLS.items()}
"""Every EC2 and RDS call that is made → the codes that AWS documents for it alone."""
DOCUMENTED: Mapping[str, tuple[str, ...]] = {
    api: tuple(dict.fromkeys((*codes, *_OF_EVERY_CALL[api.partition(":")[0]].split()))) for api, codes in OWN.items()
}
"""Every EC2 and RDS call that is made → the codes that AWS documents for it, those of every call of the service included."""


def treatment_of(code: str) -> Treatment:
    """Say what is done about an error code."""
    return TREATMENTS.get(code, Treatment.REFUSED)
