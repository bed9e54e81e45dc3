"""Finds modules of the function with hooks that a lazy import of Python 3.15 has not loaded.

Loaded in the process that it looks at. It makes no import real.
https://peps.python.org/pep-0810/
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import file_of, names_in_module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules

_LAZY = getattr(types, "LazyImportType", None)
_FUNCTIONS = (b"register_before_snapshot", b"register_after_restore")


def pending_modules(own: OwnModules) -> list[tuple[str, str, str]]:
    """Return the modules: their names and files, and the file that imports them.

    Args:
        own: The function's modules.
    """
    if _LAZY is None:
        return []
    found: dict[str, tuple[str, str, str]] = {}
    for module in own.modules().values():
        for value in names_in_module(module).values():
            for name in _origins(value) if type(value) is _LAZY else ():
                file = own.file_to_load(name)
                if file and name not in found and name not in sys.modules and _has_hooks(file):
                    found[name] = name, file, file_of(module)
    return list(found.values())


def _origins(lazy: Any) -> Iterator[str]:
    """Yield the modules that a lazy import may load: it tells them by its repr() only."""
    name = repr(lazy).partition("'")[2].partition("'")[0]
    while name.strip("."):
        yield name
        name = name.rpartition(".")[0]


def _has_hooks(file: str) -> bool:
    try:
        with open(file, "rb") as stream:
            source = stream.read()
    except OSError:
        return False
    return any(one in source for one in _FUNCTIONS)
