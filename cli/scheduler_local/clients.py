"""boto3 clients for the embedded AWS: an administrator's for any account, and the state machine's."""

import os
import sys
from collections.abc import Mapping
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from scheduler_local.authorization import ADMINISTRATOR_KEY, Authorizer
from scheduler_local.deploy import FunctionSource
from scheduler_local.recorder import Caller

SESSION_SECONDS = 12 * 3600
"""How long the credentials of a function or the machine last."""


class Clients:
    """Hands out credentials and clients; clients are kept, since making one costs more than a call."""

    def __init__(self, *, url: str, region: str, authorizer: Authorizer) -> None:
        self._url = url
        self._region = region
        self._authorizer = authorizer
        self._session: Any = boto3.Session(region_name=region)
        self._config = Config(
            retries={"total_max_attempts": 1},
            proxies={},
            parameter_validation=False,
            connect_timeout=5,
            read_timeout=920,
        )
        self._clients: dict[tuple[str, ...], Any] = {}
        self._lock = Lock()

    def administrator(self, service: str, account: str, region: str) -> Any:
        """A client that may do everything in an account."""
        key = ADMINISTRATOR_KEY.format(account=account)
        return self._client(service, region, {"aws_access_key_id": key, "aws_secret_access_key": "administrator"})

    def of_role(self, credentials: Mapping[str, str], service: str, region: str) -> Any:
        """A client with these credentials, as `assume` gives them."""
        return self._client(
            service,
            region,
            {
                "aws_access_key_id": credentials["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": credentials["AWS_SECRET_ACCESS_KEY"],
                "aws_session_token": credentials["AWS_SESSION_TOKEN"],
            },
        )

    def assume(self, role_arn: str, session: str, *, origin: str, environment: int | None = None) -> dict[str, str]:
        """Credentials of a role, as a service gets them that the role trusts; named as environment variables are."""
        account = role_arn.split(":")[4]
        role = sts_backends[account][get_partition(self._region)].assume_role(
            region_name=self._region,
            role_session_name=session,
            role_arn=role_arn,
            policy=None,
            duration=SESSION_SECONDS,
            external_id=None,
        )
        caller = Caller(account=account, role_arn=role_arn, session=session, origin=origin, environment=environment)
        self._authorizer.register(role.access_key_id, caller)
        return {
            "AWS_ACCESS_KEY_ID": role.access_key_id,
            "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
            "AWS_SESSION_TOKEN": role.session_token,
        }

    def environment_of(self, function: FunctionSource, number: int) -> dict[str, str]:
        """The variables that Lambda sets for a function, and those of its template."""
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return {
            "PATH": os.defpath,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ENDPOINT_URL": self._url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{function.name}/[$LATEST]{number:032x}",
            "LAMBDA_TASK_ROOT": str(function.folder),
            "_HANDLER": function.handler,
            **self.assume(function.role_arn, function.name, origin="worker", environment=number),
            **function.environment,
        }

    def _client(self, service: str, region: str, credentials: Mapping[str, str]) -> Any:
        key = (service, region, credentials["aws_access_key_id"])
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service, region_name=region, endpoint_url=self._url, config=self._config, **credentials
                )
            return self._clients[key]
