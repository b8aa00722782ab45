"""The two templates and the state machine, read once."""

import pytest
from tests.template.stack import Stack, read_state_machine


@pytest.fixture(scope="session")
def hub():
    return Stack("template.yaml")


@pytest.fixture(scope="session")
def spoke():
    return Stack(
        "spoke/template.yaml",
        HubAccountId="999988887777",
        WrittenTagKeys="LastStart,LastStop",
        VolumeKmsKeyArns="arn:aws-cn:kms:cn-north-1:111122223333:key/one,arn:aws-cn:kms:cn-north-1:111122223333:key/two",
        UseLicenseManager="true",
    )


@pytest.fixture(scope="session")
def machine():
    return read_state_machine()
