"""SummarizeRun: the journal and what the workflow caught become the run's item and its mail; a failed run, its mail alone."""

from typing import Any

from instance_scheduler.aws.failed_run import open_teller, tell_failure
from instance_scheduler.aws.stack import LambdaContext, open_stack
from instance_scheduler.aws.telling import tell
from instance_scheduler.instants import parse_instant
from instance_scheduler.observability import logger
from instance_scheduler.request import request_from_message
from instance_scheduler.summary import split_errors


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer `{"mail", "subject", "message", "details"}`, and of a run that came to its end its `counts`."""
    if "failed" in event:
        return tell_failure(open_teller(context), event["failed"], event["execution"])
    errors = split_errors([*event["errors"], *event["failed_batches"]])
    resizes = {str(one["instance"]): str(one["error"]) for one in event["resized"] if one["error"] is not None}
    request, entered = (
        request_from_message(event["run"]),
        parse_instant(event.get("entered_time", event["run"]["start_time"])),
    )
    return tell(open_stack(context), request, errors, resizes, event["execution"], entered)
