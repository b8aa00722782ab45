"""Known vulnerabilities of what is installed, by pip-audit, where its database can be reached within a few seconds.

`python -m tests.judges.audit`
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time

from tests.judges.judges import CHECKOV, ROOT

PIP_AUDIT = CHECKOV.with_name("pip-audit")
DATABASE = ("api.osv.dev", 443)
REACH_SECONDS, AUDIT_SECONDS = 3, 60
REQUIREMENTS = ("layers/scheduler/requirements.txt", "requirements-dev.lock")


def main() -> int:
    """1 where a dependency has a known vulnerability; a database that cannot be reached is no fault of ours."""
    if not PIP_AUDIT.exists():
        return _skip("pip-audit is not installed")
    if not reachable():
        return _skip(f"its database at {DATABASE[0]} cannot be reached")
    command = [
        str(PIP_AUDIT),
        "--vulnerability-service",
        "osv",
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
    ]
    for requirements in REQUIREMENTS:
        command += ["--requirement", requirements]
    began = time.monotonic()
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=AUDIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return _skip(f"its database did not answer within {AUDIT_SECONDS} seconds")
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    print(f"pip-audit: {'ok' if not done.returncode else 'FAILED'} in {time.monotonic() - began:.1f} s")
    return done.returncode


def reachable() -> bool:
    """Whether the database can be spoken to at all."""
    try:
        socket.create_connection(DATABASE, timeout=REACH_SECONDS).close()
    except OSError:
        return False
    return True


def _skip(why: str) -> int:
    print(f"pip-audit: skipped, {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
