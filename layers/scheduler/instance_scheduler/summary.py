"""What a run did, counted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from instance_scheduler.decision import Action
from instance_scheduler.journal import Entry, Status, TargetFailure
from instance_scheduler.request import RunRequest


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
    """Targets, shards and batches that failed as a whole."""

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
    news: frozenset[str] = field(default_factory=frozenset)
    """Keys of the entries and targets whose standing condition was not told within the last day."""
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
            errors=len(self.errors) + len(self.failures),
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

    def _done(self, action: Action) -> int:
        return sum(entry.action is action for entry in self.done)


def worth_a_mail(summary: Summary) -> bool:
    """Say whether the run's summary is to be published, as its `notify` has it.

    `changes`: something was done (in a dry run: would be), or something is wrong that was not told within the last day.
    `errors`: only the latter.
    """
    wanted = str(summary.request.notify)
    wrong = bool(summary.errors or summary.news)
    if wanted == "always":
        return True
    if wanted == "never":
        return False
    changed = summary.planned if summary.request.dry_run else summary.done
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


def split_errors(errors: Sequence[object]) -> tuple[str, ...]:
    """Keep the errors among the answers of a Map's iterations; null stands for none."""
    return tuple(str(error) for error in errors if error is not None)
