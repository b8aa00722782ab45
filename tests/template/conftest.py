"""The two templates and the state machine, read once."""

import json

import boto3
import pytest
from cfnlint.api import lint as cfn_lint
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from tests.template.stack import Stack, read, read_state_machine

UPLOADED = {
    "CodeUri": "s3://artifacts/key",
    "ContentUri": "s3://artifacts/key",
    "DefinitionUri": "s3://artifacts/key",
    "TemplateURL": "https://artifacts.s3.example.com/key",
}
"""What `sam deploy` puts in the place of paths."""


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


@pytest.fixture(scope="session")
def transformed():
    """The template as CloudFormation gets it: region → what SAM's translator makes of it, as JSON."""

    def transform(region):
        template = read("template.yaml")
        for body in template["Resources"].values():
            body["Properties"] |= {key: UPLOADED[key] for key in UPLOADED.keys() & body["Properties"].keys()}
        session = boto3.Session(region_name=region)
        translator = Translator({}, Parser(), boto_session=session)
        return json.dumps(translator.translate(template, {}))

    return transform


@pytest.fixture(scope="session")
def lint():
    """What cfn-lint has against a template in a region, one line each."""

    def check(text, region):
        return [str(match) for match in cfn_lint(text, regions=[region])]

    return check
