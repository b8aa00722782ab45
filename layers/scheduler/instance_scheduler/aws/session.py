"""Sessions and clients: one session an environment, clients made once, roles of other accounts assumed."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import RLock
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config as ClientConfig

from instance_scheduler.aws.models import LeanLoader
from instance_scheduler.settings import Settings
from instance_scheduler.target import Home, Target

if TYPE_CHECKING:
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

_CONFIG = ClientConfig(
    retries={"mode": "standard", "max_attempts": 4},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=20,
    # What the service refuses it refuses by itself; checking every call here first costs a tenth of a sweep's processor time.
    parameter_validation=False,
    # What CloudTrail shows of our calls. botocore's own words about platform and features are composed anew for every request:
    # a third of what it takes to make one.
    user_agent="instance-scheduler",
)
ONE_ATTEMPT = _CONFIG.merge(ClientConfig(retries={"mode": "standard", "total_max_attempts": 1}))
"""For calls that change something: EC2 answers a lack of capacity with HTTP 500, which botocore would send again as it is.
Throttling is tried again by `calls.patiently`, and a call whose end is unknown is settled by the next run."""
_RENEW_BEFORE = timedelta(minutes=10)
"""Credentials are renewed this long before they expire."""
_MOST_CLIENTS = 100
"""Clients of other accounts that one environment keeps, at one to two megabytes each; the least recently used is dropped."""
_SESSION_NAME = 64
"""Longest RoleSessionName (STS API reference, AssumeRole)."""
_making = RLock()
"""Held while a client is made: a session is not for several threads, and each would load the service's model for itself."""


@cache
def _session() -> boto3.Session:
    core = botocore.session.get_session()
    core.register_component("data_loader", LeanLoader())
    return boto3.Session(botocore_session=core)


@cache
def hub_client(service: str, region: str | None = None) -> Any:
    """Give the client of a service in the stack's own account, and region unless another is named; made once an environment."""
    with _making:
        return _session().client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]  # the name is a variable


class Roles:
    """Clients under an assumed role of each target's account, cached with their credentials."""

    def __init__(self, role: str, settings: Settings, home: Home, *, config: ClientConfig = _CONFIG) -> None:
        """Assume `<namespace>-<role>`; `role` is `reader` or `actor`."""
        self._config = config
        self._role = f"{settings.namespace}-{role}"
        self._external_id = settings.external_id
        self._home = home
        self._credentials: dict[tuple[str, str], CredentialsTypeDef] = {}
        self._clients: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    def client(self, target: Target, session_name: str) -> Any:
        """Give the client of the target's service in its account and region, under a session of that name.

        Raises ClientError where the role cannot be assumed.
        """
        credentials = self._fresh(target.account, session_name[:_SESSION_NAME])
        key = (str(target), credentials["AccessKeyId"])
        with _making:
            if key not in self._clients:
                self._clients[key] = self._make(target, credentials)
            self._clients.move_to_end(key)
            while len(self._clients) > _MOST_CLIENTS:
                self._clients.popitem(last=False)
            return self._clients[key]

    def _make(self, target: Target, credentials: CredentialsTypeDef) -> Any:
        return _session().client(  # type: ignore[call-overload]  # the name is a variable
            str(target.service),
            region_name=target.region,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=self._config,
        )

    def _fresh(self, account: str, session_name: str) -> CredentialsTypeDef:
        held = self._credentials.get((account, session_name))
        # The wall clock serves the expiry of credentials alone; what is decided goes by the run's instant.
        if held is None or held["Expiration"] - _RENEW_BEFORE <= datetime.now(UTC):
            held = hub_client("sts").assume_role(
                RoleArn=f"arn:{self._home.partition}:iam::{account}:role/{self._role}",
                RoleSessionName=session_name,
                ExternalId=self._external_id,
            )["Credentials"]
            self._credentials[account, session_name] = held
        return held
