"""Names of the functions that fixes add, so that all of them can stand in one file."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from .fix import Addition, Fix

if TYPE_CHECKING:
    from .fix import Hook, Part
    from .source import Source


class Naming:
    """Gives functions names that their files do not have yet.

    Args:
        source: The function's source.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._taken: dict[str, set[str]] = {}  # by file
        self._given: dict[tuple[str, str, tuple[str, ...]], str] = {}

    def apply(self, fix: Fix) -> Fix:
        """Return a fix whose functions have names of their own; the same code has one name."""
        return Fix(tuple(map(self._named, fix.parts)))

    def _named(self, part: Part) -> Part:
        if not isinstance(part, Addition):
            return part
        return replace(part, hooks=tuple(self._hook(part, one) for one in part.hooks))

    def _hook(self, addition: Addition, hook: Hook) -> Hook:
        key = (addition.file, hook.phase, hook.statements)
        if key not in self._given:
            taken = self._taken_in(addition)
            name, number = hook.name, 1
            while name in taken:
                number += 1
                name = f"{hook.name}_{number}"
            taken.add(name)
            self._given[key] = name
        return replace(hook, name=self._given[key])

    def _taken_in(self, addition: Addition) -> set[str]:
        if addition.file not in self._taken:
            self._taken[addition.file] = _names(self._source.tree(addition.module))
        return self._taken[addition.file]


def _names(tree: ast.Module | None) -> set[str]:
    """Return all names that a module uses."""
    found = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found
