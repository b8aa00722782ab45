"""The state machine's definition, and its agreement with the template: no linter reads the two together."""

import re

import pytest
from tests.template.stack import read_state_machine, strings
from tests.template.states import (
    TRANSIENT_LAMBDA_ERRORS,
    Scope,
    all_states,
    call_faults,
    intrinsics,
    reachable,
    scopes,
    targets,
)

from instance_scheduler.notification import PEOPLE, PROGRAMS

MACHINE = read_state_machine()
STATES = all_states(MACHINE)
TASKS = sorted(name for name, state in STATES.items() if state["Type"] == "Task")
INVOCATIONS = sorted(name for name in TASKS if STATES[name]["Resource"].endswith(":lambda:invoke"))
CATCHES = [
    pytest.param(catch, id=f"{name}-{number}")
    for name, state in STATES.items()
    for number, catch in enumerate(state.get("Catch", []))
]
SCOPES = [pytest.param(scope, id=scope.start) for scope in scopes(MACHINE)]
INTRINSICS = sorted(set(intrinsics(MACHINE)))


class TestRoutes:
    @pytest.mark.parametrize("scope", SCOPES)
    def test_every_transition_leads_to_a_state_of_the_same_scope(self, scope):
        assert {target for state in scope.states.values() for target in targets(state)} <= set(scope.states)

    @pytest.mark.parametrize("scope", SCOPES)
    def test_every_state_is_reachable(self, scope):
        assert reachable(scope) == set(scope.states)

    @pytest.mark.parametrize("name", sorted(STATES))
    def test_every_state_goes_on_or_ends(self, name):
        state = STATES[name]
        ways_on = [key for key in ("Next", "End", "Choices") if key in state]
        assert len(ways_on) == (0 if state["Type"] in ("Succeed", "Fail") else 1)

    def test_state_names_are_unique_over_all_scopes(self):
        assert len(STATES) == sum(len(scope.states) for scope in scopes(MACHINE))

    def test_the_run_has_a_time_limit(self):
        assert MACHINE["TimeoutSeconds"] == 10800


class TestErrors:
    @pytest.mark.parametrize(
        "name", sorted(name for scope in scopes(MACHINE) if scope.in_map for name in scope.states if name in TASKS)
    )
    def test_every_task_in_a_map_catches_everything(self, name):
        assert STATES[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]

    @pytest.mark.parametrize(
        "name", ["PlanRun", "EvaluateTargets", "GatherActions", "ApplyActions", "ResizeInstances", "SummarizeRun"]
    )
    def test_a_failure_of_the_run_itself_is_published_and_ends_in_failed(self, name):
        (catch,) = STATES[name]["Catch"]
        ahead = reachable(Scope(start=catch["Next"], states=MACHINE["States"], in_map=False))
        assert catch["ErrorEquals"] == ["States.ALL"]
        assert {state for state in ahead if STATES[state]["Type"] == "Task"} == {"ExplainFailure", "PublishFailure"}
        assert {state for state in ahead if STATES[state]["Type"] in ("Succeed", "Fail")} == {"Failed"}

    def test_only_states_that_may_catch_do(self):
        assert {state["Type"] for state in STATES.values() if "Catch" in state} <= {"Task", "Map", "Parallel"}

    @pytest.mark.parametrize("name", INVOCATIONS)
    def test_an_invocation_is_retried_on_transient_errors_of_lambda_only(self, name):
        (retry,) = STATES[name]["Retry"]
        assert set(retry["ErrorEquals"]) <= TRANSIENT_LAMBDA_ERRORS
        assert retry["JitterStrategy"] == "FULL"

    def test_all_invocations_share_one_retry_block(self):
        assert len({str(STATES[name]["Retry"]) for name in INVOCATIONS}) == 1

    def test_nothing_else_is_retried(self):
        assert sorted(name for name, state in STATES.items() if "Retry" in state) == INVOCATIONS

    def test_a_failure_is_published_even_where_it_cannot_be_explained(self):
        (catch,) = STATES["ExplainFailure"]["Catch"]
        assert (catch["ErrorEquals"], catch["Next"]) == (["States.ALL"], "QuoteFailure")
        assert STATES["QuoteFailure"]["Next"] == "PublishFailure"
        assert STATES["QuoteFailure"]["Parameters"]["mail"] is True


class TestPublications:
    @pytest.mark.parametrize("name", ["PublishSummary", "PublishFailure"])
    def test_people_get_the_text_and_programs_the_details(self, name):
        parameters = STATES[name]["Parameters"]
        assert parameters["MessageStructure"] == "json"
        assert parameters["Message"] == {
            **{f"{protocol}.$": "$.message" for protocol in PEOPLE},
            **{f"{protocol}.$": "States.JsonToString($.details)" for protocol in PROGRAMS},
        }


class TestComments:
    def test_the_machine_has_one(self):
        assert MACHINE["Comment"]

    @pytest.mark.parametrize("name", sorted(STATES))
    def test_every_state_tells_its_part_of_the_story(self, name):
        comment = STATES[name]["Comment"]
        assert comment[0].isupper()
        assert comment.endswith(".")

    @pytest.mark.parametrize("catch", CATCHES)
    def test_every_catch_has_one(self, catch):
        assert catch["Comment"]


