"""The custom resource: a new stack's config table begins with sample periods and schedules; edited items are left alone."""

from typing import TYPE_CHECKING, Any

from instance_scheduler.aws.custom_resource import answer_cloudformation
from instance_scheduler.aws.session import hub_client
from instance_scheduler.aws.table import Table
from instance_scheduler.observability import logger
from instance_scheduler.samples import sample_items

if TYPE_CHECKING:
    from instance_scheduler.aws.stack import LambdaContext


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: "LambdaContext") -> None:
    """Write the samples that are not there yet where the request asks for it; answer CloudFormation in every case."""

    def write_samples(name: str | None) -> None:
        table = Table(hub_client("dynamodb"), name) if name else _config_table(context)
        for item in sample_items():
            table.put_new(item, key="name")

    answer_cloudformation(event, write_samples, context.get_remaining_time_in_millis)


def _config_table(context: "LambdaContext") -> Table:
    """Find the table by the stack's parameters, where the request does not name it."""
    # Here and not at the top: with the stack come all schedules, plans and stores, a third of this function's start.
    from instance_scheduler.aws.stack import open_stack

    return open_stack(context).config_table
