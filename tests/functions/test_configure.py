"""The custom resource as CloudFormation calls it: the real handler, a table on moto, an address that takes the answer."""

from itertools import count

import pytest
from tests.aws.estate import create_table
from tests.aws.presigned import CloudFormation

from instance_scheduler.aws import custom_resource
from instance_scheduler.aws.session import hub_client
from instance_scheduler.samples import sample_items

_numbers = count()
EDITED = {"type": "period", "name": "office-hours", "begintime": "08:00", "endtime": "18:00"}
NAMES = {
    *("working-days", "weekends", "office-hours", "first-monday-in-quarter"),
    *("cn-office-hours", "uk-office-hours", "seattle-office-hours", "running", "stopped", "scale-up-down"),
}


@pytest.fixture
def cloudformation(monkeypatch):
    monkeypatch.setattr(custom_resource, "_FIRST_WAIT", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    place = CloudFormation()
    yield place
    place.server.shutdown()
    place.server.server_close()


@pytest.fixture
def table(hub):
    return create_table(f"config-{next(_numbers)}", keys=("type", "name"))


@pytest.fixture
def request_of(invoke, cloudformation, table):
    """Send a request of a type, as the template's resource does; what CloudFormation was answered."""

    def send(kind, **others):
        invoke(
            "configure",
            {
                "RequestType": kind,
                "ResponseURL": cloudformation.url,
                "StackId": "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/prod/1",
                "RequestId": f"{kind}-1",
                "LogicalResourceId": "Configuration",
                "ResourceType": "Custom::Configuration",
                "ResourceProperties": {
                    "ServiceToken": "arn:function",
                    "ServiceTimeout": "120",
                    "ConfigTable": table.name,
                },
                **others,
            },
        )
        return cloudformation.answer

    return send


def items_of(table):
    return {(item["type"], item["name"]): item for item in table.scan()}


def test_a_create_writes_the_config_item_and_the_samples(request_of, table):
    answer = request_of("Create")

    items = items_of(table)
    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", "done")
    assert {name for kind, name in items if kind != "config"} == NAMES
    assert ("config", "scheduler") in items
    assert len(items) == len(sample_items())


def test_a_create_that_comes_twice_leaves_what_was_edited_between(request_of, table):
    request_of("Create")
    table.put(EDITED)

    answer = request_of("Create")

    assert (answer["Status"], items_of(table)["period", "office-hours"]) == ("SUCCESS", EDITED)


def test_an_update_keeps_edits_and_brings_back_nothing_that_was_deleted(request_of, table):
    created = request_of("Create")
    table.put(EDITED)
    hub_client("dynamodb").delete_item(
        TableName=table.name, Key={"type": {"S": "schedule"}, "name": {"S": "uk-office-hours"}}
    )
    before = items_of(table)

    properties = {"ServiceToken": "arn:another-version", "ConfigTable": table.name}
    answer = request_of(
        "Update",
        OldResourceProperties=properties,
        ResourceProperties={**properties, "ServiceTimeout": "60"},
        PhysicalResourceId=created["PhysicalResourceId"],
    )

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", created["PhysicalResourceId"])
    assert items_of(table) == before


def test_a_delete_keeps_what_is_there(request_of, table):
    created = request_of("Create")
    before = items_of(table)

    answer = request_of("Delete", PhysicalResourceId=created["PhysicalResourceId"])

    assert (answer["Status"], items_of(table)) == ("SUCCESS", before)


def test_a_table_that_is_not_there_is_a_failure_with_dynamodbs_words(request_of):
    answer = request_of("Create", ResourceProperties={"ConfigTable": "nowhere"})

    assert answer["Status"] == "FAILED"
    assert "ResourceNotFoundException" in answer["Reason"]


def test_without_properties_the_table_of_the_stacks_parameters_is_written(request_of, opened):
    answer = request_of("Create", ResourceProperties=None)

    assert answer["Status"] == "SUCCESS"
    assert {(item["type"], item["name"]) for item in sample_items()} <= set(items_of(opened.config_table))
