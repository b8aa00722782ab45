"""`scheduler-cli`: the operator's tool. Each command's module is imported when the command is called."""

import importlib
import os
import re
import sys
from typing import Any

import click

from instance_scheduler.attributes import did_you_mean
from instance_scheduler.errors import SchedulerError
from scheduler_cli.failures import ExtraIsMissing

COMMANDS = {
    "apply": ("scheduler_cli.config_as_code", "apply"),
    "calendar": ("scheduler_cli.calendar_import", "calendar"),
    "create-period": ("scheduler_cli.periods", "create_period"),
    "create-schedule": ("scheduler_cli.schedules", "create_schedule"),
    "delete-period": ("scheduler_cli.periods", "delete_period"),
    "delete-schedule": ("scheduler_cli.schedules", "delete_schedule"),
    "describe-periods": ("scheduler_cli.periods", "describe_periods"),
    "describe-schedule-usage": ("scheduler_cli.usage", "describe_schedule_usage"),
    "describe-schedules": ("scheduler_cli.schedules", "describe_schedules"),
    "diff": ("scheduler_cli.config_as_code", "diff"),
    "evaluate": ("scheduler_cli.evaluate", "evaluate"),
    "explain": ("scheduler_cli.explain", "explain"),
    "export": ("scheduler_cli.config_as_code", "export"),
    "expression": ("scheduler_cli.expression", "expression"),
    "fleet": ("scheduler_cli.fleet", "fleet"),
    "history": ("scheduler_cli.history_command", "history"),
    "import-table": ("scheduler_cli.import_table", "import_table"),
    "local": ("scheduler_local.command", "local"),
    "override": ("scheduler_cli.override_command", "override"),
    "pause": ("scheduler_cli.pausing", "pause"),
    "preview": ("scheduler_cli.preview", "preview"),
    "report": ("scheduler_cli.report_command", "report"),
    "resume": ("scheduler_cli.pausing", "resume"),
    "run": ("scheduler_cli.run_command", "run_"),
    "runs": ("scheduler_cli.runs_command", "runs"),
    "schema": ("scheduler_cli.config_schema", "schema"),
    "status": ("scheduler_cli.status_command", "status"),
    "update-period": ("scheduler_cli.periods", "update_period"),
    "update-schedule": ("scheduler_cli.schedules", "update_schedule"),
    "validate": ("scheduler_cli.validate", "validate"),
}
"""Command → its module and the name that it has there."""
SUMMARIES = {
    "apply": "Write a config file into a stack.",
    "calendar": "Make calendars of days off and working days.",
    "create-period": "Create a period in a stack.",
    "create-schedule": "Create a schedule in a stack.",
    "delete-period": "Delete a period that no schedule uses.",
    "delete-schedule": "Delete a schedule.",
    "describe-periods": "List a stack's periods.",
    "describe-schedule-usage": "List the periods and billing hours in which a schedule runs instances.",
    "describe-schedules": "List a stack's schedules.",
    "diff": "Show what a config file would change in a stack.",
    "evaluate": "Say what schedules want, and what would be done with an instance.",
    "explain": "Say what a schedule wants, why, and what comes next.",
    "export": "Write a stack's config as a file.",
    "expression": "Say which dates of a year an expression such as mon#1 means.",
    "fleet": "Read a real fleet for rehearsals.",
    "history": "List what runs did with instances, and how many hours they ran.",
    "import-table": "Copy a config table of AWS Instance Scheduler.",
    "local": "Play runs on an AWS of your own.",
    "override": "Hold one instance running or stopped.",
    "pause": "Stop starting runs.",
    "preview": "Show a week of a schedule as a calendar.",
    "report": "Write a report as one HTML page.",
    "resume": "Start runs again.",
    "run": "Start a run at once, and follow it.",
    "runs": "List the latest runs, or show one.",
    "schema": "Print the JSON Schema of config files.",
    "status": "Show what a stack manages, and how it stands.",
    "update-period": "Replace a period of a stack.",
    "update-schedule": "Replace a schedule of a stack.",
    "validate": "Check config files and list every fault.",
}
"""What `--help` lists; it stands here so that no command's module is imported for it."""
INTERRUPTED = 130
_PASTED_DASHES = re.compile("^(?:—|[-–—][–—]|–-)(?=[a-z])")
"""Option dashes as word processors set them: documents, AWS's own among them, have them in commands to paste."""
_EMBEDDED_AWS = frozenset({"moto", "samtranslator", "jsonschema", "werkzeug", "flask"})
"""What the extra `local` brings."""
TRACE_VARIABLE = "SCHEDULER_CLI_TRACE"
"""Set to anything, it shows the stack trace of a fault of the tool itself."""


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with; an unknown one is refused with the nearest that there is."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"there is no command {name!r}{did_you_mean(name, COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES[name]) for name in self.list_commands(ctx)])

    def main(self, args: Any = None, **settings: Any) -> Any:  # type: ignore[override]  # click's own is overloaded
        """Run a command; whatever goes wrong is told in one line on stderr, with the exit code of its kind."""
        args = [_PASTED_DASHES.sub("--", word) for word in (sys.argv[1:] if args is None else args)]
        if not settings.pop("standalone_mode", True):
            return super().main(args, standalone_mode=False, **settings)
        try:
            code = super().main(args, standalone_mode=False, **settings)
        except click.ClickException as error:
            _tell(error.ctx if isinstance(error, click.UsageError) else None, error.format_message())
            code = error.exit_code
        except SchedulerError as error:
            _tell(None, str(error))
            code = 1
        except click.Abort:
            code = INTERRUPTED
        except Exception as error:  # the last border: a person gets a sentence, not a stack trace
            missing = _missing_extra(error)
            if missing is None and os.environ.get(TRACE_VARIABLE):
                raise
            fault = f"a fault of this tool: {type(error).__name__}: {error}; set {TRACE_VARIABLE}=1 to see where"
            _tell(None, missing.message if missing is not None else fault)
            code = missing.exit_code if missing is not None else 1
        sys.exit(code if isinstance(code, int) else 0)


def _missing_extra(error: Exception) -> ExtraIsMissing | None:
    """What an import failed for, where an installation may lack it."""
    if not isinstance(error, ModuleNotFoundError) or (error.name or "").partition(".")[0] not in _EMBEDDED_AWS:
        return None
    return ExtraIsMissing("local", f"the embedded AWS needs {error.name}")


def _tell(context: click.Context | None, message: str) -> None:
    place = context.command_path if context is not None else "scheduler-cli"
    click.echo(f"{place}: {' '.join(message.splitlines())}", err=True)


@click.command("scheduler-cli", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="instance-scheduler-stepfunctions", prog_name="scheduler-cli")
@click.pass_context
def main(context: click.Context) -> None:
    """Operate the instance scheduler: rehearse a timetable, ask what a schedule means, run it."""
    if os.environ.get("NO_COLOR"):
        context.color = False
