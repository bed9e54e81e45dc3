"""Tells of plugins that failed, by an exception or by warnings. Imported only where one did."""

import sys

from ._errors import PluginError, PluginWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._plugins import PluginState

_STRIPPED = (
    "snapshot-restore finds no metadata of its own on sys.path. A deployment tool may have removed "
    "the *.dist-info folders; without them no plugin is found. Make the tool keep them, or set "
    "SNAPSHOT_RESTORE_PLUGINS=none if there are no plugins"
)


def report(failed: "list[PluginState]", *, is_stripped: bool, is_strict: bool) -> None:
    """Tell of each plugin once, and of metadata folders that were removed.

    Raises PluginError instead if that is to be an error, with the first plugin's as its cause.
    """
    if is_stripped:
        if is_strict:
            raise PluginError(_STRIPPED)
        _warn(PluginWarning(_STRIPPED))
    if failed and is_strict:
        raise PluginError(_message(failed[0]), failed[0]) from failed[0].error
    for plugin in failed:
        if not plugin.reported:
            plugin.reported = True
            warning = PluginWarning(_message(plugin), plugin)
            warning.__cause__ = plugin.error
            _warn(warning)


def _message(plugin: "PluginState") -> str:
    try:
        text = str(plugin.error)
    except BaseException:  # A foreign exception can fail to tell its text.
        text = ""
    cause = f"{type(plugin.error).__name__}: {text}".rstrip(": ")
    if not plugin.stays:
        return f"{plugin.describe()} failed, none of its hooks are registered: {cause}"
    names = ", ".join(sorted({_name(func) for func in plugin.stays}))
    return (
        f"{plugin.describe()} failed, and its hooks are undone; these stay, which other modules "
        f"or threads registered while it was imported: {names}. The cause: {cause}"
    )


def _name(func: "Any") -> str:
    try:
        name = func.__name__
    except Exception:  # A proxy can raise anything where there is nothing behind it.
        name = None
    return name if type(name) is str else "a hook"


def _warn(warning: PluginWarning) -> None:
    import warnings

    # Shown at the line that imported this package, or that read the registry.
    frame = sys._getframe(1)
    inside = ("snapshot_restore_py", "importlib", "_frozen_importlib")
    while frame.f_back and str(frame.f_globals.get("__name__", "")).startswith(inside):
        frame = frame.f_back
    warnings.warn_explicit(warning, PluginWarning, frame.f_code.co_filename, frame.f_lineno)
