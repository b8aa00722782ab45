"""The item `config scheduler`: values that win over the stack's settings."""

from dataclasses import replace

from instance_scheduler.account_forms import REGION, foreign_partition, other_role, read_account, read_account_regions
from instance_scheduler.attributes import COMMON_ATTRIBUTES, ItemReader, did_you_mean
from instance_scheduler.settings import Service, Settings
from instance_scheduler.timezones import is_known, unknown_timezone

CONFIG_ITEM = "scheduler"
_ATTRIBUTES = COMMON_ATTRIBUTES | frozenset(
    {"tagname", "default_timezone", "regions", "scheduled_services", "cross_account_roles", "remote_account_ids"}
    | {"account_regions"}
    | {"started_tags", "stopped_tags", "create_rds_snapshot", "use_metrics", "trace"}
    # Written by AWS Instance Scheduler of various ages; without a meaning here.
    | {
        "schedule_clusters",
        "schedule_lambda_account",
        "enable_ssm_maintenance_windows",
        "enable_SSM_maintenance_windows",
    }
    | {
        "organization_id",
        "namespace",
        "aws_partition",
        "enabled_services",
        "schedule_retry_timeout",
        "schedule_frequency",
    }
)
_WITH_RDS = ("neptune", "docdb")
_SERVICES = (*Service, *_WITH_RDS, "asg")


def apply_config_item(reader: ItemReader, settings: Settings) -> Settings:
    """Put the item's values in the place of the stack's settings; a bad value becomes a fault of the reader."""
    reader.warn_about_unknown(_ATTRIBUTES)
    tag_key = reader.text("tagname")
    if tag_key is not None and tag_key != settings.tag_key:
        accepted = f"the stack was deployed for {settings.tag_key!r}, and only a deployment can change that"
        reader.refuse("tagname", f"{tag_key!r} is not accepted; {accepted}")
    for flag in ("trace", "schedule_clusters"):
        reader.flag(flag)
    snapshot, metrics = reader.flag("create_rds_snapshot"), reader.flag("use_metrics")
    return replace(
        settings,
        default_timezone=_default_timezone(reader, settings),
        regions=_regions(reader) or settings.regions,
        scheduled_services=_services(reader) or settings.scheduled_services,
        accounts=_accounts(reader, settings),
        account_regions=_account_regions(reader, settings),
        started_tags=_tags(reader, "started_tags", settings),
        stopped_tags=_tags(reader, "stopped_tags", settings),
        create_rds_snapshot=settings.create_rds_snapshot if snapshot is None else snapshot,
        use_metrics=settings.use_metrics if metrics is None else metrics,
    )


def _default_timezone(reader: ItemReader, settings: Settings) -> str:
    name = reader.text("default_timezone") or settings.default_timezone.strip() or "UTC"
    if is_known(name):
        return name
    reader.refuse("default_timezone", unknown_timezone(name))
    return "UTC"


def _regions(reader: ItemReader) -> tuple[str, ...]:
    words = reader.words("regions")
    for word in words:
        if not REGION.fullmatch(word):
            reader.refuse("regions", f"{word!r} is no region; write names such as cn-north-1")
    return words


def _services(reader: ItemReader) -> tuple[Service, ...]:
    words = [word.lower() for word in reader.words("scheduled_services")]
    for word in words:
        if word not in _SERVICES:
            accepted = f"accepted are {', '.join(_SERVICES)}{did_you_mean(word, _SERVICES)}"
            reader.refuse("scheduled_services", f"{word!r} is no service; {accepted}")
    if "asg" in words:
        reader.warn("scheduled_services", "'asg' is not yet supported and has no effect")
    for word in _WITH_RDS:
        if word in words and Service.RDS not in words:
            reader.warn(
                "scheduled_services", f"{word!r} is scheduled with 'rds', which is not listed, and has no effect"
            )
    return tuple(service for service in Service if service in words)


def _accounts(reader: ItemReader, settings: Settings) -> tuple[str, ...]:
    """Add the item's accounts to those of the setting; of a role's ARN it is the account that counts."""
    accounts = dict.fromkeys(settings.accounts)
    for attribute in ("remote_account_ids", "cross_account_roles"):
        for word in reader.words(attribute):
            account, foreign = read_account(word), foreign_partition(word, settings.partition)
            if account is None:
                reader.refuse(attribute, f"{word!r} is no account; write ids of 12 digits or the ARNs of roles")
            elif foreign:
                reader.refuse(attribute, f"{word!r} cannot be assumed: {foreign}")
            else:
                accounts[account] = None
                if other := other_role(word, settings.namespace):
                    reader.warn(attribute, f"of {word!r} only the account counts: {other}")
    return tuple(accounts)


def _account_regions(reader: ItemReader, settings: Settings) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Put the item's regions of single accounts in the place of the setting's, account by account."""
    value = reader.raw.get("account_regions") or {}
    try:
        return tuple(sorted((dict(settings.account_regions) | read_account_regions(value)).items()))
    except ValueError as error:
        accepted = 'write a map such as {"111122223333": ["eu-west-1"]}'
        reader.refuse("account_regions", f"{value!r} is not accepted: {error}; {accepted}")
        return settings.account_regions


def _tags(reader: ItemReader, attribute: str, settings: Settings) -> str:
    words = reader.words(attribute)
    for word in words:
        key, separator, _ = word.partition("=")
        if not separator or not key.strip():
            reader.refuse(attribute, f"{word!r} is no tag; write key=value, several separated by commas")
        elif key.strip() == settings.tag_key:
            reader.refuse(attribute, f"{word!r} would overwrite the schedule tag; use another key")
    return ",".join(words) or str(getattr(settings, attribute))
