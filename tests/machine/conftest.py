"""A Python with few packages, which is quick to pack, and rehearsals in machines with it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.machine.pythons import small_python
from tests.rehearsal.command import finished

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rehearsal.command import Rehearsal


@pytest.fixture(scope="session")
def python(tmp_path_factory) -> Path:
    """The program of an environment with this package, and nothing else."""
    return small_python(tmp_path_factory.mktemp("python"))[0]


takes_long = pytest.mark.skipif(
    os.environ.get("SNAPSHOT_RESTORE_MACHINES") != "all",
    reason="takes long: set SNAPSHOT_RESTORE_MACHINES=all to run it",
)


class Machines:
    """Rehearses functions in machines.

    Attributes:
        folder: That of the function.
    """

    def __init__(self, python: Path, folder: Path, cache: Path) -> None:
        self._python = python
        self.folder = folder
        self._variables = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        self._variables.pop("PYTHONPATH", None)

    def start(self, *arguments: str, handler: str = "app.handler", **options: Any) -> Any:
        """Start a rehearsal."""
        common = ["--engine", "microvm", "--format", "json", "--show-values"]
        return subprocess.Popen(
            [
                *(str(self._python), "-m", "snapshot_restore_command", "rehearse", handler),
                *("--path", str(self.folder), *common, *arguments),
            ],
            env={**self._variables, **options.pop("env", {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def rehearse(self, source: str, *arguments: str, **options: Any) -> Rehearsal:
        """Rehearse the function whose module is `source`."""
        (self.folder / "app.py").write_text(source)
        return self.again(*arguments, **options)

    def again(self, *arguments: str, **options: Any) -> Rehearsal:
        """Rehearse the function as it is."""
        return finished(self.start(*arguments, **options))


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    """The folder in which machines are kept that have booted."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def folder(python) -> Path:
    """The folder of functions: its name is a part of the key of the kept machine."""
    folder: Path = python.parent.parent / "function"
    folder.mkdir()
    return folder


@pytest.fixture
def machines(python, cache, folder) -> Machines:
    """Rehearsals in machines, of a function in an empty folder."""
    for one in sorted(folder.rglob("*"), reverse=True):
        one.rmdir() if one.is_dir() else one.unlink()
    return Machines(python, folder, cache)


@pytest.fixture(scope="session")
def _kept(python, cache, folder) -> None:
    """Let there be a machine that has booted, and is kept."""
    source = "def handler(event, context):\n    return 1\n"
    assert Machines(python, folder, cache).rehearse(source, "--restores", "2").status == 0


if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]  # There is no QEMU with its machines elsewhere.
