"""Which times of the init only say how old a thing is, so that code which checks it makes it anew.

The wall clock is right after a restore. Code such as `time.time() - self.loaded > TTL` takes what
was loaded at the init for as old as it is.
"""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .flow import Flow

_CLOCK = re.compile(r"(time|time_ns|(.*_)?now|utcnow|today)$", re.IGNORECASE)
_LAST = re.compile(r"(?:\.(?P<name>\w+)|\[(?P<key>'[^']*'|\d+)\])$")
_COLLECTION = re.compile(r"(\w+)(?:\[(?:'[^']*'|\d+)\])+$")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class _Function:
    """A function, and what is asked of it again and again.

    Attributes:
        node: Itself.
        name: Its name.
        parents: For each part, the one that it is a part of.
        own: Its parts, without those of functions in it, which are looked at themselves.
        clocks: The variables for which it reads a clock.
        names: All names in it, of variables and of attributes.
    """

    def __init__(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.node = node
        self.name = node.name
        self.parents = {part: one for one in ast.walk(node) for part in ast.iter_child_nodes(one)}
        self.own = list(_own_nodes(node))
        self.clocks = {
            target.id
            for one in ast.walk(node)
            if isinstance(one, ast.Assign) and _is_clock(one.value)
            for target in one.targets
            if isinstance(target, ast.Name)
        }
        self.names = {
            one.id if isinstance(one, ast.Name) else one.attr
            for one in ast.walk(node)
            if isinstance(one, (ast.Name, ast.Attribute))
        }


class Ages:
    """Tells of times by what the source of a function does with them.

    Args:
        flow: The function's modules.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    @cached_property
    def _trees(self) -> dict[str, ast.Module]:
        return dict(self._flow.trees())

    @cached_property
    def _functions(self) -> list[_Function]:
        return [
            _Function(node)
            for tree in self._trees.values()
            for node in ast.walk(tree)
            if isinstance(node, _FUNCTIONS)
        ]

    def are_checked(self, paths: Iterable[str]) -> bool:
        """Tell whether code compares all that is at these paths with the clock, and renews it."""
        return all(map(self._is_checked, paths))

    def _is_checked(self, path: str) -> bool:
        last = _LAST.search(path)
        if last is None:
            return False
        place: _Place
        if last["key"]:
            key = ast.literal_eval(last["key"])
            holder = re.search(r"(\w+)$", path[: last.start()])
            collection = _COLLECTION.search(path)
            place = _Element(key, holder[1] if holder else "", collection[1] if collection else "")
        elif path[: last.start()] in self._trees:
            place = _Variable(last["name"])
        else:
            place = _Attribute(last["name"])
        uses = [use for function in self._functions for use in place.uses(function)]
        return bool(uses) and all(uses) and any(map(place.is_set, self._functions))


class _Place(ABC):
    """What a time is kept in."""

    def uses(self, function: _Function) -> Iterator[bool]:
        """Yield, for each use of it in a function, whether it only checks how old a thing is."""
        for node in function.own:
            if self.matches(node, function) and not _is_asked_for(node, function.parents):
                yield _is_check(node, function)

    @abstractmethod
    def matches(self, node: ast.AST, function: _Function) -> bool:
        """Tell whether a part of a function takes the time."""

    @abstractmethod
    def is_set(self, function: _Function) -> bool:
        """Tell whether a function that runs later, too, gives it a new time."""


class _Variable(_Place):
    """A name of a module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def matches(self, node: ast.AST, function: _Function) -> bool:
        del function
        is_name = isinstance(node, ast.Name) and node.id == self._name
        is_attribute = isinstance(node, ast.Attribute) and node.attr == self._name
        return (is_name or is_attribute) and _is_load(node)

    def is_set(self, function: _Function) -> bool:
        return any(
            isinstance(node, ast.Global) and self._name in node.names
            for node in ast.walk(function.node)
        ) and any(
            isinstance(node, ast.Name) and node.id == self._name and not _is_load(node)
            for node in ast.walk(function.node)
        )


class _Attribute(_Place):
    """An attribute of an object, or of a class."""

    def __init__(self, name: str) -> None:
        self._name = name

    def matches(self, node: ast.AST, function: _Function) -> bool:
        del function
        return isinstance(node, ast.Attribute) and node.attr == self._name and _is_load(node)

    def is_set(self, function: _Function) -> bool:
        return function.name != "__init__" and any(
            isinstance(node, ast.Attribute) and node.attr == self._name and not _is_load(node)
            for node in ast.walk(function.node)
        )


class _Element(_Place):
    """An element of a tuple, list or dict.

    Args:
        key: The key or the index.
        holder: The name of what has it, empty if that has none.
        collection: The name of what leads to that, empty if it has none.
    """

    def __init__(self, key: str | int, holder: str, collection: str) -> None:
        self._key = key
        self._holder = holder
        self._collection = collection

    def matches(self, node: ast.AST, function: _Function) -> bool:
        if self._collection and self._collection not in function.names:
            return False
        if isinstance(node, ast.Name) and _is_load(node):
            return any(node.id in names for names in self._unpacked(function))
        if isinstance(node, ast.Subscript) and _is_load(node):
            return self._is_it(node.value, node.slice)
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and bool(node.args)
            and self._is_it(node.func.value, node.args[0])
        )

    def is_set(self, function: _Function) -> bool:
        return any(
            isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Subscript) for target in node.targets)
            and _reads_clock(node.value, function.clocks)
            for node in ast.walk(function.node)
        )

    def _is_it(self, holder: ast.expr, key: ast.expr) -> bool:
        if isinstance(key, ast.Constant):
            return key.value == self._key
        return bool(self._holder) and _last_name(holder) == self._holder

    def _unpacked(self, function: _Function) -> Iterator[set[str]]:
        """Yield the names that a function takes what stands at the index for."""
        for node in ast.walk(function.node):
            if isinstance(node, ast.Tuple) and not _is_load(node) and isinstance(self._key, int):
                above = function.parents[node]
                if not (isinstance(above, ast.Assign) and isinstance(above.value, ast.Tuple)):
                    named = node.elts[self._key :][:1]
                    yield {one.id for one in named if isinstance(one, ast.Name)}


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    pending: list[ast.AST] = [*ast.iter_child_nodes(function)]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            pending += ast.iter_child_nodes(node)


