"""What a run did, counted, and what of it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from instance_scheduler.account_failure import cause_of, mark_of_account
from instance_scheduler.decision import Action
from instance_scheduler.journal import Entry, Status, TargetFailure
from instance_scheduler.request import RunRequest
from instance_scheduler.settings import Language

ORGANIZATION = "organization"
"""The key of what is told about reading the organization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Instances by what became of them in one run."""

    started: int = 0
    stopped: int = 0
    hibernated: int = 0
    resized: int = 0
    failed: int = 0
    planned: int = 0
    withheld: int = 0
    skipped: int = 0
    errors: int = 0
    """What failed as a whole: targets (those of an account for one cause count once), shards, batches and resizes."""

    def as_dict(self) -> dict[str, int]:
        """Give the counts by name, as the run's item and the local run's output have them."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run as its mail and its item tell it."""

    request: RunRequest
    entries: tuple[Entry, ...]
    failures: tuple[TargetFailure, ...] = ()
    errors: tuple[str, ...] = ()
    """Shards, batches and resizes whose Lambda failed, each with its label."""
    unread: tuple[str, str] | None = None
    """Code and reason why the organization could not be read."""
    news: frozenset[str] = field(default_factory=frozenset)
    """Keys of the entries, targets and errors whose standing condition was not told within the last day."""
    told: frozenset[str] = field(default_factory=frozenset)
    """Keys of those that were, and so are counted only."""
    account_names: Mapping[str, str] = field(default_factory=dict)
    """Account id → name, where it is known."""
    language: Language = Language.ENGLISH
    partition: str = "aws"
    console: str = ""
    """The execution's page in the console."""

    @property
    def counts(self) -> Counts:
        """Count the entries by what became of them."""
        return Counts(
            started=self._done(Action.START),
            stopped=self._done(Action.STOP),
            hibernated=self._done(Action.HIBERNATE),
            resized=self._done(Action.RESIZE),
            failed=len(self.failed),
            planned=len(self.planned),
            withheld=len(self.withheld),
            skipped=sum(entry.status is Status.SKIPPED and not entry.withheld for entry in self.entries),
            errors=len(self.errors) + len(set(map(cause_of, self.failures))) + (self.unread is not None),
        )

    @property
    def failed(self) -> tuple[Entry, ...]:
        """Entries whose action failed."""
        return tuple(entry for entry in self.entries if entry.status is Status.FAILED)

    @property
    def planned(self) -> tuple[Entry, ...]:
        """Entries that are planned and not carried out: all actions of a dry run, and what a dead batch left."""
        return tuple(
            entry for entry in self.entries if entry.status is Status.PLANNED and entry.action is not Action.NONE
        )

    @property
    def done(self) -> tuple[Entry, ...]:
        """Entries whose action was carried out."""
        return tuple(entry for entry in self.entries if entry.status is Status.SUCCEEDED)

    @property
    def withheld(self) -> tuple[Entry, ...]:
        """Stops that the guard held back."""
        return tuple(entry for entry in self.entries if entry.withheld)

    @property
    def noted(self) -> tuple[Entry, ...]:
        """Entries that ask for nothing but to be told: an unknown schedule, an unreadable override, a start that did not hold."""
        return tuple(entry for entry in self.entries if entry.action is Action.NONE)

    @property
    def standing(self) -> int:
        """How many failures stand that were told within the last day."""
        entries = (*self.failed, *self.withheld, *self.noted, *(entry for entry in self.done if entry.earlier_failure))
        causes = {cause_of(failure) for failure in self.failures if failure_key(failure) in self.told}
        unread = self.unread is not None and ORGANIZATION in self.told
        told = sum(entry.key in self.told for entry in entries) + sum(error in self.told for error in self.errors)
        return told + len(causes) + unread

    @property
    def fresh_failures(self) -> tuple[TargetFailure, ...]:
        """Targets that could not be looked at and were not told within the last day."""
        return tuple(failure for failure in self.failures if failure_key(failure) not in self.told)

    def fresh(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Keep the entries that were not told within the last day."""
        return tuple(entry for entry in entries if entry.key not in self.told)

    def _done(self, action: Action) -> int:
        return sum(entry.action is action for entry in self.done)


def worth_a_mail(summary: Summary) -> bool:
    """Say whether the run's summary is to be published, as its `notify` has it.

    `changes`: something was done (in a dry run: would be), or something is wrong that was not told within the last day.
    `errors`: only the latter. A start that is tried again because the one before did not hold, which was told, is no change.
    """
    wanted = str(summary.request.notify)
    unheard = (*summary.errors, *((ORGANIZATION,) if summary.unread is not None else ()))
    wrong = bool(summary.news) or any(key not in summary.told for key in unheard)
    if wanted == "always":
        return True
    if wanted == "never":
        return False
    tried_again = (entry for entry in summary.done if entry.earlier_failure and entry.key in summary.told)
    changed = summary.planned if summary.request.dry_run else set(summary.done).difference(tried_again)
    return wrong or (wanted == "changes" and bool(changed))


def told_code(entry: Entry) -> str:
    """Name what a mail tells about an entry beside its action, for the once-a-day mark; empty where that is nothing."""
    if entry.withheld:
        return "withheld"
    if entry.status is Status.FAILED:
        return f"{entry.action}_{entry.code}"
    if entry.earlier_failure:
        return "start_broken"
    if entry.status is Status.SUCCEEDED and entry.code:
        return f"{entry.action}_{entry.code}"
    return entry.code if entry.action is Action.NONE else ""


def failure_key(failure: TargetFailure) -> str:
    """Name what a target's failure is told of: the target, or the account where it is of the account as a whole."""
    mark = mark_of_account(failure)
    return f"{failure.target.account}/{mark}" if mark else str(failure.target)


def split_errors(errors: Sequence[object]) -> tuple[str, ...]:
    """Keep the errors among the answers of a Map's iterations; null stands for none."""
    return tuple(str(error) for error in errors if error is not None)


def error_parts(error: str) -> tuple[str, str]:
    """Split an error of a shard, a batch or a resize into its label and the error's name."""
    label, _, name = error.rpartition(": ")
    return label, name
