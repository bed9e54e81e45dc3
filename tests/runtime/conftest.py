"""Installs AWS's runtime interface client and this project into a fresh environment, once."""

from __future__ import annotations

import venv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.runtime.function import ROOT, Function, pip
from tests.sharing import made_once

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Runtime:
    """An environment like that of Lambda's runtime, and the wheel installed in it."""

    python: Path
    wheel: Path


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    folder = made_once(tmp_path_factory.getbasetemp(), "runtime", _build)
    return _runtime(folder)


def _build(folder: Path) -> None:
    pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT)
    venv.create(folder / "venv", with_pip=True, symlinks=True)
    runtime = _runtime(folder)
    # The client requires AWS's module too: a file that lies beside our package and is not imported.
    pip(
        "install",
        *("--only-binary", ":all:", "awslambdaric", runtime.wheel),
        python=runtime.python,
    )


def _runtime(folder: Path) -> Runtime:
    (wheel,) = folder.glob("*.whl")
    return Runtime(folder / "venv" / "bin" / "python", wheel)


@pytest.fixture
def function(runtime: Runtime, tmp_path: Path) -> Function:
    return Function(tmp_path, runtime.python)
