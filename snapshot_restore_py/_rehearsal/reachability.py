"""The function's own modules, and the ways from their names to an object."""

from __future__ import annotations

import gc
import os
import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_OBJECTS = 500_000


class OwnModules:
    """Tells which modules are the function's own, not those of an installed library.

    Args:
        folder: The function's folder.
        handler_module: The module of the handler, which is always its own.
    """

    def __init__(self, folder: str, handler_module: str) -> None:
        self._folder = folder + os.sep
        self._handler_module = handler_module
        self._installed = set(_installed_in(folder))

    def modules(self) -> dict[str, ModuleType]:
        """Return them by name: those that others import come first."""
        return {
            name: module
            for name, module in list(sys.modules.items())
            if isinstance(module, ModuleType) and self._is_own(name, module)
        }

    def _is_own(self, name: str, module: ModuleType) -> bool:
        if name == self._handler_module:
            return True
        if name.partition(".")[0] == __name__.partition(".")[0]:
            return False
        file = object.__getattribute__(module, "__dict__").get("__file__")
        if not isinstance(file, str) or not file.startswith(self._folder):
            return False
        inside = file[len(self._folder) :].split(os.sep)
        return inside[0] not in self._installed and "site-packages" not in inside


def _installed_in(folder: str) -> Iterator[str]:
    """Yield the top-level files and folders that pip has installed into a folder."""
    for child in os.listdir(folder):
        if child.endswith(".dist-info"):
            try:
                with open(os.path.join(folder, child, "RECORD"), encoding="utf-8") as record:
                    for line in record:
                        yield line.partition(",")[0].partition("/")[0]
            except OSError:
                continue


def names_in(name: str, module: ModuleType) -> Iterator[tuple[str, Any]]:
    for variable, value in list(vars(module).items()):
        if not variable.startswith("__") and not isinstance(value, ModuleType):
            yield f"{name}.{variable}", value


class Path:
    """How an object is reached.

    Attributes:
        root: The name that leads to it, as in `app.cache`.
        holder: The object nearest to it, itself included, that is not mere plumbing.
    """

    __slots__ = ("holder", "root")

    def __init__(self, root: str, holder: object) -> None:
        self.root = root
        self.holder = holder


def find(targets: list[Any], own: OwnModules) -> dict[int, Path]:
    """Return, by the objects' ids, paths that lead to them from names in own modules.

    The shortest are taken. Objects that cannot be reached are left out.
    """
    wanted = set(map(id, targets))
    modules = own.modules()
    roots: dict[int, str] = {}
    parents: dict[int, int | None] = {}
    objects: dict[int, Any] = {}
    for name, module in modules.items() if targets else ():
        for path, value in names_in(name, module):
            roots.setdefault(id(value), path)
            parents[id(value)] = None
            objects[id(value)] = value
    closed = {id(vars(one)) for one in list(sys.modules.values()) if isinstance(one, ModuleType)}
    found: dict[int, Path] = {}
    level = list(objects.values())
    while level and len(found) < len(wanted) and len(objects) < _MOST_OBJECTS:
        following = []
        for one in level:
            if id(one) in wanted:
                found[id(one)] = _path(one, parents, objects, roots)
            for part in _referents(one, modules):
                if id(part) not in parents and id(part) not in closed:
                    parents[id(part)] = id(one)
                    objects[id(part)] = part
                    following.append(part)
        level = following
    return found


def _referents(value: Any, own_modules: dict[str, ModuleType]) -> list[Any]:
    kind = type(value)
    if kind is FunctionType:
        return [*(value.__closure__ or ()), *(value.__defaults__ or ())]
    if issubclass(kind, type):
        return list(vars(value).values()) if value.__module__ in own_modules else []
    if issubclass(kind, ModuleType) or kind.__name__ in ("frame", "code", "traceback"):
        return []
    return [part for part in gc.get_referents(value) if part is not kind]


def _path(
    value: Any, parents: dict[int, int | None], objects: dict[int, Any], roots: dict[int, str]
) -> Path:
    holder = value
    one: int | None = id(value)
    last = id(value)
    while one is not None:
        candidate = objects[one]
        if _is_plumbing(holder) and not _is_plumbing(candidate):
            holder = candidate
        last, one = one, parents[one]
    return Path(roots[last], holder)


def _is_plumbing(value: Any) -> bool:
    """Tell whether an object only carries another: a container, or a socket in a client."""
    module = type(value).__module__.partition(".")[0]
    return module in ("builtins", "socket", "_socket", "ssl", "_ssl", "_io", "asyncio", "functools")
