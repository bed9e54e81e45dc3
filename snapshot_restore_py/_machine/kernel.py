"""Finds the kernel that machines start, and tells whether it can serve."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .architecture import MissingError, this_one

if TYPE_CHECKING:
    from .architecture import Architecture

VARIABLE = "SNAPSHOT_RESTORE_KERNEL"
"""The variable that may name the kernel's file."""

_FOLDER = Path("/boot")
_NAMES = ("vmlinuz-*", "vmlinux-*", "Image-*")
_MODULES = Path("/usr/lib/modules")  # where some systems have kernels, too
_HEAD = 65536  # bytes of a kernel in which it tells about itself
_VERSION = re.compile(r"\d+\.\d+[\w.+~-]*")
# Where the boot protocol of x86 has its mark, and where the version's text is.
_MARK, _TEXT = 0x202, 0x20E


@dataclass(frozen=True)
class Kernel:
    """A kernel's file.

    Attributes:
        path: The file.
        version: As `uname -r` tells it; empty if that is not known.
        modules: The folder of its modules; None where there is none.
        built_in: The names of what it was built with, such as `CONFIG_TMPFS`; none where that
            is not known.
    """

    path: Path
    version: str
    modules: Path | None
    built_in: frozenset[str] = frozenset()


def kernel(named: str | None = None) -> Kernel:
    """Return the kernel to start.

    Args:
        named: Its file; None for that of the variable, or the newest readable one of `/boot`.

    Raises:
        MissingError: There is none, or it lacks something.
    """
    chosen = named or os.environ.get(VARIABLE)
    path = Path(chosen) if chosen else _newest()
    architecture = this_one()
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise MissingError(f"the kernel {path} cannot be read ({error.strerror})") from None
    if not architecture.is_kernel(head):
        raise MissingError(f"{path} is no kernel for {architecture.name}")
    version = _version(path, head)
    built_in = _built_in(path, version)
    _check(path, built_in, architecture)
    return Kernel(path, version, _modules(path.absolute(), version), built_in)


def _modules(path: Path, version: str) -> Path | None:
    # A kernel may lie among its modules, and one that was unpacked somewhere has them there.
    if (path.parent / "modules.builtin").is_file():
        return path.parent
    folders = (root / "lib" / "modules" / version for root in (Path("/"), path.parents[1]))
    return next((one for one in folders if version and one.is_dir()), None)


def _newest() -> Path:
    found = [path for pattern in _NAMES for path in _FOLDER.glob(pattern)]
    found = found or list(_MODULES.glob("*/vmlinuz"))
    readable = [path for path in found if os.access(path, os.R_OK)]
    if readable:
        return max(readable, key=lambda path: _parts(str(path)))
    if found:
        raise MissingError(
            f"{found[0]} cannot be read by you. Let it be read (sudo chmod +r {found[0]}), or "
            "name another one with --kernel"
        )
    raise MissingError(
        f"there is no kernel in {_FOLDER}. Install one (Debian: linux-image-cloud-"
        f"{this_one().debian}; Ubuntu: linux-image-virtual; Fedora: kernel-core; Alpine: "
        "linux-virt), or name one with --kernel"
    )


def _parts(name: str) -> list[tuple[int, int, str]]:
    """Return what versions are ordered by: numbers as such."""
    return [
        (1, int(part), "") if part.isdecimal() else (0, 0, part)
        for part in re.findall(r"\d+|[a-z]+", name)
    ]


def _version(path: Path, head: bytes) -> str:
    if head[_MARK : _MARK + 4] == b"HdrS":
        start = int.from_bytes(head[_TEXT : _TEXT + 2], "little") + 0x200
        text = head[start : start + 200].partition(b"\0")[0].decode("ascii", "replace")
        return text.partition(" ")[0]
    found = _VERSION.search(path.name)
    return found[0] if found else ""


def _built_in(path: Path, version: str) -> frozenset[str]:
    """Return what the kernel's configuration says, where it is there."""
    for name in (f"config-{version}", "config"):
        with suppress(OSError):
            text = path.with_name(name).read_text(errors="replace")
            return frozenset(re.findall(r"^(CONFIG_\w+)=y$", text, re.MULTILINE))
    return frozenset()


def _check(path: Path, built_in: frozenset[str], architecture: Architecture) -> None:
    """Raise MissingError if it is known that the kernel lacks something."""
    if not built_in:
        return
    lacking = [name for name in architecture.needed if name not in built_in]
    if lacking:
        raise MissingError(
            f"the kernel {path} was built without {', '.join(lacking)}, which the rehearsal "
            "needs. Name another one with --kernel"
        )
