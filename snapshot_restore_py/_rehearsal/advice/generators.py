"""Tells from the source whether code draws from what is in one state in every restore."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from .assignments import assigned, names, statements

if TYPE_CHECKING:
    from .source import Source

# Packages with generators of their own, which a hook finds as the snapshot had them.
_PACKAGES = ("bson", "faker", "mimesis", "random", "torch", "uuid_utils")
# Of these most have nothing to do with them.
_LARGE_PACKAGES = ("numpy", "pandas")
_DRAWS = re.compile(r"random|rng|sample|shuffle|permut|choice", re.IGNORECASE)


def draws_alike(code: ast.AST, module: str, source: Source) -> bool:
    """Tell whether a hook that runs some code may draw the same in every restore.

    Args:
        code: Of the module.
        module: The module's name.
        source: The function's source.
    """
    return _Search(source).draws(code, module)


class _Search:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._asked: set[tuple[str, str]] = set()
        self._text = ""

    def draws(self, code: ast.AST, module: str) -> bool:
        text = ast.unparse(code)
        if "SystemRandom" in text:
            return False
        self._text += f"{text}\n"
        return any(self._leads_to_one(module, name) for name in names(code))

    def _leads_to_one(self, module: str, name: str) -> bool:
        tree = self._source.tree(module)
        if tree is None or (module, name) in self._asked:
            return False
        self._asked.add((module, name))
        made = assigned(tree.body, name)
        if made is not None and self.draws(made, module):
            return True
        return any(self._binds_one(one, module, name) for one in statements(tree.body))

    def _binds_one(self, statement: ast.stmt, module: str, name: str) -> bool:
        """Tell whether a statement makes a name stand for what draws alike."""
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return statement.name == name and self.draws(statement, module)
        if isinstance(statement, ast.Import):
            return any(
                (alias.asname or _package(alias.name)) == name and self._has_one(alias.name)
                for alias in statement.names
            )
        if isinstance(statement, ast.ImportFrom):
            origin = self._source.origin(module, statement)
            return any(
                (alias.asname or alias.name) == name
                and (
                    self._has_one(f"{origin}.{alias.name}")
                    or self._leads_to_one(origin, alias.name)
                )
                for alias in statement.names
            )
        return False

    def _has_one(self, imported: str) -> bool:
        package = _package(imported)
        if package in _LARGE_PACKAGES:
            return _DRAWS.search(imported + self._text) is not None
        return package in _PACKAGES


def _package(module: str) -> str:
    return module.partition(".")[0]
