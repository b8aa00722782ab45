"""The dashboard, and the permission to put events: there only where they were asked for."""

import json

import pytest
from tests.template.stack import Stack

DASHBOARD = "AWS::CloudWatch::Dashboard"
REGIONS = [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-cn", "cn-northwest-1")]


def dashboards(**parameters):
    return Stack("template.yaml", **parameters).of_type(DASHBOARD)


def test_a_stack_has_no_dashboard_unless_it_is_asked_for():
    assert dashboards() == {}
    assert set(dashboards(Dashboard="true")) == {"SchedulerDashboard"}


@pytest.mark.parametrize(("partition", "region"), REGIONS)
def test_every_widget_looks_at_the_region_of_the_stack(partition, region):
    (dashboard,) = dashboards(Dashboard="true", partition=partition, region=region).values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    assert {widget["properties"]["region"] for widget in widgets} == {region}
    assert all(widget["properties"]["title"] for widget in widgets)


def test_widgets_do_not_lie_over_one_another():
    (dashboard,) = dashboards(Dashboard="true").values()
    cells = [
        (x, y)
        for one in json.loads(dashboard["DashboardBody"])["widgets"]
        for x in range(one["x"], one["x"] + one["width"])
        for y in range(one["y"], one["y"] + one["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize(("asked", "granted"), [("true", {"SummarizeRunRole"}), ("false", set())])
def test_only_the_summary_may_put_events_and_only_where_they_are_asked_for(asked, granted):
    stack = Stack("template.yaml", PublishEvents=asked)
    roles = {
        name
        for name in stack.of_type("AWS::IAM::Role")
        for policy in stack.policies_of(name)
        for statement in policy["Statement"]
        if "events:PutEvents" in statement["Action"]
    }
    assert roles == granted


def test_events_may_be_put_under_the_schedulers_own_name_alone():
    stack = Stack("template.yaml", PublishEvents="true")
    (statement,) = stack.resources["PublishEventsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == "arn:aws-cn:events:cn-north-1:111122223333:event-bus/default"
    assert statement["Condition"] == {"StringEquals": {"events:source": "instance-scheduler"}}


@pytest.mark.parametrize("parameter", ["UseMetrics", "Dashboard", "PublishEvents"])
def test_what_costs_more_than_the_scheduler_is_off_and_says_what_it_costs(parameter):
    declared = Stack("template.yaml").template["Parameters"][parameter]
    assert declared["Default"] == "false"
    assert "dollar" in declared["Description"]
