"""Child processes, and the objects by which a function knows them."""

from __future__ import annotations

import contextlib
import os
import re
from typing import Any

from snapshot_restore_py._rehearsal.inside.kinds import attributes, objects, type_name

_PROCESSES = "/proc"
# Those of subprocess, multiprocessing, and of libraries that start processes themselves.
_HANDLE = re.compile("popen|process|spawn", re.IGNORECASE)


def children() -> dict[int, str]:
    """Return ids and names of the processes that this one has started and that live.

    Empty where the system does not tell them.
    """
    parent = str(os.getpid())
    found = {}
    listed = os.listdir(_PROCESSES) if os.path.isdir(_PROCESSES) else ()
    for process in sorted(int(name) for name in listed if name.isdecimal()):
        with contextlib.suppress(OSError):  # It has ended meanwhile.
            with open(f"{_PROCESSES}/{process}/stat", errors="replace") as stream:
                # The id, the name, which may hold anything, in brackets, the state, the parent.
                text, _, fields = stream.read().rpartition(")")
            state, its_parent = fields.split()[:2]
            if its_parent == parent and state != "Z":
                found[process] = text.partition("(")[2]
    return found


def handles() -> list[tuple[int, Any]]:
    """Return the objects that stand for processes, with the ids of these, also of ended ones."""
    matching: dict[int, bool] = {}  # by the ids of classes, whose hashes may be anything
    found = []
    for one in objects():
        kind = type(one)
        if id(kind) not in matching:
            matching[id(kind)] = bool(_HANDLE.search(type_name(kind)))
        if matching[id(kind)]:
            pid = attributes(one).get("pid")
            if type(pid) is int:
                found.append((pid, one))
    return found
