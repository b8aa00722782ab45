"""The calls that the scheduler makes in its own account: tables, parameters, runs, functions, messages, roles."""

from collections.abc import Iterator, Mapping

from scheduler_local.iam.permission import (
    Derive,
    Parameters,
    Permission,
    Scope,
    part,
    parts,
    text,
    texts,
    without_resource,
)

_TRANSACTION_ACTIONS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}


def _table(scope: Scope, name: str) -> str:
    return scope.arn("dynamodb", name if name.startswith("arn:") else f"table/{name}")


def _on_table(action: str) -> Derive:
    """A query of an index asks for the index, not for its table."""

    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        index = text(parameters, "IndexName")
        table = _table(scope, text(parameters, "TableName"))
        yield Permission(action=action, resource=f"{table}/index/{index}" if index else table)

    return derive


def _on_tables_of_batch(action: str) -> Derive:
    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        for name in part(parameters, "RequestItems"):
            yield Permission(action=action, resource=_table(scope, name))

    return derive


def _transaction(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    """A transaction has no action of its own: each of its parts is authorised like the single call, once per table."""
    wanted = {
        (_TRANSACTION_ACTIONS[kind], _table(scope, text(part(item, kind), "TableName")))
        for item in parts(parameters, "TransactItems")
        for kind in item
    }
    for action, table in sorted(wanted):
        yield Permission(action=action, resource=table)


def _on_parameters(action: str) -> Derive:
    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        for name in texts(parameters, "Name", "Names", "Path"):
            arn = scope.arn("ssm", name if name.startswith("arn:") else f"parameter/{name.removeprefix('/')}")
            yield Permission(action=action, resource=arn)

    return derive


def _on_arn(action: str, *names: str) -> Derive:
    """The resource is the ARN in the first of these parameters that is given."""

    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        for arn in texts(parameters, *names)[:1]:
            yield Permission(action=action, resource=arn)

    return derive


def _assume_role(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    keys = {"ExternalId": "sts:ExternalId", "RoleSessionName": "sts:RoleSessionName"}
    context = {key: (text(parameters, name),) for name, key in keys.items() if parameters.get(name)}
    yield Permission(action="sts:AssumeRole", resource=text(parameters, "RoleArn"), context=context)


def _on_function(action: str) -> Derive:
    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        name = text(parameters, "FunctionName")
        arn = scope.arn("lambda", name if name.startswith("arn:") else f"function:{name}")
        qualifier = text(parameters, "Qualifier")
        yield Permission(action=action, resource=f"{arn}:{qualifier}" if qualifier else arn)

    return derive


def _publish(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    """A text message to a telephone has no topic to name."""
    yield Permission(action="sns:Publish", resource=text(parameters, "TopicArn") or text(parameters, "TargetArn", "*"))


def _put_events(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    for entry in parts(parameters, "Entries"):
        bus = scope.arn("events", f"event-bus/{text(entry, 'EventBusName', 'default')}")
        context = {"events:source": (text(entry, "Source"),), "events:detail-type": (text(entry, "DetailType"),)}
        yield Permission(action="events:PutEvents", resource=bus, context=context)


def _on_log_stream(action: str) -> Derive:
    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        group, stream = text(parameters, "logGroupName"), text(parameters, "logStreamName")
        arn = scope.arn("logs", f"log-group:{group}")
        yield Permission(action=action, resource=f"{arn}:log-stream:{stream}")

    return derive


def _on_log_group(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    yield Permission(
        action="logs:CreateLogGroup", resource=scope.arn("logs", f"log-group:{text(parameters, 'logGroupName')}")
    )


def _beneath(action: str) -> Derive:
    """The parent is an organizational unit or the root; which organization it belongs to, the call does not say."""

    def derive(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
        parent = text(parameters, "ParentId")
        kind = "root" if parent.startswith("r-") else "ou"
        yield Permission(action=action, resource=scope.arn("organizations", f"{kind}/o-embedded/{parent}", region=""))

    return derive


def _nothing(parameters: Parameters, scope: Scope) -> Iterator[Permission]:
    """Allowed to everybody who can sign a request."""
    return iter(())


def _on_execution_of(action: str) -> Derive:
    return _on_arn(action, "executionArn", "stateMachineArn", "mapRunArn")


_ON_TABLE = ("DeleteItem", "DescribeTable", "DescribeTimeToLive", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
_ON_PARAMETERS = (
    "DeleteParameter",
    "DeleteParameters",
    "GetParameter",
    "GetParameters",
    "GetParametersByPath",
    "PutParameter",
)
_ON_EXECUTIONS = (
    "DescribeExecution",
    "DescribeStateMachine",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "ListExecutions",
    "RedriveExecution",
    "StartExecution",
    "StopExecution",
)
_BENEATH_PARENTS = ("ListAccountsForParent", "ListOrganizationalUnitsForParent")
_ON_NOTHING = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListRoots",
    "ssm:DescribeParameters",
    "states:ListStateMachines",
)

OPERATIONS: Mapping[str, Derive] = {
    **{name: without_resource(name) for name in _ON_NOTHING},
    **{f"dynamodb:{name}": _on_table(f"dynamodb:{name}") for name in _ON_TABLE},
    **{f"ssm:{name}": _on_parameters(f"ssm:{name}") for name in _ON_PARAMETERS},
    **{f"organizations:{name}": _beneath(f"organizations:{name}") for name in _BENEATH_PARENTS},
    **{f"states:{name}": _on_execution_of(f"states:{name}") for name in _ON_EXECUTIONS},
    "dynamodb:BatchGetItem": _on_tables_of_batch("dynamodb:BatchGetItem"),
    "dynamodb:BatchWriteItem": _on_tables_of_batch("dynamodb:BatchWriteItem"),
    "dynamodb:TransactGetItems": _transaction,
    "dynamodb:TransactWriteItems": _transaction,
    "events:PutEvents": _put_events,
    "lambda:GetFunction": _on_function("lambda:GetFunction"),
    "lambda:Invoke": _on_function("lambda:InvokeFunction"),
    "logs:CreateLogGroup": _on_log_group,
    "logs:CreateLogStream": _on_log_stream("logs:CreateLogStream"),
    "logs:PutLogEvents": _on_log_stream("logs:PutLogEvents"),
    "sns:Publish": _publish,
    "sts:AssumeRole": _assume_role,
    "sts:GetCallerIdentity": _nothing,
}
