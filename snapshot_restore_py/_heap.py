"""One walk over the objects of the process, from which all questions for them are answered.

A walk over millions of objects takes some tenths of a second, and the hooks of one phase ask
dozens of times. So a walk notes weak references to the instances of all classes that have
few, and is trusted for as long as Python's garbage collector can tell what is newer: all new
objects are in its young generations, until a collection moves the survivors on. Whether one
did shows in an object that was made right after the walk. If it has left the young
generations too, the next question walks anew.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import weakref
from typing import Any

_FEW = 1000
"""Of a class with more instances than this none are noted: whoever asks for it walks anew."""

_STRIDE = 64
"""Each object so far from the last one is a sample. A class that is so often in it has many."""

# Python 3.14's collector is incremental: its generation 1 is the whole old heap.
_YOUNG = (0, 1) if sys.version_info < (3, 14) else (0,)


class _Mark:
    """An object that the garbage collector knows; it shows how far collections have come."""


class _OddClass(Exception):
    """There is a class whose metaclass compares or hashes classes in a way of its own."""


class _Walk:
    def __init__(self) -> None:
        # Moves everything to the oldest generation, in no time; and gc.get_objects() leaves
        # out what is frozen.
        gc.freeze()
        gc.unfreeze()
        self._mark = _Mark()
        self._noted: list[tuple[weakref.ref[type], list[weakref.ref[Any]]]] = []
        rest: list[Any] = []
        every = gc.get_objects()
        try:
            frequent, counts = _sift(every, rest)
            self._many = [weakref.ref(kind) for kind in frequent]
            self._note(rest, counts)
        finally:
            every.clear()  # They hold the frame that holds them.
            rest.clear()

    def _note(self, rest: list[Any], counts: dict[type, int]) -> None:
        noted: dict[type, list[weakref.ref[Any]]]
        noted = {kind: [] for kind, count in counts.items() if count <= _FEW}
        for one in rest:
            kind = type(one)
            if kind in noted and kind.__weakrefoffset__:
                noted[kind].append(weakref.ref(one))
        for kind in counts:
            if kind in noted and kind.__weakrefoffset__:
                self._noted.append((weakref.ref(kind), noted[kind]))
            else:
                self._many.append(weakref.ref(kind))

    def instances(self, kind: type) -> list[Any] | None:
        """Return the instances of a class; None if this walk cannot tell them any more."""
        young: list[Any] = []
        try:
            # What moves on meanwhile from the first to the second is found twice, not missed.
            for generation in _YOUNG:
                young += gc.get_objects(generation)
            if not any(one is self._mark for one in young):
                return None
            found = {id(one): one for one in young if kind in type(one).__mro__}
        finally:
            young.clear()  # It holds itself.
        if any(kind in _ancestors(reference()) for reference in self._many):
            return _scan(kind)
        for reference, them in self._noted:
            if kind in _ancestors(reference()):
                alive = (one() for one in them)
                found.update((id(one), one) for one in alive if one is not None)
        return list(found.values())


_last: list[_Walk] = []


def instances(kind: type) -> list[Any]:
    """Return the live instances of a class, and of those derived from it."""
    for walk in _last[:]:
        found = walk.instances(kind)
        if found is not None:
            return found
        _last.clear()
    with contextlib.suppress(_OddClass):
        walk = _Walk()
        found = walk.instances(kind)
        if found is not None:
            _last[:] = [walk]
            return found
    gc.unfreeze()
    return _scan(kind)


def _scan(kind: type) -> list[Any]:
    """Return the instances of a class by a walk of its own."""
    # isinstance() would ask a proxy for the class of what it stands for, which may fail.
    return [one for one in gc.get_objects() if kind in type(one).__mro__]


def _sift(every: list[Any], rest: list[Any]) -> tuple[set[type], dict[type, int]]:
    """Put the objects of all classes but the most frequent ones into `rest`.

    Nearly all objects are of some dozens of classes, which a sample tells. Raises _OddClass if
    one of the classes cannot be told from the others by a dictionary.

    Returns:
        The most frequent classes, and how many objects of each other class there are.
    """
    from collections import Counter

    try:
        sample = Counter(map(type, every[::_STRIDE]))
        frequent = {kind for kind, count in sample.items() if count >= _STRIDE}
        rest += (one for one in every if type(one) not in frequent)
        counts = Counter(map(type, rest))
    except Exception as error:
        raise _OddClass from error
    for kind in (*frequent, *counts):
        if type(kind).__hash__ is not type.__hash__ or type(kind).__eq__ is not type.__eq__:
            raise _OddClass
    return frequent, counts


def _ancestors(kind: type | None) -> tuple[type, ...]:
    return () if kind is None else kind.__mro__
