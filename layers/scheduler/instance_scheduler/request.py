"""The input of an execution: what a run was asked to do, checked against what the stack knows."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from instance_scheduler.errors import InvalidInput
from instance_scheduler.instants import cut_to_minute, format_instant, parse_instant
from instance_scheduler.settings import Notify, Service, Settings

INPUT_KEYS: Mapping[str, str] = {
    "at": "an instant with an offset. A real run takes one within two intervals of its start; a dry run takes any",
    "dry_run": "`true`: decide, write down what would be done, change nothing",
    "accounts": "a list of account ids: look at targets of these only",
    "regions": "a list of regions: look at targets in these only",
    "services": "a list of `ec2` and `rds`: look at targets of these only; `rds` covers clusters too",
    "schedules": "a list: instances with these values of the schedule tag only",
    "instances": "a list: these EC2 ids or RDS identifiers only",
    "notify": "`changes`, `always`, `errors` or `never`; a dry run defaults to `never`, any other run to the setting",
    "confirm": "the id of a run: stop what that run withheld and what still wants to stop. Stands alone or with `notify`",
}
"""What an execution's input may hold, and what each key means."""
_KEYS = tuple(INPUT_KEYS)
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}|(cluster:)?[A-Za-z][A-Za-z0-9-]{0,62}")
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One run: its id, its one instant, and what it is limited to (an empty tuple = no limit)."""

    id: str
    at: datetime
    start_time: datetime
    tick: bool = False
    """Started by the clock: the input held `at` alone. Everything else is an ad hoc run."""
    late: bool = False
    """A tick so far from its start that it no longer decides."""
    dry_run: bool = False
    notify: Notify = Notify.CHANGES
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    schedules: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    confirm: str = ""
    """The run whose withheld stops are to be carried out."""
    timezone: str = "UTC"
    """Where the run's mail and its tags tell the time."""
    started_tags: str = ""
    stopped_tags: str = ""
    create_rds_snapshot: bool = False
    use_metrics: bool = False
    """With the tags and the time zone what the config may say about actions: functions that act have no need to read it."""
    shards: tuple[Mapping[str, object], ...] = ()
    """What each shard of the sweep holds, where they are few; else the journal has it (`holding`)."""
    batches: tuple[Mapping[str, object], ...] = ()
    """The same of each batch of actions."""
    config_hash: str = ""
    """Of the config that the plan read: a function that holds it still need not read it again."""

    @property
    def filtered(self) -> bool:
        """Whether the run looks at part of its targets only; such a sweep is never recorded as complete."""
        return bool(self.schedules or self.instances or self.confirm)

    @property
    def records_sweeps(self) -> bool:
        """Whether a sweep of this run counts as a sweep of the target: real and unfiltered."""
        return not (self.dry_run or self.filtered)

    def handing_over(self, batches: Iterable[Mapping[str, object]]) -> "RunRequest":
        """Hand on the run with its batches of actions in the place of its shards."""
        return replace(self, shards=(), batches=tuple(batches))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the stack knows, to check an input against."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    services: tuple[Service, ...]
    schedules: tuple[str, ...]


def read_request(raw: object, *, run_id: str, start_time: datetime, settings: Settings, known: Known) -> RunRequest:
    """Read an execution's input.

    `Comment` and keys that begin with `AWS_STEP_FUNCTIONS_` are ignored, since the console and nested starts add them.
    `at` is cut to the minute; absent, it is the execution's start. An input with `at` alone is a tick.

    Raises InvalidInput on an unknown key, a value of the wrong form, an account, region, service or schedule that the stack
    does not know, a `confirm` beside anything but `notify`, and, for a real ad hoc run, an `at` more than two intervals
    away from the start (a real run decides only for now).
    """
    fields = _fields(raw)
    at = cut_to_minute(parse_instant(_text(fields, "at")) if "at" in fields else start_time)
    tick = set(fields) == {"at"}
    dry_run = _flag(fields, "dry_run")
    interval = timedelta(minutes=settings.interval_minutes)
    far = abs(at - cut_to_minute(start_time)) > 2 * interval
    if far and not (tick or dry_run):
        raise InvalidInput(
            f"at: {format_instant(at)} is more than two intervals away from the start of the run, "
            f"{format_instant(start_time)}; a real run decides only for now, use dry_run to ask about another instant."
        )
    if "confirm" in fields and set(fields) - {"confirm", "notify"}:
        raise InvalidInput("confirm stands alone or with notify; it stops exactly what the named run withheld.")
    return RunRequest(
        id=run_id,
        at=at,
        start_time=start_time,
        tick=tick,
        late=tick and far,
        dry_run=dry_run,
        notify=_notify(fields, Notify.NEVER if dry_run else settings.notify),
        accounts=_known(fields, "accounts", known.accounts),
        regions=_known(fields, "regions", known.regions),
        services=tuple(Service(word) for word in _known(fields, "services", tuple(str(s) for s in known.services))),
        schedules=_known(fields, "schedules", known.schedules),
        instances=_matching(fields, "instances", _INSTANCE, "an EC2 instance id or an RDS identifier"),
        confirm=_run_id(fields),
        timezone=settings.default_timezone,
        started_tags=settings.started_tags,
        stopped_tags=settings.stopped_tags,
        create_rds_snapshot=settings.create_rds_snapshot,
        use_metrics=settings.use_metrics,
    )


