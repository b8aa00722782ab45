"""What is made of the code stands in the pages as it is made."""

import re

import pytest
from tests.docs.pages import ROOT, text_of

from scheduler_cli.config_schema import ATTRIBUTES
from scheduler_cli.reference_tables import PAGE, filled


def test_the_configuration_reference_is_the_generated_one() -> None:
    assert filled(text_of(PAGE)) == text_of(PAGE), "make reference writes it anew"


def test_the_reference_has_a_table_for_every_thing_that_can_be_configured() -> None:
    made = set(re.findall(r"<!-- generated: (.+?) -->", text_of(PAGE)))

    assert made == {
        "parameters of template.yaml",
        "parameters of spoke/template.yaml",
        "settings",
        "input",
        *(f"attributes of {kind}" for kind in ATTRIBUTES),
    }


def test_no_table_has_a_cell_without_words() -> None:
    rows = [line for line in filled(text_of(PAGE)).splitlines() if line.startswith("| `")]

    assert [row for row in rows if re.search(r"\|\s*\|", row)] == []


def test_a_table_that_nobody_makes_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("<!-- generated: colours of the rainbow -->\n<!-- end -->")


def test_make_writes_all_that_is_generated() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nreference:")[1].split("\n\n")[0]

    assert re.findall(r"-m ([\w.]+)", recipe) == [
        "scheduler_cli.help_pages",
        "scheduler_cli.reference_tables",
        "scheduler_cli.config_schema",
    ]
