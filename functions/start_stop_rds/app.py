"""StartStop: one batch of starts and stops of RDS databases and clusters is claimed, carried out and recorded."""

from typing import Any

from instance_scheduler.aws.acting import act_on_batch
from instance_scheduler.aws.calls import Patience
from instance_scheduler.aws.rds import Rds
from instance_scheduler.aws.stack import LambdaContext, open_stack
from instance_scheduler.instants import parse_instant
from instance_scheduler.observability import logger
from instance_scheduler.request import request_from_message, settings_of_run
from instance_scheduler.target import Target


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Answer `{"batch", "error"}`; the actor roles' sessions are made for this run and named after it."""
    stack = open_stack(context)
    request = request_from_message(event["run"])
    settings = settings_of_run(request, stack.settings)
    patience = Patience(context.get_remaining_time_in_millis)
    actors = stack.actors()

    def actor(target: Target) -> Rds:
        snapshots = settings.namespace if settings.create_rds_snapshot else ""
        client = actors.client(target, request.id)
        return Rds(client, target, settings.tag_key, patience=patience, snapshots=snapshots)

    entered = parse_instant(event["entered_time"])
    return act_on_batch(stack, request, int(event["batch"]), entered, actor, patience=patience)
