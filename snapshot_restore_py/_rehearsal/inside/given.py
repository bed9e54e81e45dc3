"""Numbers that the system gave to a process: they differ, but nobody has made them up."""

from __future__ import annotations

import os
import sys
from stat import S_ISSOCK
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.connections import MOST_DESCRIPTORS
from snapshot_restore_py._rehearsal.inside.kinds import attributes, objects, of_kinds
from snapshot_restore_py._rehearsal.inside.processes import handles

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_PORT = 1024  # Lower ones are those of services.
_SMALL = 1 << 16  # Smaller inodes could be any number.


def numbers() -> set[int]:
    """Return the ids of this process, its threads and children, ports, and inodes."""
    found = {os.getpid(), os.getppid(), os.getpgrp(), os.getsid(0), *_thread_ids()}
    found.update(pid for pid, _ in handles())
    for descriptor in range(MOST_DESCRIPTORS):
        found.update(_of_descriptor(descriptor))
    return found


def _of_descriptor(descriptor: int) -> Iterator[int]:
    """Yield the inode of what is open, and the ports of both ends of a socket."""
    try:
        facts = os.fstat(descriptor)
    except OSError:  # not open
        return
    if facts.st_ino >= _SMALL:
        yield facts.st_ino
    if S_ISSOCK(facts.st_mode):
        import socket

        with socket.socket(fileno=os.dup(descriptor)) as copy:
            for ask in (copy.getsockname, copy.getpeername):
                try:
                    address = ask()
                except OSError:  # not connected
                    continue
                if isinstance(address, tuple) and address[1] >= _FIRST_PORT:
                    yield address[1]


def _thread_ids() -> list[int]:
    ids = list(sys._current_frames())
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        # Also of those that have ended, which threading.enumerate() does not tell.
        for one in of_kinds(objects(), lambda kind: issubclass(kind, threading.Thread)):
            found = attributes(one)
            ids += [found[name] for name in ("_ident", "_native_id") if found.get(name)]
    return ids
