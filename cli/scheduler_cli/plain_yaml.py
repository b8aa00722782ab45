"""YAML without its surprises: `17:00`, `2026-10-01` and `off` stay text, and only true and false are booleans."""

import re

import yaml


class PlainLoader(yaml.SafeLoader):
    """Reads booleans, null, whole numbers and merge keys; everything else without quotes is a text."""


PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", "~|null|Null|NULL|", "~nN"),
    ("int", "[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("merge", "<<", "<"),
):
    PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))
PlainLoader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile("^$")))
