"""`scheduler-cli`: the operator's tool. Each command's module is imported when the command is called."""

import importlib

import click

COMMANDS = {
    "evaluate": ("scheduler_cli.evaluate", "evaluate"),
    "local": ("scheduler_local.command", "local"),
}


class LazyGroup(click.Group):
    """A group whose commands are found by name in COMMANDS and imported on demand, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds the command and return the command, or None where no such command exists."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="instance-scheduler-stepfunctions", prog_name="scheduler-cli")
def main() -> None:
    """Operate the instance scheduler: rehearse a timetable, ask what a schedule means, run it."""
