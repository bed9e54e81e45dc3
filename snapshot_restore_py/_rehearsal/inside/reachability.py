"""The ways from the names of modules to an object."""

from __future__ import annotations

import gc
import sys
from itertools import compress
from types import CodeType, FrameType, FunctionType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import (
    attributes,
    by_identity,
    identity,
    members,
    module_of,
    names_in_module,
    of_kinds,
    own_dict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_OBJECTS = 500_000
_CLOSED_KINDS = (ModuleType, CodeType, FrameType, TracebackType)
# Modules whose objects only carry others: containers, or a socket in a client.
_PLUMBING = {"builtins", "socket", "_socket", "ssl", "_ssl", "_io", "io", "asyncio", "selectors"}
_PLUMBING |= {"collections", "queue", "_queue", "weakref", "_weakref", "_thread", "threading"}
_PLUMBING |= {"functools", "_functools", "contextlib", "types"}


def names_in(name: str, module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield a module's own names, as in `module.name`, with what they stand for."""
    for variable, value in names_in_module(module).items():
        if not variable.startswith("__") and not issubclass(type(value), ModuleType):
            yield f"{name}.{variable}", value


class Path:
    """How an object is reached.

    Args:
        root: The name that leads to it, as in `app.cache`.
        steps: What this name stands for, and from there each object on the way, and itself.
    """

    def __init__(self, root: str, steps: list[Any]) -> None:
        self.root = root
        self.steps = steps

    @property
    def holder(self) -> object:
        """The object nearest to its end, the end included, that is not mere plumbing."""
        return next((one for one in self.steps[::-1] if not _is_plumbing(one)), self.steps[-1])

    def holding(self) -> Path:
        """Return the path of what holds its end: a container, or an object and not its dict."""
        steps = self.steps[:-1]
        if steps[1:] and steps[-1] is own_dict(steps[-2]):
            steps = steps[:-1]
        return Path(self.root, steps)

    def expression(self) -> str:
        """Return how to write it, as in `app.pool.items['a']`; empty if Python cannot."""
        text = self.root
        whole = self.steps[0]
        for part in self.steps[1:]:
            # The dict of an object's attributes is not written, but stands between.
            if part is not own_dict(whole):
                step = _step(whole, part)
                if not step:
                    return ""
                text += step
                whole = part
        return text


def _step(whole: Any, part: Any) -> str:
    if issubclass(type(whole), dict):
        items = [(key, value) for key, value in dict.items(whole) if type(key) in (str, int)]
    elif issubclass(type(whole), (list, tuple)):
        base: Any = list if issubclass(type(whole), list) else tuple
        items = list(enumerate(base.__iter__(whole)))
    else:
        items = []
    steps = [f".{name}" for name, value in attributes(whole).items() if value is part]
    steps += [f"[{key!r}]" for key, value in items if value is part]
    return (*steps, "")[0]


class Search:
    """Looks for objects from the names of modules, on the shortest way.

    Args:
        targets: What to look for.
        modules: Where to start, and whose classes to look into.
        closed: Objects that are not looked into.

    Attributes:
        is_cut: Whether it ended before it had found all, because there were too many objects.
    """

    def __init__(
        self, targets: Iterable[Any], modules: dict[str, ModuleType], closed: Iterable[Any] = ()
    ) -> None:
        self.is_cut = False
        self._wanted = set(map(identity, targets))
        self._modules = modules
        self._shut = set(map(identity, closed))
        self._roots: dict[int, str] = {}
        # What is this many steps from a name. An id stays unique only while its object lives.
        self._levels: list[list[Any]] = []
        # The names of other modules are not part of what a function holds. The collector is
        # not asked for them: in Python 3.12.1 it damages what asyncio's module keeps aside.
        self._seen = {
            identity(own_dict(module))
            for module in list(sys.modules.values())
            if issubclass(type(module), ModuleType)
        }

    def paths(self) -> dict[int, Path]:
        """Return the paths by the objects' ids, without those that cannot be reached."""
        level = self._start() if self._wanted else []
        found: dict[int, Path] = {}
        count = 0
        while level and len(found) < len(self._wanted):
            self.is_cut = count >= _MOST_OBJECTS
            if self.is_cut:
                break
            count += len(level)
            keys = list(map(identity, level))
            self._levels.append(level)
            self._seen.update(keys)
            for one in compress(level, map(self._wanted.__contains__, keys)):
                found[identity(one)] = self._path(one)
            level = self._following(level)
        return found

    def _start(self) -> list[Any]:
        roots = []
        for name, module in self._modules.items():
            for path, value in names_in(name, module):
                if identity(value) not in self._roots:
                    self._roots[identity(value)] = path
                    roots.append(value)
        return roots

    def _following(self, level: list[Any]) -> list[Any]:
        """Return what the objects of a level refer to and is new."""
        parts = self._parts(level)
        # Each object refers to its class, which is not part of it.
        classes = set(map(identity, map(type, level)))
        # What the collector does not know, such as a text or a number, leads nowhere; nor does
        # it know dicts and tuples of only such.
        return [
            part
            for key, part in by_identity(parts).items()
            if key not in self._seen
            and key not in classes
            and (
                gc.is_tracked(part)
                or type(part) is dict
                or type(part) is tuple
                or key in self._wanted
            )
        ]

    def _parts(self, whole: list[Any]) -> list[Any]:
        """Return what objects refer to; there may be millions, so the collector is asked once."""
        if self._shut:
            whole = [one for one in whole if identity(one) not in self._shut]
        parts: list[Any] = gc.get_referents(*of_kinds(whole, _is_open))
        for function in of_kinds(whole, lambda kind: kind is FunctionType):
            parts += [*(function.__closure__ or ()), *(function.__defaults__ or ())]
        for kind in of_kinds(whole, lambda kind: issubclass(kind, type)):
            parts += members(kind).values() if module_of(kind) in self._modules else ()
        return parts

    def _path(self, value: Any) -> Path:
        steps = [value]
        for level in self._levels[-2::-1]:
            steps.append(self._first_that_leads(level, steps[-1]))
        return Path(self._roots[identity(steps[-1])], steps[::-1])

    def _first_that_leads(self, level: list[Any], part: Any) -> Any:
        while level[1:]:
            half = level[: len(level) // 2]
            leads = identity(part) in set(map(identity, self._parts(half)))
            level = half if leads else level[len(half) :]
        return level[0]


def _is_open(kind: type) -> bool:
    return kind is not FunctionType and not issubclass(kind, (type, *_CLOSED_KINDS))


def _is_plumbing(value: Any) -> bool:
    return module_of(type(value)).partition(".")[0] in _PLUMBING
