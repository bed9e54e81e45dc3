"""Finds the distributions that a scan of plain folders cannot see, with `importlib_metadata`.

These are zip files and wheels on `sys.path`, and whatever custom finders on
`sys.meta_path` offer. Imported only where there is one of them: the library costs more
than all the rest of the start.
"""

from __future__ import annotations

import importlib.metadata
import sys
from typing import TYPE_CHECKING, Any

import importlib_metadata

from ._distributions import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIBRARY_TYPES = (importlib_metadata.Distribution, importlib.metadata.Distribution)
_context: Any = importlib_metadata.DistributionFinder.Context


class ForeignDistribution:
    """A distribution known to `importlib_metadata` or to a custom finder only."""

    def __init__(self, metadata: Any) -> None:
        self._metadata = metadata
        self.key = self._key()
        """The normalised name, under which the distribution counts once."""

    def entry_points_data(self) -> bytes | None:
        """Return what `entry_points.txt` holds, None if there is none.

        Raises whatever the distribution's own code raises.
        """
        inherited = [kind.entry_points for kind in _LIBRARY_TYPES]
        if getattr(type(self._metadata), "entry_points", None) in inherited:
            text = self._metadata.read_text("entry_points.txt")
        else:
            # Its author computes them: written down as the file would have them.
            text = "".join(
                f"[{one.group}]\n{one.name} = {one.value}\n" for one in self._metadata.entry_points
            )
        return text.encode() if text else None

    def is_valid(self) -> bool:
        """Tell whether there is a metadata file at all: one without it is a leftover."""
        read = self._metadata.read_text
        if read("METADATA") or read("PKG-INFO"):
            return True
        # An old .egg-info file is its own metadata.
        return bool(getattr(getattr(self._metadata, "_path", None), "is_file", bool)())

    @property
    def name(self) -> str:
        """The name as its author wrote it. Raises whatever reading the metadata raises."""
        return str(self._metadata.metadata["Name"])

    def _key(self) -> str:
        try:
            return normalize(getattr(self._metadata, "_normalized_name", None) or self.name)
        except Exception:
            # No metadata file: its folder's name may tell, else its name is its own.
            path = getattr(self._metadata, "_path", None)
            return normalize(path.name.partition("-")[0]) if path else repr(self._metadata)

    @property
    def version(self) -> str:
        """The version; empty if the metadata does not tell."""
        return str(self._metadata.version or "")

    def requirements(self) -> list[str]:
        """Return the requirement specifiers, as they stand in the metadata."""
        return list(self._metadata.requires or ())


class BrokenDistribution:
    """Stands for the distributions of a custom finder that raised an exception."""

    version = ""

    def __init__(self, origin: object, error: Exception) -> None:
        self.key = self.name = repr(origin)
        self._error = error

    def entry_points_data(self) -> bytes | None:
        """Raise the exception."""
        raise self._error

    def is_valid(self) -> bool:
        """Tell that there is no metadata file."""
        return False

    def requirements(self) -> list[str]:
        """Return no requirement: none is known."""
        return []


def finders() -> list[Any]:
    """Return the finders of distributions, in the order in which the library asks them.

    Importing the library puts a finder of its own on `sys.meta_path`; so this is asked
    here, where it has been imported.
    """
    return [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]


def found_by(finder: Any) -> Iterator[tuple[str, ForeignDistribution | BrokenDistribution]]:
    """Yield the distributions that a custom finder offers."""
    yield from _found(finder, _context())


def found_in(path: str) -> Iterator[tuple[str, ForeignDistribution | BrokenDistribution]]:
    """Yield the distributions in the zip file or wheel at `path`; none if it is neither."""
    yield from _found(importlib_metadata.MetadataPathFinder, _context(path=[path]))


def _found(
    finder: Any, context: Any
) -> Iterator[tuple[str, ForeignDistribution | BrokenDistribution]]:
    try:
        for metadata in finder.find_distributions(context):
            found = ForeignDistribution(metadata)
            yield found.key, found
    except Exception as error:
        broken = BrokenDistribution(finder, error)
        yield broken.key, broken
