"""What objects of libraries hold: of that, only what a function may have given to them.

Libraries keep much for themselves: counts, deadlines, start times. So numbers and times are
left alone.
"""

from __future__ import annotations

import gc
import re
import weakref
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    GeneratorType,
    ModuleType,
    TracebackType,
)
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import ancestors, attributes, type_name
from snapshot_restore_py._rehearsal.inside.standard import is_written

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_OBJECTS = 20_000  # objects that are looked into
_MOST_INSIDE = 500  # of one object
_SHORTEST, _LONGEST = 8, 100_000  # characters of an id or a secret
_DIGIT = re.compile("[0-9]")
# Ids that a library makes for itself have private names.
_OF_ITS_OWN = re.compile(r"\._(?!\w+__)(?:\w*_)?(?:id|uuid)\b")
_NUMBERS = (int, float, complex, bool, type(None))
_CLOSED_KINDS = (
    type,
    ModuleType,
    FunctionType,
    BuiltinFunctionType,
    CodeType,
    FrameType,
    TracebackType,
    GeneratorType,
    weakref.ref,
)
# These know of much that has nothing to do with what leads to them.
_HUBS = {"logging.Manager", "threading.Thread", "_thread._local"}


def is_a_librarys_own(value: Any) -> bool:
    """Tell whether a simple value of a library's object can be no id or secret of the function's.

    That is so for numbers, for what is too short or too long, and for texts without a digit.
    """
    kind = type(value)
    if issubclass(kind, str):
        return not _is_long(str.__len__(value)) or _DIGIT.search(value) is None
    if issubclass(kind, (bytes, bytearray)):
        return not _is_long(memoryview(value).nbytes)
    # What a library writes for itself may hold all that it has done.
    return kind in _NUMBERS or is_written(value)


def is_private_id(path: str) -> bool:
    """Tell whether a path ends in an id that an object has for itself."""
    return _OF_ITS_OWN.search(path) is not None


def _is_long(size: int) -> bool:
    return _SHORTEST <= size <= _LONGEST


def parts_of_library_object(value: Any, path: str) -> Iterator[tuple[Any, str]]:
    """Yield what an object of a library holds, each with its path."""
    kind = type(value)
    if issubclass(kind, _CLOSED_KINDS) or any(type_name(one) in _HUBS for one in ancestors(kind)):
        return
    found = attributes(value)
    for name, one in found.items():
        yield one, f"{path}.{name}"
    # Classes in C do not tell all of what they hold by attributes.
    inside = gc.get_referents(value) if not found and gc.is_tracked(value) else []
    for one in inside if len(inside) <= _MOST_INSIDE else ():  # Not the elements of an array.
        if one is not kind:
            yield one, f"{path} (inside)"
