"""A whole stack on moto: parameters, tables, instances; and each handler loaded by its path, as Lambda loads it."""

import importlib.util
import json
from pathlib import Path

import pytest
from moto import mock_aws
from tests.aws.estate import FUNCTIONS, create_table
from tests.functions.hub import PREFIX, FakeContext
from tests.unit.specimens import CONFIG_ITEMS

from instance_scheduler.aws import session, stack
from instance_scheduler.aws.failed_run import LANGUAGE_VARIABLE, STATE_TABLE_VARIABLE
from instance_scheduler.aws.session import hub_client
from instance_scheduler.aws.stack import PREFIX_VARIABLE, open_stack

FOLDER = Path(__file__).parents[2] / "functions"
MACHINE = "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:prod-scheduler"
CACHES = (session.hub_client, session._session, stack._parameters, stack._executions, stack._readers)


@pytest.fixture(scope="module")
def hub():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv(PREFIX_VARIABLE, PREFIX)
        patch.setenv(STATE_TABLE_VARIABLE, "state")
        patch.setenv(LANGUAGE_VARIABLE, "zh")
        for cache in CACHES:
            cache.cache_clear()
        with mock_aws():
            _deploy()
            yield
        for cache in CACHES:
            cache.cache_clear()


def _deploy():
    create_table("state")
    create_table("config", keys=("type", "name")).put_all(CONFIG_ITEMS)
    parameters = {
        "settings": json.dumps({"stack": "prod", "regions": "cn-north-1", "resize_waits": [0]}),
        "state_table": "state",
        "config_table": "config",
        "topic_arn": "arn:topic",
        "state_machine_arn": MACHINE,
        "functions": json.dumps(FUNCTIONS),
    }
    for name, value in parameters.items():
        hub_client("ssm").put_parameter(Name=PREFIX + name, Value=value, Type="String")


@pytest.fixture
def opened(hub):
    """The stack as a handler opens it."""
    return open_stack(FakeContext("any"))


@pytest.fixture(scope="module")
def invoke(hub):
    """Invoke a function by its folder's name, as Lambda would: the event goes in as JSON, the answer comes out as JSON."""
    loaded = {}

    def invoke(name, event):
        handler = loaded.setdefault(name, _load(name))
        answer = handler(json.loads(json.dumps(event)), FakeContext(f"prod-{name}"))
        return json.loads(json.dumps(answer))

    return invoke


def _load(name):
    spec = importlib.util.spec_from_file_location(f"functions_{name}", FOLDER / name / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler
