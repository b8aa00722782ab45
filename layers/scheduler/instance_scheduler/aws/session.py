"""Sessions and clients: one session an environment, clients made once, roles of other accounts assumed."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config as ClientConfig

from instance_scheduler.aws.models import LeanLoader
from instance_scheduler.settings import Settings
from instance_scheduler.target import Home, Target

if TYPE_CHECKING:
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
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
_MOST_SESSIONS = 500
"""Accounts whose credentials one environment keeps; the least recently used are dropped."""
_SESSION_NAME = 64
"""Longest RoleSessionName (STS API reference, AssumeRole)."""
_making = RLock()
"""Held while a client is made: a session is not for several threads, and each would load the service's model for itself."""


@cache
def _session() -> boto3.Session:
    core = botocore.session.get_session()
    core.register_component("data_loader", LeanLoader())
    # The region's own endpoint of STS in every partition: the global one is far away from most, and not there in China.
    core.set_config_variable("sts_regional_endpoints", "regional")
    return boto3.Session(botocore_session=core)


@cache
def hub_client(service: str, region: str | None = None) -> Any:
    """Give the client of a service in the stack's own account, and region unless another is named; made once an environment."""
    with _making:
        return _session().client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]  # the name is a variable


def session_name_of(run: str) -> str:
    """Name a session after a run, within what STS takes: 2 to 64 of letters, digits and `_+=,.@-`."""
    return re.sub(r"[^\w+=,.@-]", "-", run, flags=re.ASCII)[:_SESSION_NAME].rjust(2, "-")


def _wall_clock() -> datetime:
    # The wall clock serves the expiry of credentials alone; what is decided goes by the run's instant.
    return datetime.now(UTC)


class Roles:
    """Clients under an assumed role of each target's account, cached with their credentials."""

    def __init__(
        self,
        role: str,
        settings: Settings,
        home: Home,
        *,
        config: ClientConfig = _CONFIG,
        clock: Callable[[], datetime] = _wall_clock,
    ) -> None:
        """Assume `<namespace>-<role>`; `role` is `reader` or `actor`. `clock` gives the aware instant of now."""
        self._config = config
        self._role = f"{settings.namespace}-{role}"
        self._external_id = settings.external_id
        self._home = home
        self._clock = clock
        self._sessions: OrderedDict[tuple[str, str], _AssumedSession] = OrderedDict()
        self._clients: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    def client(self, target: Target, session_name: str) -> Any:
        """Give the client of the target's service in its account and region, under a session of that name.

        One account is assumed once for all its targets, until ten minutes before its credentials expire; threads that ask for
        the same account wait for the first, the others do not. Raises ClientError where the role cannot be assumed.
        """
        session = self._session(target.account, session_name_of(session_name))
        credentials = session.fresh(self._clock(), self._assume)
        key = (str(target), credentials["AccessKeyId"])
        with _making:
            if key not in self._clients:
                self._clients[key] = self._make(target, credentials)
            return _used(self._clients, key, _MOST_CLIENTS)

    def _session(self, account: str, name: str) -> _AssumedSession:
        with _making:
            if (account, name) not in self._sessions:
                self._sessions[account, name] = _AssumedSession(account, name)
            return _used(self._sessions, (account, name), _MOST_SESSIONS)

    def _make(self, target: Target, credentials: CredentialsTypeDef) -> Any:
        return _session().client(  # type: ignore[call-overload]  # the name is a variable
            str(target.service),
            region_name=target.region,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=self._config,
        )

    def _assume(self, account: str, session_name: str) -> CredentialsTypeDef:
        answer = hub_client("sts").assume_role(
            RoleArn=f"arn:{self._home.partition}:iam::{account}:role/{self._role}",
            RoleSessionName=session_name,
            ExternalId=self._external_id,
        )
        credentials: CredentialsTypeDef = answer["Credentials"]
        return credentials


class _AssumedSession:
    """One account's session: its credentials, and the lock under which they are renewed."""

    def __init__(self, account: str, name: str) -> None:
        self._account = account
        self._name = name
        self._lock = Lock()
        self._held: CredentialsTypeDef | None = None

    def fresh(self, now: datetime, assume: Callable[[str, str], CredentialsTypeDef]) -> CredentialsTypeDef:
        """Give credentials that last ten minutes more, assuming the role where those at hand do not."""
        with self._lock:
            if self._held is None or self._held["Expiration"] - _RENEW_BEFORE <= now:
                self._held = assume(self._account, self._name)
            return self._held


def _used(kept: OrderedDict[_Key, _Value], key: _Key, most: int) -> _Value:
    """Give what is kept under a key, as the one used last, and drop what was not used for longest where there is too much."""
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
    return kept[key]
