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

from .wall_clock import (
    FUNCTIONS,
    AnyFunction,
    WallClock,
    called_with,
    last_name,
    own_nodes,
    targets_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .flow import Flow

_LAST = re.compile(r"(?:\.(?P<name>\w+)|\[(?P<key>'[^']*'|\d+)\]| \(variable (?P<variable>\w+)\))$")
_COLLECTION = re.compile(r"(\w+)(?:\[(?:'[^']*'|\d+)\])+$")
_BLOCKS = ("body", "orelse", "finalbody")


class _Function:
    """A function, and what is asked of it again and again.

    Attributes:
        node: Itself.
        name: Its name; of a lambda, the one that it is assigned to.
        parents: For each part, the one that it is a part of.
        own: Its parts, without those of functions in it, which are looked at themselves.
        readings: The variables that hold what the clock shows.
        names: All names in it, of variables and of attributes.
    """

    def __init__(self, node: AnyFunction, name: str, clock: WallClock) -> None:
        self.node = node
        self.name = name
        self.parents = {part: one for one in ast.walk(node) for part in ast.iter_child_nodes(one)}
        self.own = list(own_nodes(node))
        self.readings = clock.readings_in(node)
        self.names = {
            one.id if isinstance(one, ast.Name) else one.attr
            for one in ast.walk(node)
            if isinstance(one, (ast.Name, ast.Attribute))
        }
        self._clock = clock

    def is_local(self, name: str) -> bool:
        """Tell whether a name is one of its own variables."""
        changed = [one for one in self.own if isinstance(one, (ast.Global, ast.Nonlocal))]
        is_stored = any(
            isinstance(one, ast.Name) and one.id == name and not _is_load(one) for one in self.own
        )
        is_given = any(isinstance(one, ast.arg) and one.arg == name for one in self.own)
        return is_given or (is_stored and not any(name in one.names for one in changed))

    def reads_clock(self, node: ast.AST) -> bool:
        """Tell whether there is a reading of the clock in a part."""
        return any(
            self._clock.is_read_by(one) or (isinstance(one, ast.Name) and one.id in self.readings)
            for one in ast.walk(node)
        )

    def follows(self, node: ast.AST, statement: ast.AST) -> bool:
        """Tell whether a part runs only after a statement has run."""
        block = self.parents[statement]
        inside = [one for name in _BLOCKS for one in getattr(block, name, ())]
        above: ast.AST | None = node
        while above is not None and above not in inside:
            above = self.parents.get(above)
        return above is not None and inside.index(above) > inside.index(statement)


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
        nodes = [node for tree in self._trees.values() for node in ast.walk(tree)]
        clock = WallClock(self._trees.values())
        names: dict[ast.AST, str] = {
            one: one.name for one in nodes if isinstance(one, FUNCTIONS[:2])
        }
        for node in nodes:
            for target in targets_of(node):
                names.setdefault(getattr(node, "value", None) or node, last_name(target))
        return [
            _Function(node, names.get(node, ""), clock)
            for node in nodes
            if isinstance(node, FUNCTIONS)
        ]

    @cached_property
    def _classes(self) -> dict[str, set[str]]:
        """The names of the classes whose objects have an attribute from the start."""
        found: dict[str, set[str]] = {}
        for tree in self._trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    statements: list[ast.AST] = [*node.body]
                    for one in node.body:
                        if getattr(one, "name", "") == "__init__":
                            statements += ast.walk(one)
                    targets = (target for one in statements for target in targets_of(one))
                    for part in (part for target in targets for part in ast.walk(target)):
                        if not _is_load(part):
                            found.setdefault(last_name(part), set()).add(node.name)
        return found

    @cached_property
    def _fields(self) -> dict[int, set[str]]:
        """The names of what stands at each place of tuples with names."""
        found: dict[int, set[str]] = {}
        for tree in self._trees.values():
            for node in ast.walk(tree):
                for index, name in enumerate(_names_in_tuple(node)):
                    found.setdefault(index, set()).add(name)
        return found

    def are_checked(self, paths: Iterable[str]) -> bool:
        """Tell whether code compares all that is at these paths with the clock, and renews it."""
        return all(map(self._is_checked, paths))

    def are_compared(self, paths: Iterable[str]) -> bool:
        """Tell whether code compares something at these paths with the clock, and be it one."""
        places = (place for path in paths for place in self._places(path))
        return any(_Uses(place, self._functions).have_check() for place in places)

    def _is_checked(self, path: str) -> bool:
        return any(_Uses(place, self._functions).are_checks() for place in self._places(path))

    def _places(self, path: str) -> Iterator[_Place]:
        last = _LAST.search(path)
        if last is None:
            return
        if last["variable"]:
            yield _Captured(last["variable"])
        elif last["key"]:
            key = ast.literal_eval(last["key"])
            holder = re.search(r"(\w+)$", path[: last.start()])
            found = _COLLECTION.search(path)
            names = self._fields.get(key, set())
            # A helper may be given an element by a name that does not tell what it is of.
            for collection in dict.fromkeys((found[1] if found else "", "")):
                yield _Element(key, holder[1] if holder else "", collection, names)
        elif path[: last.start()] in self._trees:
            yield _Variable(last["name"])
        else:
            yield _Attribute(last["name"], self._classes.get(last["name"], set()))


class _Uses:
    """All that the functions do with a time.

    Args:
        place: Where it is kept.
        functions: The functions.
    """

    def __init__(self, place: _Place, functions: list[_Function]) -> None:
        self._place = place
        self._functions = functions
        self._setting = [one for one in functions if place.is_set(one)]
        self._known: dict[tuple[ast.AST, bool], bool] = {}

    def are_checks(self) -> bool:
        """Tell whether all only check how old a thing is, which then gets a new time."""
        using = {
            function: [self._is_check(node, function) for node in self._uses(function)]
            for function in self._functions
        }
        found = [one for uses in using.values() for one in uses]
        if not found or not all(found):
            return False
        asking = [function for function, uses in using.items() if uses]
        return bool(self._setting) or any(
            self._place.is_made_by(maker) and any(self._go_together(maker, one) for one in asking)
            for maker in self._functions
        )

    def have_check(self) -> bool:
        """Tell whether one of them checks how old a thing is."""
        return any(
            self._is_check(node, function)
            for function in self._functions
            for node in self._uses(function)
        )

    def _go_together(self, maker: _Function, asking: _Function) -> bool:
        """Tell whether what makes a thing, and what asks how old one is, belong together.

        They are one, or one calls the other, or a third one calls both.
        """
        return maker is asking or any(
            {maker.name, asking.name} <= {one.name, *one.names} for one in self._functions
        )

    def _uses(self, function: _Function) -> Iterator[ast.AST]:
        new = [one for one in function.own if self._place.is_stored_by(one)]
        for node in function.own:
            if (
                self._place.matches(node, function)
                and not _is_asked_for(node, function.parents)
                and not _is_called(node, function.parents)
                and not any(function.follows(node, one) for one in new)
            ):
                yield node

    def _is_check(self, node: ast.AST, function: _Function, *, is_age: bool = False) -> bool:
        """Tell whether a time, or an age, is compared, at once or by way of other names."""
        key = (node, is_age)
        if key not in self._known:
            self._known[key] = False  # as long as it is not told; it may lead to itself
            self._known[key] = self._compares(node, function, is_age=is_age)
        return self._known[key]

    def _compares(self, part: ast.AST, function: _Function, *, is_age: bool) -> bool:
        above = function.parents[part]
        while not isinstance(above, (ast.stmt, ast.Lambda)):
            if isinstance(above, ast.Compare):
                return is_age or function.reads_clock(above)
            if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Sub):
                is_age = is_age or function.reads_clock(above)
            callees = self._called_with(part, above)
            if callees:
                return all(self._of_names({name}, one, is_age=is_age) for one, name in callees)
            part, above = above, function.parents[above]
        if is_age and function in self._setting:
            return True  # It reckons from one time to the next.
        if isinstance(above, (ast.Return, ast.Lambda)):
            return self._of_callers(function, is_age=is_age)
        names = {one.id for one in targets_of(above) if isinstance(one, ast.Name)}
        return bool(names) and self._of_names(names, function, is_age=is_age)

    def _of_names(self, names: set[str], function: _Function, *, is_age: bool) -> bool:
        uses: list[tuple[ast.AST, _Function]] = [
            (one, function)
            for one in function.own
            if isinstance(one, ast.Name) and one.id in names and _is_load(one)
        ]
        return self._of_all(uses, is_age=is_age)

    def _of_callers(self, function: _Function, *, is_age: bool) -> bool:
        uses: list[tuple[ast.AST, _Function]] = []
        for caller in self._functions if function.name else ():
            for one in caller.own:
                if last_name(one) == function.name and _is_load(one):
                    is_called = _is_called(one, caller.parents)
                    uses.append((caller.parents[one] if is_called else one, caller))
        return self._of_all(uses, is_age=is_age)

    def _of_all(self, uses: list[tuple[ast.AST, _Function]], *, is_age: bool) -> bool:
        """Tell of the further uses: an age that is checked may be told, too, as in a log."""
        wanted = [use for use in uses if is_age or not _is_asked_for(use[0], use[1].parents)]
        checks = [self._is_check(node, function, is_age=is_age) for node, function in wanted]
        return any(checks) if is_age else bool(checks) and all(checks)

    def _called_with(self, part: ast.AST, call: ast.AST) -> list[tuple[_Function, str]]:
        """Return the functions that a call gives a part to, with their names for it."""
        if not isinstance(call, ast.Call):
            return []
        found = []
        for function in self._functions:
            if function.name and function.name == last_name(call.func):
                names = called_with(function.node)
                known: dict[ast.AST, str] = dict(zip(call.args, names))
                known.update((one, one.arg) for one in call.keywords if one.arg)
                name = known.get(part, "")
                found += [(function, name)] if name else []
        return found


