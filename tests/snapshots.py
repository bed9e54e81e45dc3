"""A process whose hooks before the snapshot have run, and copies of it: for tests of plugins.

The copies stand for restored environments, and are made as `snapshot.restores` makes them.
A copy differs from a restored environment: a connection to the outside still works, and all
copies share it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from tests.runtime.function import ROOT, pip
from tests.sharing import made_once

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATE = """
import json, os, signal, sys
import snapshot_restore_py
from snapshot_restore_py._testing.copier import copier
signal.alarm({limit})
copies = copier()

def tell(value, file=1):
    os.write(file, json.dumps(value).encode() + b"\\n")

class Turns:
    def __init__(self):
        self.read, self.write = os.pipe()
    def wait(self):
        os.read(self.read, 1)
    def give(self, count=1):
        os.write(self.write, bytes(count))

told = None
{code}

def outcome():
    try:
        snapshot_restore_py.run_after_restore()
        return work()
    except Exception as error:
        return f"{{type(error).__name__}}: {{error}}"

def hold():
    global number
    go, ends = Turns(), [Turns() for _ in range(3)]
    read, write = os.pipe()
    def live():
        signal.alarm({limit})
        go.wait()
        tell([number, outcome()], write)
        ends[number - 1].wait()
    children = []
    for number in (1, 2, 3):
        children.append(copies.copy(live))
    os.close(write)
    if {at_once}:
        go.give(3)
    results = []
    with os.fdopen(read) as stream:
        for _ in children:
            if not {at_once}:
                go.give()
            results.append(json.loads(stream.readline()))
    if {at_once}:
        results.sort(key=lambda one: one[0])
    tell([result for _, result in results])
    os.read(0, 1)
    # One after another: what measures them takes copies with the same id for one process.
    for child, end in zip(children, ends):
        end.give()
        assert copies.wait(child)[1] == 0

snapshot_restore_py.run_before_snapshot()
tell(told)
number = 0
way = os.read(0, 1)
if way == b"r":
    assert os.waitpid(copies.hold(hold), 0)[1] == 0
elif way == b"g":
    tell(outcome())
    os.read(0, 1)
"""
_LIMIT = 120  # seconds; only guards against a test that hangs


def install(folder: Path, *plugins: str) -> Path:
    """Install plugins of this repository with pip into a folder, and return it."""
    options = ("--no-deps", "--no-index", "--no-build-isolation")
    pip("install", *options, "--target", folder, *(ROOT / "plugins" / one for one in plugins))
    return folder


def installed_once(base: Path, *plugins: str) -> Path:
    """Install plugins once for all processes that run tests, and return the folder.

    Args:
        base: The folder for temporary files of this process, as pytest makes it.
        *plugins: Their distributions.
    """
    return made_once(base, "-and-".join(plugins), lambda folder: install(folder, *plugins))


def environment(plugins: str | None, *path: Path) -> dict[str, str]:
    """Return the environment variables of a process that sees some folders and the core.

    Args:
        plugins: The choice of plugins; None for all.
        *path: The folders.
    """
    # What the machine says about proxies, certificates and accounts is not for the tests.
    foreign = re.compile(".*_(proxy|bundle|cert_file|cert_dir)|aws_.*", re.IGNORECASE)
    variables = {key: text for key, text in os.environ.items() if not foreign.fullmatch(key)}
    variables["PYTHONPATH"] = os.pathsep.join(map(str, [*path, ROOT]))
    if plugins is not None:
        variables["SNAPSHOT_RESTORE_PLUGINS"] = plugins
    return variables


def run(code: str, installed: Path, plugins: str | None = None, *path: Path) -> Any:
    """Run code that calls `tell(value)`, without a warning, and return the value."""
    start = "import json\ntell = lambda value: print(json.dumps(value))\n"
    result = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)],
        env=environment(plugins, installed, *path),
        capture_output=True,
        text=True,
        timeout=_LIMIT,
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return json.loads(result.stdout)


def imported_without_use(installed: Path, plugin: str, *modules: str) -> list[str]:
    """Return what a plugin imports where nobody uses its library: of `modules`, and at all slow."""
    code = f"""
        import sys
        before = set(sys.modules)
        import snapshot_restore_py
        snapshot_restore_py.run_before_snapshot()
        snapshot_restore_py.run_after_restore()
        new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
        assert "snapshot_restore_{plugin}" in new
        tell(sorted(new & {{"asyncio", "socket", "typing", *{modules!r}}}))
    """
    imported: list[str] = run(code, installed, plugin)
    return imported


class Snapshot:
    """The snapshotted process, which waits to be restored.

    Args:
        code: May set `told`, for JSON, and defines a function `work()`, which each copy calls
            after its hooks. What that returns has to be JSON. It may read `number`, the number
            of the copy from 1; 0 in the process itself.
        installed: The folder with the plugins.
        plugins: Those to load; None for all.
        at_once: Whether the copies work at the same time; else one after another.
    """

    def __init__(
        self, code: str, installed: Path, plugins: str | None = None, *, at_once: bool = True
    ) -> None:
        script = _TEMPLATE.format(code=textwrap.dedent(code), at_once=at_once, limit=_LIMIT)
        self._errors: str | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-c", script],
            env=environment(plugins, installed),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.told = self._answer()

    def restore(self) -> list[Any]:
        """Return what `work()` returns in each of three copies, or what it raises, as a text.

        In the order of their numbers; if they work one after another, in the order of that. The
        copies live on, with their connections.
        """
        self._go_on("r")
        result: list[Any] = self._answer()
        return result

    def resume(self) -> Any:
        """Return what `work()` returns in the process itself, which keeps its threads."""
        self._go_on("g")
        return self._answer()

    @property
    def stderr(self) -> str:
        """What the process has written there; it ends for that."""
        if self._errors is None:
            try:
                # The end of its input makes the process go on to its end, wherever it is.
                _, self._errors = self._process.communicate(timeout=_LIMIT)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
        return self._errors

    def __enter__(self) -> Snapshot:  # noqa: PYI034
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        errors = self.stderr
        assert kind or self._process.returncode == 0, errors

    def _go_on(self, way: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(way)
        self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the process ended:\n{self.stderr}")
        return json.loads(line)
