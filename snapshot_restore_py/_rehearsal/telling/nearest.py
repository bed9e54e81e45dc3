"""The right word for a wrong one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str:
    """Return what to add to a message about a word that there is not; "" if none is near.

    >>> nearest("shred-value", ["shared-value", "timeout"]), nearest("x", ["timeout"])
    ('. Is it shared-value?', '')
    """
    found = get_close_matches(word, list(words), 1)
    return f". Is it {found[0]}?" if found else ""
