"""Tells which requirements of a function are not installed, and how that is mended."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from snapshot_restore_py._metadata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._application.function import Code, Function

    from .orders import Place

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?=\s*(?:[\[<>=!~]|$))")
_REQUIREMENTS = "requirements.txt"


def missing(function: Function, place: Place) -> str:
    """Return what is said of requirements that are not installed; empty if all are.

    Requirements with a condition, an address or an option are passed over.
    """
    file = place.folder / _REQUIREMENTS
    # What was built or packed has what it needs.
    if not file.is_file() or function.source or not _is_folder(function.code):
        return ""
    path = [*map(str, (place.folder, *place.entries)), *sys.path]
    installed = {normalize(one) for one in _distributions(path)}
    lacking = [one for one in _required(file) if normalize(one) not in installed]
    if not lacking:
        return ""
    here = Path.cwd().resolve()
    shown = file.relative_to(here) if here in file.parents else file
    return (
        f"{function.name} lacks {', '.join(lacking)}, of its requirements: run sam build, or "
        f"pip install -r {shown}"
    )


def _is_folder(code: Code) -> bool:
    return isinstance(code, Path) and code.is_dir()


def _required(file: Path) -> Iterator[str]:
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _NAME.match(line.partition("#")[0].strip())
        if found and ";" not in line:
            yield found[0]


def _distributions(path: list[str]) -> Iterator[str]:
    for one in metadata.distributions(path=path):
        name = one.metadata["Name"]
        if isinstance(name, str):
            yield name
