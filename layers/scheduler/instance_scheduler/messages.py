"""The summary as a person reads it: subject and text of the one mail of a run."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from instance_scheduler.account_failure import cause_of, cause_of_entry, reason_of_account
from instance_scheduler.advice import advice_on, advice_on_error, advice_on_start, advice_on_target
from instance_scheduler.decision import Action
from instance_scheduler.journal import Entry, Status, TargetFailure
from instance_scheduler.settings import Language
from instance_scheduler.sighting import Kind
from instance_scheduler.summary import ORGANIZATION, Summary, error_parts
from instance_scheduler.timezones import is_known, zone
from instance_scheduler.wording import Words

SUBJECT_LENGTH = 99
"""SNS takes subjects of fewer than 100 ASCII characters (SNS API reference, Publish)."""
LINES = 60
"""Lines of one section before the rest is counted."""
_REASON_LENGTH = 400
_REASONS_KEPT = 20_000
"""Reasons as they were told: a mail that is too long is written again, shorter, and half a kilobyte a reason is little."""
CAUSE_LENGTH = 4000
"""Of why a whole run failed, which may list all that the stack knows."""
_SECTIONS = (
    (Action.START, "title.started"),
    (Action.STOP, "title.stopped"),
    (Action.HIBERNATE, "title.hibernated"),
    (Action.RESIZE, "title.resized"),
)
_ENGINES = {"aurora": "kind.aurora", "neptune": "kind.neptune", "docdb": "kind.docdb"}
_BOTO = re.compile(r"An error occurred \((?P<code>[\w.]+)\) when calling the (?P<call>\w+) operation(?: \([^)]*\))?: ")
_TARGET = re.compile(r"\d{12}/[a-z0-9-]+/(?:ec2|rds)")
_FUNCTION_ERRORS = (
    ("timeout", {"Sandbox.Timedout", "States.Timeout", "Lambda.Timedout"}),
    ("memory", {"Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown"}),
    ("busy", {"Lambda.TooManyRequestsException"}),
)

Advised = tuple[str, Sequence[str], str]
"""A line, the names that belong to it, and the key of what to do about them."""


def compose_subject(summary: Summary, stack: str) -> str:
    """Say it all in one line of ASCII: `3 started, 12 stopped, 2 failed - prod`."""
    counts = summary.counts
    unread = summary.unread is not None and ORGANIZATION not in summary.told
    causes = set(map(cause_of, summary.fresh_failures))
    errors = len(causes) + sum(error not in summary.told for error in summary.errors) + unread
    told = [
        (counts.started, "started"),
        (counts.stopped, "stopped"),
        (counts.hibernated, "hibernated"),
        (counts.resized, "resized"),
        (len(summary.fresh(summary.failed)), "failed"),
        (len(summary.fresh(summary.withheld)), "withheld"),
        (counts.planned, "would change" if summary.request.dry_run else "not done"),
        (errors, "error" if errors == 1 else "errors"),
        (len(summary.fresh(summary.noted)), "to look at"),
        (summary.standing, "still failing"),
    ]
    words = ", ".join(f"{number} {word}" for number, word in told if number) or "nothing to do"
    return subject_line(f"{'Dry run: ' if summary.request.dry_run else ''}{words}", stack)


def subject_line(words: str, stack: str) -> str:
    """Put words and the stack's name into one line that SNS takes; what is too long is cut, the name last."""
    ending = f" - {one_line(stack)[:40]}"
    room = SUBJECT_LENGTH - len(ending)
    short = words if len(words) <= room else f"{words[: room - 3].rstrip(' ,')}..."
    return one_line(f"{short}{ending}").encode("ascii", "replace").decode()[:SUBJECT_LENGTH]


def compose_message(summary: Summary, stack: str, lines: int = LINES) -> str:
    """Write the mail: what failed first, then what was done, by schedule, account and region; nothing for idle instances."""
    return _Mail(summary=summary, words=Words(language=summary.language), lines=lines).text(stack)


