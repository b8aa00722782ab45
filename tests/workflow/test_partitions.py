"""Every scenario file of the repository comes to the same in both partitions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scheduler_local.embedded import REPOSITORY, EmbeddedAws
from scheduler_local.result import RunResult
from scheduler_local.scenario import read_scenario
from tests.workflow.conftest import EVENING, MORNING, REGIONS

FILES = sorted(
    file
    for folder in ("docs/examples", "examples", "tests/cli/scenarios")
    for file in (REPOSITORY / folder).rglob("*.yaml")
    if "partition_region:" in file.read_text(encoding="utf-8") and file.parent.name != "fleet"
)
"""All but the fleet: its two hundred instances say no more about partitions than two."""


def in_partition(file: Path, partition: str, folder: Path) -> Path:
    """Copy a scenario, and the config beside it, into a folder of its own, with the regions of a partition."""
    (other,) = {*REGIONS} - {partition}
    names = dict(zip(REGIONS[other], REGIONS[partition], strict=True))
    copies = folder / partition
    copies.mkdir()
    for beside in file.parent.glob("*.yaml"):
        text = re.sub("|".join(names), lambda found: names[found[0]], beside.read_text(encoding="utf-8"))
        (copies / beside.name).write_text(text, encoding="utf-8")
    return copies / file.name


def told(run: RunResult) -> set[tuple[object, ...]]:
    """What became of each instance, its region apart."""
    outcomes = {(one["account"], one["service"], one["name"], one["action"], one["status"]) for one in run.outcomes}
    return {*outcomes, *((one.account, one.service, one.name, one.state, one.type) for one in run.after)}


def play(file: Path) -> list[set[tuple[object, ...]]]:
    """Play the beginning and the end of office hours."""
    with EmbeddedAws(read_scenario(file)) as aws:
        runs = [aws.run(at) for at in (MORNING, EVENING)]
    assert [run.status for run in runs] == ["SUCCEEDED", "SUCCEEDED"]
    return [told(run) for run in runs]


@pytest.fixture
def partition() -> None:
    """Each test here plays both partitions by itself."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(REPOSITORY).as_posix())
def test_a_scenario_comes_to_the_same_in_both_partitions(file: Path, tmp_path: Path) -> None:
    worldwide, chinese = (play(in_partition(file, name, tmp_path)) for name in sorted(REGIONS))

    assert worldwide == chinese
    assert worldwide[0]
