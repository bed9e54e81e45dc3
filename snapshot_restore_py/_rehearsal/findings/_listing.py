"""Lists of names in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def restores(numbers: Sequence[int], count: int) -> str:
    """Return in which of a number of restores something was seen.

    >>> restores([1, 2], 2), restores([1], 3), restores([1, 3], 3)
    ('in every restore', 'in restore 1 of 3 only', 'in restores 1, 3 of 3 only')
    """
    if len(numbers) == count:
        return "in every restore"
    noun = "restore" if len(numbers) == 1 else "restores"
    return f"in {noun} {', '.join(map(str, numbers))} of {count} only"


def listed(names: Sequence[str], most: int) -> str:
    """Return the first names, and how many more there are."""
    further = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + further
