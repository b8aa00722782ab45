"""What comes out of the rehearsal: logs without secrets, one JSON object a line, and mails that nobody's text can forge."""

from __future__ import annotations

import json

import pytest

from tests.permissions.rehearsal import SECRET, Rehearsal, rehearse


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    return rehearse()


def test_a_log_line_is_one_json_object(rehearsal: Rehearsal) -> None:
    assert {type(json.loads(line)) for line in rehearsal.logs} == {dict}


def test_no_log_and_no_mail_holds_a_secret(rehearsal: Rehearsal) -> None:
    told = "\n".join([*rehearsal.logs, *rehearsal.mails])
    assert len(rehearsal.tokens) > 50
    assert [secret for secret in {SECRET, *rehearsal.tokens} if secret in told] == []


def test_the_hostile_texts_were_told(rehearsal: Rehearsal) -> None:
    assert [mail for mail in rehearsal.mails if "all of them forged" in mail] != []


def test_no_text_forges_a_line_of_a_mail(rehearsal: Rehearsal) -> None:
    lines = [line.strip() for mail in rehearsal.mails for line in mail.splitlines()]
    assert [line for line in lines if line.startswith(("WITHHELD", "all of them", "forged"))] == []


def test_mails_hold_nothing_that_a_terminal_would_obey(rehearsal: Rehearsal) -> None:
    text = "".join("".join(mail.split("\n")) for mail in rehearsal.mails)
    assert {character for character in text if not character.isprintable()} == set()
