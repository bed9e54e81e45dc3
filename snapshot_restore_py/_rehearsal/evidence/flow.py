"""Where in a function's source goes what one of its lines has got."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Union

from .wall_clock import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .records import Frame

_WITH_VALUE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_Scope = Union[ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
# What writes logs.
TELLING = {"critical", "debug", "error", "exception", "info", "log", "print", "warning"}
_FILLING = ("add", "append", "appendleft", "extend", "insert", "put", "setdefault", "update")
# What writes the answer into the last thing that it is given: a file's name, a buffer.
_WRITING = re.compile(r"download|into$|^copyfileobj$|^urlretrieve$")
# What a connection tells without asking anybody, and what says of an answer that it came.
_NO_ANSWERS = ("fileno", "getpeername", "getsockname", "ok", "status", "status_code")
# Code within a statement, whose result is one of that statement.
_WITHIN = ("<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


class Flow:
    """Follows values through the modules of a function, by what their source says.

    Args:
        files: The files of the function's modules, by name.
    """

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files
        self._trees: dict[str, ast.Module | None] = {}

    def kept(self, frames: Sequence[Frame]) -> list[str]:
        """Return what keeps what the innermost of these frames has got.

        As in `app.KEY`, `.key` for an attribute of any object, or `app.key()` for a cache.
        """
        kept: list[str] = []
        for frame in frames:
            if frame.name in _WITHIN:
                continue
            tree = self._tree(frame.file)
            scope = _scope(tree, frame) if tree else None
            statement = _statement(scope, frame.line) if scope else None
            if tree is None or scope is None or statement is None:
                break
            way = _Way(scope, frame.module, _imported(tree))
            way.follow(statement)
            kept += way.kept
            if not way.is_returned:
                break
            kept += [f"{frame.module}.{frame.name}()"] if _is_cached(scope) else []
        return list(dict.fromkeys(kept))

    def is_used(self, name: str) -> bool:
        """Tell whether functions of a module, or other modules, use what a name stands for."""
        module, _, variable = name.rpartition(".")
        for other, file in self._files.items():
            tree = self._tree(file)
            for node in ast.walk(tree) if tree else ():
                if other == module:
                    inside = ast.walk(node) if isinstance(node, (*_Function, ast.Lambda)) else ()
                    if any(_loads(one, variable) for one in inside):
                        return True
                elif _names(node, variable):
                    return True
        return False

    def only_measures(self, name: str) -> bool:
        """Tell whether the import alone uses a name, in a log or to tell how long it took."""
        module, _, variable = name.rpartition(".")
        tree = self._tree(self._files[module]) if module in self._files else None
        if tree is None or self.is_used(name):
            return False
        loads = [node for node in ast.walk(tree) if _loads(node, variable)]
        taken = [
            part
            for node in ast.walk(tree)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
            for part in (node.left, node.right)
            if part in loads
        ]
        told = [
            part
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and last_name(node.func) in TELLING
            for part in ast.walk(node)
            if part in loads
        ]
        return bool(loads) and {*loads} <= {*taken, *told}

    def trees(self) -> Iterator[tuple[str, ast.Module]]:
        """Yield the names of the modules whose source is known, and their trees."""
        for module, file in self._files.items():
            tree = self._tree(file)
            if tree is not None:
                yield module, tree

    def _tree(self, file: str) -> ast.Module | None:
        if file not in self._trees:
            try:
                self._trees[file] = ast.parse(Path(file).read_bytes())
            except (OSError, ValueError, SyntaxError):
                self._trees[file] = None
        return self._trees[file]


def _loads(node: ast.AST, variable: str) -> bool:
    return isinstance(node, ast.Name) and node.id == variable and isinstance(node.ctx, ast.Load)


def _names(node: ast.AST, variable: str) -> bool:
    """Tell whether a part of another module may take a module's name."""
    if isinstance(node, ast.ImportFrom):
        return any(one.name in (variable, "*") for one in node.names)
    return isinstance(node, ast.Attribute) and node.attr == variable


def _scope(tree: ast.Module, frame: Frame) -> _Scope | None:
    """Return the code that a frame runs."""
    if frame.name == "<module>":
        return tree
    found: _Scope | None = None
    for node in ast.walk(tree):  # The inner ones come last.
        if (
            isinstance(node, (*_Function, ast.ClassDef))
            and node.name == frame.name
            and node.lineno <= frame.line <= (node.end_lineno or 0)
        ):
            found = node
    return found


def _statement(scope: _Scope, line: int) -> ast.stmt | None:
    """Return the innermost statement of a scope at a line."""
    found = None
    for one in _statements(scope.body):
        if one.lineno <= line <= (one.end_lineno or 0):
            found = one
    return found


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.stmt]:
    """Yield the statements of a scope, outer ones first, without those of other scopes."""
    for one in body:
        if isinstance(one, ast.stmt):
            yield one
        if isinstance(one, (ast.stmt, ast.excepthandler, *_CASES)) and not isinstance(
            one, (*_Function, ast.ClassDef)
        ):
            yield from _statements(ast.iter_child_nodes(one))


# Of a `match`, which Python has since 3.10.
_CASES = tuple(kind for kind in (getattr(ast, "match_case", None),) if kind)


def _imported(tree: ast.Module) -> set[str]:
    return {
        one.asname or one.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for one in node.names
    }


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def _is_cached(scope: _Scope) -> bool:
    return not isinstance(scope, ast.Module) and any(
        "cache" in ast.unparse(one).lower() for one in scope.decorator_list
    )


