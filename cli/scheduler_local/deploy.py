"""Deploys the real template: SAM → CloudFormation → moto, with what moto cannot take rewritten or left out."""

import copy
import json
import logging
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from moto.cloudformation.models import Stack as MotoStack
from moto.cloudformation.models import cloudformation_backends
from samtranslator.yaml_helper import intrinsics_multi_constructor

from scheduler_local.patching import replaced
from scheduler_local.translation import (
    DeploymentFailed,
    Sources,
    inline_code,
    leave_out_unsupported,
    take_sources,
    translate,
    with_partition,
)

STACK_NAME = "instance-scheduler"
logger = logging.getLogger(__name__)


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
            template = copy.deepcopy(_parsed(self.template_file.read_text(encoding="utf-8")))
        except OSError as error:
            raise DeploymentFailed(f"{self.template_file}: {error.strerror or error}") from error
        except yaml.YAMLError as error:
            raise DeploymentFailed(f"{self.template_file}: {' '.join(str(error).split())}") from error
        if not isinstance(template, dict):
            raise DeploymentFailed(f"{self.template_file}: not a template")
        return template


@lru_cache(maxsize=8)
def _parsed(template: str) -> Any:
    """Parse a template, once for all embedded AWS that follow one another in this process."""
    return yaml.load(template, Loader=_TemplateLoader)


def deploy_hub(stack: Stack, settings: Mapping[str, Any]) -> Deployment:
    """Deploy the scheduler's stack; settings become parameters where the template has one of that name."""
    template = stack.read()
    sources = take_sources(template, stack.template_file.parent)
    if sources.machine is None:
        raise DeploymentFailed(f"{stack.template_file}: no state machine")
    machine_id, definition_file = sources.machine
    cloudformation = translate(template, stack.region)
    inline_code(cloudformation["Resources"])
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
    _create(stack, translate(template, stack.region), known)


def _create(
    stack: Stack, template: dict[str, Any], parameters: Mapping[str, str]
) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """Create the stack in moto; the answer names what was skipped and holds what was created."""
    template = with_partition(template, stack.region)
    template.pop("Transform", None)
    skipped = leave_out_unsupported(template)
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


def _functions(sources: Sources, resources: Mapping[str, Any]) -> Iterator[tuple[str, FunctionSource]]:
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
    if isinstance(value, Mapping):
        return ",".join(f"{key}={item if isinstance(item, str) else '+'.join(item)}" for key, item in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
