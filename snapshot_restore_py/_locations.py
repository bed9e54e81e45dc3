"""Says where a hook is defined, for messages and listings."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType
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
    kind = type(func)
    codes = (_attribute(func, "__code__"), _attribute(_attribute(kind, "__call__"), "__code__"))
    code: Any = next((one for one in codes if type(one) is CodeType), None)
    named = func if type(_attribute(func, "__qualname__")) is str else kind
    name = f"{_attribute(named, '__module__')}.{_attribute(named, '__qualname__')}"
    return (
        Location(name, code.co_filename, code.co_firstlineno) if code else Location(name, None, 0)
    )


def _attribute(value: Any, name: str) -> Any:
    """Return an attribute; None if there is none, or if a proxy raises in its place."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None


def _unwrapped(func: Any) -> Any:
    functools = sys.modules.get("functools")
    inner = func
    for _ in range(20):
        wrapped = _attribute(inner, "__wrapped__")
        if wrapped is not None:
            inner = wrapped
        elif functools and issubclass(type(inner), functools.partial):
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
        text = f"Raised by the {phase} hook {locate(entry[0])}, {owner}"
        with suppress(Exception):  # The exception's own class can have another such method.
            BaseException.add_note(error, text)
