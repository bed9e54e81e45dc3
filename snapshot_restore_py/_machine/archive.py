"""Writes the archive of files that a kernel unpacks into memory when it starts.

The format is that of the kernel's documentation, "initramfs buffer format": entries of
cpio's "newc", each with a header of hexadecimal numbers, padded to four bytes.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC = b"070701"
_END = "TRAILER!!!"
_CHUNK = 1 << 20  # bytes


class Archive:
    """An archive that is being written.

    Args:
        stream: Where it is written.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._number = 0
        self._position = 0
        self._names: set[str] = set()

    def folder(self, name: str, mode: int = 0o755) -> None:
        """Add a folder, and those above it, unless it is there."""
        if name.strip("/") and name not in self._names:
            self._above(name)
            self._entry(name, stat.S_IFDIR | mode)

    def link(self, name: str, target: str) -> None:
        """Add a symbolic link."""
        self._above(name)
        data = os.fsencode(target)
        self._entry(name, stat.S_IFLNK | 0o777, len(data))
        self._write(data)
        self._pad()

    def data(self, name: str, data: bytes, mode: int = 0o644) -> None:
        """Add a file that holds `data`."""
        self._above(name)
        self._entry(name, stat.S_IFREG | mode, len(data))
        self._write(data)
        self._pad()

    def file(self, name: str, path: Path) -> None:
        """Add a file that holds what another one does.

        Raises:
            OSError: It cannot be read.
        """
        with path.open("rb") as stream:
            facts = os.fstat(stream.fileno())
            self._above(name)
            mode = stat.S_IFREG | readable_mode(facts)
            self._entry(name, mode, facts.st_size, int(facts.st_mtime))
            remaining = facts.st_size
            while remaining:
                chunk = stream.read(min(remaining, _CHUNK))
                # What was cut meanwhile is filled up: the size has been told.
                chunk = chunk or bytes(min(remaining, _CHUNK))
                self._write(chunk)
                remaining -= len(chunk)
        self._pad()

    def close(self) -> None:
        """Write the end."""
        self._entry(_END, 0)

    def _above(self, name: str) -> None:
        self.folder(os.path.dirname(name))

    def _entry(self, name: str, mode: int, size: int = 0, changed: int = 0) -> None:
        self._names.add(name)
        self._number += 1
        shown = os.fsencode(name.lstrip("/")) + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        numbers = (
            *(self._number, mode, 0, 0, links, changed & 0xFFFFFFFF, size),
            *(0, 0, 0, 0, len(shown), 0),
        )
        self._write(_MAGIC + b"".join(b"%08X" % number for number in numbers) + shown)
        self._pad()

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._position += len(data)

    def _pad(self) -> None:
        self._write(bytes(-self._position % 4))


def readable_mode(facts: os.stat_result) -> int:
    """Return a file's permissions in a machine, where everybody may read it."""
    return 0o444 | facts.st_mode & 0o311
