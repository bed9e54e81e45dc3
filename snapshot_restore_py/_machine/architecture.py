"""What differs between the machines of architectures: all of it stands here."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass


class MissingError(Exception):
    """Something is not there that virtual machines need. The message says what to do."""


@dataclass(frozen=True)
class Architecture:
    """How a machine of an architecture is started.

    Attributes:
        name: As `uname -m` tells it.
        debian: As Debian names it.
        program: QEMU's.
        packages: Its ends of names of packages with QEMU: of Debian and Ubuntu, Fedora, Alpine.
        machine: QEMU's name of the kind of machine.
        devices: Arguments for what such a machine lacks.
        console: The device that the kernel writes its messages to.
        link: The device by which the host is talked to.
        mark: Where in a kernel's file which bytes stand.
        needed: What the kernel has to be built with.
    """

    name: str
    debian: str
    program: str
    packages: tuple[str, str, str]
    machine: str
    devices: tuple[str, ...]
    console: str
    link: str
    mark: tuple[int, bytes]
    needed: tuple[str, ...]

    def is_kernel(self, head: bytes) -> bool:
        """Tell whether a file that begins so is a kernel, as far as that can be seen."""
        position, mark = self.mark
        # Kernels of arm64 may be compressed.
        is_packed = self.name == "aarch64" and head[:2] in (b"\x1f\x8b", b"MZ")
        return head[position : position + len(mark)] == mark or is_packed


_FACTS = "/proc/cpuinfo"
_ALWAYS = ("CONFIG_BLK_DEV_INITRD", "CONFIG_DEVTMPFS", "CONFIG_TMPFS", "CONFIG_PROC_FS")
_ARCHITECTURES = {
    "x86_64": Architecture(
        "x86_64",
        "amd64",
        "qemu-system-x86_64",
        ("x86", "x86", "x86_64"),
        "q35",
        # The last one tells a kernel that knows it that it was copied.
        ("-serial", "chardev:console", "-serial", "chardev:link", "-device", "vmgenid,guid=auto"),
        "ttyS0",
        "ttyS1",
        (0x202, b"HdrS"),
        (*_ALWAYS, "CONFIG_SERIAL_8250", "CONFIG_SERIAL_8250_CONSOLE"),
    ),
    "aarch64": Architecture(
        "aarch64",
        "arm64",
        "qemu-system-aarch64",
        ("arm", "aarch64", "aarch64"),
        "virt",
        ("-serial", "chardev:console", "-device", "pci-serial,chardev=link"),
        "ttyAMA0",
        "ttyS0",
        (56, b"ARM\x64"),
        (*_ALWAYS, "CONFIG_SERIAL_AMBA_PL011_CONSOLE", "CONFIG_SERIAL_8250_PCI"),
    ),
}


def this_one() -> Architecture:
    """Return that of this machine.

    Raises:
        MissingError: It is none of those that are known.
    """
    name = platform.machine()
    if not os.path.exists("/proc/self/stat"):
        raise MissingError(f"the engine microvm works on Linux, not on {platform.system()}")
    if name not in _ARCHITECTURES:
        known = " and ".join(_ARCHITECTURES)
        raise MissingError(f"the engine microvm works on {known}, not on {name}")
    return _ARCHITECTURES[name]


def has_virtualisation() -> bool:
    """Tell whether the system can run machines of its own processor's kind at full speed."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    if platform.machine() != "x86_64":
        return True
    # Some clouds have the device, but run changed kernels with it only.
    with open(_FACTS, errors="replace") as stream:
        return any(
            not {"vmx", "svm"}.isdisjoint(line.split())
            for line in stream
            if line.startswith("flags")
        )
