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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.inside.values import Value

MOST_OBJECTS = 20_000  # objects that are looked into
_MOST_INSIDE = 500  # of one object
_SHORTEST, _LONGEST = 8, 100_000  # characters of an id or a secret
_DIGIT = re.compile("[0-9]")
# Ids that a library makes for itself have private names.
_OF_ITS_OWN = re.compile(r"\._(?!\w+__)(?:\w*_)?(?:id|uuid)\b")
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


def may_be_given(value: Value, plain: Any, path: str) -> bool:
    """Tell whether a value of a library's object may be an id or a secret of the function's."""
    if value.kind != "text" or _OF_ITS_OWN.search(path):
        return False
    if issubclass(type(plain), str):
        return _is_long(str.__len__(plain)) and _DIGIT.search(plain) is not None
    return not issubclass(type(plain), (bytes, bytearray)) or _is_long(len(plain))


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
