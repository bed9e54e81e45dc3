"""Tells whether a plugin has to do with a module that is still being imported.

That happens when a library imports this package before it is done itself: its plugin is
loaded then, and reaches back to the library. Imported only where a module is unfinished.
"""

import builtins
import os
import sys
from _thread import get_ident

from ._discovery import Look
from ._distributions import Installed
from ._errors import UnfinishedModuleError
from ._metadata import Distribution, lines, normalize
from ._order import Requirements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_OURS = "snapshot-restore"
_OF_IMPORTS = frozenset(
    f"__{name}__" for name in ("class", "file", "loader", "name", "package", "path", "spec")
)
"""What the import itself asks modules for, and there from the beginning."""


class Needs:
    """What the distributions that are installed now need to be there."""

    _requirements: "Requirements | None" = None

    def one_of(self, unfinished: "dict[str, object]", key: str) -> "str | None":
        """Return an unfinished module that a distribution has, or requires through any chain.

        What cannot be read counts as having none: the plugin's own loading reports it.
        """
        tops = {name.partition(".")[0] for name in unfinished} - {_handler()}
        if not tops:
            return None
        if self._requirements is None:
            self._requirements = Requirements(Installed(Look()))
        needed = {key, *self._requirements.reached_from(key)} - {_OURS}
        by_name = {top for top in tops if normalize(top) in needed}
        if not by_name:
            for one in filter(None, map(self._requirements.installed.get, needed)):
                by_name |= _of(one, tops)
        return min(by_name, default=None)


def _handler() -> str:
    # The function's own code is none of an installed library's, and the usual case.
    return os.environ.get("_HANDLER", "").replace("/", ".").partition(".")[0]


def _of(distribution: Distribution, tops: "set[str]") -> "set[str]":
    # The list of a distribution's files can be missing.
    try:
        data = distribution.read("RECORD") or b""
    except Exception:
        return set()
    names = {line.partition(b",")[0].partition(b"/")[0] for line in lines(data)}
    return {top for top in tops if {os.fsencode(top), os.fsencode(f"{top}.py")} & names}


class Watch:
    """Notices code that reaches a module which is still being imported, until `end()`.

    It takes the place of `builtins.__import__` for that time, and looks at what is asked of
    installed libraries' modules, which `importlib` and `sys.modules` hand out too.
    """

    def __init__(self, unfinished: "dict[str, object]") -> None:
        self._unfinished = unfinished
        self._thread = get_ident()
        self.before = set(sys.modules)
        self.reached = ""
        self.seen: set[str] = set()
        """The modules whose imports may have seen half of a library."""
        self._importers: dict[str, set[str]] = {}
        """By module, or what may be one, the modules whose code has imported it."""
        self._kinds: list[tuple[Any, type, type]] = []
        for name, module in unfinished.items():
            if name.partition(".")[0] != _handler():
                self._watch(name, module)
        self._import = builtins.__import__
        builtins.__import__ = self

    def __call__(self, name: str, *args: "Any", **kwargs: "Any") -> "Any":
        """Import as the statement does, and note what was reached."""
        module = self._import(name, *args, **kwargs)
        # The arguments are (name, globals, locals, fromlist, level).
        fromlist = (args[2] if len(args) > 2 else kwargs.get("fromlist")) or ()
        level = args[3] if len(args) > 3 else kwargs.get("level", 0)
        full = module.__name__ if level else name
        importing = ((args[0] if args else kwargs.get("globals")) or {}).get("__name__")
        for one in (full, *(f"{full}.{part}" for part in fromlist)):
            self._importers.setdefault(one, set()).add(str(importing))
            if one in self._unfinished:
                self.reach(one)
        return module

    def reach(self, name: str) -> None:
        """Note that code of this thread has reached an unfinished module."""
        if get_ident() != self._thread:
            return
        self.reached = self.reached or name
        # The importing modules up to here may have seen half of the library.
        frame: Any = sys._getframe(1)
        while frame:
            if frame.f_code.co_name == "<module>":
                importing = frame.f_globals.get("__name__")
                if importing in self._unfinished:
                    break
                self.seen.add(importing)
            frame = frame.f_back

    def touched(self) -> "set[str]":
        """Return the new modules that may have seen half of a library, or imported such a one."""
        touched: set[str] = set()
        waiting = self.seen - self.before
        while waiting:
            one = waiting.pop()
            touched.add(one)
            for imported, importers in self._importers.items():
                if f"{imported}.".startswith(f"{one}."):
                    waiting |= importers - self.before - touched
        return touched

    def end(self) -> None:
        """Put everything back."""
        if builtins.__import__ is self:
            builtins.__import__ = self._import
        for module, kind, watched in self._kinds:
            if type(module) is watched:  # Somebody may have given it another one.
                module.__class__ = kind

    def explains(self, error: BaseException) -> bool:
        """Tell whether a plugin failed because it was tried too early.

        Where no unfinished module was reached, this is a guess, for what no fact tells: a
        plugin that works with a library which its distribution does not require, and that got
        hold of a function, a class or a table of it by way of a third module.
        """
        return bool(
            self.reached
            or isinstance(error, UnfinishedModuleError)
            or any(_passed_one(one, self._unfinished) for one in _chain(error))
        )

    def _watch(self, name: str, module: "Any") -> None:
        kind: Any = type(module)

        reach = self.reach
        try:

            class Watched(kind):  # type: ignore[misc]
                def __getattribute__(self, attribute: str) -> "Any":
                    if attribute not in _OF_IMPORTS:
                        reach(name)
                    return kind.__getattribute__(self, attribute)

            module.__class__ = Watched
        except Exception:  # Not every object that stands for a module can change its class.
            return
        self._kinds.append((module, kind, Watched))


def _chain(error: BaseException) -> "Iterator[BaseException]":
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if not any(one is other for other in seen):
            seen.append(one)
            yield one
            # Not filter(): a foreign exception is asked for nothing, not even whether it is true.
            waiting += [other for other in (one.__cause__, one.__context__) if other is not None]


def _passed_one(error: BaseException, unfinished: "dict[str, object]") -> bool:
    """Tell whether code that the exception passed through works with an unfinished module."""
    traceback = error.__traceback__
    while traceback:
        for namespace in (traceback.tb_frame.f_globals, traceback.tb_frame.f_locals):
            for name, value in dict(namespace).items():
                # Every module has the same __builtins__.
                if name != "__builtins__" and _is_from(value, unfinished):
                    return True
        traceback = traceback.tb_next
    return False


def _is_from(value: object, unfinished: "dict[str, object]") -> bool:
    # Not isinstance(): that asks a proxy for its class, and it may answer with an exception.
    kind = type(value)
    try:
        if issubclass(kind, type(os)):
            return any(value is module for module in unfinished.values())
        if issubclass(kind, (type(_of), type)):
            module_name: Any = value.__module__
            return module_name in unfinished
        if issubclass(kind, (dict, list, set)):
            # A table that the unfinished module fills, such as a registry of its own.
            found = (own for module in unfinished.values() for own in vars(module).values())
            return any(value is own for own in found)
    except Exception:  # of a metaclass's own code
        pass
    return False
