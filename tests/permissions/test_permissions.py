"""Least privilege, proven: what the roles are given against what the scenarios ask for."""

from __future__ import annotations

import pytest
from policy_sentry.querying.actions import get_action_data

from tests.permissions.explained import EVERYWHERE, UNUSED, explained
from tests.permissions.grants import Grant, unused
from tests.permissions.optional import optional_grants, policies_left_out
from tests.permissions.rehearsal import Rehearsal, rehearse


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    return rehearse()


@pytest.fixture(scope="module")
def idle(rehearsal: Rehearsal) -> set[tuple[str, str, str]]:
    """The grants that nobody used, those of options included."""
    left = [*unused(rehearsal.grants, rehearsal.used), *optional_grants()]
    return {(grant.role, grant.action, grant.on) for grant in left}


def test_the_scenarios_play_to_their_end(rehearsal: Rehearsal) -> None:
    assert set(rehearsal.ends) == {"SUCCEEDED"}


def test_no_permission_is_missing(rehearsal: Rehearsal) -> None:
    assert rehearsal.refused == frozenset()


def test_every_role_of_hub_and_spoke_took_part(rehearsal: Rehearsal) -> None:
    played = {use.role.rpartition("/")[2] for use in rehearsal.used}
    assert {grant.role for grant in rehearsal.grants} - {
        role.removeprefix("instance-scheduler-") for role in played
    } == {"hub-trigger"}


def test_no_policy_under_a_condition_is_left_out() -> None:
    assert policies_left_out() == []


def test_every_grant_that_no_scenario_uses_is_explained(idle: set[tuple[str, str, str]]) -> None:
    assert sorted(idle - set(explained(UNUSED))) == []


def test_nothing_is_explained_that_is_used_or_not_granted(idle: set[tuple[str, str, str]]) -> None:
    assert sorted(set(explained(UNUSED)) - idle) == []


def test_every_explanation_is_a_sentence() -> None:
    assert [why for why in explained(UNUSED).values() if len(why) < 20] == []


def test_no_action_is_a_wildcard(rehearsal: Rehearsal) -> None:
    assert [grant for grant in (*rehearsal.grants, *optional_grants()) if "*" in grant.action] == []


def test_every_permission_on_all_resources_is_listed(rehearsal: Rehearsal) -> None:
    everywhere = {(one.role, one.action, one.on) for one in _on_everything(rehearsal)}

    assert everywhere == set(explained(EVERYWHERE))


def test_all_resources_are_named_only_where_the_action_takes_no_other(rehearsal: Rehearsal) -> None:
    actions = sorted({grant.action for grant in _on_everything(rehearsal)})

    assert {action: _resource_types(action) for action in actions} == {action: {"*"} for action in actions}


def _on_everything(rehearsal: Rehearsal) -> list[Grant]:
    return [grant for grant in (*rehearsal.grants, *optional_grants()) if grant.on == "*"]


def _resource_types(action: str) -> set[str]:
    """The resources that the Service Authorization Reference gives an action."""
    prefix, _, name = action.partition(":")
    return {row["resource_arn_format"] for row in get_action_data(prefix, name)[prefix]}
