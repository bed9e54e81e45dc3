"""A process whose hooks before the snapshot have run, and forked copies of it.

A forked copy stands for a restored environment: both start with the memory of the process
that they are copies of. os.fork() would tell the copy that it is one; a restore tells
nobody. So this is the C library's own fork(), and the copies see the process id of the
process that was snapshotted.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from tests.runtime.function import ROOT, pip

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

_BEFORE = """
import ctypes, json, os, sys
fork = ctypes.PyDLL(None).fork
"""
_AFTER = """
import snapshot_restore_py

def outcome(number, wait=lambda: None):
    try:
        snapshot_restore_py.run_after_restore()
        wait()
        return [use(number), None]
    except BaseException as error:
        return [None, f"{type(error).__name__}: {error}"]

def restored(number, may_go_on):
    read, write = os.pipe()
    child = fork()
    if child:
        os.close(write)
        return os.fdopen(read)
    os.getpid = lambda process=os.getpid(): process
    os.close(may_go_on[1])

    def wait():
        os.write(write, b"restored\\n")
        os.read(may_go_on[0], 1)

    os.write(write, json.dumps(outcome(number, wait)).encode())
    os._exit(0)

snapshot_restore_py.run_before_snapshot()
print("snapshot", flush=True)
copies = int(sys.stdin.readline())
if not copies:
    print(json.dumps([outcome(0)]))
    sys.exit()
may_go_on = os.pipe()
streams = [restored(number, may_go_on) for number in range(1, copies + 1)]
first_lines = [stream.readline() for stream in streams]
assert first_lines == ["restored\\n"] * copies, first_lines
os.close(may_go_on[1])
print(json.dumps([json.load(stream) for stream in streams]))
assert all(os.wait()[1] == 0 for _ in streams)
"""
_LIMIT = 120  # seconds; only guards against a test that hangs


def install(plugin: Path, target: Path) -> Path:
    """Install a plugin into a folder with pip, and return the folder."""
    options = ("--no-deps", "--no-index", "--no-build-isolation")
    pip("install", *options, "--target", target, plugin)
    return target


def run(code: str, *path: Path, plugins: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter, with some folders and the core on its path."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=_environment(path, plugins),
        capture_output=True,
        text=True,
        timeout=_LIMIT,
    )


class Snapshot:
    """The snapshotted process, which waits to be restored.

    Args:
        code: What the process does before its snapshot. It defines `use(number)`, which each
            copy calls; what that returns has to be JSON.
        *path: The folders with what is installed.
        plugins: The choice of plugins; all by default, none if it is "none".
    """

    def __init__(self, code: str, *path: Path, plugins: str | None = None) -> None:
        self.stderr = ""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEFORE + textwrap.dedent(code) + _AFTER],
            env=_environment(path, plugins),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        """Return as soon as the hooks have run."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if line != "snapshot\n":
            raise AssertionError(line + self._process.communicate()[1])
        return self

    def restored(self, copies: int = 3) -> list[Any]:
        """Return what `use` returned in each of some copies, which work at the same time.

        A pair for each: the result and None, or None and what was raised. `use` gets the
        number of the copy, from 1.
        """
        output, self.stderr = self._process.communicate(f"{copies}\n", timeout=_LIMIT)
        assert self._process.returncode == 0, self.stderr
        outcomes: list[Any] = json.loads(output)
        return outcomes

    def resumed(self) -> Any:
        """Return what `use(0)` returned in the process itself, which keeps its threads.

        As a pair, like that of a copy.
        """
        (outcome,) = self.restored(copies=0)
        return outcome

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.__exit__(None, None, None)  # Waits, and closes the pipes.


def _environment(path: tuple[Path, ...], plugins: str | None) -> dict[str, str]:
    # What the machine says about proxies, certificates and accounts is not for the tests.
    foreign = re.compile(".*_(proxy|bundle|cert_file|cert_dir)|aws_.*", re.IGNORECASE)
    environment = {key: text for key, text in os.environ.items() if not foreign.fullmatch(key)}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, [*path, ROOT]))
    if plugins is not None:
        environment["SNAPSHOT_RESTORE_PLUGINS"] = plugins
    return environment
