"""Writes all code of some fixes as one patch."""

from __future__ import annotations

import ast
import codecs
import io
import os
import re
import tokenize
from dataclasses import dataclass
from difflib import diff_bytes, unified_diff
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from .fix import PACKAGE, REGISTERING, importing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .fix import Addition, Hook

_NEWLINE = re.compile("\r\n|\r|\n")
_LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_BLANK = 2  # lines before a function
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Patch:
    """A patch.

    Attributes:
        text: A unified diff; empty if there is nothing to change.
        files: The files that it changes, from the folder in which it is to be applied.
        outside: Files that should be changed too, and do not lie in this folder.
    """

    text: bytes
    files: tuple[str, ...]
    outside: tuple[str, ...]


def patch(additions: Iterable[Addition], folder: str) -> Patch:
    """Return the patch that adds code to files.

    The diff's paths begin in the folder, and its header is that of `diff -u`, not that of
    `git diff`, whose paths begin where the repository does. So `git apply` takes it in the
    folder, also if that lies in a repository or in none.

    Args:
        additions: What to add. What is there twice is added once.
        folder: The function's folder, absolute.
    """
    by_file: dict[str, list[Hook]] = {}
    for one in additions:
        by_file.setdefault(one.file, []).extend(one.hooks)
    outside = [file for file in by_file if _is_outside(file)]
    diffs = {
        file: _diff(file, Path(folder, file).read_bytes(), hooks)
        for file, hooks in sorted(by_file.items())
        if file not in outside
    }
    return Patch(b"".join(diffs.values()), tuple(diffs), tuple(outside))


def _is_outside(file: str) -> bool:
    return os.path.isabs(file) or os.path.normpath(file).split(os.sep)[0] == os.pardir


def _diff(file: str, before: bytes, hooks: Iterable[Hook]) -> bytes:
    name = os.fsencode(file.replace(os.sep, "/"))
    end = b"\t" if b" " in name else b""  # else a name ends there
    lines = diff_bytes(
        unified_diff,
        _lines(before),
        _lines(_changed(before, hooks)),
        b"a/" + name + end,
        b"b/" + name + end,
    )
    ended = (
        one if one.endswith(b"\n") else one + b"\n\\ No newline at end of file\n" for one in lines
    )
    return b"".join(ended)


def _lines(content: bytes) -> list[bytes]:
    """Return lines as `git` sees them, with their ends."""
    return re.findall(b"[^\n]*\n|[^\n]+", content)


def _changed(before: bytes, hooks: Iterable[Hook]) -> bytes:
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(before[len(mark) :]).readline)
    text = before[len(mark) :].decode(encoding)
    # What an encoding does not have can only stand in a text in quotes, also as an escape.
    return mark + _added(text, _ordered(hooks)).encode(encoding, "backslashreplace")


def _ordered(hooks: Iterable[Hook]) -> list[Hook]:
    """Return each hook once, in the order in which the module does what they do.

    Hooks after a restore run in this order, those before the snapshot in the reverse one.
    """
    distinct = {(one.phase, one.statements): one for one in hooks}
    return sorted(distinct.values(), key=lambda one: one.line)


def _added(text: str, hooks: list[Hook]) -> str:
    """Return a module's text with hooks at its end, and the import that they need."""
    newline = next(iter(_NEWLINE.findall(text)), "\n")
    lines = _LINE.findall(text)
    if not _NEWLINE.search(lines[-1]):
        lines[-1] += newline
    tree = ast.parse(text)
    blank = sum(1 for _ in takewhile(lambda line: not line.strip(), reversed(lines)))
    code = [one.text for one in hooks]
    needed = {one.registering for one in hooks} - _imported(tree)
    if needed and not _import(needed, tree, lines, newline):
        code.insert(0, importing(needed))
    end = [*[""] * (_BLANK - blank), *"\n\n\n".join(code).split("\n")]
    return "".join([*lines, *(line + newline for line in end)])


def _imported(tree: ast.Module) -> set[str]:
    """Return which decorators a module has already by their names."""
    found = set()
    for one in _imports(tree):
        for alias in one.names:
            if alias.name == "*":
                return set(REGISTERING)
            if alias.asname in (None, alias.name):
                found.add(alias.name)
    return found


def _imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    """Yield the imports from our package that a module does, also those that it tries."""
    tried = [part for one in tree.body if isinstance(one, ast.Try) for part in one.body]
    for statement in (*tree.body, *tried):
        if isinstance(statement, ast.ImportFrom) and statement.module == PACKAGE:
            yield statement


def _import(needed: set[str], tree: ast.Module, lines: list[str], newline: str) -> bool:
    """Put the import of some names into the lines where imports stand.

    Returns:
        Whether there was such a place.
    """
    for one in _imports(tree):
        line = lines[one.lineno - 1]
        if line.rstrip() == ast.unparse(one):
            names = [alias.name for alias in one.names if alias.asname is None]
            renamed = [ast.unparse(alias) for alias in one.names if alias.asname]
            end = line[len(line.rstrip()) :]
            lines[one.lineno - 1] = importing([*needed, *names, *renamed]) + end
            return True
    is_first = [isinstance(one, _IMPORTS) or _is_docstring(one) for one in tree.body]
    count = [*is_first, False].index(False)
    if not count:
        return False
    last = tree.body[count - 1].end_lineno or 0
    for further in tree.body[count:]:
        if further.lineno == last:  # behind a semicolon
            last = further.end_lineno or 0
    before = [] if isinstance(tree.body[count - 1], _IMPORTS) else [newline]
    lines[last:last] = [*before, importing(needed) + newline]
    return True


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
