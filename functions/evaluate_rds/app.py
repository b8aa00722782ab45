"""Evaluate: one shard of RDS targets is looked at, decided about and journaled; nothing is started or stopped."""

from typing import Any

from instance_scheduler.aws.rds import Rds
from instance_scheduler.aws.stack import LambdaContext, open_stack
from instance_scheduler.aws.sweep import sweep_shard
from instance_scheduler.observability import logger
from instance_scheduler.request import request_from_message
from instance_scheduler.target import Target

SESSION = "instance-scheduler-sweep"


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer `{"shard", "report", "error"}`; RDS databases and clusters are seen under each account's reader role."""
    stack = open_stack(context)
    readers = stack.readers()

    def observe(target: Target) -> Rds:
        return Rds(readers.client(target, SESSION), target, stack.settings.tag_key)

    return sweep_shard(stack, request_from_message(event["run"]), int(event["shard"]), observe)
