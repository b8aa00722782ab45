"""Arguments that cannot be used are told as such, before a command asks AWS or writes anything."""

from collections.abc import Iterator

import pytest
from tests.cli.tool import SCHEDULES, answer, complaint

STACK = ("--stack", "nowhere")
NOW = "2026-11-23T01:00:00Z"
ONE_OF = "give one of --running, --stopped and --clear"


@pytest.fixture(autouse=True)
def _an_aws_that_cannot_be_reached() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        patch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        patch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
        patch.delenv("AWS_PROFILE", raising=False)
        yield


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("override", "i-0", "--running", "--stopped"), ONE_OF, id="two-states"),
        pytest.param(("override", "i-0", "--stopped", "--clear"), ONE_OF, id="state-and-clear"),
        pytest.param(("override", "i-0"), ONE_OF, id="no-state"),
        pytest.param(
            ("run", "--at", "2026-11-27T18:00"),
            "--at needs --dry-run: a real run decides for now only",
            id="at-without-dry-run",
        ),
        pytest.param(
            ("create-period", "--name", "a", "--weekdays", "mon", "--query", "Period["),
            '--query: Invalid jmespath expression: Incomplete expression: "Period[" ^',
            id="query-of-a-write",
        ),
    ],
)
def test_a_bad_argument_is_told_before_aws_is_asked(arguments: tuple[str, ...], message: str) -> None:
    assert complaint(*arguments, *STACK) == (2, f"scheduler-cli: {message}\n")


@pytest.mark.parametrize(
    "command", [("history", *STACK), ("report", *STACK), ("local", "run", "none.yaml", "--at", NOW)]
)
@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:00-12:00"])
def test_an_instant_beyond_all_calendars_is_a_bad_argument(command: tuple[str, ...], instant: str) -> None:
    code, line = complaint(*command, "--until", instant)

    assert (code, line.count("\n")) == (2, 1)
    assert line.endswith(f"Invalid value for '--until': '{instant}' is not between the years 1900 and 9990\n")


def test_an_empty_query_is_none() -> None:
    asked = ("describe-schedule-usage", "--name", "shop", "--config", SCHEDULES, "--startdate", "20261123")

    assert answer(*asked, "--query", "") == answer(*asked)


@pytest.mark.parametrize("region", ["", "cn north", "nörd"])
def test_a_text_that_is_no_region_is_a_bad_argument(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    code, line = complaint("describe-periods", *STACK, "--region", region)

    assert (code, line.count("\n")) == (2, 1)
    assert line.startswith(f"scheduler-cli: {region!r} is no region: ")
