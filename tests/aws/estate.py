"""The hub for tests: a state table on moto, everything else of the stack a fake."""

from tests.unit.specimens import CONFIG_ITEMS, HOME

from instance_scheduler.aws.session import hub_client
from instance_scheduler.aws.stack import Stack
from instance_scheduler.aws.state_store import StateStore
from instance_scheduler.aws.table import Table
from instance_scheduler.settings import Settings

FUNCTIONS = {name: f"arn:{name}" for name in ("evaluate_ec2", "evaluate_rds", "start_stop_ec2", "start_stop_rds")}


class FakeExecutions:
    """Step Functions as far as a sweep asks it: which runs still live."""

    def __init__(self):
        self.alive = set()
        self.asked = []

    def is_alive(self, run):
        self.asked.append(run)
        return run in self.alive


class FakeConfigTable:
    """The config table's one scan."""

    def __init__(self, items):
        self.items = list(items)

    def scan(self):
        return iter(self.items)


def create_table(name, keys=("pk", "sk")):
    """Create a table, with the index of the state table where it has the state table's keys."""
    names = [*keys, *(("instance", "at") if keys == ("pk", "sk") else ())]
    index = {
        "IndexName": "by_instance",
        "KeySchema": _key_schema(("instance", "at")),
        "Projection": {"ProjectionType": "ALL"},
    }
    hub_client("dynamodb").create_table(
        TableName=name,
        KeySchema=_key_schema(keys),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in names],
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": [index]} if keys == ("pk", "sk") else {}),
    )
    return Table(hub_client("dynamodb"), name)


def make_stack(table, *, items=CONFIG_ITEMS, settings=None):
    return Stack(
        home=HOME,
        settings=settings or Settings(),
        functions=FUNCTIONS,
        state=StateStore(table),
        config_table=FakeConfigTable(items),
        executions=FakeExecutions(),
    )


def _key_schema(keys):
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)]
