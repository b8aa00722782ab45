"""The page `docs/cli.md`, made of each command's `--help`: `python -m scheduler_cli.help_pages > docs/cli.md`."""

from collections.abc import Iterator

import click

from scheduler_cli.main import main

_WIDTH = 100
_HEAD = """\
# The operator's tool

`scheduler-cli` asks what schedules mean, rehearses them and talks to a deployed stack. This page is what its `--help` says,
command by command. It is generated: `python -m scheduler_cli.help_pages > docs/cli.md`.

Commands that read a config take a file (`--config FILE`, else `./schedules.yaml`) or a deployed stack (`--stack NAME`, with
`--region` and `--profile-name` where they are not the usual ones). `--json` prints for machines. Colours go to a terminal
only, and not where `NO_COLOR` is set.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | done, and something is wrong: a config with errors, a failed run or action |
| 2 | an argument cannot be used; one line on stderr says why |
| 3 | AWS refused a call or could not be reached |

Tab completion: `eval "$(_SCHEDULER_CLI_COMPLETE=bash_source scheduler-cli)"` (or `zsh_source`, and
`_SCHEDULER_CLI_COMPLETE=fish_source scheduler-cli | source` in fish).
"""


def help_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections(main, "scheduler-cli", None)])


def _sections(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    """A section for a command, and one for each of its own commands."""
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=main.context_settings["help_option_names"],
    )
    yield f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for member in command.list_commands(context):
            found = command.get_command(context, member)
            assert found is not None
            yield from _sections(found, member, context)


if __name__ == "__main__":
    click.echo(help_page(), nl=False)