class TestIntrinsics:
    @pytest.mark.parametrize("call", INTRINSICS)
    def test_arguments_are_strings_numbers_null_paths_or_intrinsics(self, call):
        assert call_faults(call) == []

    @pytest.mark.parametrize(
        "call",
        [
            pytest.param("States.ArrayContains($[*].report, true)", id="boolean"),
            pytest.param("States.Format('{}', $.a, $.b)", id="a value too many"),
            pytest.param("States.Format('{} {}', $.a)", id="a value too few"),
            pytest.param("States.Array($.a $.b)", id="missing comma"),
            pytest.param("States.Array($.a", id="missing bracket"),
            pytest.param("States.Array($.a) + 1", id="something after the call"),
            pytest.param('States.Format("x")', id="double quotes"),
            pytest.param("length($.a)", id="no intrinsic"),
        ],
    )
    def test_what_the_grammar_does_not_have_is_found(self, call):
        assert call_faults(call) != []

    @pytest.mark.parametrize(
        "call",
        [
            pytest.param("States.Array()", id="no argument"),
            pytest.param("States.Format('it\\'s {} {}', $$.Execution.Name, States.ArrayLength($.a[0]))", id="nested"),
            pytest.param("States.MathAdd($.a, -1)", id="number"),
            pytest.param("States.ArrayContains($[*].error, null)", id="null"),
        ],
    )
    def test_what_the_grammar_has_is_let_pass(self, call):
        assert call_faults(call) == []


class TestAgreementWithTheTemplate:
    def test_every_substitution_is_used_and_every_used_one_is_defined(self, hub, machine):
        defined = set(hub.resources["SchedulerStateMachine"]["Properties"]["DefinitionSubstitutions"])
        used = {name for text in strings(machine) for name in re.findall(r"\$\{([^}]+)\}", text)}
        assert used == defined

    def test_no_arn_in_the_definition_names_a_partition(self, machine):
        assert not [text for text in strings(machine) if re.search(r"arn:(?!\$\{Partition\})", text)]

    def test_the_integrations_are_those_that_the_role_is_made_for(self):
        assert {STATES[name]["Resource"].split(":::")[1] for name in TASKS} == {"lambda:invoke", "sns:publish"}

    def test_the_role_may_invoke_what_the_definition_and_the_items_name_and_nothing_else(self, hub, machine):
        substitutions = hub.resources["SchedulerStateMachine"]["Properties"]["DefinitionSubstitutions"]
        named = {value for name, value in substitutions.items() if name.endswith("FunctionArn")}
        in_items = set(re.findall(r"<\w+\.Arn>", hub.resources["FunctionsParameter"]["Properties"]["Value"]))
        assert set(_resources(hub, "lambda:InvokeFunction")) == named | in_items

    def test_the_role_may_publish_to_the_topic_that_the_definition_names(self, hub):
        substitutions = hub.resources["SchedulerStateMachine"]["Properties"]["DefinitionSubstitutions"]
        assert _resources(hub, "sns:Publish") == substitutions["NotificationTopicArn"]

    def test_function_names_stand_in_the_definition_as_substitutions_or_come_with_the_items(self):
        names = [STATES[name]["Parameters"] for name in INVOCATIONS]
        assert all(
            re.fullmatch(r"\$\{\w+FunctionArn\}", parameters.get("FunctionName", ""))
            or parameters.get("FunctionName.$") == "$.function"
            for parameters in names
        )

    def test_the_role_may_deliver_logs(self, hub):
        statements = [one for policy in hub.policies_of("StateMachineRole") for one in policy["Statement"]]
        (delivery,) = [one for one in statements if one["Sid"] == "DeliverLogs"]
        assert delivery["Resource"] == "*"
        assert {action.removeprefix("logs:") for action in delivery["Action"]} == {
            "CreateLogDelivery",
            "GetLogDelivery",
            "UpdateLogDelivery",
            "DeleteLogDelivery",
            "ListLogDeliveries",
            "PutResourcePolicy",
            "DescribeResourcePolicies",
            "DescribeLogGroups",
        }

    def test_the_machine_is_standard_and_logs_to_a_vended_group(self, hub):
        properties = hub.resources["SchedulerStateMachine"]["Properties"]
        (destination,) = properties["Logging"]["Destinations"]
        assert properties["Type"] == "STANDARD"
        assert destination["CloudWatchLogsLogGroup"]["LogGroupArn"] == "<StateMachineLogGroup.Arn>"
        group = hub.resources["StateMachineLogGroup"]["Properties"]["LogGroupName"]
        assert group == "/aws/vendedlogs/states/timetable-scheduler"


def _resources(hub, action):
    statements = [one for policy in hub.policies_of("StateMachineRole") for one in policy["Statement"]]
    (resources,) = [one["Resource"] for one in statements if one["Action"] == action]
    return resources
