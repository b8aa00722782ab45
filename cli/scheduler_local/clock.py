"""The simulated clock, and what makes moto read it: every timestamp that AWS hands out follows it, credentials excepted."""

import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from time import monotonic

from scheduler_local.patching import replaced


class Clock:
    """Stands at the instant it was set to, plus the real time that has passed since."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._since = monotonic()

    def set(self, at: datetime) -> None:
        """Move to an instant (aware)."""
        self._at = at
        self._since = monotonic()

    def now(self) -> datetime:
        """The simulated instant, in UTC."""
        return self._at.astimezone(UTC) + timedelta(seconds=monotonic() - self._since)


class StateTimestamp(datetime):
    """A timestamp of the workflow engine, which prints as Step Functions prints it: milliseconds and a Z."""

    def isoformat(self, sep: str = "T", timespec: str = "milliseconds") -> str:
        """The instant in UTC, such as 2026-11-23T01:00:00.042Z."""
        return datetime.isoformat(self.astimezone(UTC).replace(tzinfo=None), sep, timespec) + "Z"


ENGINE_MODULES = (
    "moto.stepfunctions.parser.models",
    "moto.stepfunctions.parser.asl.component.state.state",
    "moto.stepfunctions.parser.asl.eval.event.event_manager",
    "moto.stepfunctions.parser.backend.execution",
    "moto.stepfunctions.parser.backend.state_machine",
)
"""Modules that say `datetime.datetime.now(…)`; all others of moto call `utcnow`."""

CLOCKED_SERVICES = ("cloudformation", "dynamodb", "ec2", "events", "iam", "logs", "rds", "sns", "ssm", "stepfunctions")
CLOCKED_PREFIXES = tuple(f"moto.{name}." for name in CLOCKED_SERVICES)
"""Services that tell the time. Not `moto.core`: modules imported later would keep this clock for good."""


@contextmanager
def moto_follows(clock: Clock) -> Iterator[None]:
    """Let moto read this clock; its STS keeps the real one, or credentials would be expired or eternal."""

    def utcnow() -> datetime:
        return clock.now().replace(tzinfo=None)

    with ExitStack() as stack:
        for name in CLOCKED_SERVICES:
            importlib.import_module(f"moto.{name}.models")
        for name, module in list(sys.modules.items()):
            if name.startswith(CLOCKED_PREFIXES) and hasattr(module, "utcnow"):
                stack.enter_context(replaced(module, utcnow=utcnow))
        shim = _datetime_module(clock)
        for name in ENGINE_MODULES:
            stack.enter_context(replaced(importlib.import_module(name), datetime=shim))
        yield


def _datetime_module(clock: Clock) -> types.ModuleType:
    """A stand-in for the module `datetime` whose `datetime.now` is the simulated one."""

    class EngineDatetime(StateTimestamp):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "EngineDatetime":
            moment = clock.now().astimezone(tz or UTC)
            return cls.combine(moment.date(), moment.timetz())

    module = types.ModuleType("datetime")
    module.__dict__.update({name: value for name, value in vars(sys.modules["datetime"]).items() if name[0] != "_"})
    module.__dict__["datetime"] = EngineDatetime
    return module
