"""A dictionary-like view of the SSM Parameter Store under one prefix."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar, overload

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import PutParameterRequestTypeDef


_Default = TypeVar("_Default")


class ParameterStore(Mapping[str, str]):
    """Parameters under a prefix, by their names without it; read in pages once, then kept for `ttl` seconds.

    Values are strings. Secure values are decrypted on reading. No value appears in `repr`, in an error or in a log, that of
    botocore included. Whatever AWS refuses raises ClientError, from every method.
    """

    def __init__(self, client: SSMClient, prefix: str, *, ttl: float = 60.0) -> None:
        """`prefix` begins and ends with a slash, such as `/instance-scheduler/prod/`; raises ValueError where it does not."""
        if not (prefix.startswith("/") and prefix.endswith("/")):
            raise ValueError(f"prefix: {prefix!r} must begin and end with a slash, such as /instance-scheduler/prod/")
        self.prefix = prefix
        self._client = client
        self._ttl = ttl
        self._values: MutableMapping[str, str] = {}
        self._read_at: float | None = None

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | _Default) -> str | _Default: ...
    def get(self, name: str, /, default: str | _Default | None = None) -> str | _Default | None:
        """Give a parameter's value, or the default where the prefix holds no such name."""
        return self._current().get(name, default)

    def put(self, name: str, value: str) -> None:
        """Write a plain parameter, over what is there."""
        self._put({"Name": self.prefix + name, "Value": value, "Type": "String", "Overwrite": True})

    def put_secure(self, name: str, value: str, key_id: str | None = None) -> None:
        """Write an encrypted parameter, over what is there; without a key id under the account's own key for the service.

        A plain parameter of that name has to be deleted first: the service changes no parameter's type.
        """
        request: PutParameterRequestTypeDef = {
            "Name": self.prefix + name,
            "Value": value,
            "Type": "SecureString",
            "Overwrite": True,
        }
        if key_id:
            request["KeyId"] = key_id
        self._put(request)

    def delete(self, name: str) -> None:
        """Remove a parameter; one that does not exist is no error."""
        self._client.delete_parameters(Names=[self.prefix + name])
        self._values.pop(name, None)

    def refresh(self) -> None:
        """Read all parameters again now."""
        pages = self._client.get_paginator("get_parameters_by_path").paginate(
            Path=self.prefix.rstrip("/") or "/", Recursive=True, WithDecryption=True
        )
        with _silence():
            self._values = {
                parameter["Name"].removeprefix(self.prefix): parameter["Value"]
                for page in pages
                for parameter in page["Parameters"]
            }
        self._read_at = time.monotonic()

    def __getitem__(self, name: str) -> str:
        """Give a parameter's value; raises KeyError with the full name where there is none."""
        value = self.get(name)
        if value is None:
            raise KeyError(f"{self.prefix}{name} is not in the Parameter Store")
        return value

    def __contains__(self, name: object) -> bool:
        """Say whether the prefix holds a name."""
        return name in self._current()

    def __iter__(self) -> Iterator[str]:
        """Go through the names under the prefix, sorted."""
        return iter(sorted(self._current()))

    def __len__(self) -> int:
        """Count the names under the prefix."""
        return len(self._current())

    def __repr__(self) -> str:
        """Show the prefix, never a value."""
        return f"ParameterStore({self.prefix!r})"

    def _current(self) -> MutableMapping[str, str]:
        if self._read_at is None or time.monotonic() - self._read_at >= self._ttl:
            self.refresh()
        return self._values

    def _put(self, request: PutParameterRequestTypeDef) -> None:
        value = request["Value"]
        if not isinstance(value, str):
            raise TypeError(f"{request['Name']}: a value is a text, not {type(value).__name__}")
        try:
            with _silence():
                self._client.put_parameter(**request)
        except ClientError as error:
            raise _without(value, error) from None
        self._values[request["Name"].removeprefix(self.prefix)] = value


def _without(value: str, error: ClientError) -> ClientError:
    """The same refusal, its message without the value that AWS may quote in it."""
    refusal = error.response.get("Error", {})
    message = refusal.get("Message", "")
    shown = message.replace(value, "…") if value else message
    return type(error)({**error.response, "Error": {**refusal, "Message": shown}}, error.operation_name)


_silent: ContextVar[bool] = ContextVar("silent", default=False)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep botocore from logging requests and answers at level DEBUG, in this context alone."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def _may_speak(record: logging.LogRecord) -> bool:
    return not _silent.get()


for _name in ("botocore.endpoint", "botocore.parsers"):
    logging.getLogger(_name).addFilter(_may_speak)
