"""The function's source: how it makes a value, to be written into a fix."""

from __future__ import annotations

import ast
import builtins
import os
import re
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[([^\[\]]+)\]")
_MEMBER = re.compile(r"[{}\[\]]{2}.*")


class Source:
    """The function's own modules.

    Args:
        folder: The function's folder, absolute.
        files: The files of its modules, by name, where they are known.
    """

    def __init__(self, folder: str, files: Mapping[str, str] | None = None) -> None:
        self._folder = Path(folder)
        self._files = files or {}
        self._modules: dict[str, ast.Module | None] = {}

    def shown(self, location: str) -> str:
        """Return a file, or file and line, as short as it can be told."""
        folder = str(self._folder) + os.sep
        return location[len(folder) :] if location.startswith(folder) else location

    def own_lines(self, traceback: str) -> list[str]:
        """Return file and line of the calls of the function's own code, in their order."""
        places = re.findall(r'^  File "(.*)", line (\d+)', traceback, re.MULTILINE)
        shown = [(self.shown(file), file, line) for file, line in places]
        return [f"{short}:{line}" for short, file, line in shown if short != file]

    def split(self, path: str) -> tuple[str, str]:
        """Return a path's module and the rest, as in `app` and `settings.name`."""
        dots = [match.start() for match in re.finditer(r"[.\[({ ]", path)]
        names = list(takewhile(lambda dot: path[dot] == ".", dots))  # not the dots in keys
        for dot in reversed(names):
            if self.has(path[:dot]):
                return path[:dot], path[dot + 1 :]
        module, _, rest = path.partition(".")
        return module, rest

    def has(self, module: str) -> bool:
        """Tell whether the source of a module is known."""
        return self.tree(module) is not None

    def file(self, module: str) -> str:
        """Return a module's file, from the function's folder if it lies there."""
        if module in self._files:
            return self.shown(self._files[module])
        base = module.replace(".", os.sep)
        return next(
            (one for one in (f"{base}.py", os.path.join(base, "__init__.py")) if self._has(one)),
            f"{base}.py",
        )

    def writes(self, path: str, shown: str) -> bool:
        """Tell whether a text stands in the module that a path begins with: a constant."""
        text = shown.rstrip(".").strip("'\"")
        return text in self._text(self.split(path)[0])

    def renewal(self, path: str) -> str:
        """Return statements that make anew what a path leads to; empty if they are not known.

        They are to stand in a function at the end of the module.
        """
        module, rest = self.split(path)
        tree = self.tree(module)
        root = re.match(r"[A-Za-z_]\w*", rest)
        if tree is None or root is None:
            return ""
        name = root[0]
        steps = list(_STEP.finditer(_MEMBER.sub("", rest)[len(name) :]))
        is_whole = "".join(step[0] for step in steps) == rest[len(name) :]
        made = _assigned(tree.body, name)
        if steps and is_whole:
            part = _part(tree, name, made, steps)
            if part is not None and _can_stand_alone(part, tree):
                return f"{rest} = {ast.unparse(part)}"
        if made is None:
            return ""
        return f"global {name}\n{name} = {ast.unparse(made)}"

    def ending(self, path: str) -> str:
        """Return statements that let a deadline or an age be over, and empty what it guards.

        Empty if they are not known. They are to stand in a function at the end of the module.
        """
        module, rest = self.split(path)
        tree = self.tree(module)
        if tree is None:
            return ""
        if rest.isidentifier():
            kept = _guarded(tree, rest)
            names = ", ".join([*kept, rest])
            emptied = [f"{name} = None" for name in kept]
            return "\n".join([f"global {names}", *emptied, f'{rest} = float("-inf")'])
        attribute = re.fullmatch(r"[A-Za-z_][\w.]*\.([A-Za-z_]\w*)", rest)
        is_set = attribute and any(
            isinstance(node, ast.Attribute)
            and node.attr == attribute[1]
            and isinstance(node.ctx, ast.Store)
            for node in ast.walk(tree)
        )
        is_item = re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*|\['[^'\\]*'\])*\['[^'\\]*'\]", rest)
        return f'{rest} = float("-inf")' if is_set or is_item else ""

    def variable(self, module: str, variable: str) -> str:
        """Return the statement that sets an environment variable anew; empty if not known.

        It is to stand in a function at the end of the module.
        """
        tree = self.tree(module)
        place = f"os.environ[{variable!r}]"
        found = []
        for node in ast.walk(tree) if tree else ():
            pairs = list(_pairs(node)) if isinstance(node, ast.stmt) else []
            found += [value for target, value in pairs if ast.unparse(target) == place]
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.setdefault":
                found += [
                    value
                    for name, value in zip(node.args, node.args[1:])
                    if ast.unparse(name) == repr(variable)
                ]
        if tree is None or len(found) != 1 or not _can_stand_alone(found[0], tree):
            return ""
        return f"{place} = {ast.unparse(found[0])}"

    def refilling(self, path: str) -> str:
        """Return statements that give anew what a name's object was given; empty if not known.

        They are to stand in a function at the end of the module. The object stays the same if
        it was given something after it was made.
        """
        module, rest = self.split(path)
        tree = self.tree(module)
        name = rest.partition(".")[0]
        if tree is None or not name.isidentifier():
            return ""
        given = [one for one in tree.body if _gives(one, name)]
        if not given:
            made = _assigned(tree.body, name)
            return f"global {name}\n{name} = {ast.unparse(made)}" if made else ""
        made_up = [one for one in given if _makes(one)]
        if not made_up or not all(_can_stand_alone(one, tree) for one in made_up):
            return ""
        return "\n".join(map(ast.unparse, made_up))

    def _has(self, file: str) -> bool:
        return (self._folder / file).is_file()

    def tree(self, module: str) -> ast.Module | None:
        """Return a module's source, parsed; None if there is none."""
        if module not in self._modules:
            try:
                self._modules[module] = ast.parse((self._folder / self.file(module)).read_bytes())
            except (OSError, ValueError, SyntaxError):
                self._modules[module] = None
        return self._modules[module]

    def _text(self, module: str) -> str:
        try:
            return (self._folder / self.file(module)).read_text("utf-8", "replace")
        except OSError:
            return ""


