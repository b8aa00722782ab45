"""The text of an override: what is read, what is printed, what is unreadable."""

import pytest
from tests.unit.building import instant

from instance_scheduler.override import Override, UnreadableOverride, parse_override
from instance_scheduler.schedule import DesiredState


@pytest.mark.parametrize(
    ("text", "state", "until"),
    [
        ("running@2026-11-22T22:00+08:00", "running", "2026-11-22T14:00"),
        ("stopped@2026-11-22T22:00:30Z", "stopped", "2026-11-22T22:00:30"),
        ("running", "running", None),
        ("stopped", "stopped", None),
        (" Running @ 2026-11-22T22:00Z ", "running", "2026-11-22T22:00"),
    ],
)
def test_override_is_a_state_and_where_given_an_end(text: str, state: str, until: str | None) -> None:
    assert parse_override(text) == Override(state=DesiredState(state), until=instant(until) if until else None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "'' is no state"),
        ("on", "'on' is no state"),
        ("any", "'any' is no state"),
        ("@2026-11-22T22:00Z", "'' is no state"),
        ("running@", "'' is no instant with an offset"),
        ("running@tomorrow", "'tomorrow' is no instant with an offset"),
        ("running@2026-11-22T22:00", "'2026-11-22T22:00' is no instant with an offset"),
        ("running@2026-11-22", "'2026-11-22' is no instant with an offset"),
        ("running@2026-13-01T00:00Z", "'2026-13-01T00:00Z' is no instant with an offset"),
        ("running@9999-12-31T23:59-12:00", "'9999-12-31T23:59-12:00' is no instant with an offset"),
        ("running@2026-11-22T22:00Z@x", "'2026-11-22T22:00Z@x' is no instant with an offset"),
    ],
)
def test_unreadable_override_says_why_and_what_is_accepted(text: str, problem: str) -> None:
    accepted = "accepted are running, stopped, and either with an end such as running@2026-11-22T22:00+08:00"
    reason = f"the override {text!r} cannot be read: {problem}; {accepted}"
    assert parse_override(text) == UnreadableOverride(text=text, reason=reason)


@pytest.mark.parametrize(
    ("at", "expected"), [("2026-11-22T21:59:59", True), ("2026-11-22T22:00", False), ("2026-11-23T00:00", False)]
)
def test_override_has_ended_at_its_end(at: str, expected: bool) -> None:
    override = Override(state=DesiredState.RUNNING, until=instant("2026-11-22T22:00"))
    assert override.is_in_force(instant(at)) is expected


def test_override_without_an_end_stays_in_force() -> None:
    assert Override(state=DesiredState.STOPPED).is_in_force(instant("2999-01-01T00:00"))


@pytest.mark.parametrize("text", ["running", "stopped@2026-11-22T14:00:00Z"])
def test_override_is_printed_as_it_is_read(text: str) -> None:
    assert str(parse_override(text)) == text
