"""Hands the state machine, with the template's substitutions made, to a judge of Amazon States Language that is not ours.

`python -m tests.judges.definition asl-validator|states-language`
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.judges.judges import MACHINE, NODE, ROOT
from tests.template.stack import Stack

INSTALLED = NODE if NODE.exists() else Path(sys.prefix).parent / NODE.relative_to(ROOT)
"""Where the judges are: when a copy of the repository is judged, beside the environment that runs this."""
_JUDGES = {
    "asl-validator": (str(INSTALLED / ".bin" / "asl-validator"), "--json-path"),
    "states-language": ("node", str(INSTALLED.parent / "states-language.js")),
}


def deployed(partition: str, region: str) -> str:
    """The definition as CloudFormation hands it to Step Functions. Raises LookupError for a name that nobody defines."""
    stack = Stack("template.yaml", region=region, partition=partition)
    substitutions = stack.resources["SchedulerStateMachine"]["Properties"]["DefinitionSubstitutions"]
    text = (ROOT / MACHINE).read_text(encoding="utf-8")
    return re.sub(r"\$\{(\w+)\}", lambda found: str(substitutions[found[1]]), text)


def main() -> int:
    """The judge's own exit code; 1 as soon as one definition has a fault."""
    command = _JUDGES[sys.argv[1]]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.asl.json"
        for partition, region in (("aws", "us-east-1"), ("aws-cn", "cn-north-1")):
            file.write_text(deployed(partition, region), encoding="utf-8")
            code = subprocess.run([*command, str(file)], check=False).returncode
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
