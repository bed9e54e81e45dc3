"""What is made once for all the processes that run tests at the same time."""

from __future__ import annotations

import fcntl
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def made_once(base: Path, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that the first process makes, and the others find.

    Args:
        base: The folder for temporary files of this process, as pytest makes it.
        name: That of the folder.
        make: Called with the folder, which does not exist yet.
    """
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, is_ready = root / name, root / f"{name}.ready"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            is_ready.touch()
    return folder
