"""Two people change the config at once: what either of them did holds, and no schedule is left without its period."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from tests.cli.stack import reached, scenario, started
from tests.cli.tool import answer, complaint

from instance_scheduler.aws.table import Table
from scheduler_cli import config_changes, config_edits
from scheduler_cli.config_changes import MOST_CHANGES, read_snapshot, write
from scheduler_cli.failures import SomebodyWasFaster
from scheduler_cli.stack_access import StackAccess
from scheduler_local.embedded import EmbeddedAws

PERIOD = ("period", "lone")


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    yield from started(scenario())


@pytest.fixture
def stack(aws: EmbeddedAws) -> Iterator[str]:
    with reached(aws) as name:
        answer("create-period", "-s", name, "--name", "lone", "--weekdays", "sun")
        yield name
        access = StackAccess(name=name)
        snapshot = read_snapshot(access)
        ours = [key for key in snapshot.items if key[1] in ("lone", "user", "other", "third")]
        write(access, [snapshot.change(key, None) for key in ours], snapshot.edition)


def use_it(stack: str) -> None:
    answer("create-schedule", "-s", stack, "--name", "user", "--periods", "lone")


def delete_it(stack: str) -> None:
    answer("delete-period", "-s", stack, "--name", "lone")


def create_another(stack: str) -> None:
    answer("create-period", "-s", stack, "--name", "other", "--weekdays", "mon")


def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Act once between a command's look at the config and its write."""
    look, todo = read_snapshot, [act]

    def interrupted(access: StackAccess) -> config_changes.Snapshot:
        snapshot = look(access)
        for one in todo[:]:
            todo.remove(one)
            one()
        return snapshot

    monkeypatch.setattr(config_edits, "read_snapshot", interrupted)


def test_a_period_is_not_deleted_where_a_schedule_began_to_use_it_meanwhile(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    between(monkeypatch, lambda: use_it(stack))

    told = complaint("delete-period", "-s", stack, "--name", "lone")

    assert told == (1, "scheduler-cli: period lone is in use by schedule user; nothing was deleted\n")
    assert PERIOD in read_snapshot(StackAccess(name=stack)).items


def test_a_schedule_is_not_created_where_its_period_was_deleted_meanwhile(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    between(monkeypatch, lambda: delete_it(stack))

    code, line = complaint("create-schedule", "-s", stack, "--name", "user", "--periods", "lone")

    assert code == 1
    assert "nothing was written: schedule user, periods: 'lone' refers to a period that does not exist" in line
    assert ("schedule", "user") not in read_snapshot(StackAccess(name=stack)).items


def test_a_change_of_something_else_meanwhile_stands_in_nobodys_way(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    between(monkeypatch, lambda: create_another(stack))

    answer("delete-period", "-s", stack, "--name", "lone")

    items = read_snapshot(StackAccess(name=stack)).items
    assert (PERIOD in items, ("period", "other") in items) == (False, True)


def test_a_full_transaction_is_refused_too_where_the_config_was_changed_since_it_was_read(stack: str) -> None:
    access = StackAccess(name=stack)
    snapshot = read_snapshot(access)
    many = [
        (f"p{number:03}", {"type": "period", "name": f"p{number:03}", "weekdays": ["mon"]}) for number in range(100)
    ]
    changes = [snapshot.change(("period", name), item) for name, item in many]
    create_another(stack)

    with pytest.raises(SomebodyWasFaster, match="the config was changed by somebody else meanwhile; look again"):
        write(access, changes, snapshot.edition)

    assert len(changes) == MOST_CHANGES
    assert not [key for key in read_snapshot(access).items if key[1].startswith("p0")]


class Died(BaseException):
    """When the process is killed: nothing catches it."""


def dying_at(call: int) -> Callable[[Table, Sequence[Mapping[str, Any]]], list[int]]:
    """Table.commit, but the process dies instead of the call of this number."""
    calls, commit = count(), Table.commit

    def dying(table: Table, parts: Sequence[Mapping[str, Any]]) -> list[int]:
        if next(calls) == call:
            raise Died
        return commit(table, parts)

    return dying


@pytest.mark.parametrize("size", [2, 100], ids=["with the guard", "after the guard"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_death_at_any_call_leaves_the_old_or_the_new_config(stack: str, size: int, after: int) -> None:
    access = StackAccess(name=stack)
    snapshot = read_snapshot(access)
    names = [f"q{number:03}" for number in range(size)]
    changes = [
        snapshot.change(("period", name), {"type": "period", "name": name, "weekdays": ["mon"]}) for name in names
    ]

    with pytest.MonkeyPatch.context() as patch, suppress(Died):
        patch.setattr(Table, "commit", dying_at(after))
        write(access, changes, snapshot.edition)

    written = [key for key in read_snapshot(access).items if key[1] in names]
    rest = read_snapshot(access)
    write(access, [rest.change(key, None) for key in written[:99]], rest.edition)
    last = read_snapshot(access)
    write(access, [last.change(key, None) for key in written[99:]], last.edition)
    assert len(written) in (0, size)


def test_editions_count_and_stand_in_the_state_table(stack: str) -> None:
    access = StackAccess(name=stack)
    before = read_snapshot(access)

    create_another(stack)

    after = read_snapshot(access)
    assert after.edition == before.edition + 1
    assert set(after.items) - set(before.items) == {("period", "other")}
