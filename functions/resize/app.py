"""The steps of a resize: stop, check_stopped, modify, start, check_running, roll_back."""

from collections.abc import Callable
from typing import Any

from instance_scheduler.aws.calls import Patience
from instance_scheduler.aws.resizing import open_resize
from instance_scheduler.aws.stack import LambdaContext, open_stack
from instance_scheduler.instants import parse_instant
from instance_scheduler.observability import logger
from instance_scheduler.request import request_from_message, request_to_message
from instance_scheduler.resize_answer import Answer, answer_to_message


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer `{"waiting_for", "progress", "wait", "poll", "resize", "run"}`; raises what the workflow catches to roll back."""
    patience = Patience(context.get_remaining_time_in_millis)
    request = request_from_message(event["run"])
    resize = open_resize(open_stack(context), request, event["resize"], patience)
    steps: dict[str, Callable[[], Answer]] = {
        "stop": lambda: resize.stop(parse_instant(event["entered_time"])),
        "check_stopped": lambda: resize.check_stopped(int(event["poll"])),
        "modify": resize.modify,
        "start": resize.start,
        "check_running": lambda: resize.check_running(int(event["poll"])),
        "roll_back": lambda: resize.roll_back(event["caught"]),
    }
    answer = steps[event["step"]]()
    # What the batches hold is of no use to the steps to come.
    return answer_to_message(answer, event["step"], request_to_message(request.handing_over(())), event["resize"])
