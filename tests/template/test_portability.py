"""One template for every partition, beside itself in one account, and within what CloudFormation accepts."""

import re
from collections.abc import Mapping
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


FOLDERS = ("cli", "functions", "layers", "spoke", "statemachine")
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "template.yaml", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*")))
    if path.suffix in {".py", ".json", ".yaml", ".txt"} or path.name == "Makefile"
)
"""Everything that is deployed, and everything that runs beside it."""
DOMAINS = {
    "cli/scheduler_local/embedded.py": "service principals that roles have to trust",
    "cli/scheduler_local/authorization.py": "a service principal, as an example",
    "cli/scheduler_local/translation.py": "what AWS::URLSuffix stands for",
}
"""Files of the embedded AWS that may write a domain of AWS, each with the reason."""
_ARN_OF_A_PARTITION = re.compile(r"arn:aws[a-z-]*:")
_DOMAIN = re.compile(r"[\w.{}$-]*amazonaws\.com[\w.]*")
_SERVICE_PRINCIPAL = re.compile(r"[a-z-]+\.amazonaws\.com")


def test_the_sources_are_all_there():
    assert {"template.yaml", "spoke/template.yaml", "statemachine/scheduler.asl.json"} < set(SOURCES)
    assert len(SOURCES) > 100


@pytest.mark.parametrize("path", SOURCES)
def test_no_arn_names_a_partition(path):
    assert not _ARN_OF_A_PARTITION.findall((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted({*SOURCES} - {*DOMAINS} - {*TEMPLATES}))
def test_no_source_writes_a_domain_of_aws(path):
    assert not _DOMAIN.findall((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES)
def test_in_a_template_the_domain_of_aws_stands_in_service_principals_only(path):
    found = {text for text in strings(read(path)) if "amazonaws.com" in text}
    assert found <= set(_principals(read(path)))
    assert all(_SERVICE_PRINCIPAL.fullmatch(text) for text in found)


@pytest.mark.parametrize("path", TEMPLATES)
def test_the_comments_of_a_template_write_no_domain_of_aws_either(path):
    found = _DOMAIN.findall((ROOT / path).read_text(encoding="utf-8"))
    assert not [text for text in found if not _SERVICE_PRINCIPAL.fullmatch(text)]


def _principals(value):
    """Every service that a document names as a principal."""
    if isinstance(value, list):
        return [name for member in value for name in _principals(member)]
    if not isinstance(value, Mapping):
        return []
    service = value["Principal"].get("Service", []) if isinstance(value.get("Principal"), Mapping) else []
    return [*([service] if isinstance(service, str) else service), *_principals(list(value.values()))]


class TestWhatChinaLacks:
    """DESIGN: no X-Ray and no SnapStart for Lambda, no HTTPS task, no EventBridge Scheduler, no public layers."""

    @pytest.mark.parametrize(("partition", "region"), [("aws", "us-east-1"), ("aws-cn", "cn-north-1")])
    def test_x_ray_is_asked_for_where_lambda_has_it_alone(self, partition, region):
        stack = Stack("template.yaml", region, partition, Tracing="true")
        machine = stack.resources["SchedulerStateMachine"]["Properties"].get("Tracing")
        function = stack.template["Globals"]["Function"]["Tracing"]
        assert ("SendTracesPolicy" in stack.resources) is (partition == "aws")
        assert (machine == {"Enabled": True}) is (partition == "aws")
        assert function == {"Fn::If": ["Traces", "Active", {"Ref": "AWS::NoValue"}]}

    def test_nothing_is_traced_unless_it_is_asked_for(self):
        stack = Stack("template.yaml", "us-east-1", "aws")
        assert "SendTracesPolicy" not in stack.resources

    def test_every_role_that_is_traced_may_send_its_traces(self):
        stack = Stack("template.yaml", "us-east-1", "aws", Tracing="true")
        senders = {one["Ref"] for one in read("template.yaml")["Resources"]["SendTracesPolicy"]["Properties"]["Roles"]}
        assert senders == set(stack.of_type("AWS::IAM::Role")) - {"TriggerRole"}

    def test_no_resource_is_of_a_type_or_has_a_property_that_is_not_there(self, hub):
        assert not hub.of_type("AWS::Scheduler::Schedule")
        assert "SnapStart" not in set(strings(read("template.yaml")))

    def test_no_task_calls_an_https_endpoint(self):
        assert "http:invoke" not in (ROOT / "statemachine/scheduler.asl.json").read_text()

    def test_every_layer_is_the_stacks_own(self, hub):
        assert hub.template["Globals"]["Function"]["Layers"] == [{"Ref": "SchedulerLayer"}]


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


_KEY = "arn:aws-cn:kms:cn-north-1:111122223333:key/{}"


@pytest.mark.parametrize("path", TEMPLATES)
@pytest.mark.parametrize(
    ("name", "text", "accepted"),
    [
        ("WrittenTagKeys", "LastStart", True),
        ("WrittenTagKeys", "LastStart,Last Stop,team:note", True),
        ("WrittenTagKeys", "LastStart, LastStop", False),
        ("WrittenTagKeys", "LastStart,", False),
        ("WrittenTagKeys", " ", False),
        ("VolumeKmsKeyArns", _KEY.format("mrk-0a1b"), True),
        ("VolumeKmsKeyArns", f"{_KEY.format('one')},{_KEY.format('two')}", True),
        ("VolumeKmsKeyArns", f"{_KEY.format('one')}, {_KEY.format('two')}", False),
        ("VolumeKmsKeyArns", _KEY.format("*"), False),
        ("VolumeKmsKeyArns", "arn:aws-cn:kms:cn-north-1:111122223333:alias/volumes", False),
    ],
)
def test_a_list_that_a_policy_could_not_mean_is_refused(path, name, text, accepted):
    assert bool(re.search(read(path)["Parameters"][name]["AllowedPattern"], text)) is accepted


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


def test_the_spoke_suits_a_stack_set_that_reaches_accounts_of_which_nothing_is_known():
    template = read("spoke/template.yaml")
    defaults = [str(body.get("Default", "")) for body in template["Parameters"].values()]
    assert not [default for default in defaults if re.search(r"\d{12}|arn:|[a-z]{2}(-[a-z]+)+-\d", default)]
    assert not [output for output in template["Outputs"].values() if "Export" in output]
    assert not {"Fn::ImportValue", "Transform", "Fn::GetAZs", "Fn::Transform"} & set(strings(template))
    assert [name for name, body in template["Parameters"].items() if "Default" not in body] == ["HubAccountId"]


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
