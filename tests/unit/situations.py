"""A dozen runs, as their mails tell them: the texts stand in `golden/`, one file a situation and language.

`python -m tests.unit.situations` writes the files anew; read each of them aloud before it is committed.
"""

from dataclasses import replace
from pathlib import Path

from tests.unit.specimens import DATABASES, TARGET, make_entry, make_request

from instance_scheduler.journal import Status, TargetFailure
from instance_scheduler.messages import console_link
from instance_scheduler.notification import FailedRun, compose_failure, compose_summary
from instance_scheduler.settings import Language
from instance_scheduler.sighting import Kind
from instance_scheduler.summary import Summary

GOLDEN = Path(__file__).parent / "golden"
STACK = "prod"
SPOKE = replace(TARGET, account="444455556666", region="cn-northwest-1")
NAMES = {"111122223333": "platform", "444455556666": "payments"}
LONDON = "Europe/London"
SHANGHAI = "Asia/Shanghai"
EXECUTION = "arn:aws-cn:states:cn-north-1:111122223333:execution:prod-scheduler:9f1c"
AWS_WORDS = {
    "Read timed out.",
    "Request limit exceeded.",
    "Internal error on launch",
    "User: arn:aws-cn:sts::111122223333:assumed-role/hub/evaluate is not authorized to perform: sts:AssumeRole on resource:",
    "Cannot create more than 100 manual snapshots.",
    "The request would exceed the limit of 50 tags per resource.",
    "'sleep' is not a valid Action",
}
"""What AWS says in these situations, or Python, and so stays as it is in every language."""
REQUEST = make_request(id="9f1c", timezone=SHANGHAI)


def instance(action, number, **changes):
    """An entry about the instance of that number."""
    named = {"instance": f"i-{number:017x}", "name": f"web-{number}", "timezone": SHANGHAI, **changes}
    return make_entry(action, **named)


def done(action, number, **changes):
    return instance(action, number, status=Status.SUCCEEDED, **changes)


def failed(action, number, code, words, **changes):
    AWS_WORDS.add(words)
    return instance(action, number, status=Status.FAILED, code=code, **{"reason": f"{code}: {words}", **changes})


def told(number, code, reason, **changes):
    return instance("none", number, status=Status.SKIPPED, code=code, reason=reason, **changes)


def database(action, name, **changes):
    return done(action, 0, target=DATABASES, instance=name, name=name, engine="mysql", **changes)


def summarize(*entries, request=REQUEST, **changes):
    """A run's summary."""
    link = console_link(EXECUTION, "aws-cn", "cn-north-1")
    return Summary(request=request, entries=entries, account_names=NAMES, console=link, **changes)


def refused(account, region, service="ec2"):
    """An account whose reader role is missing."""
    role = f"arn:aws-cn:iam::{account}:role/instance-scheduler-reader"
    words = f"User: arn:aws-cn:sts::111122223333:assumed-role/hub/evaluate is not authorized to perform: sts:AssumeRole on resource: {role}"
    return TargetFailure(
        target=replace(TARGET, account=account, region=region, service=type(TARGET.service)(service)),
        reason=f"An error occurred (AccessDenied) when calling the AssumeRole operation: {words}",
        code="AccessDenied",
    )


MORNING = [done("start", number) for number in (1, 2, 3)]
NO_ROOM = "We currently do not have sufficient m5.large capacity in the Availability Zone you requested (cn-north-1a)."