def _names_in_tuple(node: ast.AST) -> list[str]:
    """Return the names that a class or a call gives to the places of a tuple."""
    if isinstance(node, ast.ClassDef) and "NamedTuple" in map(last_name, node.bases):
        return [last_name(one.target) for one in node.body if isinstance(one, ast.AnnAssign)]
    if isinstance(node, ast.Call) and last_name(node.func) == "namedtuple":
        texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
        return " ".join(map(str, texts[1:])).replace(",", " ").split()
    return []


class _Place(ABC):
    """What a time is kept in."""

    @abstractmethod
    def matches(self, node: ast.AST, function: _Function) -> bool:
        """Tell whether a part of a function takes the time."""

    @abstractmethod
    def is_set(self, function: _Function) -> bool:
        """Tell whether a function that runs later, too, gives it a new time."""

    def is_made_by(self, function: _Function) -> bool:
        """Tell whether a function makes a new object that has such a time."""
        del function
        return False

    def is_stored_by(self, node: ast.AST) -> bool:
        """Tell whether a statement keeps a new time here."""
        del node
        return False


class _Variable(_Place):
    """A name of a module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def matches(self, node: ast.AST, function: _Function) -> bool:
        if last_name(node) != self._name or not _is_load(node):
            return False
        return isinstance(node, ast.Attribute) or not function.is_local(self._name)

    def is_set(self, function: _Function) -> bool:
        return any(
            isinstance(node, (ast.Global, ast.Nonlocal)) and self._name in node.names
            for node in ast.walk(function.node)
        ) and any(
            isinstance(node, ast.Name) and node.id == self._name and not _is_load(node)
            for node in ast.walk(function.node)
        )

    def is_stored_by(self, node: ast.AST) -> bool:
        return any(isinstance(one, ast.Name) and one.id == self._name for one in targets_of(node))


class _Captured(_Variable):
    """A variable of a function that another one, in it, has kept."""

    def matches(self, node: ast.AST, function: _Function) -> bool:
        return isinstance(node, ast.Name) and super().matches(node, function)


class _Attribute(_Place):
    """An attribute of an object, or of a class.

    Args:
        name: Its name.
        classes: The names of classes whose objects have it from the start.
    """

    def __init__(self, name: str, classes: set[str]) -> None:
        self._name = name
        self._classes = classes

    def matches(self, node: ast.AST, function: _Function) -> bool:
        del function
        return isinstance(node, ast.Attribute) and node.attr == self._name and _is_load(node)

    def is_set(self, function: _Function) -> bool:
        return function.name != "__init__" and any(map(self._is_stored, ast.walk(function.node)))

    def is_made_by(self, function: _Function) -> bool:
        return function.name != "__init__" and any(
            isinstance(node, ast.Call) and last_name(node.func) in self._classes
            for node in function.own
        )

    def is_stored_by(self, node: ast.AST) -> bool:
        return any(map(self._is_stored, targets_of(node)))

    def _is_stored(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Attribute) and node.attr == self._name and not _is_load(node)


class _Element(_Place):
    """An element of a tuple, list or dict.

    Args:
        key: The key or the index.
        holder: The name of what has it, empty if that has none.
        collection: The name of what leads to that, empty if it has none.
        names: What it is called in tuples with names.
    """

    def __init__(self, key: str | int, holder: str, collection: str, names: set[str]) -> None:
        self._key = key
        self._holder = holder
        self._collection = collection
        self._names = names

    def matches(self, node: ast.AST, function: _Function) -> bool:
        if self._collection and self._collection not in function.names:
            return False
        if not _is_load(node):
            return isinstance(node, ast.Call) and self._is_got_by(node)
        if isinstance(node, ast.Name):
            if any(node.id in names for names in self._unpacked(function)):
                return True
            is_taken = self._is_taken_by_loop(node, function)
            return is_taken and not self._is_kept_on(node, function)
        if isinstance(node, ast.Subscript):
            return self._is_it(node.value, node.slice)
        return isinstance(node, ast.Attribute) and node.attr in self._names

    def is_set(self, function: _Function) -> bool:
        changed = {
            name
            for node in ast.walk(function.node)
            if isinstance(node, (ast.Global, ast.Nonlocal))
            for name in node.names
        }

        def keeps(node: ast.AST) -> bool:
            if isinstance(node, ast.Call):
                return _method(node) in ("append", "setdefault", "update")
            return isinstance(node, ast.Assign) and any(
                isinstance(one, ast.Subscript) or last_name(one) in changed for one in node.targets
            )

        return any(keeps(node) and function.reads_clock(node) for node in ast.walk(function.node))

    def _is_got_by(self, call: ast.Call) -> bool:
        return (
            _method(call) == "get"
            and isinstance(call.func, ast.Attribute)
            and bool(call.args)
            and self._is_it(call.func.value, call.args[0])
        ) or (last_name(call.func) in ("max", "min") and self._is_holder(*call.args[:1]))

    def _is_holder(self, *nodes: ast.expr) -> bool:
        """Tell whether an expression is what has the element, or a copy of it."""
        return bool(self._holder) and any(self._holder == _copied(node) for node in nodes)

    def _is_taken_by_loop(self, name: ast.Name, function: _Function) -> bool:
        """Tell whether a loop around a name takes one element after the other for it."""
        above: ast.AST | None = name
        while above is not None:
            for loop in (above, *getattr(above, "generators", ())):
                if isinstance(loop, _LOOPS) and self._is_holder(loop.iter):
                    target = loop.target
                    if isinstance(target, ast.Tuple) and _is_of_pairs(loop.iter):
                        target = target.elts[-1]
                    if last_name(target) == name.id:
                        return not isinstance(function.parents[name], ast.Subscript)
            above = function.parents.get(above)
        return False

    def _is_kept_on(self, node: ast.AST, function: _Function) -> bool:
        """Tell whether a comprehension takes an element on into what has it."""
        above = function.parents[node]
        if not isinstance(above, (ast.DictComp, ast.ListComp)) or node is getattr(above, "key", 0):
            return False
        while not isinstance(above, ast.stmt):
            above = function.parents[above]
        return any(map(self._is_stored, targets_of(above)))

    def _is_stored(self, target: ast.expr) -> bool:
        whole = target.value if isinstance(target, ast.Subscript) else target
        return last_name(whole) == self._holder

    def _is_it(self, holder: ast.expr, key: ast.expr) -> bool:
        if isinstance(key, ast.Constant):
            return key.value == self._key
        return bool(self._holder) and last_name(holder) == self._holder

    def _unpacked(self, function: _Function) -> Iterator[set[str]]:
        """Yield the names that a function takes what stands at the index for."""
        for node in ast.walk(function.node):
            if isinstance(node, ast.Tuple) and not _is_load(node) and isinstance(self._key, int):
                above = function.parents[node]
                is_pair = isinstance(above, _LOOPS) and _is_of_pairs(above.iter)
                is_apart = isinstance(above, ast.Assign) and isinstance(above.value, ast.Tuple)
                if not is_pair and not is_apart:
                    named = node.elts[self._key :][:1]
                    yield {one.id for one in named if isinstance(one, ast.Name)}


_LOOPS = (ast.AsyncFor, ast.For, ast.comprehension)
_SAME = ("copy", "items", "values")
_COPIES = ("copy", "deque", "enumerate", "iter", "list", "reversed", "set", "sorted", "tuple")


def _copied(node: ast.expr) -> str:
    """Return the name of what an expression copies or goes through, or of what it is."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SAME:
            node = node.func.value
        elif last_name(node.func) in _COPIES and node.args:
            node = node.args[0]
        else:
            return ""
    return last_name(node)


def _is_of_pairs(node: ast.AST) -> bool:
    """Tell whether a loop takes pairs, of which only the second part is from a collection."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    return any(last_name(one.func) in ("enumerate", "items") for one in calls)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_load(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)


def _is_called(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Tell whether it is a function of the same name: a time is never called."""
    above = parents[node]
    return isinstance(above, ast.Call) and above.func is node


def _is_asked_for(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Tell whether it is only asked whether there is a time."""
    above = parents[node]
    if isinstance(above, ast.Compare):
        return all(isinstance(one, (ast.Is, ast.IsNot)) for one in above.ops)
    return isinstance(above, (ast.BoolOp, ast.If, ast.IfExp)) or (
        isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not)
    )
