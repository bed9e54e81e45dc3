"""Hooks to run just before a Lambda SnapStart snapshot and just after each restore.

The registry is two lists. Functions come into them by decorator, by call, and from
plugins: distributions that declare hooks as entry points. Plugins are found and loaded
while this package is imported.

PYTEST_DONT_REWRITE: there are no assertions here, and pytest would warn where it is too late.
"""

import sys as _sys
from sys import _getframe, modules as _modules

from ._loading import loader as _loader
from ._plugins import PluginError, PluginWarning
from ._registry import (
    BODY_DOES_NOT_RUN as _BODY_DOES_NOT_RUN,
    MISSING as _MISSING,
    Hook,
    as_register as _as_register,
    label as _label,
    owners as _owners,
    register as _register,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._record import Plugin as Plugin
    from ._registry import Entry as _Entry
else:
    Any = object  # What the annotations name has to be there for whoever evaluates them.

# Plugin is public too, but not here: `import *` would import dataclasses for it.
__all__ = [
    "Hook",
    "PluginError",
    "PluginWarning",
    "get_after_restore",
    "get_before_snapshot",
    "plugins",
    "register_after_restore",
    "register_before_snapshot",
    "run_after_restore",
    "run_before_snapshot",
]
__author__ = "The authors of snapshot-restore"
__version__ = "2.0.0"

# Callers of AWS's module rebind these two to empty the registry, so every function below
# looks them up anew.
_before_snapshot_registry: "list[_Entry]" = []
_after_restore_registry: "list[_Entry]" = []

# None where no plugin can own a hook: that spares each registration a look at the stack.
# Otherwise the number of modules when an import last registered an explicit hook with no
# plugin's module on the stack: as long as no module is added, no plugin's can have begun.
_unclaimed: "int | None" = -1


def _register_carefully(
    registry: "list[_Entry]", phase: str, func: "Any", args: "Any", kwargs: "Any"
) -> None:
    global _unclaimed

    frame = _getframe(2)
    if (
        _register(registry, phase, func, args, kwargs, frame)
        and _unclaimed is not None
        and _loader.is_settled()
        and not _owners.any_on(frame)
    ):
        _unclaimed = len(_modules)


@_as_register
def register_before_snapshot(func: "Any" = _MISSING, *args: "Any", **kwargs: "Any") -> "Any":
    """Register a function to be called before the snapshot is taken. Also a decorator.

    Hooks run from the last registered to the first.

    Args:
        func: The hook. An `async` function is run to its end when it is called.
        *args: Positional arguments for each call.
        **kwargs: Keyword arguments for each call.

    Returns:
        `func` itself.

    Raises:
        TypeError: `func` is missing, is not callable, or is a generator function.
    """
    try:
        if not func.__code__.co_flags & _BODY_DOES_NOT_RUN and (
            _unclaimed is None or _unclaimed == len(_modules)
        ):
            _before_snapshot_registry.append((func, args, kwargs))
            return func
    except Exception:  # A proxy's attributes can raise anything.
        pass
    _register_carefully(_before_snapshot_registry, "before_snapshot", func, args, kwargs)
    return func


@_as_register
def register_after_restore(func: "Any" = _MISSING, *args: "Any", **kwargs: "Any") -> "Any":
    """Register a function to be called after each restore. Also a decorator.

    Hooks run from the first registered to the last.

    Args:
        func: The hook. An `async` function is run to its end when it is called.
        *args: Positional arguments for each call.
        **kwargs: Keyword arguments for each call.

    Returns:
        `func` itself.

    Raises:
        TypeError: `func` is missing, is not callable, or is a generator function.
    """
    try:
        if not func.__code__.co_flags & _BODY_DOES_NOT_RUN and (
            _unclaimed is None or _unclaimed == len(_modules)
        ):
            _after_restore_registry.append((func, args, kwargs))
            return func
    except Exception:  # A proxy's attributes can raise anything.
        pass
    _register_carefully(_after_restore_registry, "after_restore", func, args, kwargs)
    return func


def get_before_snapshot() -> "list[Hook]":
    """Return the live list of hooks to run before the snapshot, in order of registration.

    AWS's runtime takes them from its end. Each entry is a tuple `(func, args, kwargs)`.

    Raises:
        PluginError: In strict mode, if a plugin that waited for its library fails.
    """
    if _loader.waiting:
        _loader.complete()
    return _label(_before_snapshot_registry)


def get_after_restore() -> "list[Hook]":
    """Return the live list of hooks to run after a restore, in the order in which they run.

    Each entry is a tuple `(func, args, kwargs)`.

    Raises:
        PluginError: In strict mode, if a plugin that waited for its library fails.
    """
    if _loader.waiting:
        _loader.complete()
    return _label(_after_restore_registry)


def run_before_snapshot() -> None:
    """Run the hooks before the snapshot as AWS's runtime does: from the last, each one once.

    A hook is taken out of the registry before it is called. What a hook raises ends the run
    and is raised from here, with a note that names the hook (Python 3.11 and later).

    Raises:
        PluginError: In strict mode, if a plugin that waited for its library fails.
    """
    if _loader.waiting:
        _loader.complete()
    hooks = _before_snapshot_registry
    entry: Any = None
    try:
        while hooks:
            entry = hooks.pop()
            func, args, kwargs = entry
            func(*args, **kwargs)
    except BaseException as error:
        _add_note(error, "before_snapshot", entry)
        raise


def run_after_restore() -> None:
    """Run the hooks after a restore as AWS's runtime does: in order, and they stay.

    What a hook raises ends the run and is raised from here, with a note that names the hook
    (Python 3.11 and later).

    Raises:
        PluginError: In strict mode, if a plugin that waited for its library fails.
    """
    if _loader.waiting:
        _loader.complete()
    entry: Any = None
    try:
        for entry in _after_restore_registry:
            func, args, kwargs = entry
            func(*args, **kwargs)
    except BaseException as error:
        _add_note(error, "after_restore", entry)
        raise


def plugins() -> "tuple[Plugin, ...]":
    """Return a record of each plugin found, in the order of their hooks; disabled ones too.

    Raises:
        PluginError: In strict mode, if a plugin that waited for its library fails.
    """
    from ._record import record

    if _loader.waiting:
        _loader.complete()
    return tuple(map(record, _loader.plugins))


def _plugin_type() -> "type[Plugin]":
    from ._record import Plugin

    return Plugin


if not TYPE_CHECKING:  # Evaluated, it loads the record's module, which no start pays for.
    plugins.__annotations__["return"] = "tuple[_plugin_type(), ...]"


def _add_note(error: BaseException, phase: str, entry: "Any") -> None:
    from ._locations import note

    note(error, phase, entry)


def __getattr__(name: str) -> "Any":
    # The record is made of a dataclass, which no cold start should pay for.
    if name == "Plugin":
        return _plugin_type()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _is_command() -> bool:
    # The command line's own process runs no plugin: it starts another one for that.
    program = str((getattr(_sys, "argv", None) or [""])[0])
    if program != "-m":
        return program.endswith(("/snapshot-restore", "\\snapshot-restore.exe"))
    frame = _getframe()
    while frame.f_back and frame.f_locals.get("mod_name") != f"{__name__}.__main__":
        frame = frame.f_back
    return frame.f_back is not None


if not _is_command():
    _loader.start(globals())
if not _owners.plugins:
    _unclaimed = None
