"""Tells from the source what a function may have made up and given to a library."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.assignments import root_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source

# Names of functions that make ids, secrets and random numbers.
_MAKER = re.compile(
    "uuid|ulid|guid|nanoid|ksuid|objectid|rand|choice|sample|token_|secret|generate|salt|nonce"
    "|_id$",
    re.IGNORECASE,
)


def made_up_by_function(
    paths: Iterable[str], in_libraries: Collection[str], source: Source
) -> list[str]:
    """Return the paths of values without those that libraries have made up for themselves.

    Of what objects of libraries hold, those are left out that no code of the function can have
    given to them: what fills a name's object calls nothing that makes values up.

    Args:
        paths: Of values that were made up.
        in_libraries: The paths of those that objects of libraries hold.
        source: The function's source.
    """
    names: dict[str, bool] = {}
    found = []
    for path in paths:
        module, rest = source.split(path)
        name = re.split(r"\W", rest, maxsplit=1)[0]
        if path in in_libraries and source.has(module):
            root = f"{module}.{name}"
            if root not in names:
                names[root] = _Names(source).is_made_up(module, name)
            if not names[root]:
                continue
        found.append(path)
    return found


class _Names:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._asked: set[tuple[str, str]] = set()

    def is_made_up(self, module: str, name: str) -> bool:
        """Tell whether code makes up what is in a name; also if no code is found."""
        if (module, name) in self._asked:
            return False
        self._asked.add((module, name))
        tree = self._source.tree(module)
        code = list(_code_of(tree, name)) if tree else []
        return not code or any(self._makes(node, module) for one in code for node in ast.walk(one))

    def _makes(self, node: ast.AST, module: str) -> bool:
        if isinstance(node, ast.Call) and _MAKER.search(_called(node)):
            return True
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            tree = self._source.tree(module)
            origin = self._imported_from(module, node.id)
            if origin:
                return self._source.has(origin[0]) and self.is_made_up(*origin)
            return (
                tree is not None
                and any(True for _ in _code_of(tree, node.id))
                # What a call has given to a module, as to make another object, is not in this one.
                and node.id not in _modules_in(tree)
                and self.is_made_up(module, node.id)
            )
        return False

    def _imported_from(self, module: str, name: str) -> tuple[str, str] | None:
        """Return the module and the name there, if a name was imported from a module."""
        tree = self._source.tree(module)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ImportFrom):
                for one in node.names:
                    if (one.asname or one.name) == name:
                        return self._source.origin(module, node), one.name
        return None


def _code_of(tree: ast.Module, name: str) -> Iterator[ast.AST]:
    """Yield what defines a name, assigns to it or to a part of it, or calls a part of it."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if node.name == name:
                yield node
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            elements = [one for target in targets for one in _elements(target)]
            if node.value and any(root_name(one) == name for one in elements):
                yield node.value
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            if any(root_name(one) == name for one in _elements(node.target)):
                yield node.iter
        elif isinstance(node, ast.withitem):
            if node.optional_vars and root_name(node.optional_vars) == name:
                yield node.context_expr
        elif isinstance(node, ast.Call) and root_name(node.func) == name != _called(node):
            yield from (*node.args, *(one.value for one in node.keywords))


def _modules_in(tree: ast.Module) -> set[str]:
    """Return the names that imports of whole modules bind."""
    return {
        one.asname or one.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for one in node.names
    }


def _called(call: ast.Call) -> str:
    """Return the last name of what is called; empty if it has none."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _elements(target: ast.expr) -> list[ast.expr]:
    return list(target.elts) if isinstance(target, (ast.Tuple, ast.List)) else [target]
