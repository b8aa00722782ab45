"""SummarizeRun: the journal and what the workflow caught become the run's item and its mail."""

from typing import Any

from instance_scheduler.aws.stack import LambdaContext, open_stack
from instance_scheduler.aws.telling import tell
from instance_scheduler.observability import logger
from instance_scheduler.request import request_from_message
from instance_scheduler.summary import split_errors


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer `{"mail", "subject", "message", "counts"}`."""
    errors = split_errors([*event["errors"], *event["failed_batches"]])
    resizes = {str(one["instance"]): str(one["error"]) for one in event["resized"] if one["error"] is not None}
    return tell(open_stack(context), request_from_message(event["run"]), errors, resizes, event["execution"])
