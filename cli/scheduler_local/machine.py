"""The state machine: moto's own Step Functions engine, acting with the machine's role and calling the workers."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from threading import Event
from types import SimpleNamespace
from typing import Any

from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_sns
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

from scheduler_local.patching import replaced
from scheduler_local.translation import DeploymentFailed
from scheduler_local.worker import PACE
from scheduler_local.workers import Workers

ClientFor = Callable[[str, str], Any]
"""A boto3 client with the state machine's role, for (service, region)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution that has ended."""

    name: str
    arn: str
    status: str
    error: str | None
    cause: str | None
    history: tuple[Mapping[str, Any], ...]

    @property
    def states(self) -> tuple[str, ...]:
        """The states that it entered, in order, Map iterations included."""
        return tuple(
            event["stateEnteredEventDetails"]["name"]
            for event in self.history
            if event["type"].endswith("StateEntered")
        )

    @property
    def transitions(self) -> int:
        """States entered, and the retries of those, which Step Functions bills alike."""
        types = [event["type"] for event in self.history]
        retries = types.count("TaskScheduled") - types.count("TaskStateEntered")
        return len(self.states) + max(0, retries)

    @property
    def largest_payload(self) -> int:
        """Bytes of the largest input or output of a state, a task, or the execution."""
        return max((len(text.encode()) for event in self.history for text in _payloads(event)), default=0)


class EngineFailed(Exception):
    """When the workflow engine itself breaks down."""


class StateMachine:
    """One state machine and its executions."""

    def __init__(self, *, account: str, region: str) -> None:
        self._backend: StepFunctionsParserBackend = stepfunctions_parser_backends[account][region]
        self._ended: dict[str, Event] = {}
        self._crashed: dict[str, str] = {}
        self._running: dict[str, Any] = {}
        self._aborted: set[str] = set()
        self._arn: str | None = None

    @contextmanager
    def installed(self, *, client_for: ClientFor, workers: Workers) -> Iterator[None]:
        """Let the engine act through these clients and call these workers."""

        def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
            return client_for(service, region)

        with ExitStack() as stack:
            for module in (lambda_eval_utils, state_task_service_sns):
                stack.enter_context(replaced(module, boto_client_for=boto_client_for))
            for name, module in list(sys.modules.items()):
                if name.startswith("moto.stepfunctions.") and hasattr(module, "boto_client_for"):
                    stack.enter_context(replaced(module, boto_client_for=boto_client_for))
            stack.enter_context(replaced(LambdaSimpleBackend, invoke=_invoker(workers)))
            stack.enter_context(replaced(retrier_decl, time=SimpleNamespace(sleep=_sleep_before_retry)))
            stack.enter_context(replaced(AmazonStateLanguageParser, parse=staticmethod(_parse)))
            stack.enter_context(
                replaced(ExecutionWorker, _execution_logic=self._logic(ExecutionWorker._execution_logic))
            )
            yield

    def create(self, *, name: str, definition: str, role_arn: str) -> str:
        """Create the machine and answer its ARN. Raises DeploymentFailed for a definition that the engine cannot read."""
        try:
            machine = self._backend.create_state_machine(name=name, definition=definition, roleArn=role_arn)
        except Exception as error:
            message = getattr(error, "message", str(error))
            raise DeploymentFailed(f"The state machine's definition is refused: {message[:500]}") from error
        self._arn = str(machine.arn)
        return self._arn

    def run(self, *, name: str, payload: Mapping[str, Any], timeout: float) -> Execution:
        """Start an execution and wait for its end. Raises TimeoutError, and EngineFailed."""
        assert self._arn is not None, "create() comes first"
        ended = self._ended[name] = Event()
        execution = self._running[name] = self._backend.start_execution(self._arn, name, json.dumps(payload))
        ended_in_time = ended.wait(timeout)
        if name in self._crashed:
            raise EngineFailed(f"The workflow engine failed: {self._crashed.pop(name)}")
        if not ended_in_time:
            raise TimeoutError(f"The execution {name} has not ended after {timeout:.0f} seconds.")
        del self._ended[name], self._running[name]
        events: Sequence[Mapping[str, Any]] = self._backend.get_execution_history(execution.exec_arn)["events"]
        return Execution(
            name=name,
            arn=execution.exec_arn,
            status="ABORTED" if name in self._aborted else str(execution.status),
            error=execution.error,
            cause=execution.cause,
            history=tuple(events),
        )

    def abort(self) -> None:
        """Stop every execution that is under way, as a person would by StopExecution; the task that runs comes to its end."""
        for name, execution in list(self._running.items()):
            self._aborted.add(name)
            execution.stop(stop_date=datetime.now(UTC), error="Stopped", cause="stopped by a person")

    def _logic(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        """The engine's own logic, and a word when it is through."""

        def execution_logic(engine: Any) -> None:
            name = engine._evaluation_details.execution_details.name
            try:
                original(engine)
            except Exception as error:  # noqa: BLE001  # a thread has nobody else to tell
                self._crashed[name] = f"{type(error).__name__}: {error}"
            finally:
                ended = self._ended.get(name)
                if ended is not None:
                    ended.set()

        return execution_logic


_parse_afresh = AmazonStateLanguageParser.parse


@cache
def _parse(definition: str) -> tuple[EvalComponent, Any]:
    """Parse a definition once: it takes the engine longer than an idle run does."""
    return _parse_afresh(definition)  # type: ignore[no-any-return]  # moto is untyped


def _invoker(workers: Workers) -> Callable[..., bytes]:
    """Lambda's Invoke, by the workers."""

    def invoke(backend: Any, name: str, qualifier: Any, body: Any, headers: Any, response_headers: Any) -> bytes:
        function = backend.get_function(name, qualifier)
        failed, result, _ = workers.invoke(function.function_name, body or "{}")
        if failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return result.encode()

    return invoke


def _sleep_before_retry(seconds: float) -> None:
    """Wait between two tries in a hurry, as the workers do."""
    time.sleep(seconds / PACE)


def _payloads(event: Mapping[str, Any]) -> Iterator[str]:
    for details in event.values():
        if isinstance(details, Mapping):
            for key in ("input", "output"):
                if isinstance(details.get(key), str):
                    yield details[key]
