"""Numbers that the system gave to a process: they differ, but nobody has made them up."""

from __future__ import annotations

import os
import sys
from functools import partial
from stat import S_ISSOCK
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.connections import descriptors
from snapshot_restore_py._rehearsal.inside.kinds import attributes, by_kinds, objects
from snapshot_restore_py._rehearsal.inside.processes import ids_in, is_handle

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_PORT = 1024  # Lower ones are those of services.
_SMALL = 1 << 16  # Smaller inodes could be any number.


def numbers() -> set[int]:
    """Return the ids of this process, its threads and children, ports, and inodes."""
    found = {os.getpid(), os.getppid(), os.getpgrp(), os.getsid(0), *sys._current_frames()}
    threading: Any = sys.modules.get("threading")
    every = by_kinds(objects(), partial(_role, threading.Thread if threading else ()))
    found.update(number for one in every.get("process", ()) for number in ids_in(one))
    found.update(number for one in every.get("thread", ()) for number in _ids_of_thread(one))
    for descriptor in descriptors():
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


def _role(thread: type | tuple[()], kind: type) -> str:
    if issubclass(kind, thread):
        return "thread"
    return "process" if is_handle(kind) else ""


def _ids_of_thread(thread: Any) -> list[int]:
    # Also of those that have ended, which threading.enumerate() does not tell.
    found = attributes(thread)
    return [found[name] for name in ("_ident", "_native_id") if found.get(name)]
