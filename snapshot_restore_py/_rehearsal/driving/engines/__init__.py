"""The ways to run and copy a function's processes: each module of this folder is one.

It has a class `Engine`, made with the call: see `..engine`. The command's choices are the
names of the modules that there are, so another engine is another module and its tests.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.driving.call import Call
    from snapshot_restore_py._rehearsal.driving.engine import Engine

USUAL = "fork"
"""The engine that is used if none is named."""


def engines() -> list[str]:
    """Return the names of all engines, in their order; none is imported for that."""
    return sorted(one.name for one in pkgutil.iter_modules(__path__))


def engine(call: Call) -> Engine:
    """Return the engine that a call names."""
    module: Any = import_module(f".{call.engine}", __name__)
    found: Engine = module.Engine(call)
    return found
