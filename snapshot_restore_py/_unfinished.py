"""Tells whether a plugin has to do with a module that is still being imported.

That happens when a library imports this package before it is done itself: its plugin is
loaded then, and reaches back to the library. Imported only where a module is unfinished.
"""

import os

from ._discovery import Look
from ._distributions import Installed
from ._metadata import Distribution, lines, normalize
from ._order import Requirements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = "snapshot-restore"


class Needs:
    """What the distributions that are installed now need to be there."""

    _requirements: "Requirements | None" = None

    def one_of(self, unfinished: "dict[str, object]", key: str) -> bool:
        """Tell whether a distribution has or requires, through any chain, an unfinished module.

        What cannot be read counts as having none: the plugin's own loading reports it.
        """
        # The function's own handler is none of an installed library, and the usual case.
        handler = os.environ.get("_HANDLER", "").replace("/", ".").partition(".")[0]
        tops = {name.partition(".")[0] for name in unfinished} - {handler}
        if not tops:
            return False
        if self._requirements is None:
            self._requirements = Requirements(Installed(Look()))
        needed = {key, *self._requirements.reached_from(key)} - {_OURS}
        found = filter(None, map(self._requirements.installed.get, needed))
        return any(normalize(top) in needed for top in tops) or any(
            _has_one(one, tops) for one in found
        )


def _has_one(distribution: Distribution, tops: "set[str]") -> bool:
    # The list of a distribution's files can be missing.
    try:
        data = distribution.read("RECORD") or b""
    except Exception:
        return False
    names = {line.partition(b",")[0].partition(b"/")[0] for line in lines(data)}
    return any(os.fsencode(top) in names or os.fsencode(f"{top}.py") in names for top in tops)


def comes_from_one(error: BaseException, unfinished: "dict[str, object]") -> bool:
    """Tell whether `error` was raised by, or by code that uses, an unfinished module.

    This is a guess, for what no fact tells beforehand: a plugin that works with a library
    which its distribution does not require, and that got hold of it without an import
    statement, as by a table in a third module.
    """
    return any(_names_one(one, unfinished) or _passed_one(one, unfinished) for one in _chain(error))


def _chain(error: BaseException) -> "Iterator[BaseException]":
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if not any(one is other for other in seen):
            seen.append(one)
            yield one
            waiting += filter(None, (one.__cause__, one.__context__))


def _names_one(error: BaseException, unfinished: "dict[str, object]") -> bool:
    if isinstance(error, ImportError):
        return error.name in unfinished
    if isinstance(error, AttributeError):
        # AttributeError knows the object since Python 3.10; before, only the text tells.
        return any(
            getattr(error, "obj", None) is module or f"module '{name}'" in _text(error)
            for name, module in unfinished.items()
        )
    return False


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # A foreign exception can fail to tell its text.
        return ""


def _passed_one(error: BaseException, unfinished: "dict[str, object]") -> bool:
    """Tell whether code that the exception passed through works with an unfinished module."""
    traceback = error.__traceback__
    while traceback:
        for namespace in (traceback.tb_frame.f_globals, traceback.tb_frame.f_locals):
            for name, value in namespace.items():
                # Every module has the same __builtins__.
                if name != "__builtins__" and _is_from(value, unfinished):
                    return True
        traceback = traceback.tb_next
    return False


def _is_from(value: object, unfinished: "dict[str, object]") -> bool:
    if isinstance(value, type(os)):
        return any(value is module for module in unfinished.values())
    if isinstance(value, (type(_has_one), type)):
        return value.__module__ in unfinished
    if isinstance(value, (dict, list, set)):
        # A table that the unfinished module fills, such as a registry of its own.
        return any(value is own for module in unfinished.values() for own in vars(module).values())
    return False
