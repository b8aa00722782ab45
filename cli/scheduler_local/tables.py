"""The stack's parameters and tables: seeded before the first run, and read after each."""

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from instance_scheduler.config import parse_config
from instance_scheduler.errors import InvalidInput
from instance_scheduler.settings import Settings, parse_settings
from scheduler_local.scenario import Ec2Seed, Place, RdsSeed, Scenario


class Tables:
    """What the stack keeps, through clients of the hub's administrator."""

    def __init__(self, *, ssm: Any, dynamodb: Any, prefix: str) -> None:
        self._ssm = ssm
        self._dynamodb = dynamodb
        self._prefix = prefix
        self._parameters = self._read_parameters()

    @property
    def config_table(self) -> str:
        """The config table's name."""
        return self._parameters["config_table"]

    @property
    def state_table(self) -> str:
        """The state table's name."""
        return self._parameters["state_table"]

    def seed(self, scenario: Scenario, ids: Mapping[tuple[Place, str, str], str]) -> None:
        """Write settings, config items and what the scheduler is to remember of the instances."""
        settings = json.loads(self._parameters["settings"]) | dict(scenario.settings)
        name = f"{self._prefix}settings"
        self._ssm.put_parameter(Name=name, Value=json.dumps(settings), Type="String", Overwrite=True)
        self._write(self.config_table, scenario.config_items)
        hashes = _schedule_hashes(scenario.in_force or scenario.config_items, settings)
        tag_key = str(settings.get("tag_key", Settings().tag_key))
        seeds: tuple[Ec2Seed | RdsSeed, ...] = (*scenario.ec2, *scenario.rds)
        self._write(
            self.state_table,
            [
                _instance_item(seed, ids, hashes, tag_key)
                for seed in seeds
                if seed.stored_state is not None or seed.override is not None
            ],
        )

    def put_config_item(self, item: Mapping[str, Any]) -> None:
        """Write one item of the config table."""
        self._write(self.config_table, [item])

    def run_items(self, run_id: str) -> list[Mapping[str, Any]]:
        """Every item of a run's journal."""
        return list(self.query(f"run/{run_id}"))

    def run_summary(self, run_id: str) -> Mapping[str, Any]:
        """The summary in the run's item, empty where none was written."""
        found = [item for item in self.query("runs") if str(item["sk"]).rpartition("/")[2] == run_id]
        summary = found[-1].get("summary", {}) if found else {}
        return json.loads(summary) if isinstance(summary, str) else dict(summary)

    def query(self, pk: str) -> Iterator[Mapping[str, Any]]:
        """The items of the state table with this partition key."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self.state_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        )
        deserializer = TypeDeserializer()
        for page in pages:
            for item in page["Items"]:
                yield {key: deserializer.deserialize(value) for key, value in item.items()}

    def _read_parameters(self) -> dict[str, str]:
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._prefix, Recursive=True)
        return {
            parameter["Name"].removeprefix(self._prefix): parameter["Value"]
            for page in pages
            for parameter in page["Parameters"]
        }

    def _write(self, table: str, items: Iterable[Mapping[str, Any]]) -> None:
        serializer = TypeSerializer()
        requests = [
            {"PutRequest": {"Item": {key: serializer.serialize(_exact(value)) for key, value in item.items()}}}
            for item in items
        ]
        for start in range(0, len(requests), 25):
            self._dynamodb.batch_write_item(RequestItems={table: requests[start : start + 25]})


def _schedule_hashes(items: Iterable[Mapping[str, Any]], settings: Mapping[str, Any]) -> dict[str, str]:
    """Each usable schedule's hash, so that a seeded instance counts as last seen with the timetable in force."""
    try:
        config = parse_config(items, parse_settings(settings))
    except InvalidInput:
        return {}
    return {name: schedule.schedule_hash for name, schedule in config.schedules.items()}


def _instance_item(
    seed: Ec2Seed | RdsSeed, ids: Mapping[tuple[Place, str, str], str], hashes: Mapping[str, str], tag_key: str
) -> dict[str, Any]:
    service = "ec2" if isinstance(seed, Ec2Seed) else "rds"
    schedule = seed.tags.get(tag_key, "")
    item: dict[str, Any] = {
        "pk": f"{seed.place.account}/{seed.place.region}/{service}",
        "sk": ids[seed.place, service, seed.name],
        "stored_state": seed.stored_state or "unknown",
        "version": 1,
        "schedule": schedule,
        "schedule_hash": hashes.get(schedule, ""),
    }
    return item | ({"override": seed.override} if seed.override is not None else {})


def _exact(value: Any) -> Any:
    """A value as DynamoDB takes it: floats as decimals, at every depth."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {key: _exact(item) for key, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list | tuple) else value
