"""The quicker XML writer of the embedded AWS writes what moto's own library writes."""

from typing import Any

import pytest
import xmltodict

from scheduler_local.speed import written

DOCUMENTS = [
    pytest.param({"a": {"b": "text", "c": None, "d": ""}}, id="text and nothing"),
    pytest.param(
        {"a": {"@xmlns": "http://example.com/?a&b", "b": {"#text": "x < y & z", "@kind": 'say "so"'}}}, id="attributes"
    ),
    pytest.param({"a": {"item": [{"id": 1}, {"id": 2}]}}, id="a list"),
    pytest.param({"a": {"item": []}}, id="an empty list"),
    pytest.param({"a": {"on": True, "off": False, "price": 1.5}}, id="booleans and numbers"),
    pytest.param({"a": {"b": {}}}, id="an empty element"),
    pytest.param({"a": {"b": "值班 – 上海"}}, id="Chinese"),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_written_as_xmltodict_writes_it(document: dict[str, Any]) -> None:
    assert written(document) == xmltodict.unparse(document, full_document=False, short_empty_elements=True)
