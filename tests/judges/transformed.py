"""cfn-lint on what CloudFormation gets: SAM's transform of the hub with the definition in it, and the spoke.

`python -m tests.judges.transformed REGION`
"""

from __future__ import annotations

import json
import sys

import boto3
from cfnlint.api import lint
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.judges.definition import deployed
from tests.judges.judges import ROOT, SPOKE
from tests.template.stack import read

UPLOADED = {
    "CodeUri": "s3://artifacts/key",
    "ContentUri": "s3://artifacts/key",
    "DefinitionUri": "s3://artifacts/key",
    "TemplateURL": "https://artifacts.s3.example.com/key",
}
"""What `sam deploy` puts in the place of paths."""


def transform(region: str) -> str:
    """The hub's template as CloudFormation gets it, as JSON, with the state machine's definition in it."""
    template = read("template.yaml")
    for body in template["Resources"].values():
        body["Properties"] |= {key: UPLOADED[key] for key in UPLOADED.keys() & body["Properties"].keys()}
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    translated = translator.translate(template, {})
    for body in translated["Resources"].values():
        if body["Type"] == "AWS::StepFunctions::StateMachine":
            del body["Properties"]["DefinitionS3Location"]
            # cfn-lint's schema of the language knows the ARNs of one partition only.
            body["Properties"]["Definition"] = json.loads(deployed("aws", "us-east-1"))
    return json.dumps(translated)


def main() -> int:
    """1 where cfn-lint finds something, one line each."""
    region = sys.argv[1]
    texts = (transform(region), (ROOT / SPOKE).read_text(encoding="utf-8"))
    found = [str(match) for text in texts for match in lint(text, regions=[region])]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
