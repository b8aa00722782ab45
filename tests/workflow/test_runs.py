"""Each way through the state machine, played on the embedded AWS with the real handlers."""

from __future__ import annotations

from tests.workflow.conftest import (
    CONFIG,
    EVENING,
    HOME,
    HUB,
    LATER,
    MORNING,
    NEAR,
    NOON,
    SPOKE,
    Embed,
    database,
    scenario,
    server,
)

IDLE = ("PlanRun", "AnythingDue?", "NothingDue")


def test_a_schedule_starts_an_instance_in_another_accounts_region(embed: Embed) -> None:
    estate = {HUB: {HOME: {"ec2": [server("web")]}}, SPOKE: {NEAR: {"ec2": [server("api")]}}}
    settings = {"regions": [HOME, NEAR], "default_timezone": "Asia/Shanghai"}
    aws = embed(scenario(accounts=estate, settings=settings))

    run = aws.run(MORNING)

    assert run.status == "SUCCEEDED"
    assert (run.state_of("web"), run.state_of("api")) == ("running", "running")
    assert run.outcome_of("api") == {
        "account": SPOKE,
        "region": NEAR,
        "service": "ec2",
        "name": "api",
        "action": "start",
        "status": "succeeded",
        "reason": "the schedule wants it running",
    }
    assert run.notification is not None
    assert run.notification.subject == "2 started - instance-scheduler"


def test_a_second_tick_of_the_same_instant_passes_three_states(embed: Embed) -> None:
    aws = embed(scenario(server("web")))
    aws.run(MORNING)

    again = aws.run(MORNING)

    assert again.states == IDLE
    assert again.outcomes == ()
    assert again.notification is None


def test_a_sweep_that_changes_nothing_passes_five_states_and_one_a_shard(embed: Embed) -> None:
    aws = embed(scenario(server("web")))
    aws.run(MORNING)

    quiet = aws.run(LATER)

    assert quiet.states == (
        "PlanRun",
        "AnythingDue?",
        "EvaluateTargets",
        "Evaluate",
        "AnythingToReport?",
        "Unchanged",
    )
    assert quiet.cost.state_transitions == 5 + 1
    assert quiet.notification is None


def test_databases_and_instances_start_in_the_morning_and_stop_in_the_evening(embed: Embed) -> None:
    estate = {HUB: {HOME: {"ec2": [server("web")], "rds": [database("orders")]}}}
    aws = embed(scenario(accounts=estate))

    morning, evening = aws.run(MORNING), aws.run(EVENING)

    assert (morning.state_of("web"), morning.state_of("orders")) == ("running", "available")
    assert (evening.state_of("web"), evening.state_of("orders")) == ("stopped", "stopped")
    assert evening.notification is not None
    assert evening.notification.subject == "2 stopped - instance-scheduler"


def test_a_running_instance_is_resized_through_stopping_in_one_execution(embed: Embed) -> None:
    aws = embed(scenario(server("web", "running", "scaled")))

    run = aws.run(NOON)

    assert run.status == "SUCCEEDED"
    assert (run.state_of("web"), run.type_of("web")) == ("running", "m5.large")
    steps = [state for state in dict.fromkeys(run.states) if "Stop" in state or "Run" in state or "Modify" in state]
    assert steps == [
        "PlanRun",
        "StopForResize",
        "WaitForStopped",
        "CheckStopped",
        "Stopped?",
        "ModifyInstance",
        "WaitForRunning",
        "CheckRunning",
        "Running?",
        "SummarizeRun",
    ]
    assert run.notification is not None
    assert "web" in run.notification.message
    assert "t3.small to m5.large" in run.notification.message


def test_a_stopped_instance_that_is_due_on_another_type_is_modified_before_it_starts(embed: Embed) -> None:
    aws = embed(scenario(server("web", schedule="large")))

    run = aws.run(MORNING)

    outcome = run.outcome_of("web")
    assert outcome is not None
    assert (outcome["action"], outcome["status"]) == ("start", "succeeded")
    assert "t3.small to m5.large" in outcome["reason"]
    assert (run.state_of("web"), run.type_of("web")) == ("running", "m5.large")
    assert "ec2:StopInstances" not in run.cost.api_calls


def test_one_instance_that_cannot_start_leaves_the_other_nineteen_started_and_is_named_in_the_mail(
    embed: Embed,
) -> None:
    servers = [server(f"web-{number}") for number in range(20)]
    fault = {"api": "ec2:StartInstances", "instance": "web-7", "error": "IncorrectInstanceState"}
    aws = embed(scenario(*servers, faults=[fault]))

    run = aws.run(MORNING)

    started = [outcome["name"] for outcome in run.outcomes if outcome["status"] == "succeeded"]
    assert run.status == "SUCCEEDED"
    assert sorted(started) == sorted(f"web-{number}" for number in range(20) if number != 7)
    assert run.state_of("web-7") == "stopped"
    assert run.notification is not None
    assert run.notification.subject == "19 started, 1 failed - instance-scheduler"
    assert "web-7" in run.notification.message.partition("STARTED")[0]


def test_a_shard_that_dies_is_named_in_the_mail_and_the_others_go_on(embed: Embed) -> None:
    estate = {HUB: {HOME: {"ec2": [server("web")], "rds": [database("orders")]}}}
    fault = {"api": "rds:DescribeDBInstances", "die": "before"}
    aws = embed(scenario(accounts=estate, faults=[fault]))

    run = aws.run(MORNING)

    assert run.status == "SUCCEEDED"
    assert run.state_of("web") == "running"
    assert run.notification is not None
    assert f"{HUB}/{HOME}/rds: " in run.notification.message


