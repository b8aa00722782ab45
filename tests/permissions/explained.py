"""The tables of docs/security.md that explain permissions: grants that no scenario uses, and resources that are `*`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.docs.pages import ROOT, text_of

UNUSED = "## Granted and used by no scenario"
EVERYWHERE = "## Permissions on all resources"
FUNCTIONS = (
    "hub-plan-run",
    "hub-evaluate-ec2",
    "hub-evaluate-rds",
    "hub-gather-actions",
    "hub-start-stop-ec2",
    "hub-start-stop-rds",
    "hub-resize",
    "hub-summarize-run",
    "hub-configure",
)
_EVERY_FUNCTION = "every function"
Key = tuple[str, str, str]
"""Role, action and resource, as `Grant` names them."""


def explained(heading: str) -> dict[Key, str]:
    """What a table explains → why. A row may name several of each; `<function>` stands for the role's own."""
    return {key: why for row in _rows(heading) for key, why in _keys(*row)}


def _rows(heading: str) -> Iterator[list[str]]:
    section = text_of(ROOT / "docs" / "security.md").split(f"\n{heading}\n", 1)[1]
    for line in re.split(r"^## ", section, maxsplit=1, flags=re.MULTILINE)[0].splitlines():
        if line.startswith("| ") and not line.startswith("| role"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def _keys(roles: str, actions: str, resources: str, why: str) -> Iterator[tuple[Key, str]]:
    named = [*(FUNCTIONS if _EVERY_FUNCTION in roles else ()), *_code(roles)]
    for role in named:
        for action in _code(actions):
            for resource in _code(resources):
                yield (role, action, resource.replace("<function>", role.removeprefix("hub-"))), why


def _code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)
