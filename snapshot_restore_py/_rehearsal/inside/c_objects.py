"""What objects hold for a function in the layout of C, and no attribute tells.

These are the values of ctypes, the arguments of exceptions, and what is kept for each thread.
"""

from __future__ import annotations

import gc
from itertools import islice
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import (
    ancestors,
    identity,
    member,
    members,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCAL = "_thread._local"
_SIMPLE, _ARRAY = "_ctypes._SimpleCData", "_ctypes.Array"
_WITH_FIELDS = ("_ctypes.Structure", "_ctypes.Union")
# Codes of addresses, and of what is found at addresses: they differ from process to process.
_ADDRESSES = {"O", "P", "X", "Z", "z"}
_MOST = 500  # elements of an array
_arguments: Any = members(BaseException)["args"]


def held_in_c(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what such an object holds, each with how to reach it; nothing for others."""
    kind = type(value)
    known = _bases(kind)
    if issubclass(kind, BaseException):
        yield ".args", _arguments.__get__(value)
    elif _LOCAL in known:
        # To ask it could run the code of a class that is derived from it. It refers to a dict of
        # dicts, by what stands for the threads, and to the arguments that it was made with.
        for one in gc.get_referents(value):
            if type(one) is dict and not any(type(key) is str for key in one):
                for namespace in one.values():
                    yield from ((f".{name}", part) for name, part in namespace.items())
    elif _SIMPLE in known:
        if not _is_address(kind):
            yield ".value", members(known[_SIMPLE])["value"].__get__(value)
    elif _ARRAY in known:
        element: Any = member(kind, "_type_")
        if _is_simple(element) and not _is_address(element):
            yield "", memoryview(value).tobytes()
        elif not _is_simple(element):
            array: Any = known[_ARRAY]
            elements = (array.__getitem__(value, index) for index in range(array.__len__(value)))
            yield from ((f"[{index}]", one) for index, one in enumerate(islice(elements, _MOST)))
    elif any(one in known for one in _WITH_FIELDS):
        for one in ancestors(kind):
            for name, of_field, *_ in members(one).get("_fields_", ()):
                if not _is_address(of_field):
                    yield f".{name}", members(one)[name].__get__(value)


_known: dict[int, tuple[type, dict[str, type]]] = {}


def _bases(kind: type) -> dict[str, type]:
    """Return the classes in C that a class is derived from; asked for once, of many objects."""
    found = _known.get(identity(kind))
    if found is None:
        named = {type_name(one): one for one in ancestors(kind)}
        bases = {name: one for name, one in named.items() if name.startswith(("_ctypes.", _LOCAL))}
        # The class stays, so that no other one gets its identity.
        found = _known[identity(kind)] = kind, bases
    return found[1]


def _is_simple(kind: type) -> bool:
    return any(type_name(one) == _SIMPLE for one in ancestors(kind))


def _is_address(kind: type) -> bool:
    return _is_simple(kind) and member(kind, "_type_") in _ADDRESSES
