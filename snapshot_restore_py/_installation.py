"""Looks for what is wrong with what is installed, and makes plugins missing without a word."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ._discovery import GROUP, Look, read_file
from ._distributions import Installed
from ._metadata import lines, name_in
from ._plugins import is_stripped

if TYPE_CHECKING:
    from collections.abc import Iterator

STRIPPED = (
    "The folders *.dist-info are missing on sys.path, that of snapshot-restore itself too: a "
    "deployment tool may have removed them. Without them no plugin is found. Make the tool "
    "keep them."
)


def problems() -> list[str]:
    """Return what is wrong, each in one or two sentences that say what to do."""
    look = Look()
    found = [STRIPPED] if is_stripped(look, Installed(look)) else []
    for root, names in look.folders.items():
        if isinstance(names, list):
            infos = sorted(one for one in names if one.endswith((".dist-info", ".egg-info")))
            found += _doubled(root, infos)
            found += [text for info in infos for text in _misnamed(os.path.join(root, info))]
    return found


def _doubled(root: str, infos: list[str]) -> Iterator[str]:
    by_name: dict[str, list[str]] = {}
    for info in infos:
        if not info.startswith("~"):
            by_name.setdefault(name_in(info), []).append(info)
    for name, doubled in by_name.items():
        if len(doubled) > 1:
            yield (
                f"{name} has {len(doubled)} metadata folders in {root or '.'}: "
                f"{', '.join(doubled)}. The newest version counts. pip leaves the old one behind "
                "with --target: install into an empty folder."
            )


def _misnamed(folder: str) -> Iterator[str]:
    try:
        data = read_file(os.path.join(folder, "entry_points.txt")) or b""
    except Exception:
        return  # The plugin's own record tells it.
    for raw_line in lines(data):
        line = raw_line.decode("utf-8", "surrogateescape").strip()
        if line[:1] == "[" and line[-1:] == "]" and _is_nearly_ours(line[1:-1].strip()):
            yield (
                f"{name_in(os.path.basename(folder))} declares entry points in the group "
                f"{line[1:-1].strip()!r}, which nobody reads. The group of plugins is {GROUP!r}."
            )


def _is_nearly_ours(group: str) -> bool:
    if group == GROUP:
        return False
    own, ours = _pairs(group), _pairs(GROUP)
    return len(own & ours) >= 0.8 * max(len(own), len(ours))


def _pairs(group: str) -> set[str]:
    letters = [character for character in group.lower() if character.isalnum()]
    return {one + other for one, other in zip(letters, letters[1:])}
