"""Child processes, and the objects by which a function knows them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import (
    attributes,
    identity,
    objects,
    of_kinds,
    type_name,
)
from snapshot_restore_py._rehearsal.inside.ownership import all_modules
from snapshot_restore_py._rehearsal.inside.reachability import Search

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules

_PROCESSES = "/proc"
# Those of subprocess, multiprocessing, and of libraries that start processes themselves.
_HANDLE = re.compile("popen|process|spawn", re.IGNORECASE)


def children() -> dict[int, str]:
    """Return ids and names of the processes that this one has started and that live.

    Without those that only clean up after this one. Empty where the system does not tell them.
    """
    cleaners = _resource_trackers()
    parent = str(os.getpid())
    found = {}
    listed = os.listdir(_PROCESSES) if os.path.isdir(_PROCESSES) else ()
    for process in sorted(int(name) for name in listed if name.isdecimal()):
        with contextlib.suppress(OSError):  # It has ended meanwhile.
            with open(f"{_PROCESSES}/{process}/stat", errors="replace") as stream:
                # The id, the name, which may hold anything, in brackets, the state, the parent.
                text, _, fields = stream.read().rpartition(")")
            state, its_parent = fields.split()[:2]
            if its_parent == parent and state != "Z" and process not in cleaners:
                found[process] = text.partition("(")[2]
    return found


def handles() -> list[tuple[int, Any]]:
    """Return the objects that stand for processes, with the ids of these, also of ended ones."""
    return [(pid, one) for one in of_kinds(objects(), is_handle) for pid in ids_in(one)]


def is_handle(kind: type) -> bool:
    """Tell whether the objects of a class may stand for processes."""
    return _HANDLE.search(type_name(kind)) is not None


def ids_in(handle: Any) -> list[int]:
    """Return the id of the process that an object stands for, none if it stands for none."""
    pid = attributes(handle).get("pid")
    return [pid] if type(pid) is int else []


def _resource_trackers() -> set[Any]:
    """Return the ids of the processes by which multiprocessing and the like clean up."""
    trackers = (
        getattr(module, "_resource_tracker", None)
        for name, module in all_modules().items()
        if name.endswith(".resource_tracker")
    )
    return {getattr(one, "_pid", None) for one in trackers}


def kept(children: dict[int, str], own: OwnModules) -> list[dict[str, Any]]:
    """Return of each child its name, the class of its object and the name that leads there.

    Empty where there is none. `is_named` tells whether that name stands for the object itself.
    """
    if not children:
        return []
    known = {pid: one for pid, one in handles() if pid in children}
    paths = Search(known.values(), own.modules()).paths()
    found = []
    for pid, name in children.items():
        path = paths.get(identity(known.get(pid)))
        found.append(
            {
                "name": name,
                "handle": type_name(type(known[pid])) if pid in known else "",
                "root": path.root if path else "",
                "is_named": path is not None and len(path.steps) == 1,
            }
        )
    return found


def let_seem_alive(children: dict[int, str]) -> None:
    """Let the objects of `subprocess` not notice that this process has not these children.

    They live on in Lambda. One that is ended here seems to have ended.
    """
    subprocess: Any = sys.modules.get("subprocess")
    for pid, one in handles() if subprocess and children else ():
        if pid in children and issubclass(type(one), subprocess.Popen):
            _stand_in(one)


def _stand_in(one: Any) -> None:
    def poll(*_: Any, **__: Any) -> Any:
        return one.returncode

    def send_signal(number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
            one.returncode = -number

    one._internal_poll, one.send_signal = poll, send_signal
