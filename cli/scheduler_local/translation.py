"""Rewrites a template for moto: SAM becomes CloudFormation, local folders placeholders, and what moto lacks is left out."""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
from moto.cloudformation.parsing import get_model_map
from moto.utilities.utils import get_partition
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

_PLACEHOLDER = "s3://embedded/artifact"
_DONE_OTHERWISE = (
    "Custom::",
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Stack",
    "AWS::Lambda::LayerVersion",
)
"""Custom resources (the config table holds what the scenario says and nothing else), nested stacks (deployed from their own
template), and layers (a folder on the worker's path)."""


class DeploymentFailed(Exception):
    """When the template cannot be deployed; the message says why in one line."""


@dataclass(slots=True)
class Sources:
    """The local folders of a template, by logical id."""

    functions: dict[str, Path] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)
    layers_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    machine: tuple[str, Path] | None = None


def take_sources(template: dict[str, Any], root: Path) -> Sources:
    """Note the template's local folders and put placeholders in their place, as SAM takes only packaged ones."""
    sources = Sources()
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


def translate(template: dict[str, Any], region: str) -> dict[str, Any]:
    """Turn a SAM template into CloudFormation; a plain one stays as it is."""
    if "Transform" not in template:
        return template
    substitutions = {
        logical_id: resource["Metadata"].pop("Substitutions")
        for logical_id, resource in template["Resources"].items()
        if "Substitutions" in resource.get("Metadata", {})
    }
    translated = copy.deepcopy(_translated(json.dumps(template), region))
    for logical_id, values in substitutions.items():
        properties = translated["Resources"][logical_id]["Properties"]
        properties["DefinitionString"] = {"Fn::ToJsonString": values}
    return translated


@lru_cache(maxsize=8)
def _translated(template: str, region: str) -> dict[str, Any]:
    """Translate a template, once for all embedded AWS that follow one another in this process."""
    session = boto3.Session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none")
    translator = Translator({}, Parser(), boto_session=session)
    try:
        translated = translator.translate(json.loads(template), parameter_values={})
    except Exception as error:  # the translator raises its own kinds without a common base
        raise DeploymentFailed(f"The template cannot be translated: {getattr(error, 'message', error)}") from error
    assert isinstance(translated, dict)
    return translated


def inline_code(resources: dict[str, Any]) -> None:
    """Give functions code that moto can take; the real code is run by the workers."""
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = {"ZipFile": "pass"}
            resource["Properties"].pop("Layers", None)


def with_partition(template: dict[str, Any], region: str) -> dict[str, Any]:
    """A copy with the partition and its domain written out, since moto takes every partition for `aws`."""
    partition = get_partition(region)
    values = {"Partition": partition, "URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"}
    text = json.dumps(template)
    for name, value in values.items():
        text = text.replace(f'{{"Ref": "AWS::{name}"}}', f'"{value}"').replace(f"${{AWS::{name}}}", value)
    copied = json.loads(text)
    assert isinstance(copied, dict)
    return copied


def leave_out_unsupported(template: dict[str, Any]) -> tuple[str, ...]:
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
