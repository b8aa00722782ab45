"""The Python that the pages show runs as it stands, on moto."""

import pytest
from moto import mock_aws
from tests.docs.pages import Block, blocks

PYTHON = blocks("python")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_an_example_in_python_runs(aws, block: Block) -> None:
    exec(compile(block.text, str(block), "exec"), {"__name__": "example"})


def test_there_are_examples_in_python() -> None:
    assert PYTHON
