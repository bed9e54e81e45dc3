"""What objects of the standard library hold for the function that has made them.

Many of them are written in C, and tell what they hold by no attributes.
"""

from __future__ import annotations

import gc
import re
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import (
    ancestors,
    attributes,
    module_of,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# By class, those attributes that are a function's; none means all. The others of a queue tell
# how far its threads have come.
_HOLDERS: dict[str, tuple[str, ...]] = {
    "asyncio.queues.Queue": ("_queue",),
    "builtins.property": (),
    "builtins.range": (),
    "builtins.slice": (),
    "collections.ChainMap": (),
    "collections.UserDict": (),
    "collections.UserList": (),
    "collections.UserString": (),
    "fractions.Fraction": (),
    "functools.partialmethod": (),
    "http.cookies.BaseCookie": (),
    "http.cookies.Morsel": (),
    "ipaddress._BaseAddress": ("_ip",),
    "queue.Queue": ("queue",),
    "weakref.WeakKeyDictionary": ("data",),
}
_VIEWS = {f"builtins.dict_{one}" for one in ("items", "keys", "values")}
_CONTAINERS = {f"builtins.{one}" for one in ("enumerate", "filter", "map", "reversed", "zip")}
_CONTAINERS |= {f"builtins.{one}_iterator" for one in ("list", "set", "str", "tuple")}
_QUEUE = "_queue.SimpleQueue"
_CONTAINERS |= {_QUEUE, "builtins.list_reverseiterator", *_VIEWS}
_BUFFERS = {"_io.BytesIO", "_io.StringIO"}
_HASHES = {"_blake2.blake2b", "_blake2.blake2s", "_hashlib.HASH", "hmac.HMAC"}
# What one writes into, of the class with this name.
_WRITTEN = {"array.array", *_BUFFERS, *_HASHES}
_RANGES = {"builtins.range_iterator", "builtins.longrange_iterator"}
_DAY = 86400  # seconds
_COUNT = re.compile(r"count\((-?\d+)\)")


def is_written(value: Any) -> bool:
    """Tell whether an object is a buffer, an array or a hash."""
    return type_name(type(value)) in _WRITTEN


def holds_by_attributes(kind: type) -> bool:
    """Tell whether the objects of a class hold in attributes what a function gave to them."""
    return any(type_name(one) in _HOLDERS for one in ancestors(kind))


def held_attributes(value: Any) -> dict[str, Any]:
    """Return the attributes of an object that a function gave to it."""
    found = attributes(value)
    for one in ancestors(type(value)):
        wanted = _HOLDERS.get(type_name(one))
        if wanted:
            return {name: found[name] for name in wanted if name in found}
    return found


def held_inside(value: Any) -> Iterator[Any]:
    """Yield what an iterator, a queue or a duration in C holds; nothing for anything else."""
    kind = type(value)
    name = type_name(kind)
    if name == "datetime.timedelta":  # In whole seconds: the rest differs with what took it.
        yield value.days * _DAY + value.seconds
    elif name in _RANGES:
        yield from value.__reduce__()[1:]
    elif name in _CONTAINERS or module_of(kind) == "itertools":
        inside = [one for one in gc.get_referents(value) if one is not kind]
        if name == _QUEUE and inside and type(inside[0]) is list:  # up to Python 3.12
            inside = inside[0]
        # A counter has its number only in C, as long as that is small and goes up by one.
        number = _COUNT.fullmatch(repr(value)) if _counts_in_c(name, inside) else None
        yield from [int(number[1])] if number else inside


def written(value: Any, name: str) -> str | bytes | None:
    """Return what a buffer, an array or a hash has been given; None for anything else.

    Args:
        value: The object.
        name: The name of its class.
    """
    if name not in _WRITTEN:
        return None
    if name in _BUFFERS:
        try:
            found: str | bytes = value.getvalue()
        except ValueError:  # It is closed.
            return None
        return found
    if name == "array.array":
        return memoryview(value).tobytes()
    return str(value.hexdigest())


def _counts_in_c(name: str, inside: list[Any]) -> bool:
    return name == "itertools.count" and not inside[1:]
