"""Imports: the processor time of each function's beside that of boto3, and the packages that it goes to."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.figures import Figure

PART = "imports"
ROUNDS = 5
"""Fresh processes for each import; the least of them counts."""
_ROOT = Path(__file__).parents[1]
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")
_NAMED = 4
"""Packages named of each function: the dearest."""


def measure() -> Iterator[Figure]:
    """Import each function in fresh processes, in turns."""
    folders = sorted(folder for folder in (_ROOT / "functions").iterdir() if (folder / "app.py").exists())
    # In turns, so that whatever slows the machine for a while slows both sides of each comparison.
    rounds = [
        [_import_seconds("boto3", _ROOT), *(_import_seconds("app", folder) for folder in folders)]
        for _ in range(ROUNDS)
    ]
    alone, *whole = map(min, zip(*rounds, strict=True))
    known = _modules("boto3", _ROOT)
    yield Figure(part=PART, name="CPU of `import boto3` alone", value=alone, unit="s", how=_dearest(known))
    for folder, seconds in zip(folders, whole, strict=True):
        added = {name: taken for name, taken in _modules("app", folder).items() if name not in known}
        yield Figure(
            part=PART,
            name=f"CPU of importing {folder.name}, beside boto3",
            value=(seconds - alone) * 1000,
            unit="ms",
            how=f"{len(added)} modules: {_dearest(added)}",
        )


def _dearest(modules: Mapping[str, int]) -> str:
    """Name the packages that a run of `-X importtime` spent most on, without those that they import."""
    packages: Counter[str] = Counter()
    for name, microseconds in modules.items():
        packages[name.partition(".")[0]] += microseconds
    return ", ".join(f"{name} {taken / 1000:.0f} ms" for name, taken in packages.most_common(_NAMED))


def _modules(module: str, folder: Path) -> dict[str, int]:
    """The modules of an import in a fresh process, each with its own microseconds, from `python -X importtime`."""
    written = _python(folder, "-X", "importtime", "-c", f"import {module}").stderr
    return {name: int(microseconds) for microseconds, name in _LINE.findall(written)}


def _import_seconds(module: str, folder: Path) -> float:
    """Processor seconds of an import in a fresh process."""
    return float(_python(folder, "-c", f"import time; import {module}; print(time.process_time())").stdout)


def _python(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    paths = [str(folder), str(_ROOT / "layers" / "scheduler")]
    environment = {"PYTHONPATH": os.pathsep.join(paths), "PATH": os.defpath, "POWERTOOLS_SERVICE_NAME": "bench"}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True)
