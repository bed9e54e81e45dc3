"""Imports a handler as AWS's runtime client does, and reports its plugins and hooks.

A script, started in a process of its own with three arguments: the function's folder, the
folder that holds this package, and the handler (empty for none). It writes one JSON object
to its standard output; what the function's code writes there goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
import warnings
from typing import Any


def main(path: str, home: str, handler: str) -> None:
    """Write the report."""
    output = os.dup(1)
    os.dup2(2, 1)
    _start_as_lambda_does(path, home, handler)
    try:
        report = _found(path, handler)
    except BaseException as error:
        report = _problem(error, handler)
    with os.fdopen(output, "w") as stream:
        json.dump(report, stream)


def _start_as_lambda_does(path: str, home: str, handler: str) -> None:
    # This script's own folder holds modules of the package, which must not be importable
    # under other names.
    here = os.path.dirname(os.path.abspath(__file__))
    others = (entry for entry in sys.path if os.path.abspath(entry) != here)
    sys.path[:] = [path, *others, home]
    sys.argv[:] = [""]
    os.chdir(path)
    os.environ.setdefault("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    os.environ.setdefault("LAMBDA_TASK_ROOT", path)
    if handler:
        os.environ.setdefault("_HANDLER", handler)
    show = warnings.showwarning

    def show_all_but_plugins(message: Any, category: Any, *args: Any, **kwargs: Any) -> None:
        if category.__name__ != "PluginWarning":  # the report tells it
            show(message, category, *args, **kwargs)

    warnings.showwarning = show_all_but_plugins


def _found(path: str, handler: str) -> dict[str, Any]:
    if handler:
        _import_handler(handler)
    package: Any = importlib.import_module("snapshot_restore_py")
    if not hasattr(package, "plugins"):
        version = getattr(package, "__version__", "unknown")
        raise HandlerError(
            f"the function gets another snapshot_restore_py, {package.__file__} (version "
            f"{version}), which has no plugins. Remove it, or install this one there"
        )
    found: dict[str, Any] = {"path": path, "plugins": [_plugin(one) for one in package.plugins()]}
    if handler:
        found["handler"] = handler
        found["before_snapshot"] = [_hook(hook) for hook in package.get_before_snapshot()[::-1]]
        found["after_restore"] = [_hook(hook) for hook in package.get_after_restore()]
    return found


class HandlerError(Exception):
    """The handler cannot be found. The message is the whole explanation."""


def _import_handler(handler: str) -> None:
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise HandlerError(f"the handler {handler!r} has no dot: write module.function")
    module = importlib.import_module(module_name.replace("/", "."))
    if not hasattr(module, function_name):
        raise HandlerError(f"the module {module_name!r} has no function {function_name!r}")


def _plugin(plugin: Any) -> dict[str, Any]:
    error = plugin.error
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "value": plugin.value,
        "status": plugin.status,
        "error": _in_one_line(error) if error else None,
    }


def _hook(hook: Any) -> dict[str, Any]:
    locations: Any = importlib.import_module("snapshot_restore_py._locations")
    location = locations.locate(hook[0])
    plugin = hook.plugin.name if hook.plugin else None
    return {
        "name": location.name,
        "plugin": plugin,
        "file": location.file,
        "line": location.line or None,
    }


def _problem(error: BaseException, handler: str) -> dict[str, Any]:
    if isinstance(error, HandlerError):
        return {"error": str(error), "status": 2}
    if type(error).__name__ in ("PluginError", "PluginWarning"):
        return {"error": str(error), "status": 1}
    places = [
        place
        for place in traceback.extract_tb(error.__traceback__)
        if place.filename != __file__ and "importlib" not in place.filename
    ]
    at = f" ({places[-1].filename}, line {places[-1].lineno})" if places else ""
    what = f"import the handler {handler!r}" if handler else "load the plugins"
    return {"error": f"cannot {what}: {_in_one_line(error)}{at}", "status": 2}


def _in_one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


if __name__ == "__main__":
    main(*sys.argv[1:])
