"""AWS's distribution beside ours: one import name, a module of theirs and a package of ours."""

from __future__ import annotations

import itertools
import subprocess
import venv
from typing import TYPE_CHECKING

import pytest

from tests.conftest import zip_up
from tests.runtime.function import pip

if TYPE_CHECKING:
    from pathlib import Path

    from tests.runtime.conftest import Runtime

AWS = "snapshot-restore-py==1.0.0"
SHOW = "import snapshot_restore_py as s; print(hasattr(s, 'plugins'), s.__file__)"


@pytest.fixture(scope="session")
def wheels(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheels of both."""
    folder = tmp_path_factory.mktemp("wheels")
    pip("download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, AWS)
    (aws,) = folder.glob("*.whl")
    return {"ours": runtime.wheel, "aws": aws}


def imported(python: Path, *path: Path) -> tuple[bool, str]:
    """Tell whether an interpreter imports ours, and from where."""
    code = f"import sys; sys.path[:0] = {[str(one) for one in path]!r}; {SHOW}"
    result = subprocess.run(
        [python, "-I", "-W", "ignore", "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    is_ours, file = result.stdout.split(maxsplit=1)
    return is_ours == "True", file.strip()


@pytest.mark.parametrize("order", list(itertools.permutations(["ours", "aws"])), ids="-".join)
def test_in_one_environment_ours_is_imported_whatever_comes_last(wheels, tmp_path, order):
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    for name in order:
        pip("install", "-q", "--no-deps", "--no-index", wheels[name], python=python)
    assert imported(python)[0]
    again = ["-q", "--no-deps", "--no-index", "--force-reinstall", wheels[order[0]]]
    pip("install", *again, python=python)  # As an upgrade does it.
    assert imported(python)[0]
    pip("uninstall", "-q", "-y", "snapshot-restore-py", python=python)
    assert imported(python)[0]
    pip("install", "-q", "--no-deps", "--no-index", wheels["aws"], python=python)
    pip("uninstall", "-q", "-y", "snapshot-restore", python=python)
    assert not imported(python)[0]


def test_in_one_folder_ours_is_imported_and_of_two_layers_the_first(wheels, runtime, tmp_path):
    for names in (["ours"], ["aws"], ["ours", "aws"], ["aws", "ours"]):
        for name in names:
            folder = tmp_path / "-".join(names)
            pip("install", "-q", "--no-deps", "--no-index", "--target", folder, wheels[name])
    for both in ("ours-aws", "aws-ours"):
        zip_up(tmp_path / both, tmp_path / f"{both}.zip")
        for path in (tmp_path / both, tmp_path / f"{both}.zip"):
            is_ours, file = imported(runtime.python, path)
            assert is_ours
            assert file.startswith(str(path))
    layers = [tmp_path / "ours", tmp_path / "aws"]
    assert imported(runtime.python, *layers)[0]
    assert not imported(runtime.python, *reversed(layers))[0]