@dataclass
class _Way:
    """What becomes of a value in one scope.

    Attributes:
        scope: The scope.
        module: The name of its module.
        imported: The names that the module imports.
        kept: What keeps it, beyond the scope.
        is_returned: Whether the scope gives it to who has called it.
    """

    scope: _Scope
    module: str
    imported: set[str]
    kept: list[str] = field(default_factory=list)
    is_returned: bool = False
    _held: set[str] = field(default_factory=set)  # variables
    _asked: set[str] = field(default_factory=set)  # what stands before methods that were called
    _written: set[str] = field(default_factory=set)  # what names a file, or is a buffer

    def follow(self, statement: ast.stmt) -> None:
        """Follow what a statement has got, through all that the scope does with it."""
        if any(
            isinstance(one, ast.Attribute) and one.attr in _NO_ANSWERS for one in _values(statement)
        ):
            return
        self._take(statement)
        known = -1
        while known != self._size():
            known = self._size()
            for one in _statements(self.scope.body):
                if one is not statement and self._reads(one):
                    self._take(one)
                self._take_files(one)

    def _take_files(self, statement: ast.stmt) -> None:
        """Take what an open file that is written is opened by for what names it."""
        for item in statement.items if isinstance(statement, (ast.With, ast.AsyncWith)) else ():
            opening, variable = item.context_expr, item.optional_vars
            if (
                variable
                and ast.unparse(variable) in self._written
                and isinstance(opening, ast.Call)
            ):
                self._written.update(map(ast.unparse, opening.args[:1]))

    def _size(self) -> int:
        return len(self._held) + len(self._asked) + len(self._written)

    def _take(self, statement: ast.stmt) -> None:
        """Follow a value that a statement has in its hands."""
        if isinstance(statement, ast.Return):
            self.is_returned = True
        elif isinstance(statement, ast.Expr):
            self._take_expression(statement.value)
        for target in _targets(statement):
            self._store(target)

    def _take_expression(self, value: ast.expr) -> None:
        if isinstance(value, (ast.Yield, ast.YieldFrom)):
            self.is_returned = True
        if isinstance(value, ast.Call) and _WRITING.search(last_name(value.func)):
            given = [*value.args, *(one.value for one in value.keywords)]
            self._written.update(map(ast.unparse, given[-1:]))
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            receiver = value.func.value
            names = {node.id for node in ast.walk(receiver) if isinstance(node, ast.Name)}
            if value.func.attr in _FILLING:
                self._store(receiver)
            elif not names & self.imported and not any(map(_is_call, ast.walk(receiver))):
                # What it answered may be asked of it by other calls, as of a cursor.
                self._asked.add(ast.unparse(receiver))

    def _store(self, target: ast.expr) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            for one in target.elts:
                self._store(one)
        elif isinstance(target, (ast.Starred, ast.Subscript)):
            self._store(target.value)
        elif isinstance(target, ast.Attribute):
            base = target.value
            is_environment = isinstance(base, ast.Name) and (base.id, target.attr) == (
                "os",
                "environ",
            )
            self.kept.append("os.environ" if is_environment else f".{target.attr}")
        elif isinstance(target, ast.Name):
            self._held.add(target.id)
            if isinstance(self.scope, ast.ClassDef):
                self.kept.append(f".{target.id}")
            elif not self._is_local(target.id):
                self.kept.append(f"{self.module}.{target.id}")

    def _is_local(self, name: str) -> bool:
        if isinstance(self.scope, ast.Module):
            return False
        if any(
            isinstance(one, ast.Global) and name in one.names
            for one in _statements(self.scope.body)
        ):
            return False
        arguments = (node.arg for node in ast.walk(self.scope) if isinstance(node, ast.arg))
        return name in arguments or any(
            isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
            for node in ast.walk(self.scope)
        )

    def _reads(self, statement: ast.stmt) -> bool:
        return any(self._mentions(value) for value in _values(statement))

    def _mentions(self, value: ast.AST) -> bool:
        if isinstance(value, ast.Attribute) and value.attr in _NO_ANSWERS:
            return False
        if isinstance(value, ast.Call):
            if isinstance(value.func, ast.Attribute) and value.func.attr in _NO_ANSWERS:
                return False
            if any(ast.unparse(one) in self._asked for one in _receivers(value.func)):
                return True
        if self._written and isinstance(value, ast.expr) and ast.unparse(value) in self._written:
            return True
        return any(_loads(value, name) for name in self._held) or any(
            self._mentions(part) for part in ast.iter_child_nodes(value)
        )


def _receivers(function: ast.expr) -> Iterator[ast.expr]:
    """Yield what a method is called of, and what that was called of."""
    while isinstance(function, (ast.Attribute, ast.Subscript, ast.Call)):
        function = function.func if isinstance(function, ast.Call) else function.value
        yield function


def _targets(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield what a statement assigns to."""
    if isinstance(statement, ast.Assign):
        yield from statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)):
        yield statement.target
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        yield from (one.optional_vars for one in statement.items if one.optional_vars)
    for value in _values(statement):
        yield from (node.target for node in ast.walk(value) if isinstance(node, ast.NamedExpr))


def _values(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield the expressions of a statement that it takes something from."""
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        yield statement.iter
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        yield from (one.context_expr for one in statement.items)
    elif isinstance(statement, (ast.If, ast.While)):
        yield statement.test
    elif isinstance(statement, _WITH_VALUE) and statement.value is not None:
        yield statement.value
