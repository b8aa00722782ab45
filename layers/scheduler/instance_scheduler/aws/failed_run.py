"""A run that failed as a whole: told once a day while it stands, whatever of the stack can still be read or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from instance_scheduler.aws.parameter_store import ParameterStore
from instance_scheduler.aws.session import hub_client
from instance_scheduler.aws.stack import LambdaContext, home_of, settings_in, stack_parameters, variable
from instance_scheduler.aws.state_store import StateStore
from instance_scheduler.aws.table import Table
from instance_scheduler.errors import SchedulerError
from instance_scheduler.instants import format_instant, parse_instant
from instance_scheduler.messages import console_link
from instance_scheduler.notification import FailedRun, compose_failure
from instance_scheduler.observability import logger
from instance_scheduler.run_failure import failure_code, is_untold, read_told, write_told
from instance_scheduler.settings import Language
from instance_scheduler.target import Home

STATE_TABLE_VARIABLE = "STATE_TABLE"
LANGUAGE_VARIABLE = "MAIL_LANGUAGE"
"""Variables of the function that tells of failures: what it needs where the parameters cannot be read."""
TOLD = "told"
"""The parameter that remembers failures where the state table cannot."""

Memory = Callable[[str, datetime], bool]
"""Marks a failure as told at an instant; False where it was told within the day before. Raises where it cannot remember."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """What it takes to tell of a failed run."""

    home: Home
    stack: str
    language: Language
    memories: Sequence[Memory]
    """The first one that works is asked."""


def open_teller(context: LambdaContext) -> Teller:
    """Open what is left of the stack: where its parameters cannot be used, the function's own variables stand in for them."""
    parameters = stack_parameters()
    state = StateStore(Table(hub_client("dynamodb"), variable(STATE_TABLE_VARIABLE)))
    return Teller(
        home=home_of(context),
        stack=parameters.prefix.strip("/").rpartition("/")[2],
        language=_language(parameters),
        memories=(state.mark_failed_run, parameter_memory(parameters), _remember_here),
    )


def tell_failure(teller: Teller, caught: Mapping[str, str], execution: Mapping[str, object]) -> dict[str, object]:
    """Say why a run failed as a whole; answer `{"mail", "subject", "message", "details", "cause"}`.

    `caught` are the error's name and its cause in plain words, `execution` is the context object's. What keeps every tick from
    running is told once a day; a run by hand is always answered.
    """
    given = execution["Input"]
    by_hand = not isinstance(given, Mapping) or set(given) != {"at"}
    failed = FailedRun(
        run=str(execution["Name"]),
        stack=teller.stack,
        error=caught["error"],
        reason=caught["reason"],
        by_hand=by_hand,
        language=teller.language,
        console=console_link(str(execution["Id"]), teller.home.partition, teller.home.region),
    )
    at = parse_instant(str(execution["StartTime"]))
    logger.error("run failed", extra={"run": failed.run, "error": failed.error, "reason": failed.reason})
    news = by_hand or _mark(teller.memories, failure_code(failed.error, failed.reason), at)
    told = compose_failure(failed)
    return {"mail": news, **told.to_message(), "cause": told.details["reason"]}


def parameter_memory(parameters: ParameterStore) -> Memory:
    """Remember failures in a parameter of the stack; two runs at the very same time may both take one for news."""

    def mark(code: str, at: datetime) -> bool:
        parameters.refresh()
        told = read_told(parameters.get(TOLD, ""))
        if not is_untold(told, code, at):
            return False
        parameters.put(TOLD, write_told(told, code, at))
        return True

    return mark


def _mark(memories: Sequence[Memory], code: str, at: datetime) -> bool:
    """Mark a failure in the first place that takes it; where none does, it is told: silence would be worse."""
    for memory in memories:
        try:
            return memory(code, at)
        except (ClientError, BotoCoreError) as error:
            logger.warning("failure not marked as told", extra={"code": code, "error": str(error)})
    return True


_told_here: dict[str, str] = {}
"""What this environment told, for want of any other memory; an environment that is new tells anew."""


def _remember_here(code: str, at: datetime) -> bool:
    if not is_untold(_told_here, code, at):
        return False
    _told_here[code] = format_instant(at)
    return True


def _language(parameters: ParameterStore) -> Language:
    try:
        return settings_in(parameters).language
    except (SchedulerError, ClientError, BotoCoreError):
        return Language(variable(LANGUAGE_VARIABLE))
