"""Keeps machines that have booted, in the user's folder for such things.

Only the newest few, and none that nobody needs any more: see `clean`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .memory import Memory

if TYPE_CHECKING:
    from .machine import Saved

_MOST = 6 << 30  # bytes of the disk, for all together
_PARTS = ("memory", "state", "facts")


def folder() -> Path | None:
    """Return the folder of the cache; None where the user has none.

    As in the XDG base directory specification, `XDG_CACHE_HOME` and else `~/.cache`.
    """
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    try:
        place = Path(chosen) if os.path.isabs(chosen) else Path.home() / ".cache"
    except RuntimeError:
        return None
    return place / "snapshot-restore" / "machines"


class Kept(NamedTuple):
    """A machine that was kept.

    Attributes:
        memory: Its memory.
        state: The rest.
        facts: What is known of it.
    """

    memory: Memory
    state: bytes
    facts: dict[str, Any]


def find(key: str) -> Kept | None:
    """Return a kept machine; None if there is none.

    Args:
        key: Its name.
    """
    place = folder()
    with suppress(OSError, ValueError):
        if place:
            entry = place / key
            facts = json.loads((entry / "facts").read_text())
            memory = Memory.of(entry / "memory")
            os.utime(entry)
            return Kept(memory, (entry / "state").read_bytes(), facts)
    return None


def keep(key: str, saved: Saved, facts: dict[str, Any]) -> None:
    """Keep a machine; where that is not possible, do nothing."""
    place = folder()
    if place is None:
        return
    with suppress(OSError):
        place.mkdir(0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".", dir=place))
        try:
            saved.memory.keep(part / "memory")
            (part / "state").write_bytes(saved.state)
            (part / "facts").write_text(json.dumps(facts))
            shutil.rmtree(place / key, ignore_errors=True)
            part.rename(place / key)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        _shrink(place)


def _shrink(place: Path) -> None:
    """Remove those that were used least lately, until the others are few enough."""
    total = 0
    entries = sorted(place.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in entries:
        total += _size(entry)
        if total > _MOST:
            shutil.rmtree(entry, ignore_errors=True)


def _size(entry: Path) -> int:
    return sum(file.stat().st_blocks * 512 for file in entry.iterdir())


def clean() -> tuple[Path | None, int]:
    """Remove all; return the folder, None where there is none, and how many bytes that freed."""
    place = folder()
    if place is None or not place.is_dir():
        return place, 0
    freed = sum(_size(entry) for entry in place.iterdir() if entry.is_dir())
    shutil.rmtree(place)
    return place, freed
