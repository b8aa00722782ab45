"""Every call of the functions held against botocore's service models, by a wrapper before their handlers."""

from dataclasses import replace
from pathlib import Path

from scheduler_local.embedded import EmbeddedAws

CHECKED = Path(__file__).parent / "checked"


def with_checks(aws: EmbeddedAws) -> EmbeddedAws:
    """Put the wrapper before every function of a started embedded AWS, as a layer does with a runtime wrapper."""
    wrapped = {
        name: replace(function, layers=(*function.layers, CHECKED), handler="checked.handler")
        for name, function in aws.deployment.functions.items()
    }
    aws.workers.serve(wrapped, aws.clients.environment_of)
    return aws
