"""A Lambda function on disk, and its run under AWS's runtime interface client."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from tests.runtime.runtime_api import Request, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

_LIMIT = 120  # seconds; only guards against a run that hangs
_NOT_INHERITED = ("AWS_", "PYTHON", "SNAPSHOT_RESTORE_")


def pip(*arguments: object, python: object = sys.executable, cwd: Path = ROOT) -> None:
    """Run pip; show what it said if it fails."""
    # Without the cache, in which the processes that run tests at the same time can collide.
    options = ("-q", "--disable-pip-version-check", "--no-cache-dir")
    command = [python, "-m", "pip", *arguments, *options]
    # Measuring the coverage of pip takes most of the time on some Pythons.
    environment = {key: text for key, text in os.environ.items() if not key.startswith("COVERAGE")}
    result = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, result.stdout


@dataclass(frozen=True)
class Run:
    """What came of a run.

    `exit_status` is None if the client was still there, waiting for another invocation.
    """

    requests: list[Request]
    stdout: str
    stderr: str
    exit_status: int | None

    @property
    def transcript(self) -> list[str]:
        """What the function printed and what the client requested, in the order of both.

        Without what the client logs: such an entry starts with a bracket, and its lines end
        with carriage returns.
        """
        return [line for line in self.stdout.split("\n") if line and not line.startswith("[")]

    @property
    def responses(self) -> list[Any]:
        """What the handler returned, one for each event."""
        errors = [request.json() for request in self.requests if request.path.endswith("/error")]
        assert errors == [], self
        return [request.json() for request in self.requests if request.path.endswith("/response")]


class Function:
    """A function's folder, the layer beside it with what is installed, and its runs.

    Args:
        path: An empty folder for all files.
        python: The interpreter in whose environment the runtime client is installed.
    """

    def __init__(self, path: Path, python: Path) -> None:
        self.folder = path / "function"
        """Lambda's `/var/task`."""
        self.layer = path / "layer"
        """Lambda's `/opt/python`."""
        self._path = path
        self._python = python
        self._pending: list[Path] = []
        self._runs = itertools.count(1)
        self.folder.mkdir()
        self.layer.mkdir()

    def write(self, name: str, source: str) -> None:
        """Write a file into the function's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")

    def add_plugin(self, name: str, source: str, version: str = "1.0") -> None:
        """Make a distribution with one module and one entry point, all of one name.

        The next run installs it, together with the others made by then.
        """
        folder = self._path / "distributions" / name
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(_PYPROJECT.format(name=name, version=version))
        (folder / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        self._pending.append(folder)

    def install(self, *sources: Path | str, cwd: Path = ROOT) -> None:
        """Install distributions into the layer, from folders, wheels or requirement files."""
        # The interpreter that runs the tests has the build backend, so nothing is downloaded.
        options = ("--no-deps", "--no-index", "--no-build-isolation", "--no-compile")
        pip("install", *options, "--target", self.layer, *sources, cwd=cwd)

    def run(
        self,
        *events: object,
        handler: str = "app.handler",
        env: dict[str, str] | None = None,
        snap_start: bool = True,
        at_snapshot: Callable[[], object] = lambda: None,
    ) -> Run:
        """Run the function under the runtime client until it has handled the events, or ends.

        Args:
            *events: The events of the invocations.
            handler: The handler, as Lambda is told it.
            env: Environment variables of the function.
            snap_start: Whether the function uses SnapStart.
            at_snapshot: Called between the snapshot and the restore.
        """
        if self._pending:
            self.install(*self._pending)
            self._pending = []
        number = next(self._runs)
        stdout, stderr = self._path / f"stdout-{number}", self._path / f"stderr-{number}"
        # The server appends the requests to the function's own output.
        with RuntimeApi(events, stdout, at_snapshot) as api:
            environment = {**_inherited(), **(env or {})}
            environment["PYTHONPATH"] = str(self.layer)
            environment["AWS_LAMBDA_RUNTIME_API"] = api.address
            environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = (
                "snap-start" if snap_start else "on-demand"
            )
            with stdout.open("ab") as out, stderr.open("wb") as err:
                process = subprocess.Popen(
                    [str(self._python), "-m", "awslambdaric", handler],
                    cwd=self.folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                )
            exit_status, is_over = _follow(process, api)
        if api.failure:
            raise api.failure
        run = Run(
            api.requests,
            stdout.read_bytes().decode(),
            stderr.read_bytes().decode(),
            exit_status,
        )
        assert is_over, f"still running after {_LIMIT} seconds: {run}"
        return run


def _follow(process: subprocess.Popen[bytes], api: RuntimeApi) -> tuple[int | None, bool]:
    """Wait until the run is over, and stop the process.

    Returns the exit status, None if the process had to be stopped; and whether the run is
    over at all.
    """

    def set_at_end() -> None:
        process.wait()
        api.over.set()

    watcher = Thread(target=set_at_end)
    watcher.start()
    try:
        is_over = api.over.wait(_LIMIT)
        return process.poll(), is_over
    finally:
        process.kill()
        process.wait()
        watcher.join()


def _inherited() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)
    }


_PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"

[project.entry-points.snapshot_restore_py]
{name} = "{name}"

[tool.hatch.build.targets.wheel]
only-include = ["{name}.py"]
"""
