"""A small, exact evaluator of IAM policies: what AWS would answer before it does anything.

It knows what a least-privilege template uses and refuses what it does not know, so that a policy which it cannot judge
is an error and never a silent yes. Policy variables, permission boundaries and service control policies are outside it.
"""

from scheduler_local.iam.evaluation import authorize, authorize_assume_role, authorize_resource_policy
from scheduler_local.iam.model import Request, UnknownOperationError, UnsupportedPolicyError, Verdict
from scheduler_local.iam.operations import requests_for

__all__ = [
    "Request",
    "UnknownOperationError",
    "UnsupportedPolicyError",
    "Verdict",
    "authorize",
    "authorize_assume_role",
    "authorize_resource_policy",
    "requests_for",
]
