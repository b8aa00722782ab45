"""AWS in the test's own process, by moto: one for each test module, a fresh state table for each test."""

from itertools import count

import pytest
from moto import mock_aws
from tests.aws.estate import create_table, make_stack

from instance_scheduler.aws import session

_numbers = count()


@pytest.fixture(scope="module")
def aws():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        session.hub_client.cache_clear()
        session._session.cache_clear()
        with mock_aws():
            yield
        session.hub_client.cache_clear()
        session._session.cache_clear()


@pytest.fixture
def table(aws):
    return create_table(f"state-{next(_numbers)}")


@pytest.fixture
def stack(table):
    return make_stack(table)


@pytest.fixture
def state(stack):
    return stack.state