def root_name(place: ast.expr) -> str:
    """Return the name that an expression such as `name.part[0].other` begins with."""
    while isinstance(place, (ast.Attribute, ast.Subscript, ast.Starred)):
        place = place.value
    return place.id if isinstance(place, ast.Name) else ""


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body, also those in its `if`, `try` and `with`."""
    for statement in body:
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _statements(
                [one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt)]
            )


def _assigned(body: list[ast.stmt], name: str) -> ast.expr | None:
    """Return the only expression that is assigned to a name."""
    found = []
    for statement in _statements(body):
        for target, value in _pairs(statement):
            if isinstance(target, ast.Name) and target.id == name:
                found.append(value)
    return found[0] if len(found) == 1 else None


def _pairs(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield targets and values of a statement that assigns."""
    if isinstance(statement, ast.AnnAssign) and statement.value:
        yield statement.target, statement.value
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                yield from zip(target.elts, statement.value.elts)
            else:
                yield target, statement.value


def _part(
    tree: ast.Module, name: str, made: ast.expr | None, steps: list[re.Match[str]]
) -> ast.expr | None:
    """Return the expression that makes a part of what a name stands for."""
    attribute = steps[-1][1]
    if made is None:
        classes = [one for one in _statements(tree.body) if isinstance(one, ast.ClassDef)]
        bodies = [one.body for one in classes if one.name == name]
        if bodies and len(steps) == 1:
            return _assigned(bodies[0], attribute)
    part: ast.expr | None = made
    for step in steps if made else ():
        if isinstance(part, ast.Tuple):
            return None  # Its elements cannot be replaced.
        part = _inside(part, step)
    if part is None and attribute:
        part = _assigned_to_attribute(tree, attribute)
    return part


def _inside(whole: ast.expr | None, step: re.Match[str]) -> ast.expr | None:
    attribute, key = step[1], step[2]
    if attribute and isinstance(whole, ast.Call):
        return next((one.value for one in whole.keywords if one.arg == attribute), None)
    if key and isinstance(whole, ast.Dict):
        keys = [one and ast.unparse(one) for one in whole.keys]
        return whole.values[keys.index(key)] if keys.count(key) == 1 else None
    if key and key.isdigit() and isinstance(whole, (ast.List, ast.Tuple)):
        elements = whole.elts[: int(key) + 1]
        is_known = len(elements) > int(key) and not any(
            isinstance(one, ast.Starred) for one in elements
        )
        return elements[-1] if is_known else None
    return None


def _assigned_to_attribute(tree: ast.Module, name: str) -> ast.expr | None:
    """Return the only expression that methods assign to an attribute of their objects."""
    found = []
    for node in ast.walk(tree):
        for target, value in _pairs(node) if isinstance(node, ast.stmt) else ():
            if isinstance(target, ast.Attribute) and target.attr == name:
                found.append(value)
    return found[0] if len(found) == 1 else None


def _guarded(tree: ast.Module, name: str) -> list[str]:
    """Return the module's variables that functions return or set where they compare a name."""
    found: set[str] = set()
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            nodes = [*ast.walk(function)]
            if any(name in _names(one) for one in nodes if isinstance(one, ast.Compare)):
                for one in nodes:
                    if isinstance(one, ast.Global):
                        found.update(one.names)
                    elif isinstance(one, ast.Return) and one.value:
                        found.update(_results(one.value))
    pairs = [pair for statement in _statements(tree.body) for pair in _pairs(statement)]
    variables = [target.id for target, _ in pairs if isinstance(target, ast.Name)]
    return [one for one in dict.fromkeys(variables) if one in found and one != name]


def _results(expression: ast.expr) -> list[str]:
    """Return the names that an expression may give, itself or in an `if`."""
    if isinstance(expression, ast.IfExp):
        return _results(expression.body) + _results(expression.orelse)
    return [expression.id] if isinstance(expression, ast.Name) else []


def _names(expression: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(expression) if isinstance(node, ast.Name)]


def _gives(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement puts something into what a name stands for."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        places = [statement.value.func]
    else:
        places = [target for target, _ in _pairs(statement)]
    return any(
        root_name(place) == name
        for place in places
        if isinstance(place, (ast.Attribute, ast.Subscript))
    )


def _makes(statement: ast.stmt) -> bool:
    """Tell whether a statement calls something for what it gives."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return len(calls) > isinstance(statement, ast.Expr)


def _can_stand_alone(expression: ast.AST, tree: ast.Module) -> bool:
    """Tell whether all names of an expression are known at the end of the module."""
    known = set(vars(builtins))
    for statement in _statements(tree.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            known.add(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            known |= {one.asname or one.name.partition(".")[0] for one in statement.names}
        else:
            known |= {target.id for target, _ in _pairs(statement) if isinstance(target, ast.Name)}
    names = [node for node in ast.walk(expression) if isinstance(node, ast.Name)]
    own = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    own |= {node.arg for node in ast.walk(expression) if isinstance(node, ast.arg)}
    return {one.id for one in names} <= known | own
