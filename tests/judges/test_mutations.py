"""The recorded table of mutations is whole, and a few of them, chosen by a seed, are caught again by the judge it names."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.judges.judges import JUDGES, ROOT, copy_repository
from tests.judges.mutations import MUTATIONS, Mutation
from tests.judges.play_mutations import NOBODY, catcher, recorded

SEED, CHOSEN = 20261123, 3
QUICK = {"asl-validator", "AWS language service", "sam validate (hub)", "sam validate (spoke)"}
"""Judges that take a few seconds."""


def chosen() -> list[Mutation]:
    """Some that a quick judge catches, of those judges that are installed."""
    caught = recorded()
    here = {judge.name for judge in JUDGES if judge.needs is None or judge.needs.exists()}
    quick = [mutation for mutation in MUTATIONS if caught.get(mutation.name) in QUICK & here]
    return random.Random(SEED).sample(quick, min(CHOSEN, len(quick)))


def test_every_mutation_was_caught() -> None:
    assert set(recorded()) == {mutation.name for mutation in MUTATIONS}
    assert NOBODY not in recorded().values()


def test_at_least_twenty_are_played_in_all_three_files() -> None:
    assert len(MUTATIONS) >= 20
    assert {mutation.file for mutation in MUTATIONS} == {
        "template.yaml",
        "spoke/template.yaml",
        "statemachine/scheduler.asl.json",
    }


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_what_a_mutation_damages_is_there(mutation: Mutation) -> None:
    assert mutation.old in (ROOT / mutation.file).read_text(encoding="utf-8")
    assert mutation.old != mutation.new


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_repository(tmp_path_factory.mktemp("judged") / "repository")


@pytest.mark.parametrize("mutation", chosen(), ids=lambda mutation: mutation.name)
def test_its_judge_catches_it_again(mutation: Mutation, copied: Path) -> None:
    (judge,) = [judge for judge in JUDGES if judge.name == recorded()[mutation.name]]
    assert catcher(mutation, copied, [judge]) == judge.name
