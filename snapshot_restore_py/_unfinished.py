"""Tells whether a plugin failed only because a module it needs is still being imported.

That happens when a library imports this package before it is done itself: its plugin is
loaded then, and reaches back to the library. Imported only where a plugin fails.
"""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from ._loading import UnfinishedModuleError, is_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator


def comes_from_unfinished_module(error: BaseException) -> bool:
    """Tell whether `error` was raised by, or by code that uses, an unfinished module."""
    unfinished = _unfinished_modules()
    return any(
        isinstance(one, UnfinishedModuleError)
        or (unfinished and (_names_one(one, unfinished) or _passed_one(one, unfinished)))
        for one in _chain(error)
    )


def _unfinished_modules() -> dict[str, ModuleType]:
    """Return the modules that are being imported, this package and the program excepted."""
    package = __name__.partition(".")[0]
    return {
        name: module
        for name, module in sys.modules.copy().items()
        if isinstance(module, ModuleType)
        and name.partition(".")[0] not in (package, "__main__")
        and is_unfinished(module)
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if not any(one is other for other in seen):
            seen.append(one)
            yield one
            waiting += filter(None, (one.__cause__, one.__context__))


def _names_one(error: BaseException, unfinished: dict[str, ModuleType]) -> bool:
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


def _passed_one(error: BaseException, unfinished: dict[str, ModuleType]) -> bool:
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


def _is_from(value: object, unfinished: dict[str, ModuleType]) -> bool:
    if isinstance(value, ModuleType):
        return any(value is module for module in unfinished.values())
    if isinstance(value, (FunctionType, type)):
        return value.__module__ in unfinished
    if isinstance(value, (dict, list, set)):
        # A table that the unfinished module fills, such as a registry of its own.
        return any(value is own for module in unfinished.values() for own in vars(module).values())
    return False
