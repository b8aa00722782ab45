"""`scheduler-cli run --confirm`: stops that a run withheld are carried out once a person says so."""

from collections.abc import Iterator

import pytest
from tests.cli.stack import reached, scenario, server, started
from tests.cli.tool import answer, answer_json, tool

from scheduler_local.embedded import EmbeddedAws


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    config = {"schedules": [{"name": "never", "override_status": "stopped"}]}
    servers = [server(name, "running", "never", stored_state="unknown") for name in ("web-1", "web-2")]
    yield from started(scenario(*servers, config=config, settings={"max_unexplained_stops": 1}))


def test_withheld_stops_are_told_with_what_to_type_and_then_carried_out(aws: EmbeddedAws) -> None:
    with reached(aws) as stack:
        withheld = tool("run", "--stack", stack, "--wait")
        assert withheld.exit_code == 1
        run = withheld.stdout.splitlines()[0].removeprefix("Run ")
        assert withheld.stdout.count(" withheld: ") == 2
        hint = f"Withheld stops are carried out by: scheduler-cli run --confirm {run} --stack {stack}\n"
        assert hint in withheld.stdout
        told = answer_json("run", "--confirm", run, "--stack", stack, "--wait")
        assert (told["status"], told["counts"]["stopped"]) == ("SUCCEEDED", 2)
        assert f"  {run}  2 withheld\n" in answer("runs", "--stack", stack)
    assert {standing.state for standing in aws.instances()} <= {"stopping", "stopped"}
