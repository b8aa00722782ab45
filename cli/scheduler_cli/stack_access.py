"""A deployed stack as the operator's tool reaches it: with the caller's own credentials, through a profile and a region.

boto3 is imported on the first use, so that commands on a file start quickly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from instance_scheduler.accounts import with_members
from instance_scheduler.config import Config, parse_config
from instance_scheduler.errors import InvalidInput
from instance_scheduler.settings import Settings, parse_settings
from scheduler_cli.failures import AwsFailed, BadArgument, ConfigIsFaulty
from scheduler_cli.waiting import waiting

if TYPE_CHECKING:
    import boto3

    from instance_scheduler.aws.parameter_store import ParameterStore
    from instance_scheduler.aws.state_store import StateStore
    from instance_scheduler.aws.table import Table
    from instance_scheduler.target import Home


@contextmanager
def aws_calls() -> Iterator[None]:
    """Turn what AWS refuses, and what keeps it from being reached, into AwsFailed."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with waiting("asking AWS"):
            yield
    except ClientError as error:
        refusal = error.response.get("Error", {})
        message = f"{refusal.get('Code', 'Unknown')}: {refusal.get('Message') or 'no message'}"
        raise AwsFailed(f"AWS refused {error.operation_name}: {message}") from error
    except BotoCoreError as error:
        raise AwsFailed(f"AWS could not be reached: {error}") from error


@dataclass(frozen=True, kw_only=True)
class StackAccess:
    """A stack by its name; every method may raise AwsFailed."""

    name: str
    region: str | None = None
    profile: str | None = None

    @cached_property
    def session(self) -> boto3.Session:
        """The session of the profile and the region."""
        import boto3

        with aws_calls():
            return boto3.Session(profile_name=self.profile, region_name=self.region)

    def client(self, service: str, **arguments: Any) -> Any:
        """A client of the caller, or of the credentials and the region in the arguments."""
        from botocore.config import Config as ClientConfig

        limits = ClientConfig(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=30)
        with aws_calls():
            try:
                return self.session.client(service, config=limits, **arguments)  # type: ignore[call-overload]  # the name is a variable
            except ValueError as error:  # of a region that makes no address
                region = arguments.get("region_name", self.session.region_name)
                raise BadArgument(f"{region!r} is no region: {error}") from error

    @cached_property
    def parameters(self) -> ParameterStore:
        """The stack's parameters; raises BadArgument where no stack of that name has any."""
        from instance_scheduler.aws.parameter_store import ParameterStore

        store = ParameterStore(self.client("ssm"), f"/instance-scheduler/{self.name}/")
        with aws_calls():
            found = len(store) > 0
        if not found:
            place = f" in {self.session.region_name}" if self.session.region_name else ""
            raise BadArgument(f"no stack {self.name!r}{place}: the Parameter Store has nothing under {store.prefix}")
        return store

    @cached_property
    def settings(self) -> Settings:
        """The stack's settings, as deployed."""
        text = self._parameter("settings")
        try:
            return parse_settings(json.loads(text))
        except (ValueError, AttributeError) as error:
            raise ConfigIsFaulty(f"{self.parameters.prefix}settings is no JSON object") from error
        except InvalidInput as error:
            raise ConfigIsFaulty(str(error)) from error

    @cached_property
    def config_table(self) -> Table:
        """The config table."""
        return self._table("config_table")

    @cached_property
    def state_table(self) -> Table:
        """The state table, item by item."""
        return self._table("state_table")

    @cached_property
    def state(self) -> StateStore:
        """The state table, by what it is asked and told."""
        from instance_scheduler.aws.state_store import StateStore

        return StateStore(self.state_table)

    @property
    def machine(self) -> str:
        """The ARN of the state machine."""
        return self._parameter("state_machine_arn")

    @cached_property
    def home(self) -> Home:
        """Where the stack runs: partition, account and region, as the state machine's ARN says."""
        from instance_scheduler.target import Home

        _, partition, _, region, account, *_ = self._parameter("state_machine_arn").split(":")
        return Home(partition=partition, account=account, region=region)

    def config(self) -> Config:
        """Read the config table by one scan; its settings name the accounts of organizational units too, as last read."""
        settings = self.settings
        with aws_calls():
            config = parse_config(self.config_table.scan(), settings)
            members = self.state.members() if settings.organizational_units else None
        return replace(config, settings=with_members(config.settings, members))

    def _table(self, parameter: str) -> Table:
        from instance_scheduler.aws.table import Table

        return Table(self.client("dynamodb"), self._parameter(parameter))

    def _parameter(self, name: str) -> str:
        with aws_calls():
            value = self.parameters.get(name)
        if value is None:
            raise ConfigIsFaulty(f"{self.parameters.prefix}{name} is missing; is the stack's deployment complete?")
        return value
