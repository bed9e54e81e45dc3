"""For tests in virtual machines: the process that is snapshotted, and goes on in each restore.

A script, started with the folders that come first on the path (JSON), a module's file and name, the
names in it of what is called before the snapshot (empty for nothing) and after each restore, and
two descriptors: one to tell by, one to hear that it may go on.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import traceback
from functools import reduce
from typing import Any


def tell(descriptor: int, **facts: Any) -> None:
    """Tell facts in one line."""
    data = json.dumps(facts).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


def imported(file: str, name: str) -> Any:
    """Return the test's module, imported by its name or else from its file."""
    try:
        module = importlib.import_module(name)
        if os.path.realpath(module.__file__ or "") == os.path.realpath(file):
            return module
    except ImportError:
        pass
    spec: Any = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def main(
    path: str, file: str, name: str, before: str, after: str, events: str, replies: str
) -> None:
    """Run the test's functions, before the snapshot and after the restore."""
    # The folder of this script holds modules of the package.
    here = os.path.dirname(os.path.abspath(__file__))
    others = [one for one in sys.path if os.path.abspath(one) != here]
    sys.path[:] = dict.fromkeys([*json.loads(path), *others])
    told = int(events)
    try:
        module = imported(file, name)
        given = [_named(module, before)()] if before else []
        import snapshot_restore_py

        snapshot_restore_py.run_before_snapshot()
        tell(told, event="snapshot")
        os.read(int(replies), 1)
        snapshot_restore_py.run_after_restore()
        tell(told, event="result", result=_named(module, after)(*given))
    except BaseException as error:
        shown = f"{type(error).__name__}: {error}"
        tell(told, event="error", error=shown, traceback=traceback.format_exc())


def _named(module: Any, name: str) -> Any:
    return reduce(getattr, name.split("."), module)


if __name__ == "__main__":
    main(*sys.argv[1:])
