"""Forked copies of a process, as stand-ins for environments restored from its snapshot.

A forked copy differs from a restored environment: a connection to the outside still works,
and all copies share it. Its process id is its own; a restored environment keeps that of the
snapshot. Libraries look at it to find out that they were forked, so the copies see their
parent's.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

CORE = Path(__file__).parent.parent

TEMPLATE = """
import json, os, signal, sys
import snapshot_restore_py
signal.alarm({limit})

def tell(value, file=1):
    os.write(file, json.dumps(value).encode() + b"\\n")

class Turns:
    def __init__(self):
        self.read, self.write = os.pipe()
    def wait(self):
        os.read(self.read, 1)
    def give(self, count=1):
        os.write(self.write, bytes(count))

{code}

snapshot_restore_py.run_before_snapshot()
tell(told)
sys.stdin.readline()
"""
COPIES = """
own_id, go, done = os.getpid(), Turns(), Turns()
read, write = os.pipe()
children = []
for _ in range({copies}):
    child = os.fork()
    if not child:
        os.getpid = lambda: own_id
        signal.alarm({limit})
        go.wait()
        try:
            snapshot_restore_py.run_after_restore()
            result = work()
        except Exception as error:
            result = f"{{type(error).__name__}}: {{error}}"
        tell(result, write)
        done.wait()
        os._exit(0)
    children.append(child)
os.close(write)
if {at_once}:
    go.give({copies})
results = []
with os.fdopen(read) as stream:
    for _ in children:
        if not {at_once}:
            go.give()
        results.append(json.loads(stream.readline()))
tell(results)
sys.stdin.readline()
done.give({copies})
assert [os.waitpid(child, 0)[1] for child in children] == [0] * {copies}
"""
IN_PLACE = """
try:
    snapshot_restore_py.run_after_restore()
    results = [work()]
except Exception as error:
    results = [f"{{type(error).__name__}}: {{error}}"]
tell(results)
sys.stdin.readline()
"""


def install(folder: Path, *plugins: str) -> Path:
    """Install plugins of this repository with pip into a folder, and return it."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check"]
    # Two of pip at the same time may trip over each other in the cache.
    command += ["--no-cache-dir", "--target", str(folder)]
    subprocess.run([*command, *[str(CORE / "plugins" / plugin) for plugin in plugins]], check=True)
    return folder


def environment(installed: Path, plugins: str) -> dict[str, str]:
    """Return the environment variables of a process that sees the plugins in a folder."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(installed), str(CORE)]),
        "SNAPSHOT_RESTORE_PLUGINS": plugins,
    }


def run(code: str, installed: Path, plugins: str) -> Any:
    """Run code that calls `tell(value)`, without a warning, and return the value."""
    start = "import json\ntell = lambda value: print(json.dumps(value))\n"
    result = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)],
        env=environment(installed, plugins),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return json.loads(result.stdout)


class Snapshot:
    """A process in which the hooks before the snapshot have run.

    Args:
        code: Sets `told`, for JSON, and defines a function `work()`, which each of three
            copies calls after its hooks. What that returns, for JSON, comes out of restore().
        installed: The folder with the plugins.
        plugins: Those to load.
        at_once: Whether the copies work at the same time; else one after another.
        in_place: Whether the process itself goes on in the place of copies. For libraries with
            threads of their own, which a restore keeps and a forked copy lacks.
    """

    def __init__(
        self,
        code: str,
        installed: Path,
        plugins: str,
        *,
        at_once: bool = True,
        in_place: bool = False,
    ) -> None:
        template = TEMPLATE + (IN_PLACE if in_place else COPIES)
        script = template.format(code=textwrap.dedent(code), copies=3, at_once=at_once, limit=100)
        # No warning: that without the plugin's clean-up threads run while the copies are made.
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", script],
            env=environment(installed, plugins),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.told = self._answer()

    def restore(self) -> list[Any]:
        """Make the copies, and return what they say; they live on, with their connections."""
        self._go_on()
        result: list[Any] = self._answer()
        return result

    def __enter__(self) -> Snapshot:  # noqa: PYI034
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            # The end of its input makes the process go on to its end, wherever it is.
            _, errors = self._process.communicate("\n", timeout=60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        assert kind or self._process.returncode == 0, errors

    def _go_on(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            _, errors = self._process.communicate(timeout=120)
            raise AssertionError(f"the process ended:\n{errors}")
        return json.loads(line)
