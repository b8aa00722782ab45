"""The organization of a scenario: its schema, what it makes of the settings, and what moto lists of it."""

import pytest
from moto.core.base_backend import BackendDict
from moto.organizations.models import organizations_backends

from scheduler_local.organization import Organization, Unit, create_organization, parse_organization
from scheduler_local.scenario import InvalidScenario, parse_scenario

HUB, STAGING, TESTING = "111122223333", "444455556666", "777788889999"
TEAMS, WEB = "ou-ab12-teams000", "ou-ab12-web00000"
ORGANIZATION = {
    "accounts": [HUB],
    "units": [{"id": TEAMS, "name": "teams", "accounts": [STAGING], "units": [{"id": WEB, "accounts": [TESTING]}]}],
    "names": {STAGING: "staging"},
}


def scenario(**more):
    return {"partition_region": "cn-north-1", "accounts": {HUB: {}, STAGING: {}, "999900001111": {}}} | more


@pytest.fixture
def backend():
    BackendDict.reset()
    yield organizations_backends[HUB]["aws-cn"]
    BackendDict.reset()


def test_units_are_read_with_what_lies_beneath_them():
    assert parse_organization(ORGANIZATION) == Organization(
        root=Unit(
            id="r-root",
            name="Root",
            accounts=(HUB,),
            units=(
                Unit(
                    id=TEAMS,
                    name="teams",
                    accounts=(STAGING,),
                    units=(Unit(id=WEB, name=WEB, accounts=(TESTING,)),),
                ),
            ),
        ),
        names={STAGING: "staging"},
    )


def test_a_spoke_of_the_organization_is_left_for_the_units_to_find():
    assert parse_scenario(scenario()).settings["accounts"] == [STAGING, "999900001111"]
    assert parse_scenario(scenario(organization=ORGANIZATION)).settings["accounts"] == ["999900001111"]


def test_moto_lists_accounts_and_units_by_their_parents_with_names_and_states(backend):
    create_organization(parse_organization(ORGANIZATION), HUB, "cn-north-1", frozenset({TESTING}))

    listed = {
        unit: [(one.id, one.name, one.state) for one in backend.list_accounts_for_parent(parent_id=unit)[0]]
        for unit in ("r-root", TEAMS, WEB)
    }
    assert listed == {
        "r-root": [(HUB, "management", "ACTIVE")],
        TEAMS: [(STAGING, "staging", "ACTIVE")],
        WEB: [(TESTING, TESTING, "SUSPENDED")],
    }
    assert [one.id for one in backend.list_organizational_units_for_parent(parent_id=TEAMS)[0]] == [WEB]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"organization": {"unit": []}}, "organization: 'unit' is not known; did you mean 'units'?"),
        ({"organization": {"units": [{"name": "teams"}]}}, "organization.units[0]: 'id' is a required property"),
        ({"organization": {"units": [{"id": "teams"}]}}, "organization.units[0].id: 'teams' does not match"),
        ({"organization": {"accounts": ["1"]}}, "organization.accounts[0]: '1' does not match"),
        ({"organization": {"root": "root"}}, "organization.root: 'root' does not match"),
        ({"organization": {"units": [{"id": TEAMS, "ous": []}]}}, "organization.units[0]: 'ous' is not known"),
        ({"organization": {"names": {"hub": "x"}}}, "organization.names: 'hub' does not match"),
        ({"suspended": [STAGING, STAGING]}, "suspended: "),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_wrong_key_or_value_is_refused_with_its_path(wrong, fault):
    with pytest.raises(InvalidScenario) as raised:
        parse_scenario(scenario(**wrong))

    assert fault in str(raised.value)
