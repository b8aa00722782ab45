"""PlanRun: the execution's input, the settings and the config become the shards of targets that are due."""

from typing import Any

from instance_scheduler.aws.planning import plan_run
from instance_scheduler.aws.stack import LambdaContext, open_stack
from instance_scheduler.instants import parse_instant
from instance_scheduler.observability import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer `{"run", "due", "shards", "limits"}`; raises InvalidInput, which ends the run in Failed, on bad input or config."""
    return plan_run(open_stack(context), event["input"], event["run_id"], parse_instant(event["start_time"]))
