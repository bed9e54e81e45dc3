"""Tells which requirements of a function are not installed, and how that is mended."""

from __future__ import annotations

import re
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._metadata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._application.function import Code, Function

    from .orders import Place

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?=\s*(?:[\[<>=!~]|$))")
_OPTION = re.compile(r"\s--")
_REQUIREMENTS = "requirements.txt"


def missing(function: Function, place: Place) -> str:
    """Return what is said of requirements that are not installed; empty if all are.

    Those whose condition does not hold, with an address or an option are passed over.
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
        requirement, semicolon, marker = line.partition("#")[0].partition(";")
        found = _NAME.match(requirement.strip())
        if found and (not semicolon or _holds(marker)):
            yield found[0]


def _holds(marker: str) -> bool:
    """Tell whether a condition holds here, as far as that can be told."""
    try:
        markers: Any = import_module("packaging.markers")
        return bool(markers.Marker(_OPTION.split(marker)[0].strip(" \\")).evaluate())
    except (ImportError, KeyError, ValueError):
        return False


def _distributions(path: list[str]) -> Iterator[str]:
    for one in metadata.distributions(path=path):
        name = one.metadata["Name"]
        if isinstance(name, str):
            yield name
