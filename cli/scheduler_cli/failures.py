"""Why a command ends with something other than 0, each with its exit code and told on stderr."""

import click


class ConfigIsFaulty(click.ClickException):
    """When what was asked for cannot be answered because the config has an error: exit code 1."""

    exit_code = 1


class BadArgument(click.ClickException):
    """When an argument cannot be used: exit code 2, one line."""

    exit_code = 2


class AwsFailed(click.ClickException):
    """When AWS refused a call or could not be reached: exit code 3, one line."""

    exit_code = 3
