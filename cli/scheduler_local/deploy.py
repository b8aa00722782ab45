"""Deploys the real template: SAM → CloudFormation → moto, with what moto cannot take rewritten or left out."""

import copy
import json
import logging
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import yaml
from moto.cloudformation.models import Stack as MotoStack
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import get_model_map
from moto.utilities.utils import get_partition
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import intrinsics_multi_constructor

from scheduler_local.patching import replaced

STACK_NAME = "instance-scheduler"
_PLACEHOLDER = "s3://embedded/artifact"
_DONE_OTHERWISE = (
    "Custom::",
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Stack",
    "AWS::Lambda::LayerVersion",
)
"""Custom resources (the config table holds what the scenario says and nothing else), nested stacks (deployed from their own
template), and layers (a folder on the worker's path)."""

logger = logging.getLogger(__name__)


class DeploymentFailed(Exception):
    """When the template cannot be deployed; the message says why in one line."""


class _TemplateLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C's where it is built
    """YAML with CloudFormation's short forms such as !Ref."""


_TemplateLoader.add_multi_constructor("!", intrinsics_multi_constructor)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSource:
    """Where a function's code lies and what its template says."""

    name: str
    folder: Path
    layers: tuple[Path, ...]
    handler: str
    environment: Mapping[str, str]
    timeout: float
    memory: int
    role_arn: str
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What came of the hub's template."""

    functions: Mapping[str, FunctionSource]
    """By function name."""
    machine_name: str
    machine_role: str
    definition: str
    """The state machine's definition with every substitution made."""
    parameter_prefix: str
    skipped: tuple[str, ...]
    """`Logical id (type)` of what moto cannot create."""


@dataclass(slots=True)
class _Sources:
    """The local folders of a template, by logical id."""

    functions: dict[str, Path] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)
    layers_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    machine: tuple[str, Path] | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """A template in an account and region."""

    template_file: Path
    account: str
    region: str
    name: str = STACK_NAME

    def read(self) -> dict[str, Any]:
        """The template as it stands in its file. Raises DeploymentFailed."""
        try:
            template = yaml.load(self.template_file.read_text(encoding="utf-8"), Loader=_TemplateLoader)
        except OSError as error:
            raise DeploymentFailed(f"{self.template_file}: {error.strerror or error}") from error
        except yaml.YAMLError as error:
            raise DeploymentFailed(f"{self.template_file}: {' '.join(str(error).split())}") from error
        if not isinstance(template, dict):
            raise DeploymentFailed(f"{self.template_file}: not a template")
        return template


def deploy_hub(stack: Stack, settings: Mapping[str, Any]) -> Deployment:
    """Deploy the scheduler's stack; settings become parameters where the template has one of that name."""
    template = stack.read()
    sources = _take_sources(template, stack.template_file.parent)
    if sources.machine is None:
        raise DeploymentFailed(f"{stack.template_file}: no state machine")
    machine_id, definition_file = sources.machine
    cloudformation = _translate(template, stack.region)
    _inline(cloudformation["Resources"])
    parameters = {
        _camel(key): _parameter(value)
        for key, value in settings.items()
        if _camel(key) in template.get("Parameters", {})
    }
    skipped, resources = _create(stack, cloudformation, parameters)
    substitutions = json.loads(resources[machine_id].definition)
    prefix = _parameter_prefix(resources)
    return Deployment(
        functions=dict(_functions(sources, resources)),
        machine_name=resources[machine_id].name,
        machine_role=resources[machine_id].roleArn,
        definition=_substitute(definition_file, substitutions),
        parameter_prefix=prefix,
        skipped=skipped,
    )


def deploy_spoke(stack: Stack, parameters: Mapping[str, str]) -> None:
    """Deploy the reader and actor roles into an account."""
    template = stack.read()
    known = {key: value for key, value in parameters.items() if key in template.get("Parameters", {})}
    _create(stack, _translate(template, stack.region), known)


