"""Notes where the function's own code reads variables that are not what they are in Lambda."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Under SnapStart the SDKs get credentials from AWS_CONTAINER_CREDENTIALS_FULL_URI.
_MISSING = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_MAPPINGS = ("os", "_collections_abc", "collections.abc")
# What reads all variables, or reads one only to set it where it is missing.
_NO_READS = ("__iter__", "copy", "__or__", "__ror__", "setdefault", "__repr__", "__eq__")


class Reads:
    """Notes who reads the variables, by whatever method of `os.environ`.

    To be made before the function is imported.

    Attributes:
        found: Names of variables, with the file and the line of code that reads them.

    Args:
        is_own: Tells by a module's name whether it is the function's own.
        wanted: Names of more variables whose readers are noted.
    """

    def __init__(self, is_own: Callable[[str], bool], wanted: Iterable[str] = ()) -> None:
        self.found: list[tuple[str, str, int]] = []
        self._is_own = is_own
        self._missing = {*_MISSING, *wanted} - {""}
        self._all_read: tuple[int, int] | None = None
        kind: Any = type(os.environ)
        read, write, every = kind.__getitem__, kind.__setitem__, kind.__iter__

        def noted_read(environ: Any, name: Any) -> Any:
            self._note_read(name, sys._getframe(1))
            return read(environ, name)

        def noted_write(environ: Any, name: Any, value: Any) -> None:
            self._missing.discard(_text(name))  # From now on it is there in Lambda, too.
            write(environ, name, value)

        def noted_names(environ: Any) -> Any:
            frame = _caller(sys._getframe(1))
            self._all_read = (id(frame), frame.f_lasti)
            return every(environ)

        kind.__getitem__, kind.__setitem__, kind.__iter__ = noted_read, noted_write, noted_names

    def _note_read(self, name: Any, frame: Any) -> None:
        variable = _text(name)
        if variable not in self._missing:
            return
        caller = _caller(frame)
        while frame is not caller:
            if frame.f_code.co_name in _NO_READS:
                return
            frame = frame.f_back
        # As in dict(os.environ): one step of the code reads all.
        if self._all_read != (id(caller), caller.f_lasti) and self._is_own(_module(caller)):
            one = (variable, caller.f_code.co_filename, caller.f_lineno)
            if one not in self.found:
                self.found.append(one)


def _text(name: Any) -> str:
    return os.fsdecode(name) if isinstance(name, (str, bytes)) else ""


def _module(frame: Any) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_of_mapping(frame: Any) -> bool:
    return _module(frame) in _MAPPINGS


def _caller(frame: Any) -> Any:
    """Return the frame that asks the mapping; the outermost one if there is no other."""
    while _is_of_mapping(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame
