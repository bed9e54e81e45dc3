"""By which names the source of a function reads the wall clock."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
AnyFunction = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda]
_CLOCK = re.compile(r"(time|time_ns|(.*_)?now|utcnow|today)$", re.IGNORECASE)
_IS_NOW = re.compile(r"(.*_)?now(_.*)?$|current_time$", re.IGNORECASE)  # of a parameter
_READING_WITHOUT = ("formatdate", "gmtime", "localtime")  # a time that is given to them
_ROUNDING = ("float", "int", "round")


class WallClock:
    """The names that stand for what reads the wall clock, beside those that everybody knows.

    These are names that it is imported by, variables, attributes and parameters that it was
    given to, and functions that return what it shows.

    Args:
        trees: The function's modules.
    """

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        self._names: set[str] = set()
        nodes = [node for tree in trees for node in ast.walk(tree)]
        self._parameters = _parameters(nodes)
        known = -1
        while known != len(self._names):
            known = len(self._names)
            for node in nodes:
                self._names.update(self._named_by(node))

    def is_read_by(self, node: ast.AST) -> bool:
        """Tell whether a part of the source is a call that reads the clock."""
        if not isinstance(node, ast.Call):
            return False
        name = last_name(node.func)
        return self._is_clock(name) or (name in _READING_WITHOUT and not node.args)

    def readings_in(self, function: AnyFunction) -> set[str]:
        """Return the variables of a function that hold what the clock shows."""
        found = {one.arg for one in parameters_of(function) if _IS_NOW.match(one.arg)}
        for node in ast.walk(function):
            value = getattr(node, "value", None)
            if isinstance(node, _ASSIGNMENTS) and value and self._is_reading(value, found):
                found.update(one.id for one in targets_of(node) if isinstance(one, ast.Name))
        return found

    def _is_clock(self, name: str) -> bool:
        return name in self._names or _CLOCK.match(name) is not None

    def _named_by(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.ImportFrom):
            yield from (one.asname or one.name for one in node.names if _CLOCK.match(one.name))
        elif isinstance(node, _ASSIGNMENTS):
            value = node.value
            if value is not None and (self._stands_for_clock(value) or self._returns_it(value)):
                yield from map(last_name, targets_of(node))
        elif isinstance(node, ast.Call):
            yield from self._named_by_call(node)
        elif isinstance(node, FUNCTIONS):
            for parameter, value in with_defaults(node):
                if value and self._stands_for_clock(value):
                    yield parameter.arg
            if not isinstance(node, ast.Lambda) and self._returns_it(node):
                yield node.name

    def _named_by_call(self, call: ast.Call) -> Iterator[str]:
        yield from (
            one.arg for one in call.keywords if one.arg and self._stands_for_clock(one.value)
        )
        for names in self._parameters.get(last_name(call.func), ()):
            yield from (name for name, one in zip(names, call.args) if self._stands_for_clock(one))

    def _stands_for_clock(self, value: ast.expr) -> bool:
        """Tell whether an expression is the clock itself, not what it shows."""
        if isinstance(value, ast.BoolOp):
            return any(map(self._stands_for_clock, value.values))
        if isinstance(value, ast.Call):
            return last_name(value.func) == "partial" and any(
                map(self._stands_for_clock, value.args[:1])
            )
        if isinstance(value, ast.Attribute):
            return self._is_clock(value.attr)
        return isinstance(value, ast.Name) and value.id in self._names

    def _returns_it(self, function: ast.AST) -> bool:
        """Tell whether a function returns what the clock shows, and nothing else."""
        if isinstance(function, ast.Lambda):
            return self._is_reading(function.body, ())
        if not isinstance(function, FUNCTIONS):
            return False
        values = [one.value for one in own_nodes(function) if isinstance(one, ast.Return)]
        return bool(values) and all(one and self._is_reading(one, ()) for one in values)

    def _is_reading(self, value: ast.expr, variables: Iterable[str]) -> bool:
        if isinstance(value, ast.BoolOp):
            return any(self._is_reading(one, variables) for one in value.values)
        if isinstance(value, ast.BinOp):
            return self._is_reading(value.left, variables)
        if isinstance(value, ast.Call) and not self.is_read_by(value):
            if isinstance(value.func, ast.Attribute):  # as in now().timestamp()
                return self._is_reading(value.func.value, variables)
            is_rounded = last_name(value.func) in _ROUNDING and bool(value.args)
            return is_rounded and self._is_reading(value.args[0], variables)
        return self.is_read_by(value) or (isinstance(value, ast.Name) and value.id in variables)


_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.NamedExpr)


def targets_of(statement: ast.AST) -> list[ast.expr]:
    """Return what an assignment assigns to."""
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, (ast.AnnAssign, ast.NamedExpr)) else []


def last_name(node: ast.AST) -> str:
    """Return the name of a variable or an attribute, empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def parameters_of(function: AnyFunction) -> list[ast.arg]:
    """Return the parameters of a function that have names of their own."""
    given = function.args
    return [*given.posonlyargs, *given.args, *given.kwonlyargs]


def with_defaults(function: AnyFunction) -> list[tuple[ast.arg, ast.expr | None]]:
    """Return the parameters of a function that may have defaults, with these."""
    given = function.args
    positional = [*given.posonlyargs, *given.args][-len(given.defaults) or None :]
    return [*zip(positional, given.defaults), *zip(given.kwonlyargs, given.kw_defaults)]


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a function, without those of functions in it."""
    pending: list[ast.AST] = [*ast.iter_child_nodes(function)]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, FUNCTIONS):
            pending += ast.iter_child_nodes(node)


def _parameters(nodes: Iterable[ast.AST]) -> dict[str, list[list[str]]]:
    """Return the names of what functions and classes are called with, by their names."""
    found: dict[str, list[list[str]]] = {}
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, FUNCTIONS) and getattr(one, "name", "") == "__init__":
                    found.setdefault(node.name, []).append(called_with(one))
        elif isinstance(node, FUNCTIONS) and not isinstance(node, ast.Lambda):
            found.setdefault(node.name, []).append(called_with(node))
    return found


def called_with(function: AnyFunction) -> list[str]:
    """Return the names of a function's parameters by position, without those of methods' own."""
    names = [one.arg for one in [*function.args.posonlyargs, *function.args.args]]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names
