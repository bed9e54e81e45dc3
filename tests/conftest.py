"""Builds installed distributions on disk, and starts interpreters that see them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import pytest

import snapshot_restore_py

collect_ignore = ["typing"]  # for type checkers only: it calls things wrongly
ROOT = Path(snapshot_restore_py.__file__).parent.parent
HAS_LOCK = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether Python has its global lock; a free-threaded one has none."""
beside_threads = pytest.mark.skipif(
    not HAS_LOCK, reason="a free-threaded Python 3.x refuses to make copies beside threads"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rehearsals",
        type=int,
        default=1,
        metavar="N",
        help="rehearse each function of the corpus N times, with the same verdict each time",
    )


def pytest_configure() -> None:
    """Stop where an installed plugin would mix with those that the tests install."""
    installed = [plugin.distribution for plugin in snapshot_restore_py.plugins()]
    if installed or "SNAPSHOT_RESTORE_PLUGINS" in os.environ:
        raise pytest.UsageError(
            f"the tests need an environment without plugins (found: {installed}) and without "
            "the variable SNAPSHOT_RESTORE_PLUGINS; make a new one with: python -m venv --clear"
        )


def hear_interrupts() -> None:
    """Let a new process hear what one that is started in the background may not hear."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Site:
    """A folder as pip makes it: distributions' metadata beside their modules."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def add(
        self,
        name: str,
        entry_points: dict[str, str] | str | bytes | None = None,
        modules: dict[str, str] | None = None,
        *,
        version: str = "1.0",
        requires: tuple[str, ...] = (),
        metadata: str | bytes | None = None,
        info: str = "dist-info",
    ) -> Path:
        """Install a distribution, and return its metadata folder."""
        folder = self.path / f"{name.replace('-', '_')}-{version}.{info}"
        folder.mkdir(exist_ok=True)
        if metadata is None:
            lines = [f"Name: {name}", f"Version: {version}"]
            lines += [f"Requires-Dist: {requirement}" for requirement in requires]
            metadata = "\n".join(["Metadata-Version: 2.1", *lines, "", "A description.", ""])
        label = "METADATA" if info == "dist-info" else "PKG-INFO"
        (folder / label).write_bytes(metadata if isinstance(metadata, bytes) else metadata.encode())
        if isinstance(entry_points, dict):
            lines = [f"{key} = {value}" for key, value in entry_points.items()]
            entry_points = "\n".join(["[snapshot_restore_py]", *lines, ""])
        if isinstance(entry_points, str):
            entry_points = entry_points.encode()
        if entry_points is not None:
            (folder / "entry_points.txt").write_bytes(entry_points)
        self.write(modules or {})
        return folder

    def add_ready_made(self, plugin: str) -> None:
        """Install a plugin distribution of the folder `plugins/`."""
        module = plugin.replace("-", "_")
        shutil.copytree(ROOT / "plugins" / plugin / module, self.path / module, dirs_exist_ok=True)
        self.add(plugin, {plugin: module})

    def write(self, modules: dict[str, str]) -> None:
        """Write modules: dotted names become files in packages."""
        for name, source in modules.items():
            inside = any(other.startswith(name + ".") for other in modules)
            path = self.path.joinpath(*name.split("."))
            path = path / "__init__.py" if inside else path.with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source))
            for parent in path.relative_to(self.path).parents:
                init = self.path / parent / "__init__.py"
                if parent != Path() and not init.exists() and f"{parent}" not in modules:
                    init.touch()


def zip_up(folder: Path, target: Path, compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(target, "w", compression) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


class Interpreter:
    """Starts fresh interpreters with the package and some folders on `sys.path`."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd

    def start(
        self,
        code: str,
        *path: Any,
        env: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run `code`, with the folders of `path` first, and return what came of it."""
        return self.launch([*options, "-c", textwrap.dedent(code)], *path, env=env)

    def launch(
        self, arguments: list[str], *path: Any, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Start an interpreter with `arguments`, and return what came of it."""
        folders = [str(getattr(entry, "path", entry)) for entry in path]
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.cwd,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*folders, str(ROOT)]), **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def run(
        self,
        code: str,
        *path: Any,
        env: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> Any:
        """Run `code`, which must succeed without a warning, and return what `report()` got."""
        result = self.start(REPORT + textwrap.dedent(code), *path, env=env, options=options)
        assert (result.returncode, result.stderr) == (0, "")
        return json.loads(result.stdout.splitlines()[-1])


REPORT = """
import json

def report(value):
    print(json.dumps(value))

def names(hooks):
    return [hook[0].__name__ for hook in hooks]
"""


@pytest.fixture
def interpreter(tmp_path: Path) -> Interpreter:
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    return Interpreter(cwd)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package with an empty registry, emptied as users of AWS's module do it."""
    monkeypatch.setattr(snapshot_restore_py, "_before_snapshot_registry", [])
    monkeypatch.setattr(snapshot_restore_py, "_after_restore_registry", [])
    return snapshot_restore_py
