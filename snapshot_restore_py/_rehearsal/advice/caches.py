"""Hooks that empty the caches of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fix import Fix, hook, in_code, in_words
from .renewal import is_place

if TYPE_CHECKING:
    from .source import Source

CACHED = "() (cached result)"  # how paths to what caches hold end


def forgetting(words: str, path: str, source: Source) -> Fix:
    """Return how to empty a cache: code if it can be reached, else words.

    Args:
        words: What to do, without a full stop at the end.
        path: Of what the cache holds.
        source: The function's source.
    """
    module, rest = source.split(path)
    cached = rest.partition(CACHED)[0]
    if not is_place(cached, module, source):
        return in_words(f"{words}, in a hook: that of {cached}.")
    forget = hook("after_restore", "forget", cached, (f"{cached}.cache_clear()",))
    return in_code(words, source.addition(module, forget))
