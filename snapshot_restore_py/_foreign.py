"""Finds the distributions that a scan of plain folders cannot see, with a metadata library.

These are zip files and wheels on `sys.path`, and whatever custom finders on
`sys.meta_path` offer. Imported only where there is one of them: the library costs more
than all the rest of the start. It is the interpreter's own from Python 3.12 on, which gives
the same answers there; before, it is `importlib_metadata`.
"""

from __future__ import annotations

import importlib.metadata
import sys
from importlib import import_module
from typing import Any

from ._discovery import MOST, MetadataError
from ._metadata import BrokenDistribution, Distribution, name_in, normalize

_OWN, _LIBRARY = "importlib.metadata", "importlib_metadata"
library: Any = import_module(_OWN if sys.version_info >= (3, 12) else _LIBRARY)
_context: Any = library.DistributionFinder.Context


class ForeignDistribution(Distribution):
    """A distribution known to the metadata library or to a custom finder only."""

    __slots__ = ("_metadata", "_path")

    def __init__(self, metadata: Any) -> None:
        self._metadata = metadata
        # The library's own distributions have one, also in a zip file.
        self._path: Any = getattr(metadata, "_path", None)
        super().__init__("", str(self._path or "").rstrip("/"))
        self.key = self._key()

    def read(self, file: str, ends: tuple[bytes, ...] = ()) -> bytes | None:
        """Return what the metadata file holds, None if there is none."""
        del ends  # What is packed is read as a whole, up to the limit.
        if hasattr(self._path, "open"):
            return _read(self._path.joinpath(file) if file else self._path)
        try:
            text = self._metadata.read_text(file)
        except UnicodeDecodeError as error:
            # Whether it matters is not for the library to say: the bytes tell.
            return error.object
        return text.encode("utf-8", "surrogateescape") if text else None

    def entry_points_data(self) -> bytes | None:
        """Return what `entry_points.txt` holds, None if there is none.

        Raises whatever the distribution's own code raises.
        """
        if self._is_inherited("entry_points"):
            return self.read("entry_points.txt")
        # Its author computes them: written down as the file would have them.
        text = "".join(
            f"[{one.group}]\n{one.name} = {one.value}\n" for one in self._metadata.entry_points
        )
        return text.encode() or None

    def is_valid(self) -> bool:
        """Tell whether there is a metadata file at all: one without it is a leftover."""
        try:
            return any(map(self.read, ("METADATA", "PKG-INFO", "")))
        except Exception:
            return True

    @property
    def name(self) -> str:
        """The name as its author wrote it. Raises whatever reading the metadata raises."""
        if self._is_inherited("metadata"):
            return super().name
        return str(self._metadata.metadata["Name"])

    @property
    def version(self) -> str:
        """The version; empty if the metadata does not tell."""
        if self._is_inherited("metadata", "version"):
            return super().version
        return str(self._metadata.version or "")

    def requirements(self) -> list[str]:
        """Return the requirement specifiers, as they stand in the metadata."""
        if self._is_inherited("metadata", "requires"):
            return super().requirements()
        return list(self._metadata.requires or ())

    def _key(self) -> str:
        key = name_in(self.folder.rpartition("/")[2])
        try:
            return normalize(getattr(self._metadata, "_normalized_name", None) or self.name) or key
        except Exception:
            # Nothing tells it: then it is a name of its own.
            return key or repr(self._metadata)

    def _is_inherited(self, *names: str) -> bool:
        return all(
            getattr(type(self._metadata), name, None)
            in [getattr(kind, name) for kind in _library_types()]
            for name in names
        )


def _library_types() -> list[type]:
    """Return the classes from which distributions inherit what reads the metadata."""
    # A finder may come from the library though the interpreter's own serves here.
    other: Any = sys.modules.get(_LIBRARY)
    own: list[type] = [importlib.metadata.Distribution]
    return own if other is None else [*own, other.Distribution]


def _read(path: Any) -> bytes | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        data: bytes = file.read(MOST + 1)
    if len(data) > MOST:
        raise MetadataError(f"{path} is longer than {MOST >> 20} MiB")
    return data


def found_by(finder: Any) -> list[Distribution]:
    """Return the distributions that a custom finder offers."""
    return _found(finder, _context())


def found_in(path: str) -> list[Distribution]:
    """Return the distributions in the zip file or wheel at `path`; none if it is neither."""
    return _found(library.MetadataPathFinder(), _context(path=[path]))


def _found(finder: Any, context: Any) -> list[Distribution]:
    found: list[Distribution] = []
    try:
        for metadata in finder.find_distributions(context):
            one = ForeignDistribution(metadata)
            # What pip could not remove begins like this, and is none.
            if not one.folder.rpartition("/")[2].startswith("~"):
                found.append(one)
    except Exception as error:
        found.append(BrokenDistribution(_shown(finder), error))
    return found


def _shown(finder: object) -> str:
    try:
        return repr(finder)
    except Exception:
        return f"a {type(finder).__name__}"
