"""The steps of a resize: stop, check_stopped, modify, start, check_running, roll_back."""

from collections.abc import Callable
from typing import Any

from instance_scheduler.aws.calls import Patience
from instance_scheduler.aws.resizing import open_resize
from instance_scheduler.aws.stack import LambdaContext, open_stack
from instance_scheduler.instants import parse_instant
from instance_scheduler.observability import logger
from instance_scheduler.request import request_from_message
from instance_scheduler.resize_answer import Answer


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer `{"run", "resize", "progress", "wait", "poll"}`; raises what the workflow catches to roll back."""
    patience = Patience(context.get_remaining_time_in_millis)
    resize = open_resize(open_stack(context), request_from_message(event["run"]), event["resize"], patience)
    steps: dict[str, Callable[[], Answer]] = {
        "stop": lambda: resize.stop(parse_instant(event["entered_time"])),
        "check_stopped": lambda: resize.check_stopped(int(event["poll"])),
        "modify": resize.modify,
        "start": resize.start,
        "check_running": lambda: resize.check_running(int(event["poll"])),
        "roll_back": lambda: resize.roll_back(event["caught"]),
    }
    answer = steps[event["step"]]()
    return {
        "run": event["run"],
        "resize": event["resize"],
        "progress": answer.progress,
        "wait": answer.wait,
        "poll": answer.poll,
    }
