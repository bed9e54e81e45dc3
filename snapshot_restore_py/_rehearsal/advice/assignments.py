"""Reads in a module's source what its names stand for."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def root_name(place: ast.expr) -> str:
    """Return the name that an expression such as `name.part[0].other` begins with."""
    while isinstance(place, (ast.Attribute, ast.Subscript, ast.Starred)):
        place = place.value
    return place.id if isinstance(place, ast.Name) else ""


def statements(body: Iterable[ast.AST]) -> Iterator[ast.stmt]:
    """Yield the statements of a body, also those in its `if`, `try` and `with`."""
    for one in body:
        if isinstance(one, ast.stmt):
            yield one
        if not isinstance(one, (*_FUNCTIONS, ast.ClassDef, ast.expr)):
            yield from statements(ast.iter_child_nodes(one))


def pairs(statement: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield targets and values of a statement that assigns."""
    if isinstance(statement, ast.AnnAssign) and statement.value:
        yield statement.target, statement.value
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                yield from zip(target.elts, statement.value.elts)
            else:
                yield target, statement.value


def assigned(body: Iterable[ast.stmt], name: str) -> ast.expr | None:
    """Return the expression that is assigned to a name, if nothing else sets the name."""
    found: list[ast.expr] = []
    count = 0
    for statement in statements(body):
        count += sum(_sets(one, name) for one in at_import([statement], is_flat=True))
        for target, value in pairs(statement):
            if isinstance(target, ast.Name) and target.id == name:
                found.append(value)
    return found[0] if len(found) == count == 1 else None


def _sets(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)


def line_of(body: Iterable[ast.stmt], name: str) -> int | None:
    """Return the first line in which a name is set when a module is imported; None if in none."""
    for one in statements(body):
        if isinstance(one, (*_FUNCTIONS, ast.ClassDef)):
            found = {one.name}
        elif isinstance(one, (ast.Import, ast.ImportFrom)):
            found = {alias.asname or alias.name.partition(".")[0] for alias in one.names}
        else:
            found = {name for node in at_import([one], is_flat=True) if _sets(node, name)}
        if name in found:
            return one.lineno
    return None


def reads(node: ast.AST, name: str) -> bool:
    """Tell whether a part of some code takes what a name stands for."""
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def at_import(body: Iterable[ast.AST], *, is_flat: bool = False) -> Iterator[ast.AST]:
    """Yield what runs when a module is imported, so not what is in its functions.

    Args:
        body: The module's statements, or some of them.
        is_flat: Whether to leave out the statements in them.
    """
    for one in body:
        yield one
        parts: Iterable[ast.AST] = ast.iter_child_nodes(one)
        if isinstance(one, _FUNCTIONS):
            parts = [*one.decorator_list, one.args]
        elif isinstance(one, ast.Lambda):
            parts = [one.args]
        if is_flat:
            parts = [part for part in parts if not isinstance(part, (ast.stmt, ast.excepthandler))]
        yield from at_import(parts, is_flat=is_flat)


def gives(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement puts something into what a name stands for."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        places = [statement.value.func]
    else:
        places = [target for target, _ in pairs(statement)]
    return any(
        root_name(place) == name
        for place in places
        if isinstance(place, (ast.Attribute, ast.Subscript))
    )


def can_stand_alone(code: ast.AST, tree: ast.Module) -> bool:
    """Tell whether all names of some code are known at the end of the module."""
    known = set(vars(builtins))
    deleted = set()
    for statement in statements(tree.body):
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            known.add(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            known |= {one.asname or one.name.partition(".")[0] for one in statement.names}
        elif isinstance(statement, ast.Delete):
            deleted |= {root_name(one) for one in statement.targets}
        else:
            targets = (target for target, _ in pairs(statement))
            known |= {one.id for one in targets if isinstance(one, ast.Name)}
    return names(code) <= known - deleted


def names(code: ast.AST) -> set[str]:
    """Return the names that some code takes from around it."""
    found = [node for node in ast.walk(code) if isinstance(node, ast.Name)]
    own = {one.id for one in found if not isinstance(one.ctx, ast.Load)}
    own |= {node.arg for node in ast.walk(code) if isinstance(node, ast.arg)}
    return {one.id for one in found} - own


def locals_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return the names that a function has to itself."""
    nodes = list(ast.walk(function))
    found = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return found | {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
