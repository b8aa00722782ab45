"""Runs as Step Functions knows them: whether one still lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Executions:
    """The executions of the stack's state machine."""

    def __init__(self, client: SFNClient, machine: str) -> None:
        self._client = client
        self._prefix = machine.replace(":stateMachine:", ":execution:")
        self._over: set[str] = set()

    def is_alive(self, run: str) -> bool:
        """Say whether a run still lives; one that Step Functions does not know counts as dead.

        Raises ClientError where Step Functions refuses to tell.
        """
        if run in self._over:
            return False
        try:
            alive = self._client.describe_execution(executionArn=f"{self._prefix}:{run}")["status"] == "RUNNING"
        except self._client.exceptions.ExecutionDoesNotExist:
            alive = False
        if not alive:
            self._over.add(run)
        return alive
