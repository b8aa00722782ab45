"""GatherActions: the run's journal becomes batches of starts and stops, and resizes."""

from typing import Any

from instance_scheduler.aws.gathering import gather
from instance_scheduler.aws.stack import LambdaContext, open_stack
from instance_scheduler.instants import parse_instant
from instance_scheduler.observability import logger
from instance_scheduler.request import request_from_message, request_to_message
from instance_scheduler.summary import split_errors


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer `{"run", "limits", "errors", "batches", "resizes"}`; the errors are those of the sweep, without its nulls."""
    stack = open_stack(context)
    request = request_from_message(event["run"])
    gathered = gather(stack, request, parse_instant(event["entered_time"]))
    return {
        "run": request_to_message(request.handing_over(gathered.holdings)),
        "limits": event["limits"],
        "errors": list(split_errors(event["errors"])),
        "batches": list(gathered.batches),
        "resizes": list(gathered.resizes),
    }
