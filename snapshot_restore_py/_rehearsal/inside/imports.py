"""Notes which modules are imported, from where, and how long that takes."""

from __future__ import annotations

import os
import sys
import time
from _thread import get_ident
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.ownership import STANDARD, is_for_libraries

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules

# All imports of modules that are not loaded go through this function, and Python leaves it out
# of tracebacks as one of its own.
_SOURCE = """
def _find_and_load(name, import_):
    begin()
    try:
        return find_and_load(name, import_)
    finally:
        end(name)
"""
_FILE = "<frozen importlib._bootstrap>"
_MACHINERY = ("<frozen ", os.path.join(STANDARD, "importlib", ""))


class Imports:
    """Notes the imports from `listen` on: only those that no other import waits for.

    What the standard library imports by itself at its first use, as asyncio does for threads,
    is not noted: it takes little time, and nobody writes it otherwise.

    Attributes:
        found: Names of modules, the seconds that they took, and file and line of the
            function's own code that led there; empty and 0 if none did.

    Args:
        own: The function's modules.
    """

    def __init__(self, own: OwnModules) -> None:
        self.found: list[tuple[str, float, str, int]] = []
        self._own = own
        self._module: Any = sys.modules["_frozen_importlib"]
        self._original = self._module._find_and_load
        self._running: dict[int, list[float]] = {}  # when they began, by thread

    def listen(self) -> None:
        """Note imports from now on."""
        names = {"begin": self._begin, "end": self._end, "find_and_load": self._original}
        exec(compile(_SOURCE, _FILE, "exec"), names)
        self._module._find_and_load = names["_find_and_load"]

    def stop(self) -> None:
        """Note no more imports."""
        self._module._find_and_load = self._original

    def _begin(self) -> None:
        self._running.setdefault(get_ident(), []).append(time.perf_counter())

    def _end(self, name: str) -> None:
        running = self._running[get_ident()]
        started = running.pop()
        if not running and name in sys.modules and not name.startswith("_") and _is_asked_for():
            self.found.append((name, time.perf_counter() - started, *self._place()))

    def _place(self) -> tuple[str, int]:
        frame: Any = sys._getframe()
        while frame is not None:
            if self._own.has(str(frame.f_globals.get("__name__", ""))):
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return "", 0


def _is_asked_for() -> bool:
    """Tell whether other code than the standard library's asks for what is imported now."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(_MACHINERY):
        frame = frame.f_back
    file = frame.f_code.co_filename if frame else ""
    return not file.startswith(STANDARD + os.sep) or is_for_libraries(file)
