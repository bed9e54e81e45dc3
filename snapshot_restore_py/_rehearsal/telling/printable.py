r"""Text of the function's, made harmless for a terminal and a page.

It may hold anything: what moves the cursor or changes colours, characters that turn the
direction of the text around them, halves of surrogate pairs that cannot be encoded.
"""

from __future__ import annotations

import re
import unicodedata

_TAB = 4  # columns
# They join letters and emoji, and Python does not count them as printable.
_JOINERS = "\u200c\u200d"
_UNUSUAL = re.compile(r"[^\x20-\x7e\n\t]")


def printable(text: str) -> str:
    r"""Return `text` with spaces for tabs, and escapes for what is not printable.

    Only newlines stay as they are.

    >>> print(printable("\x1b[31mred\tcafé\r\n"), end="")
    \x1b[31mred café
    """
    return _UNUSUAL.sub(_escaped, text.replace("\r\n", "\n")).expandtabs(_TAB)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if (
        character.isprintable()
        or character in _JOINERS
        or unicodedata.category(character) == "Zs"  # a space of another width
    ):
        return character
    return character.encode("unicode_escape").decode("ascii")


def output_lines(origin: str, text: str) -> list[str]:
    r"""Return what a function wrote as lines that say where each comes from.

    >>> output_lines("restore 2, handler", "one\ntwo\n")
    ['[restore 2, handler] one', '[restore 2, handler] two']
    """
    return [f"[{origin}] {line}".rstrip() for line in printable(text).splitlines()]
