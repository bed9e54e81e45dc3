"""The memory of machines: files without a name, so that none is left, however this ends."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 1 << 30  # bytes that are copied in one call


class Memory:
    """A file of memory.

    Args:
        descriptor: That of the file, which belongs to this object from now on.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def new(cls, megabytes: int) -> Memory:
        """Return an empty one: on the disk for temporary files, if there is room enough."""
        folder = tempfile.gettempdir()
        room = os.statvfs(folder)
        if room.f_bavail * room.f_frsize > 2 * megabytes << 20:
            return cls(_unnamed(folder))
        return cls(os.memfd_create("memory"))

    @classmethod
    def of(cls, path: Path) -> Memory:
        """Return the one that was kept as a file.

        Raises:
            OSError: It cannot be read.
        """
        return cls(os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    @property
    def path(self) -> str:
        """The path by which a process finds it to which it was passed."""
        return f"/proc/self/fd/{self.descriptor}"

    def size(self) -> int:
        """Return how many bytes of the disk it takes."""
        return os.fstat(self.descriptor).st_blocks * 512

    def again(self) -> Memory:
        """Return the same one, to be closed by itself."""
        return Memory(os.dup(self.descriptor))

    def copy(self, megabytes: int) -> Memory:
        """Return a copy."""
        made = Memory.new(megabytes)
        try:
            _copy(self.descriptor, made.descriptor)
        except BaseException:
            made.close()
            raise
        return made

    def keep(self, path: Path) -> None:
        """Keep it as a file.

        Raises:
            OSError: That cannot be written.
        """
        target = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _copy(self.descriptor, target)
        finally:
            os.close(target)

    def close(self) -> None:
        """Let the file go; more than once does no harm."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _unnamed(folder: str) -> int:
    with suppress(OSError):  # Not all file systems know them.
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    descriptor, path = tempfile.mkstemp(dir=folder)
    os.unlink(path)
    return descriptor


def _copy(source: int, target: int) -> None:
    """Copy what a file holds, without what is empty."""
    os.truncate(target, os.fstat(source).st_size)
    end = 0
    while True:
        try:
            start = os.lseek(source, end, os.SEEK_DATA)
        except OSError:  # There is nothing more.
            return
        end = os.lseek(source, start, os.SEEK_HOLE)
        os.lseek(target, start, os.SEEK_SET)
        while start < end:
            start += os.sendfile(target, source, start, min(end - start, _MOST))
