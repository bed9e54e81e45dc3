"""Generated layouts: installed libraries that import each other, and us, in any way.

As a script it is a server: it reads a layout as JSON from each line of its input, begins the
program from every module in a process of its own, forked from this one, which has imported
nothing of ours, and writes what each saw.
"""

from __future__ import annotations

import json
import os
import posix
import shutil
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class Server:
    """A process that tries layouts."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tried(self, layout: dict[str, Any]) -> dict[str, Any]:
        """Return what was seen, with us and without, for each module that was begun with."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(layout) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()
        assert self._process.returncode == 0


def _try(layout: dict[str, Any]) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp())
    try:
        for name, text in layout["files"].items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        modules = layout["modules"]
        without = [
            _in_child(_without_us, folder, layout, [first, *rest])
            for first in modules
            for rest in (_others(modules, first), _others(modules, first)[::-1])
        ]
        if any(one is None or one != without[0] for one in without):
            return {}
        firsts = ["snapshot_restore_py", *modules]
        return {
            first: _in_child(_with_us, folder, layout, [first, *_others(modules, first)])
            for first in firsts
        }
    finally:
        shutil.rmtree(folder)


def _others(modules: list[str], first: str) -> list[str]:
    return [module for module in modules if module != first]


def _in_child(work: Any, folder: Path, layout: dict[str, Any], order: list[str]) -> Any:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        sys.dont_write_bytecode = True
        sys.path[:0] = [str(folder), str(ROOT)]
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            seen = work(layout, order)
        except BaseException as error:
            seen = None if work is _without_us else repr(error)
        os.write(write, json.dumps(seen).encode())
        # What has run nothing of ours has nothing to tell of coverage, which os._exit() would do.
        (posix if work is _without_us else os)._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    return json.loads(answer)


def _without_us(layout: dict[str, Any], order: list[str]) -> Any:
    """Return the hooks that a registry without plugins gets, whatever the order."""
    hooks: list[str] = []
    stub: Any = types.ModuleType("snapshot_restore_py")
    stub.register_before_snapshot = lambda func: hooks.append(func.__name__) or func
    stub.register_after_restore = stub.register_before_snapshot
    sys.modules["snapshot_restore_py"] = stub
    for name in order:
        __import__(name)
    return sorted(hooks)


def _with_us(layout: dict[str, Any], order: list[str]) -> Any:
    """Return the plugins and hooks, the explicit ones apart, whose order is the program's."""
    for name in order:
        __import__(name)
    import snapshot_restore_py

    every = {
        "before": snapshot_restore_py.get_before_snapshot(),
        "after": snapshot_restore_py.get_after_restore(),
    }
    explicit = sorted(
        hook[0].__name__ for hooks in every.values() for hook in hooks if not hook.plugin
    )
    owned = {
        phase: [
            [hook[0].__name__, hook[0].__module__, hook.plugin.name]
            for hook in hooks
            if hook.plugin
        ]
        for phase, hooks in every.items()
    }
    statuses = [[one.name, one.status] for one in snapshot_restore_py.plugins()]
    return [statuses, owned, explicit]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_try(json.loads(line))), flush=True)
