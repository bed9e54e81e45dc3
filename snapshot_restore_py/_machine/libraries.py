"""Finds the shared libraries that packed programs and modules need."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

_LIBRARY = re.compile(r"(?:=>\s+)?(/\S+)\s+\(0x")
# What the C library loads by itself: to look up names, and to end threads.
_LOADED = ("libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2", "libgcc_s.so.1")
_AT_ONCE = 200  # files, so that a command does not get too long


def objects(files: Mapping[str, Path]) -> dict[str, list[int]]:
    """Return the programs and modules that may need libraries, with what tells their changes.

    Args:
        files: By their paths, where they are read from.
    """
    found = {}
    for name, path in files.items():
        if ".so" in os.path.basename(name) or os.access(path, os.X_OK):
            facts = path.stat()
            if _is_object(path):
                found[str(path)] = [facts.st_size, facts.st_mtime_ns]
    return found


def libraries(objects: Collection[str], program: str) -> list[str]:
    """Return the paths of the libraries that objects need, in order.

    Args:
        objects: Paths of programs and modules.
        program: That of Python, whose own libraries load others by their names.
    """
    return sorted({*_needed(list(objects)), *_found_by_name(program)})


def _is_object(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def _needed(names: list[str]) -> set[str]:
    """Return the libraries that files are linked with, and the program that loads them."""
    found: set[str] = set()
    for start in range(0, len(names), _AT_ONCE):
        shown = subprocess.run(
            ["ldd", *names[start : start + _AT_ONCE]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        found.update(_LIBRARY.findall(shown.stdout))
    return found


def _found_by_name(program: str) -> Iterator[str]:
    """Yield libraries that are loaded by name while programs run."""
    folders = {os.path.dirname(name) for name in _needed([os.path.realpath(program)])}
    for folder in folders:
        for name in _LOADED:
            path = os.path.join(folder, name)
            if os.path.exists(path):
                yield path
