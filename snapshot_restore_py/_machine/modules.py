"""The modules of a kernel, where it has not all built in that a machine needs."""

from __future__ import annotations

import gzip
import lzma
import shutil
import subprocess
from typing import TYPE_CHECKING

from .architecture import MissingError

if TYPE_CHECKING:
    from pathlib import Path

    from .kernel import Kernel

NETWORK = ("virtio_pci", "virtio_net")
"""What drives the network card."""


def modules(kernel: Kernel, names: tuple[str, ...]) -> dict[str, Path] | None:
    """Return modules and those that they need, in the order in which they are loaded.

    Without those that are built in.

    Returns:
        Their files by name; None if the kernel has not all of them.

    Raises:
        MissingError: Nothing tells which they are.
    """
    if all(f"CONFIG_{name.upper()}" in kernel.built_in for name in names):
        return {}
    if kernel.modules is None:
        return None
    needed = _needed(kernel.modules)
    built_in = set(map(_name, _lines(kernel.modules / "modules.builtin")))
    found: dict[str, Path] = {}
    for name in names:
        if name in built_in:
            continue
        if name not in needed:
            _check(kernel.modules)
            return None
        for file in needed[name]:
            found.setdefault(_name(file), kernel.modules / file)
    return found


def _check(folder: Path) -> None:
    """Raise MissingError if there are modules, and nothing tells which of them need which."""
    if (folder / "kernel").is_dir() and not (folder / "modules.dep").exists():
        raise MissingError(
            f"{folder} has no modules.dep. Let depmod write it, or rehearse without a network: "
            "--no-network"
        )


def _needed(folder: Path) -> dict[str, list[str]]:
    """Return for each module the files to load for it."""
    found = {}
    for line in _lines(folder / "modules.dep"):
        file, _, others = line.partition(":")
        found[_name(file)] = [*reversed(others.split()), file]
    return found


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


def _name(file: str) -> str:
    return file.rpartition("/")[2].partition(".")[0].replace("-", "_")


def unpacked(file: Path) -> bytes:
    """Return what is in a module's file, which may be compressed.

    Raises:
        MissingError: It is, and what would unpack it is not installed.
    """
    data = file.read_bytes()
    if file.suffix == ".xz":
        return lzma.decompress(data)
    if file.suffix == ".gz":
        return gzip.decompress(data)
    if file.suffix == ".zst":
        return _zstandard(data)
    return data


def _zstandard(data: bytes) -> bytes:
    if not shutil.which("zstd"):
        raise MissingError(
            "the kernel's modules are compressed by zstd, which is not there. Install zstd, or "
            "rehearse without a network: --no-network"
        )
    shown = subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True)
    return shown.stdout
