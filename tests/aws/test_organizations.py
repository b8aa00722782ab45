"""The accounts of organizational units: paginated, nested, without the suspended, kept for an hour, told of when unreadable."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from tests.aws.estate import make_stack
from tests.unit.specimens import MONDAY_NOON, make_request

from instance_scheduler.accounts import Members
from instance_scheduler.aws import stack as stack_module
from instance_scheduler.aws.organizations import active_accounts, read_membership
from instance_scheduler.aws.planning import plan_run
from instance_scheduler.settings import Service, Settings

ROOT, TEAMS, WEB, OTHER = "r-ab12", "ou-ab12-teams000", "ou-ab12-web00000", "ou-ab12-other000"
SETTINGS = Settings(organizational_units=(TEAMS,), scheduled_services=(Service.EC2,))
STORED = Members(read_at=MONDAY_NOON - timedelta(days=2), units=(TEAMS,), names={"999900001111": "old"})


def account(number, state="ACTIVE", key="State"):
    return {"Id": f"{number:012}", "Name": f"account {number}", key: state}


TREE = {
    ROOT: ([[account(1)]], [[TEAMS, OTHER]]),
    TEAMS: ([[account(2), account(3)], [account(4)]], [[WEB], []]),
    WEB: ([[account(5, "SUSPENDED"), account(6)], []], [[]]),
    OTHER: ([[]], [[]]),
}
"""Parent → pages of accounts, pages of units."""


class FakeOrganizations:
    """Organizations as a tree of pages; `refuses` is raised in the place of an answer."""

    def __init__(self, tree=TREE):
        self.tree = tree
        self.refuses = None
        self.asked = []

    def get_paginator(self, operation):
        return _Paginator(self, operation)


class _Paginator:
    def __init__(self, organizations, operation):
        self.organizations = organizations
        self.operation = operation

    def paginate(self, **asked):
        parent = asked["ParentId"]
        self.organizations.asked.append((self.operation, parent))
        _raise(self.organizations.refuses)
        accounts, units = self.organizations.tree[parent]
        return {
            "list_accounts_for_parent": [{"Accounts": page} for page in accounts],
            "list_organizational_units_for_parent": [
                {"OrganizationalUnits": [{"Id": unit} for unit in page]} for page in units
            ],
        }[self.operation]


def _raise(error):
    if error is not None:
        raise error


def refusal(code="AccessDeniedException"):
    return ClientError({"Error": {"Code": code, "Message": "You don't have permissions"}}, "ListAccountsForParent")


@pytest.fixture
def organizations(monkeypatch):
    fake = FakeOrganizations()
    monkeypatch.setattr(stack_module, "hub_client", lambda service, region: fake)
    return fake


def ids(*numbers):
    return [f"{number:012}" for number in numbers]


# Reading.


def test_every_page_of_a_unit_and_of_the_units_beneath_is_read():
    assert sorted(active_accounts(FakeOrganizations(), [TEAMS])) == ids(2, 3, 4, 6)


def test_a_root_stands_for_the_whole_organization():
    assert sorted(active_accounts(FakeOrganizations(), [ROOT])) == ids(1, 2, 3, 4, 6)


def test_a_unit_that_is_named_beside_its_parent_is_read_once():
    organizations = FakeOrganizations()

    found = active_accounts(organizations, [ROOT, WEB, TEAMS])

    assert sorted(found) == ids(1, 2, 3, 4, 6)
    assert sorted(parent for operation, parent in organizations.asked if "accounts" in operation) == sorted(TREE)


def test_accounts_come_with_their_names():
    assert active_accounts(FakeOrganizations(), [WEB]) == {"000000000006": "account 6"}


@pytest.mark.parametrize("state", ["SUSPENDED", "PENDING_CLOSURE", "CLOSED", "PENDING_ACTIVATION"])
@pytest.mark.parametrize("key", ["State", "Status"])
def test_what_is_not_active_is_left_out(state, key):
    tree = {WEB: ([[account(5, state, key), account(6, "ACTIVE", key)]], [[]])}

    assert sorted(active_accounts(FakeOrganizations(tree), [WEB])) == ids(6)


def test_the_newer_of_two_words_for_the_state_counts():
    tree = {WEB: ([[account(5) | {"State": "PENDING_CLOSURE", "Status": "ACTIVE"}]], [[]])}

    assert active_accounts(FakeOrganizations(tree), [WEB]) == {}


# Keeping.


def test_without_organizational_units_nobody_is_asked():
    organizations = FakeOrganizations()

    assert read_membership(organizations, Settings(), None, MONDAY_NOON).members is None
    assert organizations.asked == []


def test_what_was_read_within_the_hour_is_kept(stack):
    recent = Members(read_at=MONDAY_NOON - timedelta(minutes=59), units=(TEAMS,), names={})
    organizations = FakeOrganizations()

    found = read_membership(organizations, SETTINGS, recent, MONDAY_NOON)

    assert (found.members, found.is_new, organizations.asked) == (recent, False, [])


def test_members_are_kept_in_the_state_table(state):
    state.write_members(STORED)

    assert state.members() == STORED


def test_members_that_somebody_spoilt_are_read_anew(state, table):
    table.put({"pk": "organization", "sk": "accounts", "read_at": "yesterday"})

    assert state.members() is None


def test_members_were_never_read_in_a_new_stack(state):
    assert state.members() is None


# Planning.


def plan(stack, raw=None, run="run-1", at=MONDAY_NOON):
    return plan_run(stack, {"at": f"{at:%Y-%m-%dT%H:%M:%SZ}"} if raw is None else raw, run, at)


def labels(answer):
    return [shard["label"].split("/")[0] for shard in answer["shards"]]


def test_the_accounts_of_a_unit_are_planned_beside_the_stacks_own(table, organizations):
    stack = make_stack(table, settings=SETTINGS)

    answer = plan(stack)

    assert labels(answer) == [*ids(2, 3, 4, 6), "111122223333"]
    assert stack.state.members().read_at == MONDAY_NOON


def test_an_hour_later_the_organization_is_read_again(table, organizations):
    stack = make_stack(table, settings=SETTINGS)
    plan(stack)
    asked = len(organizations.asked)

    plan(stack, at=MONDAY_NOON + timedelta(minutes=55))
    assert len(organizations.asked) == asked

    plan(stack, at=MONDAY_NOON + timedelta(hours=1))
    assert len(organizations.asked) == 2 * asked


def test_an_account_that_joins_is_due_at_once_and_the_others_are_not_looked_at_for_it(table, organizations):
    stack = make_stack(table, settings=SETTINGS)
    before = plan(stack)["run"]["config_hash"]
    organizations.tree = TREE | {OTHER: ([[account(7)]], [[]]), TEAMS: (TREE[TEAMS][0], [[WEB, OTHER]])}

    answer = plan(stack, at=MONDAY_NOON + timedelta(hours=1))

    assert "000000000007" in labels(answer)
    assert answer["run"]["config_hash"] == before


def test_a_dry_run_keeps_nothing_of_what_it_read(table, organizations):
    stack = make_stack(table, settings=SETTINGS)

    answer = plan(stack, {"dry_run": True})

    assert "000000000002" in labels(answer)
    assert list(table.scan()) == []


def test_a_run_may_name_an_account_of_a_unit(table, organizations):
    assert labels(plan(make_stack(table, settings=SETTINGS), {"accounts": ids(6)})) == ids(6)


# Not being able to read.


def test_what_cannot_be_read_leaves_the_stored_accounts_in_use(table, organizations):
    stack = make_stack(table, settings=SETTINGS)
    stack.state.write_members(STORED)
    organizations.refuses = refusal()

    answer = plan(stack)

    assert labels(answer) == ["111122223333", "999900001111"]
    assert (answer["report"], stack.state.journal("run-1").unread[0]) == (1, "AccessDeniedException")
    assert stack.state.members() == STORED


def test_that_it_cannot_be_read_is_news_once_a_day_until_it_changes(table, organizations):
    stack = make_stack(table, settings=SETTINGS)
    organizations.refuses = refusal()
    assert plan(stack)["report"] == 1
    stack.state.mark_organization("AccessDeniedException", MONDAY_NOON)

    reports = [
        plan(stack, run=f"run-{hours}", at=MONDAY_NOON + timedelta(hours=hours))["report"] for hours in (1, 23, 24)
    ]
    organizations.refuses = refusal("AWSOrganizationsNotInUseException")

    assert reports == [0, 0, 1]
    assert plan(stack, run="run-x", at=MONDAY_NOON + timedelta(hours=2))["report"] == 1


def test_a_dry_run_tells_nobody_that_it_could_not_read(table, organizations):
    stack = make_stack(table, settings=SETTINGS)
    organizations.refuses = refusal()

    assert plan(stack, {"dry_run": True})["report"] == 0


def test_the_mark_of_the_organization_is_set_once_a_day(state):
    request = make_request()

    assert state.mark_organization("Throttled", request.at)
    assert not state.mark_organization("Throttled", request.at + timedelta(hours=1))
    assert state.mark_organization("Throttled", request.at + timedelta(days=1))
