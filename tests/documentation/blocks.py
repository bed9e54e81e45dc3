"""The blocks of code in the documentation, and what stands before each of them for its test.

A comment of HTML right before a block, which no reader sees, says one of these:

    <!-- setup: Python -->             runs before the block, for names that it takes for given
    <!-- in: FOLDER -->                the block runs in a copy of this folder
    <!-- runs in: FILE: WORDS -->      the block is run elsewhere: there, where these words stand
    <!-- not run: REASON -->           the block cannot be run; it has to be well-formed
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NOTES = ("setup", "in", "runs in", "not run")
# Written at each build, or included from what is tested where it stands.
_GENERATED = {"findings", "options", "plugins"}

_BLOCK = re.compile(
    r"(?:<!-- (?P<note>[a-z ]+):(?P<value>(?:(?!-->).)*)-->\n)?"
    r"^(?P<indent> *)(?P<fence>```+)(?P<language>\S*)[^\n]*\n(?P<text>.*?)^ *(?P=fence)\n",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        file: The page, from the project's root.
        line: Where its text begins.
        language: As the fence has it; may be empty.
        text: The code.
        note: One of `NOTES`, or empty.
        value: What the note says.
    """

    file: str
    line: int
    language: str
    text: str
    note: str
    value: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def pages() -> list[Path]:
    """Return all pages for users: the documentation's, and those beside the code."""
    docs = ROOT / "docs"
    found = [
        path
        for path in docs.rglob("*.md")
        if path.parent.name not in _GENERATED or path.parent.parent.name != "reference"
    ]
    for pattern in ("*.md", "examples/**/README.md", "plugins/*/README.md"):
        found += ROOT.glob(pattern)
    return sorted(found)


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page."""
    return list(_blocks(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")))


def _blocks(file: str, text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("text")) + 1
        note, value = found["note"] or "", (found["value"] or "").strip(" ")
        yield Block(file, line, found["language"], textwrap.dedent(found["text"]), note, value)
