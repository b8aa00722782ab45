"""One template for every partition, beside itself in one account, and within what CloudFormation accepts."""

import re
from pathlib import Path

import pytest
from tests.template.stack import ROOT, Stack, read, strings

TEMPLATES = ["template.yaml", "spoke/template.yaml"]
NAMES = {
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::Serverless::LayerVersion": "LayerName",
    "AWS::Serverless::StateMachine": "Name",
}


@pytest.mark.parametrize("path", TEMPLATES)
def test_no_arn_names_a_partition(path):
    assert not [text for text in strings(read(path)) if re.search(r"arn:aws[a-z-]*:", text)]


@pytest.mark.parametrize("path", TEMPLATES)
def test_the_domain_of_aws_stands_in_service_principals_only(path):
    assert all(re.fullmatch(r"[a-z]+\.amazonaws\.com", text) for text in strings(read(path)) if "amazonaws.com" in text)


def test_two_stacks_of_other_names_and_namespaces_share_no_name():
    one = Stack("template.yaml", Namespace="blue", **{"AWS::StackName": "blue"})
    two = Stack("template.yaml", Namespace="green", **{"AWS::StackName": "green"})
    first, second = (
        [body["Properties"][NAMES[body["Type"]]] for body in stack.resources.values() if body["Type"] in NAMES]
        for stack in (one, two)
    )
    assert len(first) == len(set(first))
    assert not set(first) & set(second)


def test_no_other_resource_has_a_name_of_its_own(hub):
    unnamed = [body["Properties"] for body in hub.resources.values() if body["Type"] not in NAMES]
    assert not [key for body in unnamed for key in body if key in ("TableName", "QueueName", "Name", "StackName")]


@pytest.mark.parametrize("path", TEMPLATES)
def test_every_parameter_is_described_and_has_its_place_in_the_console(path):
    template = read(path)
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    placed = [name for group in groups for name in group["Parameters"]]
    assert sorted(placed) == sorted(template["Parameters"])
    assert all(body["Description"] for body in template["Parameters"].values())


@pytest.mark.parametrize("path", TEMPLATES)
def test_every_free_text_is_held_to_a_pattern_that_its_default_meets(path):
    parameters = read(path)["Parameters"]
    free = [one for one in parameters.values() if one["Type"] == "String" and "AllowedValues" not in one]
    assert all(one["ConstraintDescription"] for one in free)
    assert all(re.search(one["AllowedPattern"], one["Default"]) for one in free if "Default" in one)


@pytest.mark.parametrize(
    "name", ["StartedTags", "StoppedTags", "ExternalId", "TagKey", "DefaultTimezone", "Regions", "Namespace"]
)
@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\nb"])
def test_no_parameter_can_break_out_of_the_settings_document(name, text):
    assert not re.search(read("template.yaml")["Parameters"][name]["AllowedPattern"], text)


def test_the_spoke_is_given_the_parameters_that_it_asks_for(hub):
    given = hub.resources["Roles"]["Properties"]["Parameters"]
    asked = read("spoke/template.yaml")["Parameters"]
    assert set(given) == set(asked)
    assert (ROOT / hub.resources["Roles"]["Properties"]["TemplateURL"]).is_file()


def test_hub_and_spoke_agree_on_the_parameters_that_they_share():
    hub, spoke = (read(path)["Parameters"] for path in TEMPLATES)
    compared = ("Type", "Default", "AllowedPattern", "AllowedValues", "MinLength", "MaxLength")
    shared = sorted(set(hub) & set(spoke))
    assert [[hub[name].get(key) for key in compared] for name in shared] == [
        [spoke[name].get(key) for key in compared] for name in shared
    ]


def test_the_roles_are_left_out_where_a_stack_set_brings_them():
    assert "Roles" not in Stack("template.yaml", InstallRoles="false").resources


def test_the_layer_is_built_by_its_makefile_from_hashed_requirements(hub):
    layer = hub.resources["SchedulerLayer"]
    rules = (ROOT / layer["Properties"]["ContentUri"] / "Makefile").read_text()
    assert layer["Metadata"] == {"BuildMethod": "makefile"}
    assert "build-SchedulerLayer:" in rules
    assert "--require-hashes" in rules


def test_functions_bring_no_requirements_of_their_own():
    assert not list(Path(ROOT / "functions").glob("*/requirements.txt"))


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1"])
def test_what_sam_makes_of_it_passes_the_linter(region, transformed, lint):
    assert lint(transformed(region), region) == []


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1"])
def test_the_spoke_passes_the_linter(region, lint):
    assert lint((ROOT / "spoke/template.yaml").read_text(), region) == []
