"""Hooks to run just before a Lambda SnapStart snapshot and just after each restore.

The registry is two lists. Functions come into them by decorator, by call, and from
plugins: distributions that declare hooks as entry points. Plugins are found and loaded
while this package is imported.

PYTEST_DONT_REWRITE: there are no assertions here, and pytest would warn where it is too late.
"""

from os import environ as _environ
from sys import _getframe, modules as _modules

from ._discovery import (
    LOG_VARIABLE as _LOG_VARIABLE,
    Look as _Look,
    is_configured as _is_configured,
)
from ._hooks import (
    MISSING as _MISSING,
    Hook as Hook,
    as_register as _as_register,
    label as _label,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._errors import PluginError as PluginError, PluginWarning as PluginWarning
    from ._loading import Loader as _Loader
    from ._phase_log import PhaseLog as _PhaseLog
    from ._record import Entry as _Entry, Plugin as Plugin
else:
    Any = object  # What the annotations name has to be there for whoever evaluates them.

# What AWS's module has, and no more: the other names are imported one by one.
__all__ = ["register_after_restore", "register_before_snapshot"]
__author__ = "The authors of snapshot-restore"
__version__ = "2.0.0"

# Callers of AWS's module rebind these two to empty the registry, so every function below
# looks them up anew.
_before_snapshot_registry: "list[_Entry]" = []
_after_restore_registry: "list[_Entry]" = []

_loader: "_Loader | None" = None
"""None where there is no plugin: then nothing of what loads plugins is imported."""

_log: "_PhaseLog | None" = None
"""None where nobody wants to be told what the hooks did."""

# None where no plugin can own a hook: that spares each registration a look at the stack.
# Otherwise the namespace of the module whose import registered an explicit hook last: what
# else its body registers is no plugin's.
_explicit: "dict[str, Any] | None" = None


def _register_carefully(
    registry: "list[_Entry]", phase: str, func: "Any", args: "Any", kwargs: "Any"
) -> None:
    global _explicit
    from ._registry import register

    namespace = register(registry, phase, func, args, kwargs, _getframe(2))
    if _loader and namespace is not None and _loader.is_settled():
        _explicit = namespace


def _complete() -> None:
    if _loader and _loader.waiting:
        _loader.complete()


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
        flags = func.__code__.co_flags
        # BODY_DOES_NOT_RUN is 0x2A0, of which 0x20 is the lowest: to compare is quicker.
        if (flags < 0x20 or not flags & 0x2A0) and (
            _explicit is None
            or (
                (frame := _getframe(1)).f_globals is _explicit
                and frame.f_code.co_name == "<module>"
            )
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
        flags = func.__code__.co_flags
        # BODY_DOES_NOT_RUN is 0x2A0, of which 0x20 is the lowest: to compare is quicker.
        if (flags < 0x20 or not flags & 0x2A0) and (
            _explicit is None
            or (
                (frame := _getframe(1)).f_globals is _explicit
                and frame.f_code.co_name == "<module>"
            )
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
    _complete()
    if _log:
        _log.prepare("before_snapshot", _getframe(1).f_globals)
    return _label(_before_snapshot_registry)


def get_after_restore() -> "list[Hook]":
    """Return the live list of hooks to run after a restore, in the order in which they run.

    Each entry is a tuple `(func, args, kwargs)`.

    Raises:
        PluginError: In strict mode, if a plugin that waited for its library fails.
    """
    _complete()
    if _log:
        _log.prepare("after_restore", _getframe(1).f_globals)
    return _label(_after_restore_registry)


def run_before_snapshot() -> None:
    """Run the hooks before the snapshot as AWS's runtime does: from the last, each one once.

    A hook is taken out of the registry before it is called. What a hook raises ends the run
    and is raised from here, with a note that names the hook (Python 3.11 and later).

    Raises:
        PluginError: In strict mode, if a plugin that waited for its library fails.
    """
    _complete()
    if _log:
        _log.prepare("before_snapshot", globals())
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
    _complete()
    if _log:
        _log.prepare("after_restore", globals())
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
    _complete()
    return tuple(plugin.record() for plugin in _loader.plugins) if _loader else ()


if not TYPE_CHECKING:  # Evaluated, it loads the record's module, which no start pays for.
    plugins.__annotations__["return"] = "tuple[__getattr__('Plugin'), ...]"


def _add_note(error: BaseException, phase: str, entry: "Any") -> None:
    from ._locations import note

    note(error, phase, entry)


_LAZY = {"Plugin": "_record", "PluginError": "_errors", "PluginWarning": "_errors"}


def __getattr__(name: str) -> "Any":
    # No start without plugins pays for these, least of all for the record, a dataclass.
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted({*globals(), *_LAZY})


def _start() -> None:
    if _LOG_VARIABLE in _environ:
        from ._switches import is_on

        if is_on(_LOG_VARIABLE, "to write what the hooks did"):
            from ._phase_log import log

            log.attach(globals())
    if f"{__name__}._loading" in _modules:
        look = None  # Imported anew, or after an interrupt: what is known is not found again.
    else:
        look = _Look()
        if not look.finds_something() and not _is_configured():
            return
    from ._loading import loader

    loader.start(globals(), look)


_start()
