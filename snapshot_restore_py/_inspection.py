"""Imports a handler as AWS's runtime client does, and reports its plugins and hooks.

A script, started in a process of its own with the function's folder, the folder that holds
this package, the handler (empty for none), and two descriptors: one by which it tells one
JSON object in a line, and one that it leaves alone. It ends then, whatever the function's
code has left behind: threads, child processes, and what is to run at the interpreter's end.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import sys
import warnings
from typing import Any


def load(name: str, home: str) -> Any:
    """Return a module of this package, loaded without the package around it."""
    path = os.path.join(home, *name.split(".")) + ".py"
    spec: Any = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def main(path: str, home: str, handler: str, tell: str, _: str) -> None:
    """Write the report, and end the process."""
    start = load("snapshot_restore_py._lambda", home)
    start.enter(path, home, handler)
    _show_all_warnings_but_of_plugins()
    try:
        report = _found(start, path, handler)
    except BaseException as error:
        report = start.problem(error, handler)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # The function may have closed it.
            stream.flush()
    data = json.dumps(report).encode() + b"\n"
    while data:
        data = data[os.write(int(tell), data) :]
    os._exit(0)


def _show_all_warnings_but_of_plugins() -> None:
    show = warnings.showwarning

    def show_all_but_plugins(message: Any, category: Any, *args: Any, **kwargs: Any) -> None:
        if category.__name__ != "PluginWarning":  # the report tells it
            show(message, category, *args, **kwargs)

    warnings.showwarning = show_all_but_plugins


def _found(start: Any, path: str, handler: str) -> dict[str, Any]:
    if handler:
        start.import_handler(handler)
    package = start.import_package()
    plugins = [start.plugin_row(plugin) for plugin in package.plugins()]
    found: dict[str, Any] = {"path": path, "plugins": plugins}
    found["problems"] = start.installation_problems()
    if handler:
        before, after = package.get_before_snapshot()[::-1], package.get_after_restore()
        found["handler"] = handler
        found["before_snapshot"] = [start.hook_place(hook) for hook in before]
        found["after_restore"] = [start.hook_place(hook) for hook in after]
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
