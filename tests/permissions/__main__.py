"""Print what the roles are given and no scenario uses: `python -m tests.permissions`."""

import sys

from tests.permissions.grants import unused
from tests.permissions.optional import optional_grants
from tests.permissions.rehearsal import rehearse


def main() -> int:
    """1 where a permission was missing."""
    rehearsal = rehearse()
    for use in sorted(rehearsal.refused, key=str):
        print(f"missing  {use.role.rpartition('/')[2]}: {use.action} on {use.resource}")
    for grant in [*unused(rehearsal.grants, rehearsal.used), *optional_grants()]:
        print(f"unused   {grant}")
    print(f"{len(rehearsal.used)} permissions were used in {len(rehearsal.ends)} runs")
    return 1 if rehearsal.refused else 0


if __name__ == "__main__":
    sys.exit(main())