def _take_sources(template: dict[str, Any], root: Path) -> _Sources:
    """Note the template's local folders and put placeholders in their place, as SAM takes only packaged ones."""
    sources = _Sources()
    common = template.get("Globals", {}).get("Function", {})
    for logical_id, resource in template.get("Resources", {}).items():
        properties = resource.get("Properties", {})
        match resource.get("Type"):
            case "AWS::Serverless::Function":
                sources.functions[logical_id] = root / str(properties.get("CodeUri", common.get("CodeUri", ".")))
                layers = [*common.get("Layers", []), *properties.get("Layers", [])]
                sources.layers_of[logical_id] = tuple(layer["Ref"] for layer in layers if "Ref" in layer)
                properties["CodeUri"] = _PLACEHOLDER
            case "AWS::Serverless::LayerVersion":
                sources.layers[logical_id] = root / str(properties.get("ContentUri", "."))
                properties["ContentUri"] = _PLACEHOLDER
            case "AWS::Serverless::StateMachine":
                sources.machine = logical_id, root / str(properties.pop("DefinitionUri"))
                # moto resolves the substitutions; the definition itself is filled in afterwards.
                substitutions = properties.pop("DefinitionSubstitutions", {})
                properties["Definition"] = {"StartAt": "None", "States": {}}
                resource.setdefault("Metadata", {})["Substitutions"] = substitutions
    return sources


def _translate(template: dict[str, Any], region: str) -> dict[str, Any]:
    """Turn a SAM template into CloudFormation; a plain one stays as it is."""
    if "Transform" not in template:
        return template
    substitutions = {
        logical_id: resource["Metadata"].pop("Substitutions")
        for logical_id, resource in template["Resources"].items()
        if "Substitutions" in resource.get("Metadata", {})
    }
    session = boto3.Session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none")
    translator = Translator({}, Parser(), boto_session=session)
    try:
        translated = translator.translate(copy.deepcopy(template), parameter_values={})
    except Exception as error:  # the translator raises its own kinds without a common base
        raise DeploymentFailed(f"The template cannot be translated: {getattr(error, 'message', error)}") from error
    for logical_id, values in substitutions.items():
        properties = translated["Resources"][logical_id]["Properties"]
        properties["DefinitionString"] = {"Fn::ToJsonString": values}
    assert isinstance(translated, dict)
    return translated


def _inline(resources: dict[str, Any]) -> None:
    """Give functions code that moto can take; the real code is run by the workers."""
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = {"ZipFile": "pass"}
            resource["Properties"].pop("Layers", None)


def _create(
    stack: Stack, template: dict[str, Any], parameters: Mapping[str, str]
) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """Create the stack in moto; the answer names what was skipped and holds what was created."""
    template = _with_partition(template, stack.region)
    template.pop("Transform", None)
    skipped = _leave_out_unsupported(template)
    for entry in skipped:
        logger.info("%s: skipped %s, which moto cannot create", stack.template_file.name, entry)
    backend = cloudformation_backends[stack.account][stack.region]
    try:
        # moto would read the text as YAML, which takes longer than all the rest.
        with replaced(MotoStack, parse_template=staticmethod(json.loads)):
            created = backend.create_stack(name=stack.name, template=json.dumps(template), parameters=dict(parameters))
    except Exception as error:  # whatever moto trips over, the user needs one line about it
        raise DeploymentFailed(f"The stack cannot be created: {type(error).__name__}: {error}") from error
    if created.status != "CREATE_COMPLETE":
        raise DeploymentFailed(f"The stack ended in {created.status}")
    return skipped, created.resource_map


def _with_partition(template: dict[str, Any], region: str) -> dict[str, Any]:
    """A copy with the partition and its domain written out, since moto takes every partition for `aws`."""
    partition = get_partition(region)
    values = {"Partition": partition, "URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"}
    text = json.dumps(template)
    for name, value in values.items():
        text = text.replace(f'{{"Ref": "AWS::{name}"}}', f'"{value}"').replace(f"${{AWS::{name}}}", value)
    copied = json.loads(text)
    assert isinstance(copied, dict)
    return copied


