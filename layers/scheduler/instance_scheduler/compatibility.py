"""Whether an instance can run on another type, as far as EC2's descriptions of both can tell.

Source: EC2 user guide, "Compatibility for changing the instance type".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What an instance was made for, in DescribeInstances' words; an empty word was not told."""

    architecture: str = ""
    virtualization: str = ""
    ena: bool | None = None
    """Whether its operating system drives the Elastic Network Adapter; None = not told."""


UNTOLD = Machine()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What a type offers, in DescribeInstanceTypes' words."""

    architectures: tuple[str, ...] = ()
    virtualizations: tuple[str, ...] = ()
    ena: str = ""
    """unsupported, supported or required."""
    nvme: str = ""
    """Of EBS volumes: unsupported, supported or required."""


def incompatibility(machine: Machine, old: Hardware | None, new: Hardware | None, name: str) -> str:
    """Say why an instance cannot run on the type `name`, in one clause; empty where nothing speaks against it.

    NVMe drivers cannot be seen from outside. They come with the same images as ENA's, so a type that demands NVMe is refused
    where the old type does without and the instance is not known to drive ENA.
    """
    if new is None:
        return f"the region has no type {name}"
    if machine.architecture and new.architectures and machine.architecture not in new.architectures:
        return f"{name} is {' or '.join(new.architectures)}, the instance {machine.architecture}"
    if machine.virtualization and new.virtualizations and machine.virtualization not in new.virtualizations:
        return f"{name} runs {' or '.join(new.virtualizations)}, the instance is {machine.virtualization}"
    if new.ena == "required" and machine.ena is False:
        return f"{name} requires ENA, which is not enabled on the instance"
    if new.nvme == "required" and old is not None and old.nvme == "unsupported" and not machine.ena:
        return f"{name} requires NVMe drivers, which the instance is not known to have"
    return ""
