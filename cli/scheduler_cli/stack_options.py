"""The options of commands that work on a stack, and the way in which they answer."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from scheduler_cli.failures import BadArgument
from scheduler_cli.stack_access import StackAccess

_STACK = click.option("--stack", "-s", required=True, metavar="NAME", help="The stack.")
_PROFILE = click.option(
    "--profile-name", "--profile", "-p", "profile", metavar="PROFILE", help="The profile of your AWS credentials."
)
_REGION = click.option("--region", "-r", metavar="REGION", help="The stack's region.  [default: the profile's]")


class Query(click.ParamType):
    """A JMESPath query, which is refused before a command does anything where it cannot be read."""

    name = "query"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the query, and leave it as it is; an empty one is none."""
        import jmespath  # type: ignore[import-untyped]  # it has no stubs

        if value:
            with _query_faults():
                jmespath.compile(value)
        return str(value)


_QUERY = click.option(
    *("--query", "-q"), type=Query(), metavar="JMESPATH", help="A JMESPath query that transforms or filters the answer."
)
_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Accepted for symmetry: the answer is always JSON.", expose_value=False
)
_INDENT = 3
"""As the CLI of AWS Instance Scheduler prints."""


def stack_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --stack, --region and --profile-name to a command, which gets them as one argument, `stack`."""

    @functools.wraps(command)
    def with_stack(*arguments: Any, stack: str, region: str | None, profile: str | None, **others: Any) -> None:
        command(*arguments, stack=StackAccess(name=stack, region=region, profile=profile), **others)

    return functools.reduce(lambda decorated, option: option(decorated), (_PROFILE, _REGION, _STACK), with_stack)


def answer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --query, and --json which changes nothing, to a command that always answers in JSON."""
    return _QUERY(_JSON(command))


def print_answer(answer: object, query: str | None) -> None:
    """Print an answer in JSON, queried where a query is given; raises BadArgument for a query that the answer does not fit."""
    click.echo(json.dumps(_queried(answer, query) if query else answer, indent=_INDENT, ensure_ascii=False))


def _queried(answer: object, query: str) -> object:
    import jmespath

    with _query_faults():
        return jmespath.search(query, answer)


@contextmanager
def _query_faults() -> Iterator[None]:
    from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]  # it has no stubs

    try:
        yield
    except JMESPathError as error:
        raise BadArgument(f"--query: {' '.join(str(error).split())}") from error
