"""Says where a hook is defined, for messages and listings."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Location:
    """A hook's name, as in `module.function`, and where its code starts.

    `file` is None, and `line` 0, where there is no Python code, as for a built-in function.
    """

    name: str
    file: str | None
    line: int

    def __str__(self) -> str:
        """Show both in one line."""
        return f"{self.name} ({self.file}, line {self.line})" if self.file else self.name


def locate(func: Any) -> Location:
    """Return the location of a hook: of the code that runs when it is called."""
    func = _unwrapped(func)
    code = getattr(func, "__code__", None) or getattr(type(func).__call__, "__code__", None)
    named = func if hasattr(func, "__qualname__") else type(func)
    name = f"{named.__module__}.{named.__qualname__}"
    return (
        Location(name, code.co_filename, code.co_firstlineno) if code else Location(name, None, 0)
    )


def _unwrapped(func: Any) -> Any:
    functools = sys.modules.get("functools")
    inner = func
    for _ in range(20):
        if hasattr(inner, "__wrapped__"):
            inner = inner.__wrapped__
        elif functools and isinstance(inner, functools.partial):
            inner = inner.func
        else:
            return inner
    # A remote proxy or a mock answers every attribute, without an end.
    return func


def note(error: BaseException, phase: str, entry: Any) -> None:
    """Add a note to `error` that names the hook it came from, where Python has notes."""
    if sys.version_info >= (3, 11):
        plugin = getattr(entry, "plugin", None)
        owner = f"plugin {plugin.name!r} of {plugin.distribution}" if plugin else "explicit"
        error.add_note(f"Raised by the {phase} hook {locate(entry[0])}, {owner}")
