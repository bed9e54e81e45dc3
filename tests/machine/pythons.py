"""Environments with few packages, which are quick to pack: they link to what this one has."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# What this package needs itself.
_OWN = ("importlib-metadata",) if sys.version_info < (3, 12) else ()


def small_python(folder: Path, *libraries: str) -> tuple[Path, Path]:
    """Make an environment with this package and some libraries.

    Args:
        folder: Where to make it.
        *libraries: Names of distributions, which come with those that they require.

    Returns:
        Its program, and the folder for its packages.
    """
    venv.create(folder, symlinks=True)
    program = folder / "bin" / "python"
    shown = subprocess.run(
        [program, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    site = type(folder)(shown.stdout.strip())
    (site / "snapshot_restore_py").symlink_to(ROOT / "snapshot_restore_py")
    top = ROOT / "snapshot_restore_py" / "_top_level" / "snapshot_restore_command.py"
    (site / top.name).symlink_to(top)
    (site / "snapshot_restore-2.0.0.dist-info").mkdir()
    (site / "snapshot_restore-2.0.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: snapshot-restore\nVersion: 2.0.0\n"
    )
    wanted, linked = [*libraries, *_OWN], set()
    while wanted:
        name = wanted.pop()
        if name not in linked:
            linked.add(name)
            wanted += _link(name, site)
    return program, site


def _link(name: str, site: Path) -> list[str]:
    """Link the files of a distribution, and return the names of those that it requires."""
    distribution = importlib.metadata.distribution(name)
    tops = {file.parts[0] for file in distribution.files or ()}
    for top in tops - {"..", "__pycache__"}:
        link = site / top
        # Several distributions may have modules in one package.
        if not link.is_symlink():
            link.symlink_to(distribution.locate_file(top))
    requirements = map(Requirement, distribution.requires or ())
    return [
        one.name for one in requirements if not one.marker or one.marker.evaluate({"extra": ""})
    ]
