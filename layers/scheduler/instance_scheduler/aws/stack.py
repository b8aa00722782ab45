"""The stack as a function finds it: its settings, its tables, its home; opened once an environment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from instance_scheduler.aws.executions import Executions
from instance_scheduler.aws.organizations import ENDPOINTS, OrganizationsClient
from instance_scheduler.aws.parameter_store import ParameterStore
from instance_scheduler.aws.session import ONE_ATTEMPT, Roles, hub_client
from instance_scheduler.aws.state_store import StateStore
from instance_scheduler.aws.table import Table
from instance_scheduler.config import Config, parse_config
from instance_scheduler.errors import InvalidInput, Misconfigured, Severity
from instance_scheduler.run_failure import MISSING
from instance_scheduler.settings import Settings, parse_settings
from instance_scheduler.target import Home

PREFIX_VARIABLE = "PARAMETER_PREFIX"
"""The one environment variable of ours: where the stack's parameters stand."""


_LONG = 900_000
"""Milliseconds that a function has at most (Lambda quotas)."""


class LambdaContext(Protocol):
    """What is read of Lambda's context object."""

    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's time-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Everything of the hub that a function works with."""

    home: Home
    settings: Settings
    """As deployed; `config().settings` has the config item's values applied."""
    functions: dict[str, str]
    """The evaluators' and actors' ARNs by name, such as `evaluate_ec2`."""
    state: StateStore
    config_table: Table
    executions: Executions
    remaining_milliseconds: Callable[[], int] = lambda: _LONG
    """Until the function's time-out."""

    def config(self, known_hash: str = "") -> Config:
        """Read the config table by one consistent scan and parse it, unless the config read last has the hash that is known.

        Raises Misconfigured where the config item itself is at fault; a bad schedule only puts itself out of use.
        """
        place = (self.home, self.settings)
        last = _configs.get(place)
        if last is not None and last.config_hash == known_hash:
            return last
        _configs[place] = config = parse_config(self.config_table.scan(), self.settings)
        wrong = [
            fault for fault in config.faults if fault.severity is Severity.ERROR and fault.item.startswith("config ")
        ]
        if wrong:
            raise Misconfigured(f"The config table is not usable: {'; '.join(map(str, wrong))}.")
        return config

    def organizations(self) -> OrganizationsClient:
        """Give the client of Organizations, which answers for a whole partition in one region."""
        client: OrganizationsClient = hub_client("organizations", ENDPOINTS.get(self.home.partition, self.home.region))
        return client

    def readers(self) -> Roles:
        """Give clients under the reader roles; kept by the environment, so that credentials and clients stay warm."""
        return _readers(self.settings, self.home)

    def actors(self) -> Roles:
        """Give clients under the actor roles, of this invocation only."""
        return Roles("actor", self.settings, self.home, config=ONE_ATTEMPT)


def open_stack(context: LambdaContext) -> Stack:
    """Open the stack that the invoked function belongs to; raises Misconfigured where its parameters cannot be used."""
    parameters = stack_parameters()
    return Stack(
        home=home_of(context),
        settings=settings_in(parameters),
        functions={name: str(arn) for name, arn in _object(parameters, "functions").items()},
        state=StateStore(Table(hub_client("dynamodb"), _text(parameters, "state_table"))),
        config_table=Table(hub_client("dynamodb"), _text(parameters, "config_table")),
        executions=_executions(_text(parameters, "state_machine_arn")),
        remaining_milliseconds=context.get_remaining_time_in_millis,
    )


def stack_parameters() -> ParameterStore:
    """Give the parameters of the stack that this function belongs to; they are read when the first one is asked for."""
    return _parameters(os.environ[PREFIX_VARIABLE])


def variable(name: str) -> str:
    """Read one of the function's environment variables; raises KeyError where it has none of that name."""
    return os.environ[name]


def home_of(context: LambdaContext) -> Home:
    """Tell the hub's partition, account and region by the invoked function."""
    _, partition, _, region, account, *_ = context.invoked_function_arn.split(":")
    return Home(partition=partition, account=account, region=region)


def settings_in(parameters: ParameterStore) -> Settings:
    """Read the settings; raises Misconfigured where they are missing or cannot be used: without them nothing is right."""
    try:
        return parse_settings(_object(parameters, "settings"))
    except Misconfigured:
        raise
    except InvalidInput as error:
        raise Misconfigured(str(error)) from error


_configs: dict[tuple[Home, Settings], Config] = {}
"""The config that this environment read last."""


@cache
def _parameters(prefix: str) -> ParameterStore:
    return ParameterStore(hub_client("ssm"), prefix)


@cache
def _executions(machine: str) -> Executions:
    return Executions(hub_client("stepfunctions"), machine)


@cache
def _readers(settings: Settings, home: Home) -> Roles:
    return Roles("reader", settings, home)


def _object(parameters: ParameterStore, name: str) -> dict[str, object]:
    try:
        value = json.loads(_text(parameters, name))
    except ValueError as error:
        raise Misconfigured(f"{parameters.prefix}{name} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Misconfigured(f"{parameters.prefix}{name} is not a JSON object.")
    return value


def _text(parameters: ParameterStore, name: str) -> str:
    value = parameters.get(name)
    if value is None:
        raise Misconfigured(f"{parameters.prefix}{name} {MISSING}.")
    return value