SITUATIONS = {
    "a_quiet_run_that_was_asked_for_a_mail": summarize(),
    "a_morning_in_two_accounts": summarize(
        *MORNING,
        done("start", 4, target=SPOKE),
        done("start", 5, target=SPOKE, schedule="london-office", timezone=LONDON),
        database("start", "orders"),
    ),
    "an_evening_with_clusters_and_hibernation": summarize(
        done("stop", 1),
        done("hibernate", 2),
        database("stop", "orders"),
        database(
            "stop",
            "ledger",
            kind=Kind.CLUSTER,
            row="S5a",
            reason="AWS started it after seven days; the schedule wants it stopped",
        ),
        replace(database("stop", "graph", kind=Kind.CLUSTER), engine="neptune"),
    ),
    "one_of_twenty_does_not_start": summarize(
        *[done("start", number) for number in range(1, 20)],
        failed("start", 20, "InsufficientInstanceCapacity", NO_ROOM),
    ),
    "failures_of_many_kinds": summarize(
        done("stop", 1),
        failed(
            "stop",
            2,
            "OperationNotPermitted",
            "The instance may not be stopped. Modify its 'disableApiStop' attribute.",
        ),
        failed("start", 3, "UnauthorizedOperation", "You are not authorized to perform this operation.", target=SPOKE),
        failed("start", 4, "VcpuLimitExceeded", "You have requested more vCPU capacity than your current limit of 32."),
        failed(
            "start", 5, "NoAnswer", "", reason="no answer, the next run looks again: ReadTimeoutError: Read timed out."
        ),
        failed(
            "start",
            6,
            "RequestLimitExceeded",
            "",
            reason="not done, due again: RequestLimitExceeded: Request limit exceeded.",
        ),
        done("start", 7, earlier_failure="its start did not hold: Server.InternalError: Internal error on launch"),
    ),
    "a_resize_and_one_that_went_back": summarize(
        done("resize", 1, to_type="m5.large"),
        done("resize", 2, to_type="m5.large", alternate="m5a.large"),
        failed(
            "resize",
            3,
            "ResizeRefused",
            "",
            to_type="m6g.large",
            reason="ResizeRefused: it was left on its type: m6g.large is arm64, the instance x86_64",
        ),
    ),
    "an_account_without_roles_and_a_shard_that_died": summarize(
        *MORNING,
        failures=tuple(
            refused("444455556666", region, service)
            for region in ("cn-north-1", "cn-northwest-1")
            for service in ("ec2", "rds")
        ),
        errors=("111122223333/cn-northwest-1/rds: Sandbox.Timedout",),
    ),
    "things_to_look_at": summarize(
        told(
            1,
            "E1",
            "its schedule 'ofice-hours' is unknown; the stack knows office-hours, weekends",
            schedule="ofice-hours",
        ),
        told(
            2,
            "O3",
            "the override 'runing' cannot be read: 'runing' is no state; accepted are running, stopped, and either with an end such as running@2026-11-22T22:00+08:00",
        ),
        told(3, "unsupported", "a member of the Auto Scaling group web, which replaces what is stopped"),
        told(
            4,
            "failed_status",
            "its status is storage-full: it can be neither started nor stopped until somebody helps it",
            target=DATABASES,
            instance="orders",
            name="orders",
        ),
    ),
    "what_somebody_wrote": summarize(
        told(
            1,
            "E1",
            "its schedule has an error: schedule office, periods: 'mornings' cannot be used: period mornings has an error; schedule office, periods: 'evening@' has no instance type; accepted are name and name@instance-type; schedule office, calendar: 'china' refers to a calendar that does not exist; did you mean 'cn'?; schedule office, timezone: 'Asia/Shangai' is no time zone; accepted are names of the tz database such as Asia/Shanghai; did you mean 'Asia/Shanghai'?; schedule office, enforced: 'maybe' is not accepted; write true, false, yes, no, on or off",
        ),
        told(
            2,
            "O3",
            "the override 'stopped@tonight' cannot be read: 'tonight' is no instant with an offset; accepted are running, stopped, and either with an end such as running@2026-11-22T22:00+08:00",
        ),
        told(
            3,
            "unreadable_item",
            "its item in the state table has to be deleted, it cannot be read: InvalidInput: '2026-11-23 9:00' is not an instant; write it as 2026-11-23T01:00:00Z.",
        ),
        told(
            4,
            "unreadable_item",
            "its item in the state table has to be deleted, it cannot be read: ValueError: 'sleep' is not a valid Action",
        ),
        told(5, "unsupported", "its root device is an instance store, which cannot be stopped"),
        told(
            0,
            "unsupported",
            "a cluster with cross-Region replicas, which cannot be stopped",
            target=DATABASES,
            instance="ledger",
            name="ledger",
        ),
    ),
    "half_done_and_given_up": summarize(
        done(
            "start",
            1,
            code="TagLimitExceeded",
            reason="the schedule wants it running; its tags could not be written: TagLimitExceeded: The request would exceed the limit of 50 tags per resource.",
        ),
        database(
            "stop",
            "orders",
            code="SnapshotQuotaExceeded",
            reason="the schedule wants it stopped; without a snapshot: SnapshotQuotaExceeded: Cannot create more than 100 manual snapshots.",
        ),
        failed(
            "resize",
            2,
            "ResizeTimedOut",
            "",
            to_type="m5.large",
            reason="ResizeTimedOut: it was not stopped after 8 looks",
        ),
        failed(
            "resize",
            3,
            "ResizeTimedOut",
            "",
            to_type="m5.large",
            reason="ResizeTimedOut: it is still stopping; the next run goes on",
        ),
        failed(
            "resize",
            4,
            "ResizeRefused",
            "",
            to_type="m5.large",
            reason="ResizeRefused: EC2 stopped it again: no reason given; not back on t3.small: InsufficientInstanceCapacity: "
            + NO_ROOM,
        ),
        failed(
            "start",
            5,
            "OutOfTime",
            "",
            reason="not done, due again: OutOfTime: the time of the function ran out before the call",
        ),
        done("start", 6, earlier_failure="its start did not hold: it is stopped again"),
        failures=(
            TargetFailure(
                target=SPOKE,
                reason="region cn-northwest-1 is not enabled in account 444455556666 (AuthFailure)",
                code="RegionNotEnabled",
            ),
            TargetFailure(target=TARGET, reason="it could not be looked at within 60 seconds", code="TooSlow"),
        ),
    ),
    "stops_that_were_withheld": summarize(
        *[
            instance(
                "stop",
                number,
                status=Status.SKIPPED,
                withheld=True,
                reason="withheld: 3 stops that no timetable explains, more than 2 in one run",
            )
            for number in (1, 2, 3)
        ]
    ),
    "a_failure_that_was_told_today_beside_news": summarize(
        done("stop", 1),
        failed("stop", 2, "IncorrectInstanceState", "The instance is not in a state from which it can be stopped."),
        told=frozenset({failed("stop", 2, "", "").key}),
    ),
    "a_dry_run": summarize(
        instance("start", 1, reason="the schedule wants it running"),
        instance("resize", 2, to_type="m5.large", reason="t3.small to m5.large: the schedule wants the type m5.large"),
        request=replace(REQUEST, dry_run=True, tick=False),
    ),
    "what_a_dead_batch_left": summarize(
        done("start", 1),
        instance("start", 2, target=SPOKE, reason="the schedule wants it running"),
        errors=("444455556666/cn-northwest-1/ec2: Runtime.ExitError",),
    ),
    "a_thousand_instances": summarize(
        *[done("start", number, schedule=f"team-{number % 4}") for number in range(1000)],
        *[failed("start", 1000 + number, "InsufficientInstanceCapacity", NO_ROOM) for number in range(300)],
    ),
}
FAILED_RUNS = {
    "a_config_that_cannot_be_used": FailedRun(
        run="9f1c",
        stack=STACK,
        error="Misconfigured",
        reason="The config table is not usable: config scheduler, tagname: 'Plan' is not accepted; the stack was deployed for 'Schedule', and only a deployment can change that; config scheduler, default_timezone: 'Asia/Shangai' is no time zone; accepted are names of the tz database such as Asia/Shanghai; did you mean 'Asia/Shanghai'?.",
        by_hand=False,
        console=console_link(EXECUTION, "aws-cn", "cn-north-1"),
    ),
    "a_run_by_hand_with_a_bad_input": FailedRun(
        run="adhoc-1",
        stack=STACK,
        error="InvalidInput",
        reason="regions: 'eu-west-1' is not accepted; the stack knows cn-north-1, cn-northwest-1.",
        by_hand=True,
        console=console_link(EXECUTION, "aws-cn", "cn-north-1"),
    ),
}
NAMES_OF_ALL = [*SITUATIONS, *FAILED_RUNS]


def text_of(name, language):
    """The mail of a situation: its subject, and its text."""
    told = (
        compose_summary(replace(SITUATIONS[name], language=language), STACK)
        if name in SITUATIONS
        else compose_failure(replace(FAILED_RUNS[name], language=language))
    )
    return f"{told.subject}\n{'-' * len(told.subject)}\n{told.text}"


def file_of(name, language):
    return GOLDEN / f"{name}.{language}.txt"


if __name__ == "__main__":
    for situation in NAMES_OF_ALL:
        for spoken in Language:
            file_of(situation, spoken).write_text(text_of(situation, spoken), encoding="utf-8")
