"""Reads a request as AWS would, and answers it with an error of its service's shape."""

import io
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

SERVICE_OF_SIGNING_NAME = {"states": "stepfunctions", "monitoring": "cloudwatch"}
PREFIX_OF_SIGNING_NAME = {"monitoring": "cloudwatch"}

SERVER_ERRORS = {
    "InsufficientInstanceCapacity": 500,
    "InsufficientHostCapacity": 500,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "InternalServiceError": 500,
    "Unavailable": 503,
    "ServiceUnavailable": 503,
    "RequestLimitExceeded": 503,
    "ServiceException": 500,
}
"""Errors that AWS answers with a 5xx status, which SDKs try again; all others are 4xx."""


class UnknownRequest(Exception):
    """When a request cannot be understood; it goes to moto as it is."""


class Refusal(Exception):
    """When a call is answered with an error before moto sees it."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or SERVER_ERRORS.get(code, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRequest:
    """One signed request."""

    access_key: str
    region: str
    service: str
    """botocore's name of the service."""
    prefix: str
    """Its IAM prefix."""
    operation: OperationModel
    parameters: Mapping[str, Any]
    content_type: str | None

    def answer(self, refusal: Refusal) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body of an error in the protocol of the request."""
        protocol = determine_request_protocol(self.operation.service_model, self.content_type)
        request_id = str(uuid.uuid4())
        headers = {"x-amzn-RequestId": request_id, "Content-Type": "text/xml;charset=UTF-8", "Server": "amazon.com"}
        code, message = escape(refusal.code), escape(refusal.message)
        if protocol == "ec2":
            error = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            body = f"<Response>{error}<RequestID>{request_id}</RequestID></Response>"
        elif protocol in {"query", "rest-xml"}:
            fault = "Sender" if refusal.status < 500 else "Receiver"
            error = f"<Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            body = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
        else:
            headers |= {"x-amzn-ErrorType": refusal.code, "Content-Type": "application/x-amz-json-1.0"}
            body = json.dumps({"__type": refusal.code, "message": refusal.message})
        return refusal.status, list(headers.items()), body.encode()


def read_request(environ: dict[str, Any]) -> ParsedRequest:
    """Parse a request from its WSGI environment, leaving the body readable.

    Raises UnknownRequest for one that is not signed, or whose operation botocore does not know.
    """
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    access_key, region, signing_name = _credential_scope(environ.get("HTTP_AUTHORIZATION", ""))
    service = SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)
    request = Request(environ | {"wsgi.input": io.BytesIO(body)})
    operation, uri_parameters = _operation(service, request)
    parser = PROTOCOL_PARSERS[determine_request_protocol(operation.service_model, request.content_type)](operation)
    parameters = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": body,
            "url_path": request.path,
            "url_params": uri_parameters,
        }
    )
    return ParsedRequest(
        access_key=access_key,
        region=region,
        service=service,
        prefix=PREFIX_OF_SIGNING_NAME.get(signing_name, signing_name),
        operation=operation,
        parameters=parameters,
        content_type=request.content_type,
    )


def _credential_scope(authorization: str) -> tuple[str, str, str]:
    """Access key, region and signing name of an Authorization header of Signature Version 4."""
    try:
        scope = authorization.split("Credential=", 1)[1].split(",", 1)[0]
        access_key, _, region, signing_name, _ = scope.strip().split("/")
    except (IndexError, ValueError) as error:
        raise UnknownRequest("not signed") from error
    return access_key, region, signing_name


def _operation(service: str, request: Request) -> tuple[OperationModel, Mapping[str, Any]]:
    action = request.values.get("Action") if "form" in (request.content_type or "") else None
    target = request.headers.get("X-Amz-Target")
    try:
        model = get_service_model(service)
        if action or target:
            return model.operation_model(action or str(target).rpartition(".")[2]), {}
        operation, parameters = get_service_router(service).match(request)
    except (OperationNotFoundError, HTTPException, NotImplementedError, KeyError, ValueError) as error:
        raise UnknownRequest(f"{service} has no such operation") from error
    return operation, parameters


def start_error(start_response: Any, answer: tuple[int, list[tuple[str, str]], bytes]) -> Iterable[bytes]:
    """Send an answer of `ParsedRequest.answer` through WSGI."""
    status, headers, body = answer
    start_response(f"{status} {HTTP_STATUS_CODES.get(status, 'Error')}", [*headers, ("Content-Length", str(len(body)))])
    return [body]