def test_a_target_that_refuses_costs_only_itself_and_is_told_once_a_day(embed: Embed) -> None:
    estate = {HUB: {HOME: {"ec2": [server("web")]}}, SPOKE: {HOME: {"ec2": [server("api")]}}}
    fault = {"api": "ec2:DescribeInstances", "account": SPOKE, "error": "UnauthorizedOperation"}
    aws = embed(scenario(accounts=estate, faults=[fault]))

    first, second = aws.run(MORNING), aws.run(LATER)

    assert (first.state_of("web"), first.state_of("api")) == ("running", "stopped")
    assert first.notification is not None
    assert f"{SPOKE}/{HOME}/ec2: " in first.notification.message
    assert second.notification is None


def test_a_dry_run_changes_nothing_and_lists_what_it_would_do(embed: Embed) -> None:
    aws = embed(scenario(server("web"), server("big", "running", "scaled")))

    run = aws.run(NOON, {"dry_run": True})

    planned = {outcome["name"]: (outcome["action"], outcome["status"]) for outcome in run.outcomes}
    assert planned == {"web": ("start", "planned"), "big": ("resize", "planned")}
    assert (run.state_of("web"), run.type_of("big")) == ("stopped", "t3.small")
    assert run.notification is None
    assert run.summary["planned"] == 2
    assert aws.run(NOON).state_of("web") == "running"


def test_a_dry_run_mails_what_it_would_do_when_it_is_asked_to(embed: Embed) -> None:
    aws = embed(scenario(server("web")))

    run = aws.run(MORNING, {"dry_run": True, "notify": "always"})

    assert run.notification is not None
    assert run.notification.subject == "Dry run: 1 would change - instance-scheduler"
    assert "WOULD BE DONE\n  start web" in run.notification.message


def test_an_unknown_schedule_is_told_once_and_its_instance_left_alone(embed: Embed) -> None:
    aws = embed(scenario(server("odd", "running", "nosuch")))

    first, second = aws.run(MORNING), aws.run(LATER)

    assert first.state_of("odd") == "running"
    assert first.notification is not None
    assert "odd" in first.notification.message
    assert second.state_of("odd") == "running"
    assert second.notification is None


def test_a_bad_input_ends_in_failed_and_its_mail_lists_what_is_known(embed: Embed) -> None:
    aws = embed(scenario(server("web")))

    run = aws.run(MORNING, {"regions": ["eu-west-1"]})

    assert run.status == "FAILED"
    assert run.states[-2:] == ("PublishFailure", "Failed")
    assert run.notification is not None
    assert run.notification.subject == "Run failed - instance-scheduler"
    assert "'eu-west-1'" in run.notification.message
    assert f"the stack knows {HOME}" in run.notification.message
    assert "Traceback" not in run.notification.message
    assert "stackTrace" not in run.notification.message


def test_a_config_item_at_fault_ends_in_failed_and_names_itself(embed: Embed) -> None:
    aws = embed(scenario(server("web"), config=CONFIG | {"config": {"tagname": "Plan"}}))

    run = aws.run(MORNING)

    assert run.status == "FAILED"
    assert run.notification is not None
    assert "tagname" in run.notification.message
    assert run.state_of("web") == "stopped"


def test_one_bad_schedule_never_stops_the_others(embed: Embed) -> None:
    bad = {"name": "broken", "periods": ["nosuch"]}
    config = CONFIG | {"schedules": [*CONFIG["schedules"], bad]}
    aws = embed(scenario(server("web"), server("odd", "running", "broken"), config=config))

    run = aws.run(MORNING)

    assert (run.state_of("web"), run.state_of("odd")) == ("running", "running")
    assert run.notification is not None
    assert "odd" in run.notification.message


def test_a_run_that_cannot_gather_tells_the_topic_why(embed: Embed) -> None:
    aws = embed(scenario(server("web"), faults=[{"api": "dynamodb:Query", "die": "before", "times": 9}]))

    run = aws.run(MORNING)

    assert run.status == "FAILED"
    assert run.notification is not None
    assert "Runtime.ExitError" in run.notification.message


def test_an_ad_hoc_run_looks_only_at_what_it_names(embed: Embed) -> None:
    aws = embed(scenario(server("web"), server("kept", schedule="kept")))

    run = aws.run(MORNING, {"schedules": ["kept"]})

    assert (run.state_of("web"), run.state_of("kept")) == ("stopped", "running")
    assert aws.run(MORNING).state_of("web") == "running"


def test_withheld_stops_are_carried_out_by_the_run_that_confirms_them(embed: Embed) -> None:
    strangers = [server(f"stranger-{number}", "running", stored_state="unknown") for number in range(3)]
    settings = {"regions": [HOME], "default_timezone": "Asia/Shanghai", "max_unexplained_stops": 2}
    aws = embed(scenario(*strangers, server("known", "running"), settings=settings))

    guarded = aws.run(EVENING)
    confirmed = aws.run(EVENING, {"confirm": guarded.run_id})

    assert guarded.state_of("known") == "stopped"
    assert [guarded.state_of(f"stranger-{number}") for number in range(3)] == ["running"] * 3
    assert guarded.notification is not None
    assert f'{{"confirm": "{guarded.run_id}"}}' in guarded.notification.message
    assert [confirmed.state_of(f"stranger-{number}") for number in range(3)] == ["stopped"] * 3
