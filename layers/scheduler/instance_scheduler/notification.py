"""What a run publishes: text for people, JSON for programs, within what SNS and a state of the workflow take."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from instance_scheduler.advice import advice_on, advice_on_error, advice_on_target
from instance_scheduler.decision import Action
from instance_scheduler.instants import format_instant
from instance_scheduler.journal import Entry, Status, TargetFailure
from instance_scheduler.messages import (
    CAUSE_LENGTH,
    LINES,
    compose_message,
    compose_subject,
    function_error,
    one_line,
    plain_reason,
    subject_line,
    told_reason,
)
from instance_scheduler.run_failure import advice_on_failure, names_itself
from instance_scheduler.settings import Language
from instance_scheduler.summary import ORGANIZATION, Summary, error_parts, failure_key
from instance_scheduler.target import Target
from instance_scheduler.wording import Words

VERSION = "1.0"
"""Of the documented form, docs/summary.schema.json; the first number changes when something that was there changes or goes."""
MOST_BYTES = 200 * 1024
"""Of all parts of a publication together; SNS takes 256 KiB, and so does a state of the workflow."""
PEOPLE = ("default", "email")
PROGRAMS = ("sqs", "lambda", "http", "https")
"""The protocols that the workflow publishes the text to, and those that it publishes the details to."""
_CUTS = ((LINES, 500), (LINES, 100), (LINES, 40), (30, 20), (10, 10), (5, 3), (1, 0))
"""Lines of a section of the text and members of a list of the JSON, from plenty to next to nothing."""
_ENGLISH = Words(language=Language.ENGLISH)
"""The language of programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One publication to the topic."""

    subject: str
    """At most 99 characters of ASCII on one line."""
    text: str
    """For people."""
    details: Mapping[str, object]
    """For programs, as docs/summary.schema.json says."""

    @property
    def size(self) -> int:
        """Bytes of the whole publication, every character beyond ASCII escaped: nobody writes it longer."""
        details = json.dumps(self.details)
        return len(json.dumps({**dict.fromkeys(PEOPLE, self.text), **dict.fromkeys(PROGRAMS, details)}))

    def to_message(self) -> dict[str, object]:
        """Write it as the workflow's states publish it."""
        return {"subject": self.subject, "message": self.text, "details": self.details}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """A run that failed as a whole."""

    run: str
    stack: str
    error: str
    """The error's name, as the workflow caught it."""
    reason: str
    by_hand: bool
    """Not started by the clock."""
    language: Language = Language.ENGLISH
    console: str = ""


def compose_summary(summary: Summary, stack: str) -> Notification:
    """Write what a run publishes; what is too long is cut, with counts of what was left out."""
    subject = compose_subject(summary, stack)
    text_of = cache(lambda lines: compose_message(summary, stack, lines))
    cuts = (
        Notification(subject=subject, text=text_of(lines), details=summary_details(summary, stack, members))
        for lines, members in _CUTS
    )
    return next(cut for cut in cuts if cut.size <= MOST_BYTES)


def compose_failure(failed: FailedRun) -> Notification:
    """Write what is published of a run that failed as a whole."""
    words = Words(language=failed.language)
    advice = advice_on_failure(failed.error, failed.reason, by_hand=failed.by_hand)
    reason = told_reason(words, failed.reason, CAUSE_LENGTH) or function_error(words, failed.error)
    named = names_itself(failed.error, failed.reason or reason)
    told = [
        words.say("failure.title", stack=one_line(failed.stack), run=one_line(failed.run)),
        reason if named else words.say("failure.why", error=one_line(failed.error), reason=reason),
        words.say("frame.what_to_do", advice=words.say(advice)),
        *([] if failed.by_hand else [words.say("failure.told")]),
        *([f"{words.say('frame.console')}\n{one_line(failed.console)}"] if failed.console else []),
    ]
    details = {
        "version": VERSION,
        "kind": "failure",
        "stack": failed.stack,
        "run": {"id": failed.run, "console": failed.console},
        "error": failed.error,
        "reason": plain_reason(failed.reason, CAUSE_LENGTH) or function_error(_ENGLISH, failed.error),
        "advice": _english(advice),
    }
    return Notification(
        subject=subject_line("Run failed", failed.stack), text="\n\n".join(told) + "\n", details=details
    )


def summary_details(summary: Summary, stack: str, members: int) -> dict[str, object]:
    """Write a summary for programs, in English; each list holds at most so many members, `omitted` counts the rest."""
    request = summary.request
    kinds: dict[str, Sequence[Entry | TargetFailure | str]] = {
        "failed": summary.failed,
        "failed_targets": summary.failures,
        "failed_parts": (*([f"{ORGANIZATION}: {summary.unread[0]}"] if summary.unread else []), *summary.errors),
        "withheld": summary.withheld,
        "to_look_at": summary.noted,
        "done": summary.done,
        "planned": summary.planned,
    }
    return {
        "version": VERSION,
        "kind": "summary",
        "stack": stack,
        "run": {
            "id": request.id,
            "at": format_instant(request.at),
            "tick": request.tick,
            "dry_run": request.dry_run,
            "console": summary.console,
        },
        "counts": summary.counts.as_dict(),
        **{name: [_member(summary, one) for one in found[:members]] for name, found in kinds.items()},
        "omitted": {name: max(0, len(found) - members) for name, found in kinds.items()},
    }


def _member(summary: Summary, one: Entry | TargetFailure | str) -> dict[str, object]:
    if isinstance(one, str):
        return _part(summary, one)
    return _entry(summary, one) if isinstance(one, Entry) else _target(summary, one)


def _entry(summary: Summary, entry: Entry) -> dict[str, object]:
    told: dict[str, object] = {
        **_place(summary, entry.target),
        "instance": entry.instance,
        "name": one_line(entry.name),
        "schedule": one_line(entry.schedule),
        "action": str(entry.action),
        "reason": plain_reason(entry.reason),
    }
    if entry.resizes:
        told |= {"from_type": entry.from_type, "to_type": entry.alternate or entry.to_type}
    if entry.status is Status.FAILED or entry.action is Action.NONE:
        told |= {"code": entry.code, "advice": _english(advice_on(entry)), "told_before": entry.key in summary.told}
    return told


def _target(summary: Summary, failure: TargetFailure) -> dict[str, object]:
    return {
        **_place(summary, failure.target),
        "code": failure.code,
        "reason": plain_reason(failure.reason),
        "advice": _english(advice_on_target(failure.code)),
        "told_before": failure_key(failure) in summary.told,
    }


def _part(summary: Summary, error: str) -> dict[str, object]:
    label, name = error_parts(error)
    advice = "advice.organization" if label == ORGANIZATION else advice_on_error(name)
    return {
        "label": one_line(label),
        "error": one_line(name),
        "advice": _english(advice),
        "told_before": (ORGANIZATION if label == ORGANIZATION else error) in summary.told,
    }


def _place(summary: Summary, target: Target) -> dict[str, object]:
    name = one_line(summary.account_names.get(target.account, ""))
    named = {"account_name": name} if name else {}
    return {"account": target.account, **named, "region": target.region, "service": str(target.service)}


def _english(advice: str) -> str:
    return _ENGLISH.say(advice)