def _leave_out_unsupported(template: dict[str, Any]) -> tuple[str, ...]:
    """Remove resources that moto's CloudFormation lacks, and outputs and dependencies that name them."""
    resources = template["Resources"]
    for resource in resources.values():
        _rewrite_role_policy(resource)
    supported = get_model_map()
    missing = {
        logical_id: resource["Type"]
        for logical_id, resource in resources.items()
        if resource["Type"].startswith(_DONE_OTHERWISE) or resource["Type"] not in supported
    }
    for logical_id in missing:
        del resources[logical_id]
    for resource in resources.values():
        wanted = resource.pop("DependsOn", [])
        kept = [name for name in ([wanted] if isinstance(wanted, str) else wanted) if name not in missing]
        if kept:
            resource["DependsOn"] = kept
    outputs = template.get("Outputs", {})
    for name in [name for name, output in outputs.items() if _names_any(output, missing)]:
        del outputs[name]
    return tuple(f"{name} ({kind})" for name, kind in missing.items() if not kind.startswith(_DONE_OTHERWISE))


def _rewrite_role_policy(resource: dict[str, Any]) -> None:
    """Write an inline policy of a role the older way, the one that moto knows."""
    if resource["Type"] == "AWS::IAM::RolePolicy":
        resource["Type"] = "AWS::IAM::Policy"
        resource["Properties"]["Roles"] = [resource["Properties"].pop("RoleName")]


def _names_any(value: Any, names: Mapping[str, str]) -> bool:
    text = json.dumps(value)
    return any(re.search(rf'"{name}"|\$\{{{name}[.}}]', text) for name in names)


def _functions(sources: _Sources, resources: Mapping[str, Any]) -> Iterator[tuple[str, FunctionSource]]:
    for logical_id, folder in sources.functions.items():
        function = resources[logical_id]
        layers = tuple(_python_folder(sources.layers[layer]) for layer in sources.layers_of[logical_id])
        yield (
            function.function_name,
            FunctionSource(
                name=function.function_name,
                folder=folder.resolve(),
                layers=layers,
                handler=function.handler,
                environment={key: str(value) for key, value in (function.environment_vars or {}).items()},
                timeout=float(function.timeout),
                memory=int(function.memory_size),
                role_arn=function.role,
                arn=function.get_cfn_attribute("Arn"),
            ),
        )


def _python_folder(layer: Path) -> Path:
    """The folder of a layer that comes onto the path: `python/` once it is built, else its source."""
    built = layer / "python"
    return (built if built.is_dir() else layer).resolve()


def _substitute(definition_file: Path, substitutions: Mapping[str, str]) -> str:
    """Put the values into the definition, as CloudFormation does; a `${name}` without one is an error."""
    try:
        text = definition_file.read_text(encoding="utf-8")
    except OSError as error:
        raise DeploymentFailed(f"{definition_file}: {error.strerror or error}") from error
    unknown = set(re.findall(r"\$\{(\w+)\}", text)) - set(substitutions)
    if unknown:
        raise DeploymentFailed(f"{definition_file}: no substitution for {', '.join(sorted(unknown))}")
    return re.sub(r"\$\{(\w+)\}", lambda match: str(substitutions[match.group(1)]), text)


def _parameter_prefix(resources: Mapping[str, Any]) -> str:
    """The Parameter Store path that all parameters of the stack share."""
    names = [str(item.name) for item in resources.values() if type(item).__name__ == "Parameter"]
    if not names:
        raise DeploymentFailed("The stack has no parameters")
    return names[0].rpartition("/")[0] + "/"


def _camel(key: str) -> str:
    """`default_timezone` → `DefaultTimezone`."""
    return string.capwords(key, "_").replace("_", "")


def _parameter(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
