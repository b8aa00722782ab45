"""Why a command ends with something other than 0, each with its exit code and told on stderr."""

from importlib.metadata import version

import click

DISTRIBUTION = "instance-scheduler-stepfunctions"


class ConfigIsFaulty(click.ClickException):
    """When what was asked for cannot be answered because the config has an error: exit code 1."""

    exit_code = 1


class SomebodyWasFaster(ConfigIsFaulty):
    """When the config was changed between the look at it and the write: nothing was written, and another try may succeed."""


class BadArgument(click.ClickException):
    """When an argument cannot be used: exit code 2, one line."""

    exit_code = 2


class AwsFailed(click.ClickException):
    """When AWS refused a call or could not be reached: exit code 3, one line."""

    exit_code = 3


class ExtraIsMissing(BadArgument):
    """When a command needs what only an extra of the installation brings: exit code 2, one line that says how to get it."""

    def __init__(self, extra: str, what: str) -> None:
        wheel = f"{DISTRIBUTION.replace('-', '_')}-{version(DISTRIBUTION)}-py3-none-any.whl"
        super().__init__(
            f"{what}, which this installation lacks; install the wheel with its extra: pip install '{wheel}[{extra}]', or"
            f" a clone with pip install '.[{extra}]'"
        )
