"""What the package raises for a caller to act on, and the faults that it collects instead of raising."""

from dataclasses import dataclass
from enum import StrEnum


class SchedulerError(Exception):
    """When something stops the whole run; the message is one sentence for a person."""


class InvalidInput(SchedulerError):
    """When something that a person wrote, such as the input of an execution, cannot be read."""


class Misconfigured(InvalidInput):
    """When the stack's parameters or its config item cannot be used, whatever a run is asked to do."""


class Severity(StrEnum):
    """How much a fault matters: an error puts its item out of use, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a config item: where it stands, and one sentence that names the value and what is accepted."""

    item: str
    """`schedule office-hours`, `period mornings`, `calendar cn`, `config scheduler`."""
    attribute: str | None
    """The attribute's name, or None where the item as a whole is at fault."""
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = self.item if self.attribute is None else f"{self.item}, {self.attribute}"
        return f"{place}: {self.message}"
