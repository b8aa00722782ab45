"""The custom resource: a new stack's config table begins with sample periods and schedules; edited items are left alone."""

from typing import TYPE_CHECKING, Any

from instance_scheduler.aws.custom_resource import answer_cloudformation, find_config_table
from instance_scheduler.observability import logger
from instance_scheduler.samples import sample_items

if TYPE_CHECKING:
    from instance_scheduler.aws.stack import LambdaContext


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: "LambdaContext") -> None:
    """Write the samples that are not there yet where the request asks for it; answer CloudFormation in every case."""

    def write_samples(name: str | None) -> None:
        table = find_config_table(name, context)
        for item in sample_items():
            table.put_new(item, key="name")

    answer_cloudformation(event, write_samples, context.get_remaining_time_in_millis)
