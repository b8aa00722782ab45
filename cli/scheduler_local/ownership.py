"""What a start asks for beside its instance: the key of its volumes and its license configuration, and who is given them."""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.utilities.utils import get_partition


def arn_of_key(text: str, account: str, region: str) -> str:
    """Complete the id of a KMS key to its ARN in an account and region; an ARN stays as it is."""
    return text if text.startswith("arn:") else f"arn:{get_partition(region)}:kms:{region}:{account}:key/{text}"


def arn_of_license(text: str, account: str, region: str) -> str:
    """Complete the id of a license configuration to its ARN in an account and region; an ARN stays as it is."""
    prefix = f"arn:{get_partition(region)}:license-manager:{region}:{account}:license-configuration:"
    return text if text.startswith("arn:") else prefix + text


def lies_in(arn: str, region: str) -> bool:
    """Whether an ARN is of a region, and of its partition."""
    _, partition, _, where, _ = arn.split(":", 4)
    return (partition, where) == (get_partition(region), region)


def role_parameters(account: str, accounts: Mapping[str, Iterable[str]], given: Mapping[str, Any]) -> dict[str, str]:
    """Write what a scenario says of an account's roles as parameters of their template; `accounts` holds each one's regions."""
    keys = [
        arn
        for key in given.get("volume_kms_key_arns") or ()
        for arn in dict.fromkeys(arn_of_key(key, account, region) for region in accounts.get(account, ()))
    ]
    return {
        "VolumeKmsKeyArns": ",".join(keys),
        "UseLicenseManager": str(given.get("use_license_manager", False)).lower(),
    }
