"""`scheduler-cli schema`: the JSON Schema of a config file, for editors that complete and check while one writes.

The shipped copy is made by `python -m scheduler_cli.config_schema > docs/schedules.schema.json`. The schema knows names, types
and forms; what refers to what, and the whole grammar of expressions, is for `scheduler-cli validate`.
"""

import json
from collections.abc import Mapping

import click

from scheduler_cli.config_items import FLAGS, LISTS

_WORDS = {"anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": ["string", "integer"]}}]}
_FLAG = {"enum": [True, False, "true", "false", "yes", "no", "on", "off"]}
_TEXT = {"type": "string"}
_TIMES: Mapping[str, Mapping[str, object]] = {
    "begintime": {"type": "string", "pattern": r"^\s*([01]?\d|2[0-3]):[0-5]\d\s*$"},
    "endtime": {"type": "string", "pattern": r"^\s*(([01]?\d|2[0-3]):[0-5]\d|24:00)\s*$"},
}
ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "period": {
        "name": "What schedules refer to.",
        "description": "What it is for.",
        "begintime": "When it begins, as H:MM or HH:MM; on its own it runs until midnight.",
        "endtime": "When it ends; earlier than begintime means the next day.",
        "weekdays": "mon-fri, mon/2, friL, mon#1, holiday, numbers from 0 = Monday, or a list of these.",
        "monthdays": "1-15, 25-5, L, 25W, LW, or a list of these.",
        "months": "jan-mar, nov-feb, jan/3, or a list of these.",
    },
    "schedule": {
        "name": "The value of the instances' schedule tag. Case-sensitive; not ignore, none or off.",
        "description": "What it is for.",
        "timezone": "A name of the tz database, such as Asia/Shanghai. Absent: the stack's default.",
        "periods": "Names of periods, each as name or name@instance-type.",
        "override_status": "Keeps instances in this state, whatever the periods say.",
        "enforced": "Undo manual starts and stops with the next run. Default: false.",
        "retain_running": "Leave running what a person started before a period began. Default: false.",
        "stop_new_instances": "Stop instances that run outside a period when they are tagged. Default: true.",
        "hibernate": "Hibernate EC2 instances where that is possible. Default: false.",
        "use_maintenance_window": "Start databases for their preferred maintenance window. Default: true.",
        "use_metrics": "Write CloudWatch metrics. Absent: as the stack says.",
        "ssm_maintenance_window": "Kept for AWS Instance Scheduler's tables; without effect.",
        "calendar": "The name of a calendar of days off and working days.",
    },
    "calendar": {
        "name": "What schedules refer to.",
        "description": "What it is for.",
        "days_off": "Dates, or ranges such as 2026-10-01..2026-10-07.",
        "working_days": "Dates that are worked, each counting as a Monday, or as 2026-10-10=thu says.",
    },
    "config": {
        "description": "What it is for.",
        "tagname": "The tag key; must be the one that the stack was deployed with.",
        "default_timezone": "The time zone of schedules that name none.",
        "regions": "The regions to schedule in.",
        "scheduled_services": "ec2 and rds.",
        "cross_account_roles": "ARNs of roles or ids of accounts to schedule in.",
        "remote_account_ids": "Ids of accounts to schedule in.",
        "account_regions": "Accounts with regions of their own: account id to a list of regions.",
        "started_tags": "Tags written after a start, as key=value separated by commas.",
        "stopped_tags": "Tags written after a stop.",
        "create_rds_snapshot": "Take a snapshot when a database instance is stopped.",
        "use_metrics": "Write CloudWatch metrics.",
        "trace": "Accepted for AWS Instance Scheduler's tables.",
        "schedule_clusters": "Accepted for AWS Instance Scheduler's tables.",
    },
}
"""What an item of each type may hold, and what it means."""
_SECTIONS = {"periods": "period", "schedules": "schedule", "calendars": "calendar"}


def config_schema() -> dict[str, object]:
    """The schema of a config file with the sections periods, schedules, calendars and config."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Config of the instance scheduler",
        "type": "object",
        "additionalProperties": False,
        "properties": {section: _section(kind) for section, kind in _SECTIONS.items()}
        | {"config": {"$ref": "#/$defs/config", "description": "Settings that win over the stack's."}},
        "$defs": {kind: _item(kind) for kind in ATTRIBUTES},
    }


def _section(kind: str) -> dict[str, object]:
    item = {"$ref": f"#/$defs/{kind}"}
    return {
        "description": f"A list of {kind}s, each with a name, or a mapping of names to {kind}s.",
        "anyOf": [
            {"type": "array", "items": {"allOf": [item, {"required": ["name"]}]}},
            {"type": "object", "additionalProperties": item},
            {"type": "null"},
        ],
    }


def _item(kind: str) -> dict[str, object]:
    properties = {name: _property(kind, name) | {"description": text} for name, text in ATTRIBUTES[kind].items()}
    item: dict[str, object] = {"type": "object", "properties": properties, "additionalProperties": False}
    if kind == "period":
        conditions = [*_TIMES, *LISTS[kind]]
        return item | {"anyOf": [{"required": [name]} for name in conditions]}
    if kind == "schedule":
        return item | {"anyOf": [{"required": [name]} for name in ("periods", "override_status")]}
    return item


def _property(kind: str, name: str) -> dict[str, object]:
    if name in LISTS[kind]:
        return dict(_WORDS)
    if name in FLAGS[kind]:
        return dict(_FLAG)
    if name in _TIMES:
        return dict(_TIMES[name])
    if name == "account_regions":
        return {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": dict(_WORDS)}]}
    if name == "override_status":
        return {"enum": ["running", "stopped"]}
    if name == "name":
        return {"type": "string", "minLength": 1}
    return dict(_TEXT)


def schema_text() -> str:
    """The schema as the shipped file has it."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


@click.command(
    epilog="""\b
Examples:
  scheduler-cli schema > schedules.schema.json
  # then, as the first line of schedules.yaml:
  # yaml-language-server: $schema=schedules.schema.json
"""
)
@click.option("--json", "as_json", is_flag=True, expose_value=False, help="Accepted for symmetry: a schema is JSON.")
def schema() -> None:
    """Print the JSON Schema of config files, for editors."""
    click.echo(schema_text(), nl=False)


if __name__ == "__main__":
    click.echo(schema_text(), nl=False)