def request_to_message(request: RunRequest) -> dict[str, object]:
    """Write a request as the `run` object that travels through the states; what is empty or not wanted is left out.

    `dry_run` and `notify` are always there: the workflow itself looks at them.
    """
    optional: dict[str, object] = {
        "schedules": list(request.schedules),
        "instances": list(request.instances),
        "confirm": request.confirm,
        "started_tags": request.started_tags,
        "stopped_tags": request.stopped_tags,
        "create_rds_snapshot": request.create_rds_snapshot,
        "use_metrics": request.use_metrics,
        "config_hash": request.config_hash,
        "shards": list(request.shards),
        "batches": list(request.batches),
    }
    return {
        "id": request.id,
        "at": format_instant(request.at),
        "start_time": format_instant(request.start_time),
        "tick": request.tick,
        "dry_run": request.dry_run,
        "notify": str(request.notify),
        "timezone": request.timezone,
        **{name: value for name, value in optional.items() if value},
    }


def request_from_message(message: Mapping[str, object]) -> RunRequest:
    """Read the `run` object of a state's input, which was checked when it was written; what is absent has its default."""
    return RunRequest(
        id=str(message["id"]),
        at=parse_instant(str(message["at"])),
        start_time=parse_instant(str(message["start_time"])),
        tick=message["tick"] is True,
        dry_run=message["dry_run"] is True,
        notify=Notify(str(message["notify"])),
        schedules=_words(message.get("schedules")),
        instances=_words(message.get("instances")),
        confirm=str(message.get("confirm", "")),
        timezone=str(message["timezone"]),
        started_tags=str(message.get("started_tags", "")),
        stopped_tags=str(message.get("stopped_tags", "")),
        create_rds_snapshot=message.get("create_rds_snapshot") is True,
        use_metrics=message.get("use_metrics") is True,
        config_hash=str(message.get("config_hash", "")),
        shards=_holdings(message.get("shards")),
        batches=_holdings(message.get("batches")),
    )


def settings_of_run(request: RunRequest, deployed: Settings) -> Settings:
    """Give the settings by which a run acts: those of the stack, with what the config said of them as the run was planned."""
    return replace(
        deployed,
        default_timezone=request.timezone,
        started_tags=request.started_tags,
        stopped_tags=request.stopped_tags,
        create_rds_snapshot=request.create_rds_snapshot,
    )


def _holdings(value: object) -> tuple[Mapping[str, object], ...]:
    return tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list) else ()


def _fields(raw: object) -> dict[str, object]:
    if not isinstance(raw, Mapping):
        raise InvalidInput(f"The input must be a JSON object, not {raw!r}; accepted keys are {', '.join(_KEYS)}.")
    fields = {
        str(key): value
        for key, value in raw.items()
        if key != "Comment" and not str(key).startswith("AWS_STEP_FUNCTIONS_")
    }
    for key in fields:
        if key not in _KEYS:
            raise InvalidInput(f"The input has an unknown key {key!r}; accepted keys are {', '.join(_KEYS)}.")
    return fields


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise InvalidInput(f"{key}: {value!r} is not a string.")
    return value


def _flag(fields: Mapping[str, object], key: str) -> bool:
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise InvalidInput(f"{key}: {value!r} is neither true nor false.")
    return value


def _notify(fields: Mapping[str, object], default: Notify) -> Notify:
    word = fields.get("notify", default)
    if word not in list(Notify):
        raise InvalidInput(f"notify: {word!r} is not one of {', '.join(Notify)}.")
    return Notify(str(word))


def _run_id(fields: Mapping[str, object]) -> str:
    if "confirm" not in fields:
        return ""
    text = _text(fields, "confirm")
    if not _RUN_ID.fullmatch(text):
        raise InvalidInput(f"confirm: {text!r} is not the id of a run.")
    return text


def _list(fields: Mapping[str, object], key: str, accepts: Callable[[str], bool], accepted: str) -> tuple[str, ...]:
    value = fields.get(key, [])
    if not isinstance(value, list):
        raise InvalidInput(f"{key}: {value!r} is not a list.")
    if key in fields and not value:
        raise InvalidInput(f"{key}: an empty list names nothing; leave {key} out for no limit.")
    for word in value:
        if not isinstance(word, str) or not accepts(word):
            raise InvalidInput(f"{key}: {word!r} is not accepted; {accepted}.")
    return tuple(value)


def _known(fields: Mapping[str, object], key: str, known: Iterable[str]) -> tuple[str, ...]:
    words = tuple(known)
    return _list(fields, key, words.__contains__, f"the stack knows {', '.join(words) or 'none'}")


def _matching(fields: Mapping[str, object], key: str, pattern: re.Pattern[str], accepted: str) -> tuple[str, ...]:
    return _list(fields, key, lambda word: pattern.fullmatch(word) is not None, f"it takes {accepted}")
