"""What Lambda gives a handler beside the event."""

from dataclasses import dataclass

PREFIX = "/instance-scheduler/prod/"


@dataclass
class FakeContext:
    """What Powertools and the stack read of Lambda's context."""

    function_name: str
    memory_limit_in_mb: int = 256
    aws_request_id: str = "request-1"
    invoked_function_arn: str = "arn:aws-cn:lambda:cn-north-1:123456789012:function:prod-any"

    def get_remaining_time_in_millis(self):
        return 300_000
