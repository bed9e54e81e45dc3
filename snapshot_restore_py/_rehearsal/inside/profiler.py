"""Hears the calls of the function's code, as profilers do: for what is worth an extra copy."""

from __future__ import annotations

import sys
from _thread import get_ident
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules

# Called for each call and return in all threads, so it looks first whether anybody wants to
# know. What profiles is not profiled itself, nor is its coverage measured, but for what runs
# in call_tracing. An error here would be one of the function's.
_SOURCE = """
def hear(frame, event, argument):
    thread = get_ident()
    if thread in busy:
        return
    if (
        is_all_wanted
        or id(frame.f_globals) in own
        or frame in awaited
        or (event == "c_call" and id(argument.__self__) in targets)
        or (event == "call" and frame.f_code.co_name == "__init__")
        or (event == "return" and frame.f_back and id(frame.f_back.f_globals) in own)
    ):
        busy.add(thread)
        try:
            call_tracing(note, (frame, event, argument))
        except Exception:
            pass
        finally:
            busy.discard(thread)
"""
_FILE = "<profiler>"
_MAIN = get_ident()  # In a copy it is the same.
_WITHIN = ("<genexpr>", "<listcomp>", "<dictcomp>", "<setcomp>")


class Place:
    """Where code runs.

    Attributes:
        file: Its file.
        line: The line that runs.
        name: The function's name, as in `Class.method`.
        module: Its module.
    """

    def __init__(self, frame: Any) -> None:
        self.file: str = frame.f_code.co_filename
        self.line: int = frame.f_lineno
        self.module = module_of_frame(frame)
        while frame.f_code.co_name in _WITHIN and module_of_frame(frame.f_back) == self.module:
            frame = frame.f_back
        # Python 3.11 and later
        self.name: str = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)

    def as_json(self) -> list[Any]:
        """Return the attributes as `records.Frame` takes them."""
        return [self.file, self.line, self.name, self.module]


class Profiler:
    """Tells what `sys.setprofile` does, of this thread and of those that start from then on.

    It tells the calls and returns in own code, those of objects' `__init__`, what returns to own
    code, and methods in C of given objects. To be used in a copy from which nothing else is
    concluded: it makes the code slower.

    Attributes:
        awaited: Frames whose events are told, too, with what is to be known when they return.

    Args:
        own: The function's modules.
        targets: The objects.
        is_all_wanted: Whether all other calls and returns are told, too.
    """

    def __init__(
        self, own: OwnModules, targets: Iterable[Any] = (), *, is_all_wanted: bool = False
    ) -> None:
        self.awaited: dict[Any, list[Any]] = {}
        self._names: dict[str, Any] = {
            "get_ident": get_ident,
            "busy": set(),
            "is_all_wanted": is_all_wanted,
            "own": {id(vars(module)) for module in own.modules().values()},
            "awaited": self.awaited,
            "targets": set(map(id, targets)),
            "call_tracing": sys.call_tracing,
        }

    def listen(self, note: Callable[[Any, str, Any], None]) -> None:
        """Tell `note` of frames, events and their arguments from now on."""
        import threading

        self._names["note"] = note
        exec(compile(_SOURCE, _FILE, "exec"), self._names)
        threading.setprofile(self._names["hear"])
        sys.setprofile(self._names["hear"])

    def stop(self) -> None:
        """Tell nobody any more."""
        import threading

        sys.setprofile(None)
        stop: Any = None
        threading.setprofile(stop)


def module_of_frame(frame: Any) -> str:
    """Return the name of the module whose code a frame runs."""
    return str(frame.f_globals.get("__name__", "")) if frame else ""


def callers(frame: Any) -> Iterator[Any]:
    """Yield a frame, and those that wait for it, the innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def own_place(own: OwnModules, frame: Any) -> Place | None:
    """Return where own code waits for a frame; None if none does.

    Where none does in a thread, it is what runs in the main thread meanwhile.
    """
    main: Any = sys._current_frames().get(_MAIN)
    for one in (*callers(frame), *callers(main)):
        if own.has(module_of_frame(one)):
            return Place(one)
    return None