def _is_load(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)


def _is_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _CLOCK.match(_last_name(node.func)) is not None


def _last_name(node: ast.expr) -> str:
    """Return the name of a variable or an attribute, empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _reads_clock(node: ast.AST, clocks: set[str]) -> bool:
    return any(
        _is_clock(one) or (isinstance(one, ast.Name) and one.id in clocks) for one in ast.walk(node)
    )


def _is_asked_for(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Tell whether it is only asked whether there is a time."""
    above = parents[node]
    if isinstance(above, ast.Compare):
        return all(isinstance(one, (ast.Is, ast.IsNot)) for one in above.ops)
    return isinstance(above, (ast.BoolOp, ast.If, ast.IfExp)) or (
        isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not)
    )


def _is_check(node: ast.AST, function: _Function) -> bool:
    """Tell whether a time is compared with the clock, at once or by way of a variable."""
    above: ast.AST | None = node
    while above is not None and not isinstance(above, ast.stmt):
        if isinstance(above, ast.Compare):
            return _reads_clock(above, function.clocks)
        above = function.parents.get(above)
    if not isinstance(above, ast.Assign) or not _reads_clock(above.value, function.clocks):
        return False
    ages = {one.id for one in above.targets if isinstance(one, ast.Name)}
    uses = [
        one
        for one in function.own
        if isinstance(one, ast.Name) and one.id in ages and _is_load(one)
    ]
    return bool(uses) and all(isinstance(function.parents[one], ast.Compare) for one in uses)
