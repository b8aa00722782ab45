"""The WSGI application in front of moto: names the caller, authorises the call, injects faults, records what came of it."""

import json
import re
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from contextvars import ContextVar
from functools import cache
from threading import RLock
from typing import Any, Protocol

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from scheduler_local.authorization import Authorizer
from scheduler_local.clock import Clock
from scheduler_local.events import DEFAULT_SUBJECT
from scheduler_local.faults import Fault, Faults
from scheduler_local.recorder import Call, Notification, RecordedCall, Recorder
from scheduler_local.wire import ParsedRequest, Refusal, UnknownRequest, read_request, start_error

CURRENT_CALL: ContextVar[Call | None] = ContextVar("current_call", default=None)
"""The call that this thread is answering; the lifecycle patches read its parameters."""

CALLS_BACK = {"lambda", "cloudformation", "stepfunctions"}
"""Services whose calls may wait for other calls; all others are answered one at a time, as moto keeps no locks of its own."""


class Lifecycle(Protocol):
    """What has to happen before a call sees the estate."""

    def settle_due(self) -> None:
        """Finish the transitions whose time has come."""


@cache
def _backend_app(service: str) -> Any:
    """Make moto's application of a service, once for all embedded AWS that follow one another: it holds no more than routes."""
    return create_backend_app(service)


class _Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]  # moto is untyped
    """moto's own dispatcher, remembering which backend serves a host instead of looking it up on the disk."""

    @cache  # noqa: B019  # one dispatcher lives as long as its server
    def get_backend_for_host(self, host: str | None) -> Any:
        return super().get_backend_for_host(host)


class Front:
    """Stands before moto on the same port."""

    def __init__(
        self,
        *,
        clock: Clock,
        recorder: Recorder,
        authorizer: Authorizer,
        faults: Faults,
        lifecycle: Lifecycle,
        kill: Callable[[int], None],
        abort: Callable[[], None],
    ) -> None:
        self._moto = _Dispatcher(_backend_app)
        self._clock = clock
        self._recorder = recorder
        self._authorizer = authorizer
        self._faults = faults
        self._lifecycle = lifecycle
        self._kill = kill
        self._abort = abort
        self._lock = RLock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        try:
            request = read_request(environ)
        except UnknownRequest:
            return self._moto(environ, start_response)  # type: ignore[no-any-return]  # moto is untyped
        try:
            call = self._call(request)
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        except Refusal as refusal:
            return start_error(start_response, request.answer(refusal))
        try:
            return self._carry_out(call, environ, start_response)
        except Refusal as refusal:
            self._record(call, refusal.status, refusal.code)
            return start_error(start_response, request.answer(refusal))

    def _call(self, request: ParsedRequest) -> Call:
        caller = self._authorizer.caller_of(request.access_key, request.service)
        return Call(
            service=request.service,
            operation=str(request.operation.name),
            parameters=request.parameters,
            account=caller.account,
            region=request.region,
            prefix=request.prefix,
            caller=caller,
        )

    def _carry_out(self, call: Call, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self._authorizer.authorize(call)
        fault = self._faults.take(call) if call.caller.origin != "administrator" else None
        if fault is not None:
            self._suffer(fault, call)
        answer = _Answer()
        with nullcontext() if call.service in CALLS_BACK else self._lock:
            self._lifecycle.settle_due()
            token = CURRENT_CALL.set(call)
            try:
                body = b"".join(self._moto(environ, answer.start))
            finally:
                CURRENT_CALL.reset(token)
        self._after(call, answer, body)
        if fault is not None and fault.die == "after":
            self._die(call)
        start_response(answer.status, answer.headers)
        return [body]

    def _suffer(self, fault: Fault, call: Call) -> None:
        if fault.delay_seconds:
            time.sleep(fault.delay_seconds)
        if fault.abort:
            self._abort()
        if fault.die == "before":
            self._die(call)
        if fault.error:
            raise Refusal(fault.error, fault.message_for(call))

    def _die(self, call: Call) -> None:
        if call.caller.environment is not None:
            self._kill(call.caller.environment)
            raise Refusal("InternalFailure", "The caller is gone.")

    def _after(self, call: Call, answer: "_Answer", body: bytes) -> None:
        failed = answer.code >= 400
        self._record(call, answer.code, _error_code(body, answer) if failed else None)
        if failed:
            return
        if call.api == "sts:AssumeRole":
            self._authorizer.remember_session(call, body.decode())
        elif call.api == "sns:Publish":
            self._recorder.add(_notification(call))

    def _record(self, call: Call, status: int, error: str | None) -> None:
        self._recorder.add(RecordedCall(at=self._clock.now(), call=call, status=status, error=error))


class _Answer:
    """Keeps what moto hands to `start_response`."""

    def __init__(self) -> None:
        self.status = "500 Internal Server Error"
        self.headers: list[tuple[str, str]] = []

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        self.status, self.headers = status, headers
        return lambda _: None

    @property
    def code(self) -> int:
        return int(self.status.split()[0])


def _error_code(body: bytes, answer: _Answer) -> str:
    text = body.decode(errors="replace")
    headers = {key.lower(): value for key, value in answer.headers}
    found = headers.get("x-amzn-errortype") or next(
        iter(re.findall(r'<Code>([^<]+)</Code>|"__type":\s*"(?:[^"#]*#)?([^"]+)"', text)), ""
    )
    return "".join(found).split(":")[0] or "UnknownError"


def _notification(call: Call) -> Notification:
    message = str(call.parameters.get("Message", ""))
    if call.parameters.get("MessageStructure") == "json":
        parts = json.loads(message)
        message = parts.get("email", parts.get("default", ""))
    topic = call.parameters.get("TopicArn") or call.parameters.get("TargetArn") or ""
    return Notification(
        topic_arn=topic, subject=str(call.parameters.get("Subject") or DEFAULT_SUBJECT), message=message
    )
