"""Whether an instance can run on another type, as far as EC2's descriptions can tell."""

from dataclasses import replace

import pytest

from instance_scheduler.compatibility import UNTOLD, Hardware, Machine, incompatibility

MACHINE = Machine(architecture="x86_64", virtualization="hvm", ena=True)
NITRO = Hardware(architectures=("x86_64",), virtualizations=("hvm",), ena="required", nvme="required")
XEN = Hardware(
    architectures=("i386", "x86_64"), virtualizations=("hvm", "paravirtual"), ena="unsupported", nvme="unsupported"
)


@pytest.mark.parametrize(
    ("machine", "old", "new", "reason"),
    [
        pytest.param(MACHINE, XEN, NITRO, "", id="fits"),
        pytest.param(UNTOLD, None, NITRO, "", id="nothing known of the instance"),
        pytest.param(MACHINE, XEN, Hardware(), "", id="nothing known of the type"),
        pytest.param(MACHINE, XEN, None, "the region has no type m5.large", id="no such type"),
        pytest.param(
            MACHINE, XEN, replace(NITRO, architectures=("arm64",)), "m5.large is arm64", id="another architecture"
        ),
        pytest.param(
            replace(MACHINE, virtualization="paravirtual"),
            XEN,
            NITRO,
            "the instance is paravirtual",
            id="virtualisation",
        ),
        pytest.param(replace(MACHINE, ena=False), XEN, NITRO, "requires ENA", id="without ENA"),
        pytest.param(replace(MACHINE, ena=None), XEN, NITRO, "requires NVMe", id="NVMe after a type without"),
        pytest.param(replace(MACHINE, ena=None), NITRO, NITRO, "", id="NVMe after NVMe"),
    ],
)
def test_a_type_that_cannot_carry_the_instance_says_why(machine, old, new, reason):
    told = incompatibility(machine, old, new, "m5.large")

    assert (bool(told), reason in told) == (bool(reason), True)