def console_link(execution: str, partition: str, region: str) -> str:
    """Link to an execution in the console of its partition."""
    hosts = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
    host = f"{region}.{hosts.get(partition, 'console.aws.amazon.com')}"
    return f"https://{host}/states/home?region={region}#/v2/executions/details/{execution}"


def one_line(text: str) -> str:
    """Fold what came from outside into one line, so that a name or a reason cannot forge a line of the mail."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())


def plain_reason(text: str, most: int = _REASON_LENGTH) -> str:
    """Write a reason on one line, in AWS's words but without boto3's frame around them, cut where it is very long."""
    return told_reason(Words(language=Language.ENGLISH), text, most)


@lru_cache(maxsize=_REASONS_KEPT)
def told_reason(words: Words, text: str, most: int = _REASON_LENGTH) -> str:
    """Write a reason as `plain_reason` does, in a mail's language; it is cut last, since half a sentence is not recognized."""
    told = words.reason(_BOTO.sub(r"\g<call>: \g<code>: ", one_line(text)))
    return told if len(told) <= most else f"{told[: most - 3]}..."


def function_error(words: Words, error: str) -> str:
    """Say in plain words what became of a function, by the name of the error that the workflow caught."""
    kind = next((kind for kind, names in _FUNCTION_ERRORS if error in names), "other")
    return words.say(f"error.{kind}", error=one_line(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """One mail in the making."""

    summary: Summary
    words: Words
    lines: int

    def text(self, stack: str) -> str:
        summary, words = self.summary, self.words
        sections = [
            self._heading(stack),
            self._section("title.failed", self._advised([*self._failures(), *self._broken_parts()])),
            self._section("title.withheld", self._withheld(stack)),
            self._section("title.noted", self._advised(self._noted())),
            *(self._section(title, self._cut(list(self._done(action)))) for action, title in _SECTIONS),
            self._section("title.planned" if summary.request.dry_run else "title.left", self._cut(self._planned())),
        ]
        told = [section for section in sections[1:] if section]
        if summary.standing:
            key = "frame.told_one" if summary.standing == 1 else "frame.told"
            told.append(words.say(key, count=summary.standing))
        told = told or [words.say("frame.nothing")]
        link = [f"{words.say('frame.console')}\n{one_line(summary.console)}"] if summary.console else []
        return "\n\n".join([sections[0], *told, *link]) + "\n"

    def _heading(self, stack: str) -> str:
        request, words = self.summary.request, self.words
        local = request.at.astimezone(zone(request.timezone))
        kind = f"{words.say('frame.dry_run')}\n" if request.dry_run else ""
        when = f"{one_line(stack)}{words.say('frame.comma')}{words.instant(local)} {request.timezone}"
        return f"{kind}{when}\n{words.say('frame.run', run=one_line(request.id))}"

    def _section(self, title: str, lines: Sequence[str]) -> str:
        return "\n".join([self.words.say(title), *lines]) if lines else ""

    def _cut(self, lines: Sequence[str]) -> list[str]:
        left = len(lines) - self.lines
        return [*lines[: self.lines], f"  {self.words.say('frame.more', count=left)}"] if left > 0 else list(lines)

    def _advised(self, told: Iterable[Advised]) -> list[str]:
        """Put lines with the same advice together, each kind with what to do about it; of every kind some are shown."""
        groups: dict[str, list[tuple[str, Sequence[str]]]] = {}
        for line, names, advice in told:
            groups.setdefault(advice, []).append((line, names))
        most = max(3, self.lines // max(1, len(groups)))
        parts = [
            [*self._shortened(lines, most), f"  {self.words.say('frame.what_to_do', advice=self.words.say(advice))}"]
            for advice, lines in groups.items()
        ]
        return [line for part in parts for line in part]

    def _shortened(self, lines: Sequence[tuple[str, Sequence[str]]], most: int) -> list[str]:
        """Show lines with their names until so many instances are told; the rest is counted."""
        shown: list[str] = []
        told = count = 0
        for line, names in lines:
            room = most - told
            if room > 0:
                shown += [line, *names[:room]]
                told += min(room, max(1, len(names)))
            count += max(1, len(names))
        return [*shown, f"  {self.words.say('frame.more', count=count - told)}"] if count > told else shown

    def _failures(self) -> Iterator[Advised]:
        failed = self.summary.fresh(self.summary.failed)
        yield from self._kept_out(failed)
        others = [entry for entry in failed if cause_of_entry(entry) is None]
        yield from self._alike("line.failed", "line.failed_alike", others)
        for entry in self.summary.fresh(self.summary.entries):
            if entry.earlier_failure:
                reason = told_reason(self.words, entry.earlier_failure)
                yield self._line("line.earlier", entry, reason=reason), (), advice_on_start(entry.earlier_failure)

    def _kept_out(self, entries: Sequence[Entry]) -> Iterator[Advised]:
        """Tell accounts, each cause in one line, that kept the run from starting, stopping or resizing, and from looking."""
        causes: dict[tuple[str, str, str], list[Entry]] = {}
        for entry in entries:
            if (cause := cause_of_entry(entry)) is not None:
                causes.setdefault(cause, []).append(entry)
        unseen = set(map(cause_of, self.summary.fresh_failures))
        for cause, alike in sorted(causes.items()):
            reason = told_reason(self.words, reason_of_account(alike[0]))
            account, _, region = cause
            place = self._place(account, region) if region else self._account(account)
            values = {"account": place, "count": len(alike), "reason": reason}
            key = f"line.refused{'_unseen' if cause in unseen else ''}{'' if len(alike) > 1 else '_one'}"
            yield f"  {self.words.say(key, **values)}", (), advice_on(alike[0])

    def _alike(self, one: str, several: str, entries: Sequence[Entry]) -> Iterator[Advised]:
        """Tell entries, those of one place about which the same is to be said together."""
        ordered = sorted(entries, key=lambda entry: (_kind_of(entry), _by_label(entry)))
        for _, members in groupby(ordered, key=_kind_of):
            alike = list(members)
            first = alike[0]
            action = self.words.say(f"action.{first.action}")
            heading = self._line(one if len(alike) == 1 else several, first, action=action, count=str(len(alike)))
            names = [f"    {self._named(entry)}" for entry in alike] if len(alike) > 1 else []
            yield heading, names, advice_on(first)

    def _broken_parts(self) -> Iterator[Advised]:
        """Targets that could not be looked at, those of an account together, and functions that failed."""
        if self.summary.unread is not None and ORGANIZATION not in self.summary.told:
            reason = told_reason(self.words, self.summary.unread[1])
            yield f"  {self.words.say('line.organization', reason=reason)}", (), "advice.organization"
        acting = set(map(cause_of_entry, self.summary.fresh(self.summary.failed)))
        untold = [failure for failure in self.summary.fresh_failures if cause_of(failure) not in acting]
        ordered = sorted(untold, key=lambda failure: (cause_of(failure), failure.target))
        for (account, code, _), alike in groupby(ordered, key=cause_of):
            yield self._targets(account, list(alike)), (), advice_on_target(code)
        for error in self.summary.errors:
            if error not in self.summary.told:
                label, name = error_parts(error)
                told = _TARGET.sub(lambda found: self._place(*found[0].split("/")), one_line(label))
                line = self.words.say("line.error", label=told, reason=function_error(self.words, name))
                yield f"  {line}", (), advice_on_error(name)

    def _targets(self, account: str, alike: Sequence[TargetFailure]) -> str:
        reason = told_reason(self.words, alike[0].reason)
        if len(alike) == 1:
            target = alike[0].target
            named = self._place(account, target.region, str(target.service))
            return f"  {self.words.say('line.target', target=named, reason=reason)}"
        regions = sorted({failure.target.region for failure in alike})
        key = "line.targets" if len(regions) > 1 else "line.targets_one_region"
        values = {"count": len(alike), "regions": len(regions), "region": regions[0], "reason": reason}
        return f"  {self.words.say(key, account=self._account(account), **values)}"

    def _withheld(self, stack: str) -> list[str]:
        fresh = self.summary.fresh(self.summary.withheld)
        if not fresh:
            return []
        key = "frame.withheld_one" if len(fresh) == 1 else "frame.withheld"
        run = one_line(self.summary.request.id)
        command = {"command": f"scheduler-cli run --stack {stack} --confirm {run}", "input": f'{{"confirm": "{run}"}}'}
        lines = [self._line("line.withheld", entry) for entry in sorted(fresh, key=_by_label)]
        return [
            f"  {self.words.say(key, count=len(fresh))}",
            f"  {self.words.say('frame.confirm', **command)}",
            *self._cut(lines),
        ]

    def _noted(self) -> Iterator[Advised]:
        yield from self._alike("line.noted", "line.noted_alike", self.summary.fresh(self.summary.noted))

    def _done(self, action: Action) -> Iterator[str]:
        done = [entry for entry in self.summary.done if entry.action is action]
        for (schedule, place, when), members in groupby(sorted(done, key=self._group), key=self._group):
            heading = " / ".join([one_line(schedule) or self.words.say("frame.no_schedule"), *place])
            yield f"  {heading}{when}"
            for entry in sorted(members, key=_by_label):
                yield f"    {self._described(entry)}"

    def _planned(self) -> list[str]:
        return [
            self._line("line.planned", entry, action=self.words.say(f"action.{entry.action}"))
            for entry in self.summary.planned
        ]

    def _group(self, entry: Entry) -> tuple[str, tuple[str, str], str]:
        """Give what entries are grouped by: schedule, account and region, and the schedule's local time where it is another."""
        return entry.schedule, (self._account(entry.target.account), entry.target.region), self._local_time(entry)

    def _local_time(self, entry: Entry) -> str:
        if entry.timezone in ("", self.summary.request.timezone) or not is_known(entry.timezone):
            return ""
        local = self.summary.request.at.astimezone(zone(entry.timezone))
        return f"{self.words.say('frame.comma')}{self.words.weekday(local)} {local:%H:%M} {entry.timezone}"

    def _line(self, key: str, entry: Entry, **values: str) -> str:
        reason = values.pop("reason", None) or told_reason(self.words, entry.reason)
        place = self._place(entry.target.account, entry.target.region)
        return f"  {self.words.say(key, instance=self._named(entry), place=place, reason=reason, **values)}"

    def _described(self, entry: Entry) -> str:
        """Name what was done to an instance; where not all went as it should, or AWS had a hand in it, say why as well."""
        told = self._named(entry)
        types = {"old": entry.from_type, "new": entry.to_type, "taken": entry.alternate}
        if entry.alternate:
            told += f"{self.words.say('frame.comma')}{self.words.say('line.alternate', **types)}"
        elif entry.resizes:
            told += f"{self.words.say('frame.comma')}{self.words.say('line.types', **types)}"
        if entry.status is Status.SUCCEEDED and (entry.code or entry.row == "S5a"):
            told = self.words.say("line.remark", instance=told, reason=told_reason(self.words, entry.reason))
        return one_line(told)

    def _named(self, entry: Entry) -> str:
        kind = next((key for start, key in _ENGINES.items() if entry.engine.startswith(start)), "kind.cluster")
        named = one_line(entry.label)
        return f"{named}{self.words.say('frame.comma')}{self.words.say(kind)}" if entry.kind is Kind.CLUSTER else named

    def _place(self, account: str, *rest: str) -> str:
        """Write an account, a region and a service: `111122223333/cn-north-1/ec2`, or with the account's name and more room."""
        named = self._account(account)
        return "/".join([account, *rest]) if named == account else self.words.say("frame.within").join([named, *rest])

    def _account(self, account: str) -> str:
        name = one_line(self.summary.account_names.get(account, ""))
        return f"{name} ({account})" if name else account


def _kind_of(entry: Entry) -> tuple[str, ...]:
    """Give what the entries that are told together have in common."""
    return (entry.target.account, entry.target.region, entry.action, entry.code, entry.reason)


def _by_label(entry: Entry) -> tuple[tuple[tuple[str, int], ...], str]:
    """Sort as a person counts: web-2 before web-10."""
    return _counted(entry.label), entry.key


def _counted(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((words, int(number or 0)) for words, number in re.findall(r"(\D*)([0-9]*)", text))
